//! The methods of a tensor, with PyTorch's names and argument orders.

use std::sync::{Mutex, PoisonError};

use gradus_tensor::{DType, Result, Tensor, with_dtype};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::PyTensor;
use super::arguments::{Dims, Like, TensorArg, whole_numbers};
use super::place::fitted;
use crate::compute::{compute, compute_untracked, room, work};
use crate::dtype::{DTypeArg, PyDType};

impl PyTensor {
    pub(super) fn apply(&self, py: Python<'_>, f: impl FnOnce(&Tensor) -> Result<Tensor> + Send) -> PyResult<PyTensor> {
        let x = self.value(py)?;
        compute(py, x.numel(), || f(&x)).map(PyTensor::new)
    }
}

/// What `f` makes of a tensor, as a view that follows it.
pub(super) fn view(
    slf: &Bound<'_, PyTensor>,
    f: impl Fn(&Tensor) -> Result<Tensor> + Send + Sync,
) -> PyResult<PyTensor> {
    PyTensor::view(slf, f)
}

/// A reduction over all axes, or over some of them.
fn reduce(
    slf: &PyTensor,
    py: Python<'_>,
    dim: Option<Dims>,
    all: impl FnOnce(&Tensor) -> Result<Tensor> + Send,
    some: impl FnOnce(&Tensor, &[isize]) -> Result<Tensor> + Send,
    keepdim: bool,
) -> PyResult<PyTensor> {
    let x = slf.value(py)?;
    compute(py, x.numel(), || match dim {
        Some(Dims(dims)) if !dims.is_empty() => some(&x, &dims),
        _ if keepdim => some(&x, &(0..x.ndim() as isize).collect::<Vec<_>>()),
        _ => all(&x),
    })
    .map(PyTensor::new)
}

/// How many numbers are not 0, of all or along some axes.
fn counted(x: &PyTensor, py: Python<'_>, dim: Option<Dims>, keepdim: bool) -> PyResult<PyTensor> {
    let one = PyTensor::new(x.value(py)?.to_dtype(DType::Bool).to_dtype(DType::I64));
    reduce(&one, py, dim, |x| Ok(x.sum()), |x, dims| x.sum_dims(dims, keepdim), keepdim)
}

/// A named pair `(values, indices)`, as PyTorch's `max` gives it.
fn pair<'py>(py: Python<'py>, (values, indices): (Tensor, Tensor)) -> PyResult<Bound<'py, PyAny>> {
    static PAIR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let named = PAIR.get_or_try_init(py, || {
        let names = ("values_and_indices", ("values", "indices"));
        py.import("collections")?.call_method1("namedtuple", names).map(Bound::unbind)
    })?;
    named.bind(py).call1((PyTensor::new(values), PyTensor::new(indices)))
}

/// Bytes that a view takes, about.
const VIEW: usize = 1024;

/// Goes through the first axis.
#[pyclass(module = "gradus", frozen)]
struct Rows {
    tensor: Py<PyTensor>,
    next: Mutex<usize>,
    rows: usize,
}

#[pymethods]
impl Rows {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<PyTensor>> {
        let row = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next += 1;
            *next - 1
        };
        if row >= self.rows {
            return Ok(None);
        }
        view(self.tensor.bind(py), move |x| x.select(0, row as isize)).map(Some)
    }

    fn __length_hint__(&self) -> usize {
        self.rows - (*self.next.lock().unwrap_or_else(PoisonError::into_inner)).min(self.rows)
    }
}

/// Views of the lengths that `parts` have along `dim`, one after the other.
fn parts_along<'py>(slf: &Bound<'py, PyTensor>, dim: isize, parts: &[Tensor]) -> PyResult<Bound<'py, PyTuple>> {
    let mut start = 0;
    let views = parts.iter().map(|part| {
        let d = if dim < 0 { dim + part.ndim() as isize } else { dim };
        let length = part.shape()[d as usize];
        start += length;
        view(slf, move |x| x.narrow(dim, start - length, length))
    });
    PyTuple::new(slf.py(), views.collect::<PyResult<Vec<_>>>()?)
}

