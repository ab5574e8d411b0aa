//! eˣ − 1, exact for small x;  the derivative is eˣ = y + 1.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Expm1;

impl Elementwise for Expm1 {
    const NAME: &'static str = "expm1";
    const FORMULA: &'static str = "y = eˣ − 1";
    const BACKWARD: &'static str = "dx = g · (y + 1)";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().exp_m1())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, y: T) -> T {
        y + T::ONE
    }
}

impl Tensor {
    /// e to the power of every number, less 1, exact for small ones.
    #[must_use]
    pub fn expm1(&self) -> Tensor {
        elementwise(self, Expm1)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.expm1()))]
}
