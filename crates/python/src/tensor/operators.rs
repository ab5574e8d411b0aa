//! `+ - * / ** @`, comparisons, and the same in place.

use gradus_kernels::map::Binary;
use gradus_tensor::{Array, DType, Error, Result, Tensor};
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;

use super::PyTensor;
use super::arguments::{Like, TensorArg};
use crate::compute::{compute, compute_untracked, work};

type Operation = fn(&Tensor, &Tensor) -> Result<Tensor>;

/// The largest whole number at most a / b, number by number; gradients do not flow through it.
fn floor_quotient(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let dtype = a.dtype().promote(b.dtype()).max(DType::I64);
    let (a, b) = (a.array().to_dtype(dtype), b.array().to_dtype(dtype));
    let quotient = match dtype {
        DType::F64 => a.zip("floor_divide", &b, floored)?,
        DType::F32 => a.zip("floor_divide", &b, |a: f32, b: f32| floored(a.into(), b.into()) as f32)?,
        _ if b.to_vec::<i64>().contains(&0) => {
            return Err(Error::new("floor_divide", "whole numbers cannot be divided by 0"));
        }
        _ => a.zip("floor_divide", &b, |a: i64, b: i64| {
            let (quotient, rest) = (a.wrapping_div(b), a.wrapping_rem(b));
            if rest != 0 && (rest < 0) != (b < 0) { quotient - 1 } else { quotient }
        })?,
    };
    Ok(Tensor::from_array(quotient))
}

/// ⌊a / b⌋ as Python has it: from the remainder, which is exact, and not from the quotient, which may have been rounded up
/// to a whole number (1.0 // 0.1 is 9).
fn floored(a: f64, b: f64) -> f64 {
    if b == 0.0 || !a.is_finite() {
        return a / b;
    }
    let rest = a % b;
    let whole = (a - rest) / b - f64::from(u8::from(rest != 0.0 && (rest < 0.0) != (b < 0.0)));
    if whole == 0.0 { 0.0_f64.copysign(a / b) } else { whole.round() }
}

/// a - b·⌊a / b⌋, which has the sign of b, as in Python.
fn remainder(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.try_sub(&b.try_mul(&floor_quotient(a, b)?)?)
}

fn power(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.pow(b)
}

impl PyTensor {
    pub(super) fn binary(&self, py: Python<'_>, other: Like, f: Operation) -> PyResult<PyTensor> {
        let a = self.value(py)?;
        let b = other.beside(&a);
        compute(py, work(&[&a, &b]), || f(&a, &b)).map(PyTensor::new)
    }

    fn reversed(&self, py: Python<'_>, other: Like, f: Operation) -> PyResult<PyTensor> {
        let b = self.value(py)?;
        let a = other.beside(&b);
        compute(py, work(&[&a, &b]), || f(&a, &b)).map(PyTensor::new)
    }

    pub(super) fn power(&self, py: Python<'_>, exponent: Like) -> PyResult<PyTensor> {
        let base = self.value(py)?;
        match exponent {
            Like::Tensor(exponent) => compute(py, base.numel(), || base.pow(&exponent)),
            Like::Int(exponent) => compute(py, base.numel(), || Ok(base.powf(exponent as f64))),
            Like::Float(exponent) => compute(py, base.numel(), || {
                // A fraction even where it is whole: integers to the power 2.0 are floats.
                let base = if base.dtype().is_float() { base } else { base.to_dtype(DType::F32) };
                Ok(base.powf(exponent))
            }),
        }
        .map(PyTensor::new)
    }