/// Functions of one number, one method each.
macro_rules! elementwise {
    ($($(#[$doc:meta])* $name:ident: $f:expr;)*) => {
        #[pymethods]
        impl PyTensor {
            $($(#[$doc])*
            fn $name(&self, py: Python<'_>) -> PyResult<PyTensor> {
                let f: fn(&Tensor) -> Tensor = $f;
                self.apply(py, |x| Ok(f(x)))
            })*
        }
    };
}

elementwise! {
    /// The hyperbolic tangent of every number.
    tanh: Tensor::tanh;
    /// 1 / (1 + exp(-x)) of every number.
    sigmoid: Tensor::sigmoid;
    /// max(x, 0) of every number.
    relu: Tensor::relu;
    /// e ** x of every number.
    exp: Tensor::exp;
    /// The natural logarithm of every number.
    log: Tensor::ln;
    /// The square root of every number.
    sqrt: Tensor::sqrt;
    /// The sine of every number.
    sin: Tensor::sin;
    /// The cosine of every number.
    cos: Tensor::cos;
    /// The logarithm to base 2 of every number.
    log2: Tensor::log2;
    /// The logarithm to base 10 of every number.
    log10: Tensor::log10;
    /// log(1 + x) of every number, exact for small ones.
    log1p: Tensor::log1p;
    /// exp(x) - 1 of every number, exact for small ones.
    expm1: Tensor::expm1;
    /// The tangent of every number.
    tan: Tensor::tan;
    /// The error function of every number.
    erf: Tensor::erf;
    /// The largest whole number at most each.
    floor: Tensor::floor;
    /// The smallest whole number at least each.
    ceil: Tensor::ceil;
    /// The whole number nearest to each; of two equally near the even one.
    round: Tensor::round;
    /// Every number without its fraction.
    trunc: Tensor::trunc;
    /// The sign of every number: -1, 0 or 1.
    sign: Tensor::sign;
    /// Every number with the other sign.
    neg: Tensor::neg;
    /// Where a number is 0.
    logical_not: Tensor::logical_not;
    /// The absolute value of every number.
    abs: Tensor::abs;
    /// The square of every number.
    square: |x| x.powf(2.0);
    /// 1 / sqrt(x) of every number.
    rsqrt: |x| x.powf(-0.5);
    /// 1 / x of every number.
    reciprocal: |x| x.powf(-1.0);
    /// A copy in memory of its own, through which gradients flow.
    clone: |x| if x.dtype().is_float() { x * 1.0 } else { Tensor::from_array(x.array().copied()) };
}

/// The same in place.
macro_rules! elementwise_in_place {
    ($($(#[$doc:meta])* $name:ident: $f:expr;)*) => {
        #[pymethods]
        impl PyTensor {
            $($(#[$doc])*
            fn $name<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
                let f: fn(&Tensor) -> Tensor = $f;
                changed(slf, stringify!($name), |x| Ok(f(x)))
            })*
        }
    };
}

elementwise_in_place! {
    /// `tanh` in place.
    tanh_: Tensor::tanh;
    /// `sigmoid` in place.
    sigmoid_: Tensor::sigmoid;
    /// `relu` in place.
    relu_: Tensor::relu;
    /// `exp` in place.
    exp_: Tensor::exp;
    /// `log` in place.
    log_: Tensor::ln;
    /// `sqrt` in place.
    sqrt_: Tensor::sqrt;
    /// `sin` in place.
    sin_: Tensor::sin;
    /// `cos` in place.
    cos_: Tensor::cos;
    /// `log2` in place.
    log2_: Tensor::log2;
    /// `log10` in place.
    log10_: Tensor::log10;
    /// `log1p` in place.
    log1p_: Tensor::log1p;
    /// `expm1` in place.
    expm1_: Tensor::expm1;
    /// `tan` in place.
    tan_: Tensor::tan;
    /// `erf` in place.
    erf_: Tensor::erf;
    /// `floor` in place.
    floor_: Tensor::floor;
    /// `ceil` in place.
    ceil_: Tensor::ceil;
    /// `round` in place.
    round_: Tensor::round;
    /// `trunc` in place.
    trunc_: Tensor::trunc;
    /// `sign` in place.
    sign_: Tensor::sign;
    /// `abs` in place.
    abs_: Tensor::abs;
    /// Every number with the other sign, in place.
    neg_: Tensor::neg;
    /// `square` in place.
    square_: |x| x.powf(2.0);
    /// `reciprocal` in place.
    reciprocal_: |x| x.powf(-1.0);
}

/// A change in place by what `f` makes of the value.
fn changed<'py>(
    slf: &Bound<'py, PyTensor>,
    op: &'static str,
    f: impl FnOnce(&Tensor) -> Result<Tensor> + Send,
) -> PyResult<Bound<'py, PyTensor>> {
    let (py, x) = (slf.py(), slf.get().value(slf.py())?);
    let result = compute(py, x.numel(), || f(&x))?;
    drop(x);
    slf.get().rebind(py, op, result, false)?;
    Ok(slf.clone())
}

#[pymethods]
impl PyTensor {
    /// NumPy's operators leave the work to ours.
    #[classattr]
    fn __array_ufunc__() -> Option<bool> {
        None
    }

    /// A class made of this one may have an `__init__` of its own, which calls this.
    #[pyo3(signature = (*_arguments, **_keywords))]
    fn __init__(&self, _arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) {}

    #[new]
    #[pyo3(signature = (data = None, requires_grad = false))]
    fn new_from(py: Python<'_>, data: Option<&Bound<'_, PyAny>>, requires_grad: bool) -> PyResult<PyTensor> {
        let value = match data {
            None => Tensor::zeros(&[0]),
            Some(data) => {
                let value = super::create::read(data)?;
                if data.is_instance_of::<PyTensor>() { value } else { value.to_dtype(DType::F32) }
            }
        };
        let place = PyTensor::new(value);
        if requires_grad {
            place.set_requires_grad(py, true)?;
        }
        Ok(place)
    }

    // What it is.

    /// The sizes of the axes, as a tuple.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.value(py)?.shape())
    }

    /// The sizes of the axes, or that of axis `dim`.
    #[pyo3(signature = (dim = None))]
    fn size<'py>(&self, py: Python<'py>, dim: Option<isize>) -> PyResult<Bound<'py, PyAny>> {
        let Some(dim) = dim else { return Ok(self.shape(py)?.into_any()) };
        let value = self.value(py)?;
        let d = compute(py, 0, || gradus_tensor::array::axis("size", dim, value.ndim()))?;
        Ok(value.shape()[d].into_pyobject(py)?.into_any())
    }

    /// The number of axes.
    #[getter]
    fn ndim(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.value(py)?.ndim())
    }

    /// The number of axes.
    fn dim(&self, py: Python<'_>) -> PyResult<usize> {
        self.ndim(py)
    }

    /// The number of elements.
    fn numel(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.value(py)?.numel())
    }

    /// The number of elements.
    fn nelement(&self, py: Python<'_>) -> PyResult<usize> {
        self.numel(py)
    }

    /// Bytes of one element.
    fn element_size(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.value(py)?.dtype().size())
    }

    /// The distance, in elements, from one index to the next along each axis.
    fn stride<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.value(py)?.strides())
    }

    /// Whether the numbers stand one after the other in row-major order.
    fn is_contiguous(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.value(py)?.is_contiguous())
    }

    /// The type of the numbers.
    #[getter]
    fn dtype(&self, py: Python<'_>) -> PyResult<PyDType> {
        Ok(PyDType(self.value(py)?.dtype()))
    }

    /// Where the numbers are: always "cpu".
    #[getter]
    fn device(&self) -> &'static str {
        "cpu"
    }

    /// Whether the numbers are float32 or float64.
    fn is_floating_point(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.value(py)?.dtype().is_float())
    }

    /// The only number, as Python's.
    fn item<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = self.value(py)?;
        let number = compute(py, 0, || value.item())?;
        python_number(py, &value, number)
    }

    /// The numbers as nested lists.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let value = self.value(py)?;
        if value.ndim() == 0 {
            return self.item(py);
        }
        // A list's slot and a number's object.
        room("tolist", value.numel(), 32)?;
        nested(py, &value)
    }

    fn __float__(&self, py: Python<'_>) -> PyResult<f64> {
        let value = self.value(py)?;
        compute(py, 0, || value.item())
    }

    fn __int__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.item(py)?.call_method0("__int__")
    }

    fn __index__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.value(py)?.dtype().is_float() {
            return Err(PyTypeError::new_err("only tensors of one whole number can be used as an index"));
        }
        self.item(py)?.call_method0("__index__")
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        let value = self.value(py)?;
        if value.numel() != 1 {
            return Err(PyRuntimeError::new_err(format!(
                "the truth of a tensor of shape {:?} is ambiguous; use .any() or .all()",
                value.shape()
            )));
        }
        compute(py, 0, || Ok(value.item()? != 0.0))
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        match self.value(py)?.shape() {
            [] => Err(PyTypeError::new_err("a tensor of no axes has no length")),
            [n, ..] => Ok(*n),
        }
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let rows = slf.get().__len__(slf.py())?;
        let iterator = Rows { tensor: slf.clone().unbind(), next: Mutex::new(0), rows };
        Ok(Bound::new(slf.py(), iterator)?.into_any())
    }

    fn __contains__(&self, py: Python<'_>, number: Like) -> PyResult<bool> {
        let value = self.value(py)?;
        let number = number.beside(&value);
        compute_untracked(py, value.numel(), || Ok(value.eq(&number)?.sum().item()? > 0.0))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.value(py)?.to_string())
    }

    fn __format__<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyAny>> {
        let value = self.value(py)?;
        if value.ndim() == 0 {
            return self.item(py)?.call_method1("__format__", (format,));
        }
        Ok(PyString::new(py, &value.to_string()).into_any())
    }

    // Gradients.

    /// Whether gradients flow to or through this tensor.
    #[getter]
    fn requires_grad(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.value(py)?.is_tracked())
    }

    #[setter(requires_grad)]
    fn change_requires_grad(&self, py: Python<'_>, wanted: bool) -> PyResult<()> {
        self.set_requires_grad(py, wanted)
    }

    /// Makes this leaf want a gradient, or not, and returns it.
    #[pyo3(signature = (requires_grad = true))]
    fn requires_grad_<'py>(slf: &Bound<'py, Self>, requires_grad: bool) -> PyResult<Bound<'py, Self>> {
        slf.get().set_requires_grad(slf.py(), requires_grad)?;
        Ok(slf.clone())
    }

    /// The gradient that backward passes have added up so far, or None.
    #[getter(grad)]
    fn gradient(&self, py: Python<'_>) -> PyResult<Option<Py<PyTensor>>> {
        self.grad(py)
    }

    #[setter(grad)]
    fn put_gradient(&self, py: Python<'_>, grad: Option<Bound<'_, PyTensor>>) -> PyResult<()> {
        if let Some(grad) = &grad {
            let (grad, value) = (grad.get().value(py)?, self.value(py)?);
            if grad.shape() != value.shape() || grad.dtype() != value.dtype() {
                return Err(PyRuntimeError::new_err(format!(
                    "grad: a gradient of shape {:?} and {} does not fit a tensor of shape {:?} and {}",
                    grad.shape(),
                    grad.dtype(),
                    value.shape(),
                    value.dtype()
                )));
            }
        }
        self.set_grad(grad.map(Bound::unbind));
        Ok(())
    }

    /// Asks that backward passes keep the gradient of this result too.
    fn retain_grad(&self, py: Python<'_>) -> PyResult<()> {
        self.keep_grad(py)
    }

    /// Whether this was not computed from anything that requires a gradient.
    #[getter]
    fn is_leaf(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.value(py)?.is_leaf())
    }

    /// The name of the operation this is the result of, where gradients flow back through it; else None.
    #[getter]
    fn grad_fn(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        Ok(self.value(py)?.operation())
    }

    /// Computes the gradients of everything this was computed from and adds them to the leaves' `grad`. `gradient` is
    /// this tensor's own, needed where it is not a single number.
    #[pyo3(signature = (gradient = None, retain_graph = None))]
    #[pyo3(name = "backward")]
    fn backward_from(&self, py: Python<'_>, gradient: Option<TensorArg>, retain_graph: Option<bool>) -> PyResult<()> {
        self.backward(py, gradient.as_ref().map(|g| &g.0), retain_graph.unwrap_or(false))
    }

    /// The same numbers without a history; a change in place of the one is seen in the other.
    fn detach(slf: &Bound<'_, Self>) -> PyTensor {
        PyTensor::bare(slf)
    }

    /// The numbers without a history: what is written to it in place is written here, unrecorded.
    #[getter]
    fn data(slf: &Bound<'_, Self>) -> PyTensor {
        PyTensor::bare(slf)
    }

    #[setter(data)]
    fn put_data(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = value.cast::<PyTensor>()?;
        if value.get().shows(slf.get()) {
            return Ok(()); // p.data += x: the change has been made.
        }
        slf.get().adopt(slf.py(), value.get())
    }

    // In place.

    /// Adds `alpha * other` in place.
    #[pyo3(signature = (other, *, alpha = Like::Int(1)))]
    fn add_<'py>(slf: &Bound<'py, Self>, other: Like, alpha: Like) -> PyResult<Bound<'py, Self>> {
        slf.get().add_in_place(slf.py(), scaled(slf, other, alpha)?)?;
        Ok(slf.clone())
    }

    /// Subtracts `alpha * other` in place.
    #[pyo3(signature = (other, *, alpha = Like::Int(1)))]
    fn sub_<'py>(slf: &Bound<'py, Self>, other: Like, alpha: Like) -> PyResult<Bound<'py, Self>> {
        slf.get().sub_in_place(slf.py(), scaled(slf, other, alpha)?)?;
        Ok(slf.clone())
    }

    /// Multiplies in place.
    fn mul_<'py>(slf: &Bound<'py, Self>, other: Like) -> PyResult<Bound<'py, Self>> {
        slf.get().mul_in_place(slf.py(), other)?;
        Ok(slf.clone())
    }

    /// Divides in place.
    fn div_<'py>(slf: &Bound<'py, Self>, other: Like) -> PyResult<Bound<'py, Self>> {
        slf.get().div_in_place(slf.py(), other)?;
        Ok(slf.clone())
    }

    /// Puts the numbers of `other`, broadcast, in place of these.
    fn copy_<'py>(slf: &Bound<'py, Self>, other: Like) -> PyResult<Bound<'py, Self>> {
        overwrite(slf, "copy_", other)?;
        Ok(slf.clone())
    }

    /// Puts one number everywhere.
    fn fill_<'py>(slf: &Bound<'py, Self>, value: Like) -> PyResult<Bound<'py, Self>> {
        PyTensor::copy_(slf, value)
    }

    /// Puts 0 everywhere.
    fn zero_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        PyTensor::copy_(slf, Like::Int(0))
    }

    /// Cuts the numbers off in place.
    #[pyo3(signature = (min = None, max = None))]
    fn clamp_<'py>(slf: &Bound<'py, Self>, min: Option<Like>, max: Option<Like>) -> PyResult<Bound<'py, Self>> {
        changed(slf, "clamp_", |x| clamped(x, min, max))
    }

    /// Puts `value` in place where `mask` holds.
    fn masked_fill_<'py>(slf: &Bound<'py, Self>, mask: TensorArg, value: Like) -> PyResult<Bound<'py, Self>> {
        changed(slf, "masked_fill_", |x| filled(x, &mask.0, value))
    }

    /// Raises to a power in place.
    fn pow_<'py>(slf: &Bound<'py, Self>, exponent: Like) -> PyResult<Bound<'py, Self>> {
        slf.get().raise_in_place(slf.py(), exponent)?;
        Ok(slf.clone())
    }

    /// Multiplies in place by numbers that are 1 on and below a diagonal, 0 above it.
    #[pyo3(signature = (diagonal = 0))]
    fn tril_<'py>(slf: &Bound<'py, Self>, diagonal: isize) -> PyResult<Bound<'py, Self>> {
        changed(slf, "tril_", |x| x.tril(diagonal))
    }

    /// Multiplies in place by numbers that are 1 on and above a diagonal, 0 below it.
    #[pyo3(signature = (diagonal = 0))]
    fn triu_<'py>(slf: &Bound<'py, Self>, diagonal: isize) -> PyResult<Bound<'py, Self>> {
        changed(slf, "triu_", |x| x.triu(diagonal))
    }

    // Operations on two.

    /// self + alpha * other
    #[pyo3(signature = (other, *, alpha = Like::Int(1)))]
    fn add(slf: &Bound<'_, Self>, other: Like, alpha: Like) -> PyResult<PyTensor> {
        slf.get().binary(slf.py(), scaled(slf, other, alpha)?, Tensor::try_add)
    }

    /// self - alpha * other
    #[pyo3(signature = (other, *, alpha = Like::Int(1)))]
    fn sub(slf: &Bound<'_, Self>, other: Like, alpha: Like) -> PyResult<PyTensor> {
        slf.get().binary(slf.py(), scaled(slf, other, alpha)?, Tensor::try_sub)
    }

    /// self * other
    fn mul(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::try_mul)
    }

    /// self / other
    fn div(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::try_div)
    }

    /// self ** exponent
    fn pow(&self, py: Python<'_>, exponent: Like) -> PyResult<PyTensor> {
        self.power(py, exponent)
    }

    /// The matrix product self @ other.
    fn matmul(&self, py: Python<'_>, other: TensorArg) -> PyResult<PyTensor> {
        self.product(py, &other.0)
    }

    /// The larger of each pair of numbers.
    fn maximum(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::maximum)
    }

    /// The smaller of each pair of numbers.
    fn minimum(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::minimum)
    }

    /// Where the numbers are equal.
    fn eq(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, |a, b| a.eq(b))
    }

    /// Where the numbers differ.
    fn ne(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, |a, b| a.ne(b))
    }

    /// Where the numbers are less.
    fn lt(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, |a, b| a.lt(b))
    }

    /// Where the numbers are at most the other's.
    fn le(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, |a, b| a.le(b))
    }

    /// Where the numbers are greater.
    fn gt(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, |a, b| a.gt(b))
    }

    /// Where the numbers are at least the other's.
    fn ge(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, |a, b| a.ge(b))
    }

    /// Whether both have the same shape and the same numbers.
    fn equal(&self, py: Python<'_>, other: TensorArg) -> PyResult<bool> {
        let x = self.value(py)?;
        compute_untracked(py, x.numel(), || {
            Ok(x.shape() == other.0.shape() && x.eq(&other.0)?.sum().item()? == x.numel() as f64)
        })
    }

    /// Whether all numbers, broadcast, differ by at most atol + rtol * |other|. An infinity is close only to itself, what is
    /// not a number to nothing, or with `equal_nan` to another that is none.
    #[pyo3(signature = (other, rtol = 1e-5, atol = 1e-8, equal_nan = false))]
    fn allclose(&self, py: Python<'_>, other: TensorArg, rtol: f64, atol: f64, equal_nan: bool) -> PyResult<bool> {
        let x = self.value(py)?;
        compute_untracked(py, x.numel(), || {
            let close = x.is_close(&other.0, rtol, atol, equal_nan)?;
            Ok(close.array().dense::<u8>().iter().all(|&close| close != 0))
        })
    }

    /// Where the numbers, broadcast, differ by at most atol + rtol * |other|; see `allclose`.
    #[pyo3(signature = (other, rtol = 1e-5, atol = 1e-8, equal_nan = false))]
    fn isclose(&self, py: Python<'_>, other: TensorArg, rtol: f64, atol: f64, equal_nan: bool) -> PyResult<PyTensor> {
        let x = self.value(py)?;
        compute_untracked(py, x.numel(), || x.is_close(&other.0, rtol, atol, equal_nan)).map(PyTensor::new)
    }

    // Functions of one with an argument.

    /// max(x, 0) + negative_slope * min(x, 0) of every number.
    #[pyo3(signature = (negative_slope = 0.01))]
    fn leaky_relu(&self, py: Python<'_>, negative_slope: f64) -> PyResult<PyTensor> {
        self.apply(py, |x| Ok(x.leaky_relu(negative_slope)))
    }

    /// x where it is above 0, else alpha * (exp(x) - 1).
    #[pyo3(signature = (alpha = 1.0))]
    fn elu(&self, py: Python<'_>, alpha: f64) -> PyResult<PyTensor> {
        self.apply(py, |x| Ok(x.elu(alpha)))
    }

    /// x * Phi(x), or with approximate="tanh" its approximation.
    #[pyo3(signature = (approximate = "none"))]
    fn gelu(&self, py: Python<'_>, approximate: &str) -> PyResult<PyTensor> {
        match approximate {
            "none" => self.apply(py, |x| Ok(x.gelu())),
            "tanh" => self.apply(py, |x| Ok(x.gelu_tanh())),
            other => Err(PyValueError::new_err(format!("gelu: approximate must be 'none' or 'tanh', not {other:?}"))),
        }
    }

    /// Every number cut off at `min` and `max`.
    #[pyo3(signature = (min = None, max = None))]
    fn clamp(&self, py: Python<'_>, min: Option<Like>, max: Option<Like>) -> PyResult<PyTensor> {
        self.apply(py, |x| clamped(x, min, max))
    }

    /// exp(x) / sum(exp(x)) along `dim`.
    fn softmax(&self, py: Python<'_>, dim: isize) -> PyResult<PyTensor> {
        self.apply(py, |x| x.softmax(dim))
    }

    /// The logarithm of `softmax`.
    fn log_softmax(&self, py: Python<'_>, dim: isize) -> PyResult<PyTensor> {
        self.apply(py, |x| x.log_softmax(dim))
    }

    /// log(sum(exp(x))) along `dim`.
    #[pyo3(signature = (dim, keepdim = false))]
    fn logsumexp(&self, py: Python<'_>, dim: Dims, keepdim: bool) -> PyResult<PyTensor> {
        self.apply(py, |x| x.logsumexp(&dim.0, keepdim))
    }

    /// Running sums along `dim`.
    fn cumsum(&self, py: Python<'_>, dim: isize) -> PyResult<PyTensor> {
        self.apply(py, |x| x.cumsum(dim))
    }

    /// The numbers on and below a diagonal; 0 above it.
    #[pyo3(signature = (diagonal = 0))]
    fn tril(&self, py: Python<'_>, diagonal: isize) -> PyResult<PyTensor> {
        self.apply(py, |x| x.tril(diagonal))
    }

    /// The numbers on and above a diagonal; 0 below it.
    #[pyo3(signature = (diagonal = 0))]
    fn triu(&self, py: Python<'_>, diagonal: isize) -> PyResult<PyTensor> {
        self.apply(py, |x| x.triu(diagonal))
    }

    /// `value` where `mask` holds.
    fn masked_fill(&self, py: Python<'_>, mask: TensorArg, value: Like) -> PyResult<PyTensor> {
        self.apply(py, |x| filled(x, &mask.0, value))
    }

    /// The numbers at `index` along `dim`, for each place of the index.
    fn gather(&self, py: Python<'_>, dim: isize, index: TensorArg) -> PyResult<PyTensor> {
        self.apply(py, |x| x.gather(dim, &index.0))
    }

    /// The parts of axis `dim` at `index`.
    fn index_select(&self, py: Python<'_>, dim: isize, index: TensorArg) -> PyResult<PyTensor> {
        self.apply(py, |x| x.index_select(dim, &index.0))
    }

    /// This with `src` added at the places `index` along `dim`.
    fn scatter_add(&self, py: Python<'_>, dim: isize, index: TensorArg, src: TensorArg) -> PyResult<PyTensor> {
        self.apply(py, |x| x.scatter_add(dim, &index.0, &src.0))
    }

    // Reductions.

    /// The sum of all numbers, or along `dim`. (`axis` and `keepdims` are NumPy's names for the same.)
    #[pyo3(signature = (dim = None, keepdim = false, *, axis = None, keepdims = false))]
    fn sum(
        &self,
        py: Python<'_>,
        dim: Option<Dims>,
        keepdim: bool,
        axis: Option<Dims>,
        keepdims: bool,
    ) -> PyResult<PyTensor> {
        let (dim, keepdim) = (dim.or(axis), keepdim || keepdims);
        reduce(self, py, dim, |x| Ok(x.sum()), |x, dims| x.sum_dims(dims, keepdim), keepdim)
    }

    /// The mean of all numbers, or along `dim`. (`axis` and `keepdims` are NumPy's names for the same.)
    #[pyo3(signature = (dim = None, keepdim = false, *, axis = None, keepdims = false))]
    fn mean(
        &self,
        py: Python<'_>,
        dim: Option<Dims>,
        keepdim: bool,
        axis: Option<Dims>,
        keepdims: bool,
    ) -> PyResult<PyTensor> {
        let (dim, keepdim) = (dim.or(axis), keepdim || keepdims);
        reduce(self, py, dim, |x| Ok(x.mean()), |x, dims| x.mean_dims(dims, keepdim), keepdim)
    }

    /// The variance of all numbers, or along `dim`, divided by n - correction.
    #[pyo3(signature = (dim = None, unbiased = None, keepdim = false, *, correction = None))]
    fn var(
        &self,
        py: Python<'_>,
        dim: Option<Dims>,
        unbiased: Option<bool>,
        keepdim: bool,
        correction: Option<usize>,
    ) -> PyResult<PyTensor> {
        let correction = correction.unwrap_or(usize::from(unbiased.unwrap_or(true)));
        reduce(self, py, dim, |x| Ok(x.var(correction)), |x, dims| x.var_dims(dims, correction, keepdim), keepdim)
    }

    /// The standard deviation of all numbers, or along `dim`; see `var`.
    #[pyo3(signature = (dim = None, unbiased = None, keepdim = false, *, correction = None))]
    fn std(
        &self,
        py: Python<'_>,
        dim: Option<Dims>,
        unbiased: Option<bool>,
        keepdim: bool,
        correction: Option<usize>,
    ) -> PyResult<PyTensor> {
        let correction = correction.unwrap_or(usize::from(unbiased.unwrap_or(true)));
        reduce(self, py, dim, |x| Ok(x.std(correction)), |x, dims| x.std_dims(dims, correction, keepdim), keepdim)
    }

    /// The p-norm of all numbers, or along `dim`.
    #[pyo3(signature = (p = 2.0, dim = None, keepdim = false))]
    fn norm(&self, py: Python<'_>, p: f64, dim: Option<Dims>, keepdim: bool) -> PyResult<PyTensor> {
        reduce(self, py, dim, |x| x.norm(p), |x, dims| x.norm_dims(p, dims, keepdim), keepdim)
    }

    /// The product of all numbers, or along `dim`.
    #[pyo3(signature = (dim = None, keepdim = false))]
    fn prod(&self, py: Python<'_>, dim: Option<isize>, keepdim: bool) -> PyResult<PyTensor> {
        match dim {
            None => self.apply(py, |x| Ok(x.prod())),
            Some(dim) => self.apply(py, |x| x.prod_dim(dim, keepdim)),
        }
    }

    /// The largest number; with `dim`, the largest along it and where each stands.
    #[pyo3(signature = (dim = None, keepdim = false))]
    fn max<'py>(&self, py: Python<'py>, dim: Option<isize>, keepdim: bool) -> PyResult<Bound<'py, PyAny>> {
        let x = self.value(py)?;
        match dim {
            None => Ok(Bound::new(py, PyTensor::new(compute(py, x.numel(), || x.max())?))?.into_any()),
            Some(dim) => pair(py, compute(py, x.numel(), || x.max_dim(dim, keepdim))?),
        }
    }

    /// The smallest number; with `dim`, the smallest along it and where each stands.
    #[pyo3(signature = (dim = None, keepdim = false))]
    fn min<'py>(&self, py: Python<'py>, dim: Option<isize>, keepdim: bool) -> PyResult<Bound<'py, PyAny>> {
        let x = self.value(py)?;
        match dim {
            None => Ok(Bound::new(py, PyTensor::new(compute(py, x.numel(), || x.min())?))?.into_any()),
            Some(dim) => pair(py, compute(py, x.numel(), || x.min_dim(dim, keepdim))?),
        }
    }

    /// The largest numbers along `dim`.
    #[pyo3(signature = (dim, keepdim = false))]
    fn amax(&self, py: Python<'_>, dim: Dims, keepdim: bool) -> PyResult<PyTensor> {
        self.apply(py, |x| x.max_dims(&dim.0, keepdim))
    }

    /// The smallest numbers along `dim`.
    #[pyo3(signature = (dim, keepdim = false))]
    fn amin(&self, py: Python<'_>, dim: Dims, keepdim: bool) -> PyResult<PyTensor> {
        self.apply(py, |x| x.min_dims(&dim.0, keepdim))
    }

    /// Where the largest number stands, counted through, or along `dim`.
    #[pyo3(signature = (dim = None, keepdim = false))]
    fn argmax(&self, py: Python<'_>, dim: Option<isize>, keepdim: bool) -> PyResult<PyTensor> {
        self.apply(py, |x| match dim {
            None => x.argmax(),
            Some(dim) => x.argmax_dim(dim, keepdim),
        })
    }

    /// Where the smallest number stands, counted through, or along `dim`.
    #[pyo3(signature = (dim = None, keepdim = false))]
    fn argmin(&self, py: Python<'_>, dim: Option<isize>, keepdim: bool) -> PyResult<PyTensor> {
        self.apply(py, |x| match dim {
            None => x.argmin(),
            Some(dim) => x.argmin_dim(dim, keepdim),
        })
    }

    /// Whether any number is not 0, of all or along `dim`.
    #[pyo3(signature = (dim = None, keepdim = false))]
    fn any(&self, py: Python<'_>, dim: Option<Dims>, keepdim: bool) -> PyResult<PyTensor> {
        let some = counted(self, py, dim, keepdim)?;
        some.apply(py, |count| count.gt(0.0))
    }

    /// Whether no number is 0, of all or along `dim`.
    #[pyo3(signature = (dim = None, keepdim = false))]
    fn all(&self, py: Python<'_>, dim: Option<Dims>, keepdim: bool) -> PyResult<PyTensor> {
        let zero = self.apply(py, |x| x.eq(0.0))?;
        let zeros = counted(&zero, py, dim, keepdim)?;
        zeros.apply(py, |count| count.eq(0.0))
    }

    /// How many numbers are not 0, of all or along `dim`.
    #[pyo3(signature = (dim = None))]
    fn count_nonzero(&self, py: Python<'_>, dim: Option<Dims>) -> PyResult<PyTensor> {
        counted(self, py, dim, false)
    }

    /// Where the numbers are none.
    fn isnan(&self, py: Python<'_>) -> PyResult<PyTensor> {
        self.apply(py, |x| x.ne(x))
    }

    /// Where the numbers are infinite.
    fn isinf(&self, py: Python<'_>) -> PyResult<PyTensor> {
        self.apply(py, |x| x.abs().eq(f64::INFINITY))
    }

    /// Where the numbers are finite.
    fn isfinite(&self, py: Python<'_>) -> PyResult<PyTensor> {
        self.apply(py, |x| x.abs().lt(f64::INFINITY))
    }

    /// The numbers along `dim` in order, and where each stood; equal ones keep their order.
    #[pyo3(signature = (dim = -1, descending = false, stable = false))]
    fn sort<'py>(
        &self,
        py: Python<'py>,
        dim: isize,
        descending: bool,
        #[allow(unused_variables)] stable: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let x = self.value(py)?;
        pair(py, compute(py, x.numel(), || x.sort(dim, descending))?)
    }

    /// Where the numbers along `dim` stand in order.
    #[pyo3(signature = (dim = -1, descending = false, stable = false))]
    fn argsort(
        &self,
        py: Python<'_>,
        dim: isize,
        descending: bool,
        #[allow(unused_variables)] stable: bool,
    ) -> PyResult<PyTensor> {
        self.apply(py, |x| x.argsort(dim, descending))
    }

    /// The `k` largest numbers along `dim` (or the smallest), the largest first, and where each stood.
    #[pyo3(signature = (k, dim = -1, largest = true, sorted = true))]
    fn topk<'py>(
        &self,
        py: Python<'py>,
        k: usize,
        dim: isize,
        largest: bool,
        #[allow(unused_variables)] sorted: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let x = self.value(py)?;
        pair(py, compute(py, x.numel(), || x.topk(k, dim, largest))?)
    }

    /// The sum of the products of two vectors' numbers.
    fn dot(&self, py: Python<'_>, other: TensorArg) -> PyResult<PyTensor> {
        let (a, b) = (self.value(py)?, &other.0);
        if (a.ndim(), b.ndim()) != (1, 1) {
            let text = format!("dot: {:?} and {:?} are not two vectors; matmul takes matrices", a.shape(), b.shape());
            return Err(PyRuntimeError::new_err(text));
        }
        self.product(py, b)
    }

    /// Where both are not 0.
    fn logical_and(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::logical_and)
    }

    /// Where one of both is not 0.
    fn logical_or(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::logical_or)
    }

    // Shapes.

    /// The numbers under another shape, one of whose sizes may be -1; never copies.
    #[pyo3(name = "view", signature = (*shape))]
    fn seen_as(slf: &Bound<'_, Self>, shape: &Bound<'_, PyTuple>) -> PyResult<PyTensor> {
        let shape = whole_numbers("view", shape)?;
        view(slf, move |x| x.view(&shape))
    }

    /// The numbers under another shape, one of whose sizes may be -1; copies where it must.
    #[pyo3(signature = (*shape))]
    fn reshape(slf: &Bound<'_, Self>, shape: &Bound<'_, PyTuple>) -> PyResult<PyTensor> {
        let shape = whole_numbers("reshape", shape)?;
        view(slf, move |x| x.reshape(&shape))
    }

    /// The numbers under the shape of `other`.
    fn view_as(slf: &Bound<'_, Self>, other: TensorArg) -> PyResult<PyTensor> {
        let shape: Vec<isize> = other.0.shape().iter().map(|&n| n as isize).collect();
        view(slf, move |x| x.view(&shape))
    }

    /// With the axes from `start_dim` to `end_dim`, both included, joined into one.
    #[pyo3(signature = (start_dim = 0, end_dim = -1))]
    fn flatten(slf: &Bound<'_, Self>, start_dim: isize, end_dim: isize) -> PyResult<PyTensor> {
        view(slf, move |x| x.flatten(start_dim, end_dim))
    }

    /// Without axis `dim` if its size is 1, or without all axes of size 1.
    #[pyo3(signature = (dim = None))]
    fn squeeze(slf: &Bound<'_, Self>, dim: Option<isize>) -> PyResult<PyTensor> {
        view(slf, move |x| match dim {
            Some(dim) => {
                let d = gradus_tensor::array::axis("squeeze", dim, x.ndim())?;
                if x.shape()[d] == 1 { x.squeeze(dim) } else { Ok(x.clone()) }
            }
            None => {
                (0..x.ndim()).rev().filter(|&d| x.shape()[d] == 1).try_fold(x.clone(), |x, d| x.squeeze(d as isize))
            }
        })
    }

    /// With a new axis of size 1 before axis `dim`.
    fn unsqueeze(slf: &Bound<'_, Self>, dim: isize) -> PyResult<PyTensor> {
        view(slf, move |x| x.unsqueeze(dim))
    }

    /// The axes in another order.
    #[pyo3(signature = (*dims))]
    fn permute(slf: &Bound<'_, Self>, dims: &Bound<'_, PyTuple>) -> PyResult<PyTensor> {
        let dims = whole_numbers("permute", dims)?;
        view(slf, move |x| x.permute(&dims))
    }

    /// Two axes exchanged.
    fn transpose(slf: &Bound<'_, Self>, dim0: isize, dim1: isize) -> PyResult<PyTensor> {
        view(slf, move |x| x.transpose(dim0, dim1))
    }

    /// The matrix transposed; a vector as it is.
    fn t(slf: &Bound<'_, Self>) -> PyResult<PyTensor> {
        view(slf, |x| if x.ndim() < 2 { Ok(x.clone()) } else { x.t() })
    }

    /// All axes in the opposite order.
    #[getter(T)]
    fn transposed(slf: &Bound<'_, Self>) -> PyResult<PyTensor> {
        view(slf, |x| x.permute(&(0..x.ndim() as isize).rev().collect::<Vec<_>>()))
    }

    /// The last two axes exchanged.
    #[getter(mT)]
    fn matrix_transposed(slf: &Bound<'_, Self>) -> PyResult<PyTensor> {
        view(slf, |x| x.transpose(-2, -1))
    }

    /// Axes of size 1 repeated to the given sizes; -1 keeps a size.
    #[pyo3(signature = (*sizes))]
    fn expand(slf: &Bound<'_, Self>, sizes: &Bound<'_, PyTuple>) -> PyResult<PyTensor> {
        let sizes = whole_numbers("expand", sizes)?;
        view(slf, |x| {
            let lead = sizes.len().saturating_sub(x.ndim());
            let kept = |i: usize| i.checked_sub(lead).and_then(|d| x.shape().get(d)).copied().unwrap_or(usize::MAX);
            let shape: Vec<usize> =
                sizes.iter().enumerate().map(|(i, &n)| usize::try_from(n).unwrap_or_else(|_| kept(i))).collect();
            x.expand(&shape)
        })
    }

    /// `length` indices of axis `dim` from `start` on.
    fn narrow(slf: &Bound<'_, Self>, dim: isize, start: usize, length: usize) -> PyResult<PyTensor> {
        view(slf, move |x| x.narrow(dim, start, length))
    }

    /// The part of axis `dim` at `index`, without that axis.
    fn select(slf: &Bound<'_, Self>, dim: isize, index: isize) -> PyResult<PyTensor> {
        view(slf, move |x| x.select(dim, index))
    }

    /// Parts of `split_size` along `dim`, or of the sizes in a list.
    #[pyo3(signature = (split_size, dim = 0))]
    fn split<'py>(slf: &Bound<'py, Self>, split_size: &Bound<'_, PyAny>, dim: isize) -> PyResult<Bound<'py, PyTuple>> {
        let (py, x) = (slf.py(), slf.get().value(slf.py())?);
        match split_size.extract::<usize>() {
            Ok(size) => {
                let axis = compute(py, 0, || gradus_tensor::array::axis("split", dim, x.ndim()))?;
                room("split", x.shape()[axis] / size.max(1), VIEW)?;
                let parts = compute_untracked(py, 0, || x.split(size, dim))?;
                parts_along(slf, dim, &parts)
            }
            Err(_) => {
                let sizes: Vec<usize> = split_size.extract()?;
                let parts = compute_untracked(py, 0, || x.split_sizes(&sizes, dim))?;
                parts_along(slf, dim, &parts)
            }
        }
    }

    /// `chunks` parts along `dim`, the last one perhaps shorter.
    #[pyo3(signature = (chunks, dim = 0))]
    fn chunk<'py>(slf: &Bound<'py, Self>, chunks: usize, dim: isize) -> PyResult<Bound<'py, PyTuple>> {
        let (py, x) = (slf.py(), slf.get().value(slf.py())?);
        let axis = compute(py, 0, || gradus_tensor::array::axis("chunk", dim, x.ndim()))?;
        room("chunk", chunks.min(x.shape()[axis]), VIEW)?;
        parts_along(slf, dim, &compute_untracked(py, 0, || x.chunk(chunks, dim))?)
    }

    /// The parts along `dim`, without that axis.
    #[pyo3(signature = (dim = 0))]
    fn unbind<'py>(slf: &Bound<'py, Self>, dim: isize) -> PyResult<Bound<'py, PyTuple>> {
        let n = slf.get().size(slf.py(), Some(dim))?.extract::<isize>()?;
        room("unbind", n as usize, VIEW)?;
        PyTuple::new(slf.py(), (0..n).map(|i| view(slf, move |x| x.select(dim, i))).collect::<PyResult<Vec<_>>>()?)
    }

    /// A copy with the axes `dims` backwards.
    #[pyo3(signature = (*dims))]
    fn flip(&self, py: Python<'_>, dims: &Bound<'_, PyTuple>) -> PyResult<PyTensor> {
        let dims = whole_numbers("flip", dims)?;
        self.apply(py, |x| x.flip(&dims))
    }

    /// The numbers whose position along `dim2` is `offset` more than that along `dim1`, along a new last axis.
    #[pyo3(signature = (offset = 0, dim1 = 0, dim2 = 1))]
    fn diagonal(slf: &Bound<'_, Self>, offset: isize, dim1: isize, dim2: isize) -> PyResult<PyTensor> {
        view(slf, move |x| x.diagonal(offset, dim1, dim2))
    }

    /// With numbers of another type; "cpu" and other tensors' types are understood too.
    #[pyo3(signature = (*arguments, dtype = None, device = None))]
    fn to<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
        dtype: Option<DTypeArg>,
        device: Option<&str>,
    ) -> PyResult<Bound<'py, Self>> {
        crate::random::check_device(device)?;
        let mut wanted = dtype.map(|d| d.0);
        for argument in arguments {
            match argument.extract::<String>() {
                Ok(device) => crate::random::check_device(Some(&device))?,
                Err(_) => {
                    wanted = Some(match argument.cast::<PyTensor>() {
                        Ok(other) => other.get().value(slf.py())?.dtype(),
                        Err(_) => argument.extract::<DTypeArg>()?.0,
                    });
                }
            }
        }
        match wanted {
            Some(dtype) => converted(slf, dtype),
            None => Ok(slf.clone()),
        }
    }

    /// With numbers of another type.
    #[pyo3(name = "type")]
    fn of_type<'py>(slf: &Bound<'py, Self>, dtype: DTypeArg) -> PyResult<Bound<'py, Self>> {
        converted(slf, dtype.0)
    }

    /// As float32; itself where it is that already.
    fn float<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        converted(slf, DType::F32)
    }

    /// As float64; itself where it is that already.
    fn double<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        converted(slf, DType::F64)
    }

    /// As int64: fractions are cut off; itself where it is that already.
    fn long<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        converted(slf, DType::I64)
    }

    /// As booleans: whether a number is not 0; itself where it is that already.
    fn bool<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        converted(slf, DType::Bool)
    }

    /// The same values, dense in memory of row-major order; itself where they are that already.
    fn contiguous<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        if slf.get().value(slf.py())?.is_contiguous() {
            return Ok(slf.clone());
        }
        Bound::new(slf.py(), slf.get().apply(slf.py(), |x| Ok(x.contiguous()))?)
    }

    /// The tensor itself: everything is on the CPU.
    fn cpu(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __copy__(slf: &Bound<'_, Self>) -> PyTensor {
        PyTensor::bare(slf)
    }

    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> PyResult<PyTensor> {
        let value = self.value(py)?;
        if !value.is_leaf() {
            return Err(PyRuntimeError::new_err("a result in a graph cannot be copied deeply; detach() it first"));
        }
        let copy = PyTensor::new(Tensor::from_array(value.array().copied()));
        if value.is_tracked() {
            copy.set_requires_grad(py, true)?;
        }
        Ok(copy)
    }
}

