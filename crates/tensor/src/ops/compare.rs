//! = ≠ < ≤ > ≥, number by number, broadcast, and the logic of their results. They jump and are flat between the jumps:
//! no gradient flows.

use super::operators::{number, promote};
use crate::autograd::{Formula, emit_constant};
use crate::{DType, Elem, Result, Tensor};

mod sealed {
    pub trait Sealed {}
    impl Sealed for &crate::Tensor {}
    impl Sealed for f64 {}
}

/// What a tensor is compared with: another tensor, or a number.
pub trait Operand: sealed::Sealed {
    #[doc(hidden)]
    fn beside(self, other: &Tensor) -> Tensor;
}

impl Operand for &Tensor {
    fn beside(self, _: &Tensor) -> Tensor {
        self.clone()
    }
}

impl Operand for f64 {
    fn beside(self, other: &Tensor) -> Tensor {
        number(self, other)
    }
}

fn equal<T: Elem>(a: T, b: T) -> u8 {
    u8::from(a == b)
}
fn different<T: Elem>(a: T, b: T) -> u8 {
    u8::from(a != b)
}
fn less<T: Elem>(a: T, b: T) -> u8 {
    u8::from(a < b)
}
fn at_most<T: Elem>(a: T, b: T) -> u8 {
    u8::from(a <= b)
}
fn greater<T: Elem>(a: T, b: T) -> u8 {
    u8::from(a > b)
}
fn at_least<T: Elem>(a: T, b: T) -> u8 {
    u8::from(a >= b)
}

/// Where `$test` holds of the numbers of two tensors.
macro_rules! compare {
    ($name:literal, $sign:literal, $test:ident, $a:expr, $b:expr) => {{
        let (left, right): (&Tensor, &Tensor) = ($a, $b);
        let (a, b) = promote(left, right);
        let value = match a.dtype() {
            DType::F64 => a.array().zip($name, b.array(), $test::<f64>)?,
            DType::F32 => a.array().zip($name, b.array(), $test::<f32>)?,
            _ => a.array().zip($name, b.array(), $test::<i64>)?,
        };
        Ok(emit_constant(Formula::constant($name, concat!("y = a ", $sign, " b")), &[left, right], value))
    }};
}

impl Tensor {
    /// Where this equals `other` (a tensor or a number), as booleans.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let (guesses, classes) = (Tensor::arange(3), Tensor::from_slice(&[0_i64, 2, 2], &[3])?);
    /// let accuracy = guesses.eq(&classes)?.mean();
    /// assert!((accuracy.item()? - 2.0 / 3.0).abs() < 1e-6);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn eq(&self, other: impl Operand) -> Result<Tensor> {
        compare!("eq", "=", equal, self, &other.beside(self))
    }

    /// Where this differs from `other` (a tensor or a number), as booleans.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn ne(&self, other: impl Operand) -> Result<Tensor> {
        compare!("ne", "≠", different, self, &other.beside(self))
    }

    /// Where this is less than `other` (a tensor or a number), as booleans.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn lt(&self, other: impl Operand) -> Result<Tensor> {
        compare!("lt", "<", less, self, &other.beside(self))
    }

    /// Where this is less than or equal to `other` (a tensor or a number), as booleans.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn le(&self, other: impl Operand) -> Result<Tensor> {
        compare!("le", "≤", at_most, self, &other.beside(self))
    }

    /// Where this is greater than `other` (a tensor or a number), as booleans.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn gt(&self, other: impl Operand) -> Result<Tensor> {
        compare!("gt", ">", greater, self, &other.beside(self))
    }

    /// Where this is greater than or equal to `other` (a tensor or a number), as booleans.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn ge(&self, other: impl Operand) -> Result<Tensor> {
        compare!("ge", "≥", at_least, self, &other.beside(self))
    }
}

impl Tensor {
    fn logic(&self, formula: Formula, other: &Tensor, f: impl Fn(bool, bool) -> bool + Copy + Sync) -> Result<Tensor> {
        let (a, b) = (self.to_dtype(DType::Bool), other.to_dtype(DType::Bool));
        let value = a.array().zip(formula.name, b.array(), move |a: u8, b: u8| u8::from(f(a != 0, b != 0)))?;
        Ok(emit_constant(formula, &[self, other], value))
    }

    /// Where both hold; numbers hold where they are not 0.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn logical_and(&self, other: &Tensor) -> Result<Tensor> {
        self.logic(Formula::constant("logical_and", "y = a and b"), other, |a, b| a & b)
    }

    /// Where one of the two or both hold; numbers hold where they are not 0.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn logical_or(&self, other: &Tensor) -> Result<Tensor> {
        self.logic(Formula::constant("logical_or", "y = a or b"), other, |a, b| a | b)
    }

    /// Where this does not hold; numbers hold where they are not 0.
    #[must_use]
    pub fn logical_not(&self) -> Tensor {
        emit_constant(
            Formula::constant("logical_not", "y = not x"),
            &[self],
            self.array().to_dtype(DType::Bool).map(|a: u8| u8::from(a == 0)),
        )
    }
}
