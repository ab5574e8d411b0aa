//! The error function erf x = 2/√π · ∫₀ˣ e^(−t²) dt;  the derivative is 2/√π · e^(−x²).

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Erf;

impl Elementwise for Erf {
    const NAME: &'static str = "erf";
    const FORMULA: &'static str = "y = erf x";
    const BACKWARD: &'static str = "dx = g · 2/√π · e^(−x²)";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.erf::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(std::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp::<I>()
    }
}

impl Tensor {
    /// The error function of every number.
    #[must_use]
    pub fn erf(&self) -> Tensor {
        elementwise(self, Erf)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.erf()))]
}
