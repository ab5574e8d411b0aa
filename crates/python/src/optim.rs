//! The passes behind `gradus.optim`: a step over all parameters in one call.

use gradus_kernels::optim;
use gradus_tensor::{Array, with_float};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::tensor::PyTensor;

/// A parameter's gradient, if it has one of its own shape.
fn gradient(py: Python<'_>, parameter: &PyTensor) -> PyResult<Option<Array>> {
    let Some(grad) = parameter.grad(py)? else { return Ok(None) };
    let (grad, value) = (grad.get().value(py)?, parameter.value(py)?);
    if grad.shape() != value.shape() || !value.dtype().is_float() {
        let text = format!("step: a gradient {:?} does not fit its parameter {:?}", grad.shape(), value.shape());
        return Err(PyValueError::new_err(text));
    }
    Ok(Some(grad.into_array().to_dtype(value.dtype())))
}

/// Takes the array out of a place that must have the shape of its parameter, so that it can be written over; [`give`]
/// puts it back.
fn take(py: Python<'_>, place: &PyTensor, like: &Array) -> PyResult<Array> {
    let now = place.value(py)?;
    if now.shape() != like.shape() || now.dtype() != like.dtype() {
        let text = format!("step: a state {:?} does not fit its parameter {:?}", now.shape(), like.shape());
        return Err(PyValueError::new_err(text));
    }
    drop(now);
    let mut taken = Array::scalar(0.0, like.dtype());
    place.change(|array| std::mem::swap(array, &mut taken))?;
    Ok(taken)
}

fn give(place: &PyTensor, array: Array) -> PyResult<()> {
    place.change(|empty| *empty = array)
}

/// One step of gradient descent; `velocities` are places of zeros before the first step, empty without momentum.
#[pyfunction]
pub(crate) fn sgd(
    py: Python<'_>,
    parameters: Vec<Bound<'_, PyTensor>>,
    velocities: Vec<Bound<'_, PyTensor>>,
    lr: f64,
    momentum: f64,
    weight_decay: f64,
    nesterov: bool,
) -> PyResult<()> {
    let options = optim::Sgd { lr, momentum, nesterov, weight_decay, grad_scale: 1.0 };
    for (i, parameter) in parameters.iter().enumerate() {
        let Some(grad) = gradient(py, parameter.get())? else { continue };
        let place = velocities.get(i);
        let mut velocity = place.map(|place| take(py, place.get(), &grad)).transpose()?;
        parameter.get().change(|value| {
            with_float!(value.dtype(), T => {
                let velocity = velocity.as_mut().map(|v| v.make_mut::<T>());
                optim::sgd(value.make_mut::<T>(), &grad.dense::<T>(), velocity, &options);
            });
        })?;
        if let (Some(place), Some(velocity)) = (place, velocity) {
            give(place.get(), velocity)?;
        }
    }
    Ok(())
}

/// One step of Adam, or of AdamW where `decoupled`; `counts` are the parameters' steps so far with this one.
#[pyfunction]
pub(crate) fn adam(
    py: Python<'_>,
    parameters: Vec<Bound<'_, PyTensor>>,
    means: Vec<Bound<'_, PyTensor>>,
    squares: Vec<Bound<'_, PyTensor>>,
    counts: Vec<u64>,
    lr: f64,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
    decoupled: bool,
) -> PyResult<()> {
    if [means.len(), squares.len(), counts.len()] != [parameters.len(); 3] || counts.contains(&0) {
        return Err(PyValueError::new_err(
            "step: each parameter needs a state of its own, and counts its steps from 1",
        ));
    }
    let options = optim::Adam { lr, beta1: betas.0, beta2: betas.1, eps, weight_decay, decoupled, grad_scale: 1.0 };
    for (((parameter, mean_place), square_place), count) in parameters.iter().zip(&means).zip(&squares).zip(counts) {
        let Some(grad) = gradient(py, parameter.get())? else { continue };
        let mut mean = take(py, mean_place.get(), &grad)?;
        let mut square = take(py, square_place.get(), &grad)?;
        parameter.get().change(|value| {
            with_float!(value.dtype(), T => {
                let (mean, square) = (mean.make_mut::<T>(), square.make_mut::<T>());
                optim::adam(value.make_mut::<T>(), &grad.dense::<T>(), mean, square, count, &options);
            });
        })?;
        give(mean_place.get(), mean)?;
        give(square_place.get(), square)?;
    }
    Ok(())
}

/// The 2-norm of all gradients together.
#[pyfunction]
pub(crate) fn gradient_norm(py: Python<'_>, parameters: Vec<Bound<'_, PyTensor>>) -> PyResult<f64> {
    let mut squares = 0.0;
    for parameter in &parameters {
        squares += gradient(py, parameter.get())?.map_or(0.0, |grad| grad.square_norm());
    }
    Ok(squares.sqrt())
}

/// Scales all gradients, whose norm together is `norm`, down to `max_norm` in place.
#[pyfunction]
pub(crate) fn clip(py: Python<'_>, parameters: Vec<Bound<'_, PyTensor>>, max_norm: f64, norm: f64) -> PyResult<()> {
    // PyTorch's form: a hair below max_norm, and never up; not a number makes all gradients none.
    let factor = max_norm / (norm + 1e-6);
    if factor < 1.0 || factor.is_nan() {
        for parameter in &parameters {
            let Some(grad) = parameter.get().grad(py)? else { continue };
            grad.get().change(|grad| {
                with_float!(grad.dtype(), T => grad.make_mut::<T>().iter_mut().for_each(|g| *g *= factor as T));
            })?;
        }
    }
    Ok(())
}
