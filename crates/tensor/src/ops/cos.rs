//! cos x;  d cos x / dx = −sin x.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Cos;

impl Elementwise for Cos {
    const NAME: &'static str = "cos";
    const FORMULA: &'static str = "y = cos x";
    const BACKWARD: &'static str = "dx = −g · sin x";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.cos::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        -x.sin::<I>()
    }
}

impl Tensor {
    /// The cosine of every number, in radians.
    #[must_use]
    pub fn cos(&self) -> Tensor {
        elementwise(self, Cos)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.cos()))]
}
