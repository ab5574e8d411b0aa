//! Precision as a property of the engine: what is computed is rounded to a narrower format on its way out, forward and
//! backward, while the arithmetic inside stays `f32` (or `f64`).
//!
//! ```
//! use gradus_tensor::{Precision, Tensor, precision};
//! let third = precision::with(Precision::Bf16, || Tensor::scalar(1.0) / 3.0);
//! assert_eq!(third.item()?, 0.333984375);
//! # Ok::<(), gradus_tensor::Error>(())
//! ```
//!
//! A [`Rule`] says which format, how to round, and where: in results (activations), in gradients, in the parameters after
//! each update, in what an optimiser remembers. Losses are left as they are: a mean over many numbers is kept in `f32` by
//! every scheme of mixed precision.

mod format;
mod rounding;

pub use format::{Layout, Precision};

use crate::autograd::{ROUND, ROUND_GRADIENTS, ROUND_STATE, ROUND_WEIGHTS, in_use, with_flags};
use crate::{Array, Error, Result};
use std::cell::Cell;

/// Which of its two neighbours in the format a number becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Rounding {
    /// The nearer one; of two equally near, the even one.
    #[default]
    Nearest,
    /// Either, the nearer with the greater probability, so that the mean of many roundings is the number itself.
    Stochastic {
        /// What the draws start from; they are the same each time, with any number of threads.
        seed: u64,
    },
}

/// Where numbers are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Places {
    /// Parameters, after each update.
    pub weights: bool,
    /// Results of operations.
    pub activations: bool,
    /// Results of backward passes.
    pub gradients: bool,
    /// What an optimiser remembers: momenta.
    pub optimizer: bool,
}

impl Places {
    /// In all of them.
    pub const EVERYWHERE: Places = Places { weights: true, activations: true, gradients: true, optimizer: true };
    /// In none.
    pub const NOWHERE: Places = Places { weights: false, activations: false, gradients: false, optimizer: false };

    /// The places in words: `everywhere`, or some of `weights`, `activations`, `gradients`, `optimizer`, joined by commas.
    ///
    /// # Errors
    /// For any other word.
    pub fn parse(words: &str) -> Result<Places> {
        let mut places = Places::NOWHERE;
        for word in words.split(',').map(str::trim) {
            match word {
                "everywhere" => places = Places::EVERYWHERE,
                "weights" => places.weights = true,
                "activations" => places.activations = true,
                "gradients" => places.gradients = true,
                "optimizer" => places.optimizer = true,
                _ => {
                    return Err(Error::new(
                        "precision",
                        format!(
                            "there is no place called {word:?} to round in; there are everywhere, weights, activations, \
                             gradients and optimizer"
                        ),
                    ));
                }
            }
        }
        Ok(places)
    }

    fn flags(self) -> u8 {
        let flag = |on, flag| if on { flag } else { 0 };
        flag(self.weights, ROUND_WEIGHTS)
            | flag(self.activations, ROUND)
            | flag(self.gradients, ROUND_GRADIENTS)
            | flag(self.optimizer, ROUND_STATE)
    }
}

/// A format, how to round to it, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The format.
    pub format: Precision,
    /// How.
    pub rounding: Rounding,
    /// Where.
    pub places: Places,
}

impl From<Precision> for Rule {
    /// To nearest, everywhere.
    fn from(format: Precision) -> Rule {
        Rule { format, rounding: Rounding::Nearest, places: Places::EVERYWHERE }
    }
}

thread_local! {
    static IN_FORCE: Cell<Rule> = const {
        Cell::new(Rule { format: Precision::Exact, rounding: Rounding::Nearest, places: Places::NOWHERE })
    };
    /// How many arrays were rounded by chance since the rule came into force: each draws from a stream of its own.
    static DRAWS: Cell<u64> = const { Cell::new(0) };
}

/// Runs `f` with numbers rounded by `rule` on this thread; backward passes and optimiser steps inside `f` likewise.
pub fn with<R>(rule: impl Into<Rule>, f: impl FnOnce() -> R) -> R {
    struct Restore(Rule, u64);
    impl Drop for Restore {
        fn drop(&mut self) {
            IN_FORCE.set(self.0);
            DRAWS.set(self.1);
        }
    }
    let rule = rule.into();
    let _restore = Restore(IN_FORCE.replace(rule), DRAWS.replace(0));
    let flags = if rule.format == Precision::Exact { 0 } else { rule.places.flags() };
    with_flags(Places::EVERYWHERE.flags(), flags, f)
}

/// The rule in force on this thread.
pub fn current() -> Rule {
    IN_FORCE.get()
}

/// Rounds a parameter that has just been updated, where the rule in force wants it. For optimisers.
pub fn round_weights(value: &mut Array) {
    round_where(ROUND_WEIGHTS, value);
}

/// Rounds what an optimiser remembers, where the rule in force wants it. For optimisers.
pub fn round_state(value: &mut Array) {
    round_where(ROUND_STATE, value);
}

fn round_where(flag: u8, value: &mut Array) {
    if in_use() & flag != 0 {
        let old = std::mem::replace(value, Array::scalar(0.0, value.dtype()));
        *value = round(old);
    }
}

/// Rounds by the rule in force, in place where nobody else holds the memory. Integers stay as they are.
pub(crate) fn round(value: Array) -> Array {
    let rule = current();
    let draw = DRAWS.get();
    if rule.rounding != Rounding::Nearest {
        DRAWS.set(draw + 1);
    }
    rounding::round(value, rule.format, rule.rounding, draw)
}

impl Precision {
    /// Every number of an array rounded to nearest, in place where nobody else holds the memory. Integers stay as they are.
    pub fn round_array(self, value: Array) -> Array {
        rounding::round(value, self, Rounding::Nearest, 0)
    }
}
