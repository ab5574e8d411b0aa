//! Gradus as a Python package: the border between the engines and Python.
//!
//! What Python sees is put together in `python/gradus`: the names there, with their documentation, are the public
//! ones; this crate is the private module `gradus._gradus` behind them.
//!
//! - `scalar`: micrograd's `Value`, and the drawn graph.

mod scalar;

use pyo3::prelude::*;

/// The compiled part of the package `gradus`.
#[pymodule]
mod _gradus {
    #[pymodule_export]
    use crate::scalar::{Drawing, PyValue, draw, neuron};
}