/// With numbers of another type; the tensor itself where they are of that type.
fn converted<'py>(slf: &Bound<'py, PyTensor>, dtype: DType) -> PyResult<Bound<'py, PyTensor>> {
    if slf.get().value(slf.py())?.dtype() == dtype {
        return Ok(slf.clone());
    }
    Bound::new(slf.py(), slf.get().apply(slf.py(), |x| Ok(x.to_dtype(dtype)))?)
}

/// Puts `value`, broadcast, in the place of a tensor's numbers.
pub(super) fn overwrite(slf: &Bound<'_, PyTensor>, op: &'static str, value: Like) -> PyResult<()> {
    let (py, now) = (slf.py(), slf.get().value(slf.py())?);
    let value = fitted(py, op, &value.beside(&now), now.shape())?;
    let value = compute(py, now.numel(), || {
        let value = value.to_dtype(now.dtype());
        // Not the other's memory: it may be written to.
        Ok(if value.is_tracked() { value } else { Tensor::from_array(value.array().copied()) })
    })?;
    drop(now);
    slf.get().rebind(py, op, value, true)
}

/// `value` where `mask` holds, else `x`.
fn filled(x: &Tensor, mask: &Tensor, value: Like) -> Result<Tensor> {
    match value {
        Like::Float(value) => x.masked_fill(mask, value),
        Like::Int(value) if x.dtype().is_float() => x.masked_fill(mask, value as f64),
        value => Tensor::where_(mask, &value.beside(x).to_dtype(x.dtype()), x),
    }
}

