//! How parameters are moved, in a line. What an operation computes it tells itself
//! ([`Formula`](gradus_tensor::autograd::Formula)).

use gradus_nn::{Adam, Sgd};

/// How an optimiser moves a parameter p by its gradient g.
pub(crate) fn update(optimizer: &str) -> &'static str {
    match optimizer {
        "sgd" => Sgd::FORMULA,
        "adam" => Adam::FORMULA,
        "adamw" => Adam::DECOUPLED_FORMULA,
        _ => "",
    }
}
