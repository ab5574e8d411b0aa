//! Looking for a good learning rate: a short training in which the rate grows from step to step, and the loss tells
//! from where on steps are too small and from where on too large (L. N. Smith 2017, "Cyclical learning rates for
//! training neural networks"; makemore, part 2).

use gradus_plot::{Chart, Picture};
use serde::Serialize;

use crate::Error;
use crate::run::Flow;
use crate::session::Session;

/// Which rates are tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The first.
    pub from: f64,
    /// The last.
    pub to: f64,
    /// How many: one step each.
    pub steps: usize,
}

impl Default for Range {
    /// The lecture's: 10⁻³ to 1 in a thousand steps.
    fn default() -> Self {
        Range { from: 1e-3, to: 1.0, steps: 1000 }
    }
}

/// One step of the search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tried {
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// The loss of its batch.
    pub loss: f64,
    /// The mean of the losses around it.
    pub smoothed: f64,
}

/// What the search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Every step, until the loss ran away.
    pub tried: Vec<Tried>,
    /// The rate at which the smoothed loss is lowest.
    pub lowest: f64,
    /// The largest rate from there on that is hardly worse: the bottom of the valley is broad, and larger steps lead
    /// farther.
    pub suggestion: f64,
    /// Whether the loss ran away before the last rate was tried.
    pub ran_away: bool,
}

/// A loss is hardly worse than the lowest up to so many times it.
const HARDLY_WORSE: f64 = 1.01;
/// A loss so many times the first ran away.
const RAN_AWAY: f64 = 4.0;

/// Trains through the rates and gives what was found. The session is spent: its steps are made.
///
/// # Errors
/// Where the range makes no sense, or an operation refuses.
pub fn find(session: &mut Session, range: Range, watch: &mut dyn FnMut(usize) -> Flow) -> Result<Found, Error> {
    let Range { from, to, steps } = range;
    if !(from > 0.0 && from < to && to.is_finite()) {
        return Err(Error::Request(format!(
            "the rates must run from above 0 to something larger, found {from} to {to}"
        )));
    }
    if !(10..=1_000_000).contains(&steps) {
        return Err(Error::Request(format!("the search needs between 10 and 1000000 steps, found {steps}")));
    }
    if session.parameters().is_empty() {
        return Err(Error::Request("this model is counted, not trained: it has no learning rate".to_string()));
    }
    // Equal factors from step to step.
    let rate = |i: usize| from * (to / from).powf(i as f64 / (steps - 1) as f64);
    let mut losses: Vec<f64> = Vec::with_capacity(steps);
    let mut ran_away = false;
    for i in 0..steps {
        session.hold_learning_rate(Some(rate(i)));
        match session.advance() {
            Ok(loss) => losses.push(loss),
            Err(Error::Diverged(_)) => ran_away = true,
            Err(error) => return Err(error),
        }
        let recent = losses.len().saturating_sub(10);
        let lately = losses[recent..].iter().sum::<f64>() / (losses.len() - recent).max(1) as f64;
        ran_away |= losses.first().is_some_and(|first| lately > RAN_AWAY * first.max(1.0));
        if ran_away {
            break;
        }
        if watch(i + 1) == Flow::Stop {
            return Err(Error::Request(format!("stopped after {} of {steps} steps; nothing was recorded", i + 1)));
        }
    }
    let tried = smooth(&losses, (steps / 20).max(3), rate);
    let Some(best) = (0..tried.len()).min_by(|&a, &b| tried[a].smoothed.total_cmp(&tried[b].smoothed)) else {
        return Err(Error::Request(format!("the loss was no number at the first rate, {from}: begin lower")));
    };
    let most = HARDLY_WORSE * tried[best].smoothed;
    let broad = tried[best..].iter().take_while(|t| t.smoothed <= most).count().max(1);
    let (lowest, suggestion) = (tried[best].learning_rate, tried[best + broad - 1].learning_rate);
    Ok(Found { lowest, suggestion, ran_away, tried })
}

/// Each loss with the mean of so many around it.
fn smooth(losses: &[f64], around: usize, rate: impl Fn(usize) -> f64) -> Vec<Tried> {
    let mut tried = Vec::with_capacity(losses.len());
    for (i, &loss) in losses.iter().enumerate() {
        // The window is as wide to the left as to the right, so that a slope does not shift it.
        let half = (around / 2).min(i).min(losses.len() - 1 - i);
        let window = &losses[i - half..=i + half];
        let smoothed = window.iter().sum::<f64>() / window.len() as f64;
        tried.push(Tried { learning_rate: rate(i), loss, smoothed });
    }
    tried
}

impl Found {
    /// Loss against learning rate.
    pub fn picture(&self) -> Picture {
        let points = |of: fn(&Tried) -> f64| -> Vec<(f64, f64)> {
            self.tried.iter().map(|t| (t.learning_rate.log10(), of(t))).collect()
        };
        let lowest = self.tried.iter().map(|t| t.smoothed).fold(f64::INFINITY, f64::min);
        let first = self.tried.first().map_or(1.0, |t| t.smoothed);
        let highest = self.tried.iter().map(|t| t.loss).filter(|l| l.is_finite()).fold(first, f64::max);
        // What runs away at the end would press all the rest flat.
        let top = highest.min(first + 1.5 * (first - lowest).max(0.5));
        let bottom = self.tried.iter().map(|t| t.loss).fold(lowest, f64::min);
        Chart::new("Loss against learning rate")
            .x("log10 of the learning rate")
            .y("loss of a batch, nats")
            .y_range(bottom - 0.03 * (top - bottom).max(1e-9), top)
            .line("each batch", &points(|t| t.loss))
            .line("smoothed", &points(|t| t.smoothed))
            .mark_x(self.suggestion.log10(), format!("{:.3} = 10^{:.2}", self.suggestion, self.suggestion.log10()))
            .picture()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_a_straight_line() {
        let losses: Vec<f64> = (0..20).map(f64::from).collect();
        for tried in smooth(&losses, 7, |i| i as f64) {
            assert!((tried.smoothed - tried.loss).abs() < 1e-12);
        }
    }
}
