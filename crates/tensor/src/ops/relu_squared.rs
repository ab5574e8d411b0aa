//! max(x, 0)²;  the derivative is 2 max(x, 0).
//!
//! So et al. 2021, <https://arxiv.org/abs/2109.08668>, found it in a search for better Transformers.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct ReluSquared;

impl Elementwise for ReluSquared {
    const NAME: &'static str = "relu_squared";
    const FORMULA: &'static str = "y = max(x, 0)²";
    const BACKWARD: &'static str = "dx = g · 2 · max(x, 0)";
    const SAVES: Saves = Saves::Input;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        // Written so that NaN stays NaN.
        if x < T::ZERO { T::ZERO } else { x * x }
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        if x < T::ZERO { T::ZERO } else { x + x }
    }
}

impl Tensor {
    /// The square of every number, but 0 for negative ones.
    #[must_use]
    pub fn relu_squared(&self) -> Tensor {
        elementwise(self, ReluSquared)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.relu_squared()))]
}
