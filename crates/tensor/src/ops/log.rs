//! ln x, the natural logarithm;  d ln x / dx = 1 / x.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Log;

impl Elementwise for Log {
    const NAME: &'static str = "log";
    const FORMULA: &'static str = "y = ln x";
    const BACKWARD: &'static str = "dx = g / x";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.ln::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        T::ONE / x
    }
}

impl Tensor {
    /// The natural logarithm of every number: −∞ of 0, NaN below.
    #[must_use]
    pub fn ln(&self) -> Tensor {
        elementwise(self, Log)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.ln())).range(0.2, 3.0)]
}
