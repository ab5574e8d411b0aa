//! The operations behind `gradus.nn.functional`.

use gradus_tensor::ops::{Attention, BatchNorm, BatchStatistics, Conv, Pool, Reduction};
use gradus_tensor::{Error, Tensor};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::compute::{compute, work};
use crate::random::{PyGenerator, draw};
use crate::tensor::PyTensor;
use crate::tensor::arguments::TensorArg;
use gradus_nn::Nonlinearity;

/// A layer's weight or bias, which may be missing.
type Part = Option<TensorArg>;

fn part(part: &Part) -> Option<&Tensor> {
    part.as_ref().map(|p| &p.0)
}

/// `reduction="mean"`, `"sum"` or `"none"`.
pub(crate) struct How(Reduction);

impl<'py> FromPyObject<'_, 'py> for How {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<&str>()? {
            "mean" => Ok(How(Reduction::Mean)),
            "sum" => Ok(How(Reduction::Sum)),
            "none" => Ok(How(Reduction::None)),
            other => Err(PyValueError::new_err(format!("reduction must be 'mean', 'sum' or 'none', not {other:?}"))),
        }
    }
}

/// One number for each of `D` axes, or one for all.
pub(crate) struct Sizes<const D: usize>([usize; D]);

impl<'py, const D: usize> FromPyObject<'_, 'py> for Sizes<D> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<usize>() {
            Ok(size) => Ok(Sizes([size; D])),
            Err(_) => object.extract().map(Sizes),
        }
    }
}

/// The nonlinearity of this name.
fn named(name: &str) -> PyResult<Nonlinearity> {
    Nonlinearity::named(name).ok_or_else(|| {
        PyValueError::new_err(format!("{name:?} is no nonlinearity; use one of {}", Nonlinearity::NAMES.join(", ")))
    })
}

/// The nonlinearity `name` of every number.
#[pyfunction]
pub(crate) fn nonlinearity(py: Python<'_>, name: &str, input: TensorArg) -> PyResult<PyTensor> {
    let (f, x) = (named(name)?, input.0);
    compute(py, x.numel(), || Ok(f.apply(&x))).map(PyTensor::new)
}

/// The nonlinearities: name, what it computes, gain.
#[pyfunction]
pub(crate) fn nonlinearities() -> Vec<(&'static str, &'static str, f64)> {
    Nonlinearity::ALL.iter().map(|f| (f.name(), f.formula().forward, f.gain())).collect()
}

/// x @ weight.T + bias
#[pyfunction]
#[pyo3(signature = (input, weight, bias = None))]
pub(crate) fn linear(py: Python<'_>, input: TensorArg, weight: TensorArg, bias: Part) -> PyResult<PyTensor> {
    let (x, weight) = (input.0, weight.0);
    let rows = weight.shape().first().copied().unwrap_or(1);
    compute(py, x.numel().saturating_mul(rows) / 16, || {
        if weight.ndim() != 2 {
            return Err(Error::new(
                "linear",
                format!("the weight {:?} must be a matrix [fan_out, fan_in]", weight.shape()),
            ));
        }
        x.linear(&weight.t()?, part(&bias))
    })
    .map(PyTensor::new)
}

/// The rows of `weight` at the positions in `input`.
#[pyfunction]
pub(crate) fn embedding(py: Python<'_>, input: TensorArg, weight: TensorArg) -> PyResult<PyTensor> {
    compute(py, input.0.numel(), || weight.0.embedding(&input.0)).map(PyTensor::new)
}

/// PyTorch has the classes on axis 1; the engine has them last.
fn classes_last(x: &Tensor) -> gradus_tensor::Result<Tensor> {
    if x.ndim() <= 2 {
        return Ok(x.clone());
    }
    let order: Vec<isize> = [0].into_iter().chain(2..x.ndim() as isize).chain([1]).collect();
    x.permute(&order)
}

/// The mean of -log softmax(input)[target], where the classes are on axis 1 (or 0 of a vector).
#[pyfunction]
#[pyo3(signature = (input, target, *, ignore_index = -100, reduction = How(Reduction::Mean)))]
pub(crate) fn cross_entropy(
    py: Python<'_>,
    input: TensorArg,
    target: TensorArg,
    ignore_index: i64,
    reduction: How,
) -> PyResult<PyTensor> {
    let (x, target) = (input.0, target.0);
    compute(py, x.numel(), || {
        let x = classes_last(&x)?;
        match reduction.0 {
            Reduction::Mean => x.cross_entropy_ignoring(&target, Some(ignore_index)),
            other => x.log_softmax(-1)?.nll_loss(&target, Some(ignore_index), other),
        }
    })
    .map(PyTensor::new)
}

