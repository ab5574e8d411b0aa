//! GELU(x) = x · Φ(x), Φ(x) = ½ (1 + erf(x/√2));  d/dx = Φ(x) + x · φ(x), φ(x) = e^(−x²/2) / √(2π).
//!
//! Hendrycks and Gimpel 2016, <https://arxiv.org/abs/1606.08415>; the form with the error function, as BERT and
//! nanoGPT have it. GPT-2 has that of `gelu_tanh.rs`.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

#[derive(Clone, Copy)]
struct Gelu;

/// Φ, the distribution function of the standard normal.
#[inline(always)]
fn phi<T: Float, I: Isa>(x: T) -> T {
    T::from_f64(0.5) * (T::ONE + (x * T::from_f64(FRAC_1_SQRT_2)).erf::<I>())
}

impl Elementwise for Gelu {
    const NAME: &'static str = "gelu";
    const FORMULA: &'static str = "y = x · Φ(x)";
    const BACKWARD: &'static str = "dx = g · (Φ(x) + x · φ(x))";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x * phi::<T, I>(x)
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        let density = T::from_f64(0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI) * (x * x * T::from_f64(-0.5)).exp::<I>();
        phi::<T, I>(x) + x * density
    }
}

impl Tensor {
    /// The Gaussian error linear unit x · Φ(x); see also [`Tensor::gelu_tanh`].
    #[must_use]
    pub fn gelu(&self) -> Tensor {
        elementwise(self, Gelu)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.gelu()))]
}
