//! Gradus as a Python package: the border between the engines and Python.
//!
//! What Python sees is put together in `python/gradus`: the names there, with their documentation, are the public
//! ones; this crate is the private module `gradus._gradus` behind them.
//!
//! - `scalar`: micrograd's `Value`, and the drawn graph.
//! - `tensor`: PyTorch's `Tensor` as a place over the engine's immutable tensors; `tensor/place.rs` is the idea.
//! - `compute`: how the engine is called: recording or not, the interpreter's lock, errors.
//! - `random`, `dtype`, `optim`, `functional`: what stands beside tensors.
//! - `lab`: recipes, recorded runs, and a run's model opened up.

mod compute;
mod dtype;
mod functional;
mod lab;
mod optim;
mod random;
mod scalar;
mod tensor;

use pyo3::prelude::*;

/// The compiled part of the package `gradus`.
#[pymodule]
mod _gradus {
    #[pymodule_export]
    use crate::compute::{get_num_threads, is_grad_enabled, set_grad_enabled, set_num_threads};
    #[pymodule_export]
    use crate::dtype::PyDType;
    #[pymodule_export]
    use crate::functional::{
        avg_pool2d, batch_norm, binary_cross_entropy, binary_cross_entropy_with_logits, conv1d, conv2d, cross_entropy,
        dropout, embedding, l1_loss, layer_norm, linear, max_pool2d, mse_loss, nll_loss, nonlinearities, nonlinearity,
        one_hot, scaled_dot_product_attention,
    };
    #[pymodule_export]
    use crate::lab::{
        RunModel, RunPicture, lab_delete, lab_export, lab_history, lab_import, lab_lines, lab_note, lab_recipes,
        lab_rename, lab_resume, lab_run, lab_runs, lab_tag, lab_train,
    };
    #[pymodule_export]
    use crate::optim::{adam, clip, gradient_norm, sgd};
    #[pymodule_export]
    use crate::random::{
        PyGenerator, default_generator, manual_seed, multinomial, normal, rand, randint, randn, randperm, uniform,
    };
    #[pymodule_export]
    use crate::scalar::{Drawing, PyValue, draw, neuron};
    #[pymodule_export]
    use crate::tensor::PyTensor;
    #[pymodule_export]
    use crate::tensor::create::{arange, cat, eye, from_numpy, full, linspace, stack, tensor, r#where};
    #[pymodule_export]
    use crate::tensor::dlpack::from_dlpack;

    #[pymodule_init]
    fn init(module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        use super::PyModuleMethods;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