/// The mean of -input[target], where `input` holds logarithms of probabilities and the classes are on axis 1.
#[pyfunction]
#[pyo3(signature = (input, target, *, ignore_index = -100, reduction = How(Reduction::Mean)))]
pub(crate) fn nll_loss(
    py: Python<'_>,
    input: TensorArg,
    target: TensorArg,
    ignore_index: i64,
    reduction: How,
) -> PyResult<PyTensor> {
    compute(py, input.0.numel(), || classes_last(&input.0)?.nll_loss(&target.0, Some(ignore_index), reduction.0))
        .map(PyTensor::new)
}

/// Losses that compare number with number.
macro_rules! pointwise {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (input, target, *, reduction = How(Reduction::Mean)))]
        pub(crate) fn $name(py: Python<'_>, input: TensorArg, target: TensorArg, reduction: How) -> PyResult<PyTensor> {
            compute(py, work(&[&input.0]), || input.0.$name(&target.0, reduction.0)).map(PyTensor::new)
        }
    )*};
}

pointwise! {
    /// The mean of (input - target) ** 2.
    mse_loss;
    /// The mean of |input - target|.
    l1_loss;
    /// The mean of -(target * log(input) + (1 - target) * log(1 - input)).
    binary_cross_entropy;
    /// `binary_cross_entropy` of sigmoid(input), computed without loss of digits.
    binary_cross_entropy_with_logits;
}

/// Mean 0 and variance 1 over the last axes, scaled and shifted.
#[pyfunction]
#[pyo3(signature = (input, normalized_shape, weight = None, bias = None, eps = 1e-5))]
pub(crate) fn layer_norm(
    py: Python<'_>,
    input: TensorArg,
    normalized_shape: Vec<usize>,
    weight: Part,
    bias: Part,
    eps: f64,
) -> PyResult<PyTensor> {
    compute(py, input.0.numel(), || input.0.layer_norm(&normalized_shape, part(&weight), part(&bias), eps))
        .map(PyTensor::new)
}

/// Mean 0 and variance 1 of each channel, axis 1, scaled and shifted. In training by the batch's own statistics, which
/// the running ones follow in place.
#[pyfunction]
#[pyo3(signature = (input, running_mean = None, running_var = None, weight = None, bias = None, training = false, momentum = 0.1, eps = 1e-5))]
pub(crate) fn batch_norm(
    py: Python<'_>,
    input: TensorArg,
    running_mean: Option<&Bound<'_, PyTensor>>,
    running_var: Option<&Bound<'_, PyTensor>>,
    weight: Part,
    bias: Part,
    training: bool,
    momentum: f64,
    eps: f64,
) -> PyResult<PyTensor> {
    let x = input.0;
    let options = BatchNorm { axis: if x.ndim() < 2 { -1 } else { 1 }, eps, correction: 0 };
    if !training {
        let (Some(mean), Some(var)) = (running_mean, running_var) else {
            return Err(PyValueError::new_err(
                "batch_norm: outside of training running_mean and running_var are needed",
            ));
        };
        let statistics = BatchStatistics { mean: mean.get().value(py)?, variance: var.get().value(py)? };
        return compute(py, x.numel(), || x.batch_norm_with(&statistics, part(&weight), part(&bias), &options))
            .map(PyTensor::new);
    }
    let (y, batch) = compute(py, x.numel(), || x.batch_norm(part(&weight), part(&bias), &options))?;
    for (running, now) in [(running_mean, &batch.mean), (running_var, &batch.variance)] {
        let Some(running) = running else { continue };
        let old = running.get().value(py)?;
        let new = compute(py, 0, || (&old * (1.0 - momentum)).try_add(&(now * momentum)))?;
        drop(old);
        running.get().store(new.into_array())?;
    }
    Ok(PyTensor::new(y))
}

