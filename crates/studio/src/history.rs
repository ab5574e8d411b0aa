//! The loss over the steps, as listeners and the next morning see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Points a run of the planned length comes to, at least.
const POINTS: u64 = 500;

/// What was measured while a session trained. Points stand at fixed steps, so that training the same steps again
/// gives the same points.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Steps between two points.
    every: u64,
    /// Step, loss of its batch, mean loss since the point before.
    train: Vec<(u64, f64, f64)>,
    /// Step, loss of the dev split.
    dev: Vec<(u64, f64)>,
    /// Step, share of the dev split that was told right.
    #[serde(default)]
    accuracy: Vec<(u64, f64)>,
    /// Step, learning rate.
    rates: Vec<(u64, f64)>,
    /// Grows whenever points are taken back.
    #[serde(default)]
    generation: u64,
}

/// How much of a history a listener has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seen {
    generation: u64,
    train: usize,
    dev: usize,
    accuracy: usize,
    rates: usize,
}

/// What is new to a listener.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LossNews")]
pub struct News {
    /// Whether it must forget what it has.
    reset: bool,
    train: Vec<(u64, f64, f64)>,
    dev: Vec<(u64, f64)>,
    accuracy: Vec<(u64, f64)>,
    learning_rate: Vec<(u64, f64)>,
}

/// The most points of a series in one event.
const AT_ONCE: usize = 4000;

impl History {
    /// For a run of `steps` steps that records its losses every `recorded` steps.
    pub fn new(steps: u64, recorded: u64) -> Self {
        let every = (steps / POINTS).clamp(1, recorded.max(1));
        History { every, train: vec![], dev: vec![], accuracy: vec![], rates: vec![], generation: 0 }
    }

    /// Whether there is a point after `made` steps.
    pub fn is_due(&self, made: u64) -> bool {
        made == 1 || made.is_multiple_of(self.every)
    }

    /// A point after `made` steps: the loss of the last, the mean since the point before, the learning rate.
    pub fn step(&mut self, made: u64, loss: f64, mean: f64, rate: f64) {
        if self.train.last().is_none_or(|last| last.0 < made) {
            self.train.push((made, loss, mean));
            self.rates.push((made, rate));
        }
    }

    /// The dev split (or, where there is none, the test split) was measured.
    pub fn dev(&mut self, step: u64, loss: f64, accuracy: Option<f64>) {
        if self.dev.last().is_none_or(|last| last.0 < step) {
            self.dev.push((step, loss));
            self.accuracy.extend(accuracy.map(|accuracy| (step, accuracy)));
        }
    }

    /// The session goes back to a step: what came after it is forgotten.
    pub fn rewind(&mut self, step: u64) {
        self.train.retain(|point| point.0 <= step);
        self.dev.retain(|point| point.0 <= step);
        self.accuracy.retain(|point| point.0 <= step);
        self.rates.retain(|point| point.0 <= step);
        self.generation += 1;
    }

    /// The last point of the training loss: after how many steps, and the loss of the last of them.
    pub fn loss(&self) -> Option<(u64, f64)> {
        self.train.last().map(|point| (point.0, point.1))
    }

    /// The last loss of the dev split, and at which step it was measured.
    pub fn dev_loss(&self) -> Option<(u64, f64)> {
        self.dev.last().copied()
    }

    /// What was measured at a step, or after it, is of another model: forgotten.
    pub fn forget_dev(&mut self, step: u64) {
        let known = self.dev.len();
        self.dev.retain(|point| point.0 < step);
        self.accuracy.retain(|point| point.0 < step);
        self.generation += u64::from(self.dev.len() < known);
    }

    /// The last accuracy.
    pub fn accuracy(&self) -> Option<f64> {
        self.accuracy.last().map(|point| point.1)
    }

    /// What a listener has not seen yet; `None` where that is nothing.
    pub fn news(&self, seen: &mut Seen) -> Option<News> {
        let now = Seen {
            generation: self.generation,
            train: self.train.len(),
            dev: self.dev.len(),
            accuracy: self.accuracy.len(),
            rates: self.rates.len(),
        };
        if *seen == now {
            return None;
        }
        let reset = seen.generation != now.generation;
        let from = if reset { Seen::default() } else { *seen };
        *seen = now;
        Some(News {
            reset,
            train: thinned(&self.train[from.train..]),
            dev: thinned(&self.dev[from.dev..]),
            accuracy: thinned(&self.accuracy[from.accuracy..]),
            learning_rate: thinned(&self.rates[from.rates..]),
        })
    }
}

/// Evenly spaced points, the last among them, where there are more than one event carries.
fn thinned<T: Copy>(points: &[T]) -> Vec<T> {
    let stride = points.len().div_ceil(AT_ONCE).max(1);
    points.iter().rev().step_by(stride).rev().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_gets_every_point_once_and_a_rewind_starts_over() {
        let mut history = History::new(1000, 100);
        let mut seen = Seen::default();
        for made in 1..=5 {
            if history.is_due(made) {
                history.step(made, made as f64, 0.5, 0.1);
            }
        }
        let news = history.news(&mut seen).unwrap();
        // Every second step, and the first.
        assert_eq!(news.train, [(1, 1.0, 0.5), (2, 2.0, 0.5), (4, 4.0, 0.5)]);
        assert!(!news.reset && history.news(&mut seen).is_none());
        history.step(6, 6.0, 5.5, 0.1);
        assert_eq!(history.news(&mut seen).unwrap().train, [(6, 6.0, 5.5)]);
        history.rewind(2);
        let news = history.news(&mut seen).unwrap();
        assert!(news.reset);
        assert_eq!(news.train.len(), 2);
    }

    #[test]
    fn a_long_absence_is_told_in_few_points() {
        let points: Vec<usize> = (0..10_001).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= AT_ONCE && thin.last() == Some(&10_000), "{}", thin.len());
        assert_eq!(thinned(&points[..3]), [0, 1, 2]);
    }
}
