//! max(x, 0);  the derivative is 1 above 0 and 0 elsewhere, at 0 too.

use super::elementwise::{Elementwise, Saves, elementwise, integers};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Relu;

impl Elementwise for Relu {
    const NAME: &'static str = "relu";
    const FORMULA: &'static str = "y = max(x, 0)";
    const BACKWARD: &'static str = "dx = g where x > 0, else 0";
    const SAVES: Saves = Saves::Output;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        // Written so that NaN stays NaN.
        if x < T::ZERO { T::ZERO } else { x }
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, y: T) -> T {
        if y <= T::ZERO { T::ZERO } else { T::ONE }
    }
}

impl Tensor {
    /// The rectified linear unit: every number, but 0 for negative ones.
    #[must_use]
    pub fn relu(&self) -> Tensor {
        if self.dtype().is_float() { elementwise(self, Relu) } else { integers::<Relu>(self, |x| x.max(0)) }
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.relu()))]
}
