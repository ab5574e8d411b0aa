//! x above 0, slope · x elsewhere;  the derivative is 1 above 0 and the slope elsewhere, at 0 too.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct LeakyRelu {
    slope: f64,
}

impl Elementwise for LeakyRelu {
    const NAME: &'static str = "leaky_relu";
    const FORMULA: &'static str = "y = x where x > 0, else slope · x";
    const BACKWARD: &'static str = "dx = g where x > 0, else slope · g";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        if x > T::ZERO { x } else { x * T::from_f64(self.slope) }
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        if x > T::ZERO { T::ONE } else { T::from_f64(self.slope) }
    }
}

impl Tensor {
    /// Every number, but `negative_slope` times it for those not above 0. The usual slope is 0.01.
    #[must_use]
    pub fn leaky_relu(&self, negative_slope: f64) -> Tensor {
        elementwise(self, LeakyRelu { slope: negative_slope })
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.leaky_relu(0.01)))]
}
