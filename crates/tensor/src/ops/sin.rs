//! sin x;  d sin x / dx = cos x.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Sin;

impl Elementwise for Sin {
    const NAME: &'static str = "sin";
    const FORMULA: &'static str = "y = sin x";
    const BACKWARD: &'static str = "dx = g · cos x";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.sin::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        x.cos::<I>()
    }
}

impl Tensor {
    /// The sine of every number, in radians.
    #[must_use]
    pub fn sin(&self) -> Tensor {
        elementwise(self, Sin)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.sin()))]
}