    /// An operation in place. `f` is the operation, `on_f32` and `on_f64` its formula for tensors of one shape and type.
    pub(super) fn in_place(
        &self,
        py: Python<'_>,
        op: &'static str,
        other: Like,
        f: Operation,
        on_f32: impl Binary<f32, f32, f32>,
        on_f64: impl Binary<f64, f64, f64>,
    ) -> PyResult<()> {
        let (now, other) = (self.value(py)?, other);
        let other = other.beside(&now);
        fits_in_place(op, &now, &other)?;
        let tracked = crate::compute::is_grad_enabled() && (other.is_tracked() || now.is_tracked());
        if tracked {
            let result = compute(py, work(&[&now, &other]), || f(&now, &other))?;
            drop((now, other));
            return self.rebind(py, op, result, false);
        }
        // Two tensors may lie over the same foreign memory: that is written to once the result is there.
        let apart = now.shape() != other.shape() || now.dtype() != other.dtype() || now.array().is_lent();
        if apart || !now.dtype().is_float() {
            let result = compute_untracked(py, work(&[&now, &other]), || f(&now, &other))?;
            drop(now);
            return self.rebind(py, op, result, false);
        }
        // Given up, so that the memory may be free to be written over.
        drop(now);
        self.change(|array| {
            let old = std::mem::replace(array, Array::scalar(0.0, DType::F32));
            *array = match old.dtype() {
                DType::F64 => old.zip_owned(other.array(), on_f64),
                _ => old.zip_owned(other.array(), on_f32),
            };
        })
    }

    /// Puts what `f` makes of both in place.
    fn exchange(&self, py: Python<'_>, op: &'static str, other: Like, f: Operation) -> PyResult<()> {
        let now = self.value(py)?;
        let other = other.beside(&now);
        fits_in_place(op, &now, &other)?;
        let result = compute(py, work(&[&now, &other]), || f(&now, &other))?;
        drop(now);
        self.rebind(py, op, result, false)
    }

    pub(super) fn raise_in_place(&self, py: Python<'_>, exponent: Like) -> PyResult<()> {
        let power = self.power(py, exponent)?.value(py)?;
        fits_in_place("pow_", &self.value(py)?, &power)?;
        self.rebind(py, "pow_", power, false)
    }

    pub(super) fn add_in_place(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.in_place(py, "add_", other, Tensor::try_add, |a: f32, b: f32| a + b, |a: f64, b: f64| a + b)
    }

    pub(super) fn sub_in_place(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.in_place(py, "sub_", other, Tensor::try_sub, |a: f32, b: f32| a - b, |a: f64, b: f64| a - b)
    }

    pub(super) fn mul_in_place(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.in_place(py, "mul_", other, Tensor::try_mul, |a: f32, b: f32| a * b, |a: f64, b: f64| a * b)
    }

    pub(super) fn div_in_place(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.in_place(py, "div_", other, Tensor::try_div, |a: f32, b: f32| a / b, |a: f64, b: f64| a / b)
    }
}

