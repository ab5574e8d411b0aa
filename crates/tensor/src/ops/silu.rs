//! SiLU(x) = x · σ(x);  d/dx = σ(x) · (1 + x · (1 − σ(x))). Also called swish.
//!
//! Hendrycks and Gimpel 2016, <https://arxiv.org/abs/1606.08415>; Ramachandran et al. 2017,
//! <https://arxiv.org/abs/1710.05941>.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Silu;

impl Elementwise for Silu {
    const NAME: &'static str = "silu";
    const FORMULA: &'static str = "y = x · σ(x)";
    const BACKWARD: &'static str = "dx = g · σ(x) · (1 + x · (1 − σ(x)))";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x * x.sigmoid::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        let s = x.sigmoid::<I>();
        s * (T::ONE + x * (T::ONE - s))
    }
}

impl Tensor {
    /// x · σ(x) of every number, with the logistic function σ: a sigmoid linear unit, or swish.
    #[must_use]
    pub fn silu(&self) -> Tensor {
        elementwise(self, Silu)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.silu()))]
}
