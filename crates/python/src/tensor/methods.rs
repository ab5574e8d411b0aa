//! The methods of a tensor, with PyTorch's names and argument orders.

use gradus_tensor::{Array, DType, Result, Tensor, with_dtype};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString, PyTuple};

use super::PyTensor;
use super::arguments::{Dims, Like, TensorArg, whole_numbers};
use super::place::{Map, fitted};
use crate::compute::{compute, compute_untracked, work};
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
    f: impl Fn(&Tensor) -> Result<Tensor> + Send + Sync + 'static,
) -> PyResult<PyTensor> {
    let x = slf.get().value(slf.py())?;
    let seen = compute(slf.py(), 0, || f(&x))?;
    if x.is_leaf() && seen.shares_storage_with(&x) {
        let map: Map = Box::new(f);
        return Ok(PyTensor::view(slf, seen, map));
    }
    Ok(PyTensor::new(seen))
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

/// A named pair `(values, indices)`, as PyTorch's `max` gives it.
fn pair<'py>(py: Python<'py>, (values, indices): (Tensor, Tensor)) -> PyResult<Bound<'py, PyAny>> {
    static PAIR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let named = PAIR.get_or_try_init(py, || {
        let names = ("values_and_indices", ("values", "indices"));
        py.import("collections")?.call_method1("namedtuple", names).map(Bound::unbind)
    })?;
    named.bind(py).call1((PyTensor::new(values), PyTensor::new(indices)))
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
    /// The same values, dense in memory of row-major order.
    contiguous: Tensor::contiguous;
    /// As float32.
    float: |x| x.to_dtype(DType::F32);
    /// As float64.
    double: |x| x.to_dtype(DType::F64);
    /// As int64: fractions are cut off.
    long: |x| x.to_dtype(DType::I64);
    /// As booleans: whether a number is not 0.
    bool: |x| x.to_dtype(DType::Bool);
}

#[pymethods]
impl PyTensor {
    /// NumPy's operators leave the work to ours.
    #[classattr]
    fn __array_ufunc__() -> Option<bool> {
        None
    }

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
        let n = slf.get().__len__(slf.py())? as isize;
        let rows = (0..n).map(|i| view(slf, move |x| x.select(0, i))).collect::<PyResult<Vec<_>>>()?;
        Ok(PyList::new(slf.py(), rows)?.try_iter()?.into_any())
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
        self.value(py)?.retain_grad();
        Ok(())
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

    /// The same numbers without a history; a change in place of the one is seen in the other, where this is a leaf.
    fn detach(slf: &Bound<'_, Self>) -> PyResult<PyTensor> {
        PyTensor::bare(slf)
    }

    /// The numbers without a history: what is written to it in place is written here, unrecorded.
    #[getter]
    fn data(slf: &Bound<'_, Self>) -> PyResult<PyTensor> {
        PyTensor::bare(slf)
    }