/// min(max(x, low), high), the bounds numbers or tensors.
fn clamped(x: &Tensor, low: Option<Like>, high: Option<Like>) -> Result<Tensor> {
    let number = |bound: &Option<Like>| match bound {
        None => Some(None),
        Some(Like::Float(bound)) => Some(Some(*bound)),
        Some(Like::Int(bound)) if x.dtype().is_float() => Some(Some(*bound as f64)),
        Some(_) => None,
    };
    if let (Some(low), Some(high)) = (number(&low), number(&high)) {
        return Ok(x.clamp(low, high));
    }
    // Integers as they are, not through f64, which has not all of them.
    let x = low.map_or(Ok(x.clone()), |low| x.maximum(&low.beside(x)))?;
    high.map_or(Ok(x.clone()), |high| x.minimum(&high.beside(&x)))
}

/// `alpha * other`.
fn scaled(slf: &Bound<'_, PyTensor>, other: Like, alpha: Like) -> PyResult<Like> {
    Ok(match (other, alpha) {
        (other, Like::Int(1)) => other,
        (Like::Int(other), Like::Int(alpha)) => Like::Int(other.wrapping_mul(alpha)),
        (Like::Int(other), Like::Float(alpha)) => Like::Float(other as f64 * alpha),
        (Like::Float(other), Like::Int(alpha)) => Like::Float(other * alpha as f64),
        (Like::Float(other), Like::Float(alpha)) => Like::Float(other * alpha),
        (Like::Tensor(other), alpha) => {
            let alpha = alpha.beside(&other);
            Like::Tensor(compute(slf.py(), work(&[&other]), || other.try_mul(&alpha))?)
        }
        (_, Like::Tensor(_)) => return Err(PyTypeError::new_err("alpha must be a number, and this is a tensor")),
    })
}

