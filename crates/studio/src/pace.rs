//! How often something is done beside training, so that it costs little whatever it costs.

/// What is done may take one part in so many of the time.
const SHARE: f64 = 25.0;

/// When something is done next.
#[derive(Debug)]
pub(crate) struct Pace {
    least: f64,
    next: Option<f64>,
    asked: bool,
}

impl Pace {
    /// Not more often than every `least` seconds.
    pub(crate) fn new(least: f64) -> Self {
        Pace { least, next: None, asked: true }
    }

    /// Whether it is time.
    pub(crate) fn is_due(&self, now: f64) -> bool {
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
    pub(crate) fn done(&mut self, began: f64, now: f64) {
        self.next = Some(now + self.least.max((now - began) * SHARE));
        self.asked = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_done_seldom() {
        let now = 1000.0;
        let mut pace = Pace::new(0.1);
        assert!(pace.is_due(now));
        pace.done(now, now);
        assert!(!pace.is_due(now) && !pace.was_asked());
        pace.done(now - 1.0, now);
        assert!(!pace.is_due(now + 20.0));
        assert!(pace.is_due(now + 60.0));
    }
}
