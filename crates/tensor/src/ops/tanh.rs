//! tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ);  d tanh x / dx = 1 − tanh² x.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Tanh;

impl Elementwise for Tanh {
    const NAME: &'static str = "tanh";
    const FORMULA: &'static str = "y = tanh x";
    const BACKWARD: &'static str = "dx = g · (1 − y²)";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.tanh::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, y: T) -> T {
        T::ONE - y * y
    }
}

impl Tensor {
    /// The hyperbolic tangent of every number.
    #[must_use]
    pub fn tanh(&self) -> Tensor {
        elementwise(self, Tanh)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.tanh()))]
}