/// Sets each number to 0 with probability p and divides the others by 1 - p, in training.
#[pyfunction]
#[pyo3(signature = (input, p = 0.5, training = true, *, generator = None))]
pub(crate) fn dropout(
    py: Python<'_>,
    input: TensorArg,
    p: f64,
    training: bool,
    generator: Option<&Bound<'_, PyGenerator>>,
) -> PyResult<PyTensor> {
    draw(py, generator, |g| compute(py, 0, || input.0.dropout(p, training, g)))?.map(PyTensor::new)
}

/// A 1 at each class and zeros elsewhere, along a new last axis.
#[pyfunction]
#[pyo3(signature = (input, num_classes = -1))]
pub(crate) fn one_hot(py: Python<'_>, input: TensorArg, num_classes: i64) -> PyResult<PyTensor> {
    let x = input.0;
    let limit = |classes: f64| classes * x.numel() as f64 <= (1_u64 << 40) as f64;
    compute(py, x.numel(), || {
        let classes = if num_classes < 0 { x.max()?.item()? + 1.0 } else { num_classes as f64 };
        if !limit(classes) {
            return Err(Error::new(
                "one_hot",
                format!("{classes} classes of {} numbers do not fit into memory", x.numel()),
            ));
        }
        Ok(x.one_hot(classes as usize)?.to_dtype(gradus_tensor::DType::I64))
    })
    .map(PyTensor::new)
}

/// softmax(query @ key.T * scale) @ value
#[pyfunction]
#[pyo3(signature = (query, key, value, *, is_causal = false, scale = None))]
pub(crate) fn scaled_dot_product_attention(
    py: Python<'_>,
    query: TensorArg,
    key: TensorArg,
    value: TensorArg,
    is_causal: bool,
    scale: Option<f64>,
) -> PyResult<PyTensor> {
    let options = Attention { causal: is_causal, offset: 0, scale };
    compute(py, query.0.numel().saturating_mul(8), || query.0.scaled_dot_product_attention(&key.0, &value.0, &options))
        .map(PyTensor::new)
}

macro_rules! convolution {
    ($(#[$doc:meta])* $name:ident, $d:literal) => {
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (input, weight, bias = None, stride = Sizes([1; $d]), padding = Sizes([0; $d]), dilation = Sizes([1; $d]), groups = 1))]
        pub(crate) fn $name(
            py: Python<'_>, input: TensorArg, weight: TensorArg, bias: Part, stride: Sizes<$d>, padding: Sizes<$d>,
            dilation: Sizes<$d>, groups: usize,
        ) -> PyResult<PyTensor> {
            let options = Conv { stride: stride.0, padding: padding.0, dilation: dilation.0, groups };
            compute(py, usize::MAX, || input.0.$name(&weight.0, part(&bias), &options)).map(PyTensor::new)
        }
    };
}

convolution! {
    /// Convolution over the last axis.
    conv1d, 1
}
convolution! {
    /// Convolution over the last two axes.
    conv2d, 2
}

/// The largest number in each window of the last two axes.
#[pyfunction]
#[pyo3(signature = (input, kernel_size, stride = None, padding = Sizes([0; 2])))]
pub(crate) fn max_pool2d(
    py: Python<'_>,
    input: TensorArg,
    kernel_size: Sizes<2>,
    stride: Option<Sizes<2>>,
    padding: Sizes<2>,
) -> PyResult<PyTensor> {
    let pool = pool(kernel_size, stride, padding);
    compute(py, input.0.numel(), || input.0.max_pool2d(&pool)).map(PyTensor::new)
}

/// The mean of each window of the last two axes.
#[pyfunction]
#[pyo3(signature = (input, kernel_size, stride = None, padding = Sizes([0; 2])))]
pub(crate) fn avg_pool2d(
    py: Python<'_>,
    input: TensorArg,
    kernel_size: Sizes<2>,
    stride: Option<Sizes<2>>,
    padding: Sizes<2>,
) -> PyResult<PyTensor> {
    let pool = pool(kernel_size, stride, padding);
    compute(py, input.0.numel(), || input.0.avg_pool2d(&pool)).map(PyTensor::new)
}

fn pool(kernel: Sizes<2>, stride: Option<Sizes<2>>, padding: Sizes<2>) -> Pool<2> {
    let stride = stride.map_or(kernel.0, |s| s.0);
    Pool { stride, padding: padding.0, ..Pool::new(kernel.0) }
}
