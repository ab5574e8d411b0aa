//! |x|;  d|x|/dx = sign x, 0 at 0.

use super::elementwise::{Elementwise, Saves, elementwise, integers};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Abs;

impl Elementwise for Abs {
    const NAME: &'static str = "abs";
    const FORMULA: &'static str = "y = |x|";
    const BACKWARD: &'static str = "dx = g · sign(x)";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.abs()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        sign(x)
    }
}

/// −1, 0 or 1.
#[inline(always)]
pub(super) fn sign<T: Float>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        T::ZERO
    }
}

impl Tensor {
    /// The absolute value of every number; integers stay integers.
    #[must_use]
    pub fn abs(&self) -> Tensor {
        if self.dtype().is_float() { elementwise(self, Abs) } else { integers::<Abs>(self, i64::wrapping_abs) }
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.abs()))]
}