#[pymethods]
impl PyTensor {
    fn __add__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::try_add)
    }

    fn __radd__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.reversed(py, other, Tensor::try_add)
    }

    fn __iadd__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.add_in_place(py, other)
    }

    fn __sub__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::try_sub)
    }

    fn __rsub__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.reversed(py, other, Tensor::try_sub)
    }

    fn __isub__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.sub_in_place(py, other)
    }

    fn __mul__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::try_mul)
    }

    fn __rmul__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.reversed(py, other, Tensor::try_mul)
    }

    fn __imul__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.mul_in_place(py, other)
    }

    fn __truediv__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, Tensor::try_div)
    }

    fn __rtruediv__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.reversed(py, other, Tensor::try_div)
    }

    fn __itruediv__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.div_in_place(py, other)
    }

    fn __floordiv__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, floor_quotient)
    }

    fn __rfloordiv__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.reversed(py, other, floor_quotient)
    }

    fn __ifloordiv__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.exchange(py, "floor_divide_", other, floor_quotient)
    }

    fn __imod__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        self.exchange(py, "remainder_", other, remainder)
    }

    fn __ipow__(&self, py: Python<'_>, exponent: Like, _modulo: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        self.raise_in_place(py, exponent)
    }

    fn __iand__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        only_booleans("and", &self.value(py)?)?;
        self.exchange(py, "logical_and_", other, Tensor::logical_and)
    }

    fn __ior__(&self, py: Python<'_>, other: Like) -> PyResult<()> {
        only_booleans("or", &self.value(py)?)?;
        self.exchange(py, "logical_or_", other, Tensor::logical_or)
    }

    fn __mod__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.binary(py, other, remainder)
    }

    fn __rmod__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.reversed(py, other, remainder)
    }

    fn __pow__(&self, py: Python<'_>, exponent: Like, modulo: Option<Bound<'_, PyAny>>) -> PyResult<PyTensor> {
        refuse_modulo(modulo)?;
        self.power(py, exponent)
    }

    fn __rpow__(&self, py: Python<'_>, base: Like, modulo: Option<Bound<'_, PyAny>>) -> PyResult<PyTensor> {
        refuse_modulo(modulo)?;
        self.reversed(py, base, power)
    }

    fn __matmul__(&self, py: Python<'_>, other: TensorArg) -> PyResult<PyTensor> {
        self.product(py, &other.0)
    }

    fn __rmatmul__(&self, py: Python<'_>, other: TensorArg) -> PyResult<PyTensor> {
        let b = self.value(py)?;
        compute(py, other.0.numel().saturating_mul(4), || other.0.matmul(&b)).map(PyTensor::new)
    }

    fn __neg__(&self, py: Python<'_>) -> PyResult<PyTensor> {
        let x = self.value(py)?;
        compute(py, x.numel(), || Ok(x.neg())).map(PyTensor::new)
    }

    fn __pos__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __and__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.logic(py, other, "and", Tensor::logical_and)
    }

    fn __or__(&self, py: Python<'_>, other: Like) -> PyResult<PyTensor> {
        self.logic(py, other, "or", Tensor::logical_or)
    }

    fn __invert__(&self, py: Python<'_>) -> PyResult<PyTensor> {
        let x = self.value(py)?;
        only_booleans("~", &x)?;
        compute(py, x.numel(), || Ok(x.logical_not())).map(PyTensor::new)
    }

    fn __richcmp__(&self, py: Python<'_>, other: Like, op: CompareOp) -> PyResult<PyTensor> {
        self.binary(
            py,
            other,
            match op {
                CompareOp::Eq => |a, b| a.eq(b),
                CompareOp::Ne => |a, b| a.ne(b),
                CompareOp::Lt => |a, b| a.lt(b),
                CompareOp::Le => |a, b| a.le(b),
                CompareOp::Gt => |a, b| a.gt(b),
                CompareOp::Ge => |a, b| a.ge(b),
            },
        )
    }

    fn __hash__(slf: &Bound<'_, Self>) -> isize {
        (slf.as_ptr() as isize) >> 4
    }
}

impl PyTensor {
    /// A matrix product, whose work is more than the numbers it reads.
    pub(super) fn product(&self, py: Python<'_>, other: &Tensor) -> PyResult<PyTensor> {
        let a = self.value(py)?;
        let columns = other.shape().last().copied().unwrap_or(1);
        // A multiplication and addition takes a fraction of what a pass takes for a number.
        compute(py, a.numel().saturating_mul(columns) / 16, || a.matmul(other)).map(PyTensor::new)
    }

    fn logic(&self, py: Python<'_>, other: Like, name: &str, f: Operation) -> PyResult<PyTensor> {
        let a = self.value(py)?;
        let b = other.beside(&a);
        only_booleans(name, &a)?;
        compute(py, work(&[&a, &b]), || f(&a, &b)).map(PyTensor::new)
    }
}

/// Refuses to put fractions in the place of integers, or numbers in the place of booleans: they would be cut off.
fn fits_in_place(op: &str, now: &Tensor, other: &Tensor) -> PyResult<()> {
    let divided = op == "div_" && !now.dtype().is_float();
    let result = if divided { DType::F32 } else { now.dtype().promote(other.dtype()) };
    let kind = |dtype: DType| if dtype.is_float() { 2 } else { i32::from(dtype == DType::I64) };
    if kind(result) <= kind(now.dtype()) {
        return Ok(());
    }
    let name = |dtype: DType| crate::dtype::name(dtype);
    Err(PyRuntimeError::new_err(format!(
        "{op}: the result is {} and cannot be put in the place of {} numbers without losing part of it; write x = x … y, or convert x first",
        name(result),
        name(now.dtype())
    )))
}

fn only_booleans(name: &str, x: &Tensor) -> PyResult<()> {
    if x.dtype() == DType::Bool {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!("{name}: the numbers are {}, not booleans; compare them first", x.dtype())))
}

fn refuse_modulo(modulo: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    match modulo {
        None => Ok(()),
        Some(_) => Err(PyTypeError::new_err("pow: a tensor has no remainder; leave the third argument out")),
    }
}