fn python_number<'py>(py: Python<'py>, value: &Tensor, number: f64) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value.dtype() {
        DType::F32 | DType::F64 => number.into_pyobject(py)?.into_any(),
        DType::Bool => (number != 0.0).into_pyobject(py)?.to_owned().into_any(),
        // Not through f64, which has not all integers.
        DType::I64 => value.to_vec::<i64>()[0].into_pyobject(py)?.into_any(),
    })
}

/// Nested lists of a tensor's numbers.
fn nested<'py>(py: Python<'py>, value: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    fn level<'py>(
        py: Python<'py>,
        shape: &[usize],
        number: &mut impl FnMut() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match shape {
            [] => number(),
            [n, rest @ ..] => {
                let items = (0..*n).map(|_| level(py, rest, number)).collect::<PyResult<Vec<_>>>()?;
                Ok(PyList::new(py, items)?.into_any())
            }
        }
    }
    let boolean = value.dtype() == DType::Bool;
    with_dtype!(value.dtype(), T => {
        let numbers = value.array().dense::<T>();
        let mut numbers = numbers.iter();
        level(py, value.shape(), &mut || {
            let number = numbers.next().copied().unwrap_or_default();
            if boolean {
                return Ok((number != T::default()).into_pyobject(py)?.to_owned().into_any());
            }
            Ok(number.into_pyobject(py)?.into_any())
        })
    })
}