    #[setter(data)]
    fn put_data(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, value) = (slf.py(), value.cast::<PyTensor>()?);
        if value.get().shows(py, slf) {
            return Ok(()); // p.data += x: the change has been made.
        }
        slf.get().put(py, value.get().value(py)?.into_array())
    }

    // In place.

    /// Adds `alpha * other` in place.
    #[pyo3(signature = (other, *, alpha = 1.0))]
    fn add_<'py>(slf: &Bound<'py, Self>, other: Like, alpha: f64) -> PyResult<Bound<'py, Self>> {
        slf.get().add_in_place(slf.py(), scaled(slf, other, alpha)?)?;
        Ok(slf.clone())
    }

    /// Subtracts `alpha * other` in place.
    #[pyo3(signature = (other, *, alpha = 1.0))]
    fn sub_<'py>(slf: &Bound<'py, Self>, other: Like, alpha: f64) -> PyResult<Bound<'py, Self>> {
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
        let (py, now) = (slf.py(), slf.get().value(slf.py())?);
        let other = other.beside(&now);
        let other = fitted(py, "copy_", &other, now.shape())?;
        let value = compute(py, now.numel(), || {
            Ok(if other.is_tracked() {
                other.to_dtype(now.dtype())
            } else {
                Tensor::from_array(other.to_dtype(now.dtype()).array().copied())
            })
        })?;
        drop(now);
        slf.get().rebind(py, "copy_", value)?;
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
    fn clamp_<'py>(slf: &Bound<'py, Self>, min: Option<f64>, max: Option<f64>) -> PyResult<Bound<'py, Self>> {
        let (py, x) = (slf.py(), slf.get().value(slf.py())?);
        let value = compute(py, x.numel(), || Ok(x.clamp(min, max)))?;
        slf.get().rebind(py, "clamp_", value)?;
        Ok(slf.clone())
    }

    // Operations on two.

    /// self + alpha * other
    #[pyo3(signature = (other, *, alpha = 1.0))]
    fn add(slf: &Bound<'_, Self>, other: Like, alpha: f64) -> PyResult<PyTensor> {
        slf.get().binary(slf.py(), scaled(slf, other, alpha)?, Tensor::try_add)
    }

    /// self - alpha * other
    #[pyo3(signature = (other, *, alpha = 1.0))]
    fn sub(slf: &Bound<'_, Self>, other: Like, alpha: f64) -> PyResult<PyTensor> {
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

    /// Whether all numbers differ by at most atol + rtol * |other|.
    #[pyo3(signature = (other, rtol = 1e-5, atol = 1e-8))]
    fn allclose(&self, py: Python<'_>, other: TensorArg, rtol: f64, atol: f64) -> PyResult<bool> {
        let x = self.value(py)?;
        compute_untracked(py, x.numel(), || Ok(x.all_close(&other.0, rtol, atol)))
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
    fn clamp(&self, py: Python<'_>, min: Option<f64>, max: Option<f64>) -> PyResult<PyTensor> {
        self.apply(py, |x| Ok(x.clamp(min, max)))
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
    fn masked_fill(&self, py: Python<'_>, mask: TensorArg, value: f64) -> PyResult<PyTensor> {
        self.apply(py, |x| x.masked_fill(&mask.0, value))
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

    /// Whether any number is not 0.
    fn any(&self, py: Python<'_>) -> PyResult<PyTensor> {
        self.apply(py, |x| x.to_dtype(DType::Bool).to_dtype(DType::I64).sum().gt(0.0))
    }

    /// Whether no number is 0.
    fn all(&self, py: Python<'_>) -> PyResult<PyTensor> {
        self.apply(py, |x| x.to_dtype(DType::Bool).to_dtype(DType::I64).sum().eq(x.numel() as f64))
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
        slf.get().apply(slf.py(), |x| {
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
        let parts = match split_size.extract::<usize>() {
            Ok(size) => compute(py, 0, || x.split(size, dim)),
            Err(_) => {
                let sizes: Vec<usize> = split_size.extract()?;
                compute(py, 0, || x.split_sizes(&sizes, dim))
            }
        }?;
        PyTuple::new(py, parts.into_iter().map(PyTensor::new))
    }

    /// `chunks` parts along `dim`, the last one perhaps shorter.
    #[pyo3(signature = (chunks, dim = 0))]
    fn chunk<'py>(slf: &Bound<'py, Self>, chunks: usize, dim: isize) -> PyResult<Bound<'py, PyTuple>> {
        let (py, x) = (slf.py(), slf.get().value(slf.py())?);
        PyTuple::new(py, compute(py, 0, || x.chunk(chunks, dim))?.into_iter().map(PyTensor::new))
    }

    /// The parts along `dim`, without that axis.
    #[pyo3(signature = (dim = 0))]
    fn unbind<'py>(slf: &Bound<'py, Self>, dim: isize) -> PyResult<Bound<'py, PyTuple>> {
        let n = slf.get().size(slf.py(), Some(dim))?.extract::<isize>()?;
        PyTuple::new(slf.py(), (0..n).map(|i| view(slf, move |x| x.select(dim, i))).collect::<PyResult<Vec<_>>>()?)
    }

    /// The axes `dims` backwards.
    #[pyo3(signature = (*dims))]
    fn flip(slf: &Bound<'_, Self>, dims: &Bound<'_, PyTuple>) -> PyResult<PyTensor> {
        let dims = whole_numbers("flip", dims)?;
        view(slf, move |x| x.flip(&dims))
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
            Some(dtype) if dtype != slf.get().value(slf.py())?.dtype() => {
                Bound::new(slf.py(), slf.get().apply(slf.py(), |x| Ok(x.to_dtype(dtype)))?)
            }
            _ => Ok(slf.clone()),
        }
    }

    /// With numbers of another type.
    #[pyo3(name = "type")]
    fn of_type(&self, py: Python<'_>, dtype: DTypeArg) -> PyResult<PyTensor> {
        self.apply(py, |x| Ok(x.to_dtype(dtype.0)))
    }

    /// The tensor itself: everything is on the CPU.
    fn cpu(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __copy__(slf: &Bound<'_, Self>) -> PyResult<PyTensor> {
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

/// `alpha * other`.
fn scaled(slf: &Bound<'_, PyTensor>, other: Like, alpha: f64) -> PyResult<Like> {
    if alpha == 1.0 {
        return Ok(other);
    }
    Ok(match other {
        Like::Tensor(other) => {
            let alpha = Like::Float(alpha).beside(&other);
            Like::Tensor(compute(slf.py(), work(&[&other]), || other.try_mul(&alpha))?)
        }
        Like::Int(other) => Like::Float(other as f64 * alpha),
        Like::Float(other) => Like::Float(other * alpha),
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

impl PyTensor {
    /// Whether this shows the numbers of `other`.
    fn shows(&self, py: Python<'_>, other: &Bound<'_, PyTensor>) -> bool {
        self.root(py).is_some_and(|root| root.is(other))
    }

    /// Another value for a leaf, of any shape and type.
    fn put(&self, py: Python<'_>, value: Array) -> PyResult<()> {
        let now = self.value(py)?;
        if value.shape() == now.shape() && value.dtype() == now.dtype() {
            drop(now);
            return self.store(py, value);
        }
        self.put_anew(now.is_tracked(), value)
    }
}
