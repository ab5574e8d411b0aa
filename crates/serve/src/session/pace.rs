//! How often something is done beside training, so that it costs little whatever it costs.

use std::time::{Duration, Instant};

/// What is done may take one part in so many of the time.
const SHARE: u32 = 25;

/// When something is done next.
#[derive(Debug)]
pub(crate) struct Pace {
    least: Duration,
    next: Option<Instant>,
    asked: bool,
}

impl Pace {
    /// Not more often than every `least`.
    pub(crate) fn new(least: Duration) -> Self {
        Pace { least, next: None, asked: true }
    }

    /// Whether it is time.
    pub(crate) fn is_due(&self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    /// Whether [`Pace::now`] was called since it was done.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked
    }

    /// It should be done again soon, though nothing trains.
    pub(crate) fn now(&mut self) {
        self.asked = true;
    }

    /// It was done, from `began` until now.
    pub(crate) fn done(&mut self, began: Instant) {
        let now = Instant::now();
        self.next = Some(now + self.least.max((now - began) * SHARE));
        self.asked = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_done_seldom() {
        let now = Instant::now();
        let mut pace = Pace::new(Duration::from_millis(100));
        assert!(pace.is_due_at(now));
        pace.done(now);
        assert!(!pace.is_due_at(now) && !pace.was_asked());
        let Some(began) = now.checked_sub(Duration::from_secs(1)) else { return };
        pace.done(began);
        assert!(!pace.is_due_at(now + Duration::from_secs(20)));
        assert!(pace.is_due_at(now + Duration::from_secs(60)));
    }
}
