//! σ(x) = 1 / (1 + e⁻ˣ);  dσ/dx = σ(1 − σ).

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Sigmoid;

impl Elementwise for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const FORMULA: &'static str = "y = 1 / (1 + e⁻ˣ)";
    const BACKWARD: &'static str = "dx = g · y · (1 − y)";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.sigmoid::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, y: T) -> T {
        y * (T::ONE - y)
    }
}

impl Tensor {
    /// The logistic function of every number.
    #[must_use]
    pub fn sigmoid(&self) -> Tensor {
        elementwise(self, Sigmoid)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.sigmoid()))]
}
