//! `+ - * /` and unary `-` between tensors and numbers, from both sides, and what the binary operations share.

use crate::{DType, Tensor};
use std::ops;

/// Both operands in the dtype in which they meet; booleans count as integers.
pub(super) fn promote(a: &Tensor, b: &Tensor) -> (Tensor, Tensor) {
    let dtype = a.dtype().promote(b.dtype()).max(DType::I64);
    (a.to_dtype(dtype), b.to_dtype(dtype))
}

/// A closure over two numbers, run in the dtype that both arrays have.
macro_rules! zip_numbers {
    ($op:literal, $a:expr, $b:expr, |$x:ident, $y:ident| $body:expr) => {{
        let (a, b) = ($a.array(), $b.array());
        match a.dtype() {
            crate::DType::F64 => a.zip($op, b, |$x: f64, $y: f64| $body)?,
            crate::DType::F32 => a.zip($op, b, |$x: f32, $y: f32| $body)?,
            _ => a.zip($op, b, |$x: i64, $y: i64| {
                let ($x, $y) = (std::num::Wrapping($x), std::num::Wrapping($y));
                ($body).0
            })?,
        }
    }};
}
pub(super) use zip_numbers;

/// A number as a tensor that takes on `like`'s dtype, or `f32` beside integers if it has a fraction.
pub(super) fn number(value: f64, like: &Tensor) -> Tensor {
    let dtype = match like.dtype() {
        d if d.is_float() => d,
        _ if value.fract() == 0.0 && value.abs() < 2f64.powi(63) => DType::I64,
        _ => DType::F32,
    };
    Tensor::full(&[], value, dtype)
}

macro_rules! operator {
    ($Trait:ident, $method:ident, $try:ident) => {
        impl ops::$Trait<&Tensor> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, other: &Tensor) -> Tensor {
                match self.$try(other) {
                    Ok(result) => result,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        operator!(@forward $Trait, $method, Tensor, Tensor, |a, b| ops::$Trait::$method(&a, &b));
        operator!(@forward $Trait, $method, &Tensor, Tensor, |a, b| ops::$Trait::$method(a, &b));
        operator!(@forward $Trait, $method, Tensor, &Tensor, |a, b| ops::$Trait::$method(&a, b));
        operator!(@forward $Trait, $method, &Tensor, f64, |a, b| ops::$Trait::$method(a, &number(b, a)));
        operator!(@forward $Trait, $method, Tensor, f64, |a, b| ops::$Trait::$method(&a, &number(b, &a)));
        operator!(@forward $Trait, $method, f64, &Tensor, |a, b| ops::$Trait::$method(&number(a, b), b));
        operator!(@forward $Trait, $method, f64, Tensor, |a, b| ops::$Trait::$method(&number(a, &b), &b));
    };
    (@forward $Trait:ident, $method:ident, $A:ty, $B:ty, |$a:ident, $b:ident| $body:expr) => {
        impl ops::$Trait<$B> for $A {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, other: $B) -> Tensor {
                let ($a, $b) = (self, other);
                $body
            }
        }
    };
}
operator!(Add, add, try_add);
operator!(Sub, sub, try_sub);
operator!(Mul, mul, try_mul);
operator!(Div, div, try_div);

impl ops::Neg for &Tensor {
    type Output = Tensor;
    fn neg(self) -> Tensor {
        Tensor::neg(self)
    }
}

impl ops::Neg for Tensor {
    type Output = Tensor;
    fn neg(self) -> Tensor {
        Tensor::neg(&self)
    }
}
