//! GELU in its tanh form: with t = tanh(√(2/π) (x + 0.044715 x³)), y = ½ x (1 + t);
//! dy/dx = ½ (1 + t) + ½ x (1 − t²) √(2/π) (1 + 3 · 0.044715 x²).
//!
//! Hendrycks and Gimpel 2016, <https://arxiv.org/abs/1606.08415>; GPT-2, minGPT and makemore have this form.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

#[derive(Clone, Copy)]
struct GeluTanh;

const CUBIC: f64 = 0.044_715;
/// √(2/π).
const SCALE: f64 = FRAC_1_SQRT_2 * FRAC_2_SQRT_PI;

#[inline(always)]
fn inner_tanh<T: Float, I: Isa>(x: T) -> T {
    (T::from_f64(SCALE) * (x + T::from_f64(CUBIC) * x * x * x)).tanh::<I>()
}

impl Elementwise for GeluTanh {
    const NAME: &'static str = "gelu_tanh";
    const FORMULA: &'static str = "y = ½x (1 + tanh(√(2/π) (x + 0.044715 x³)))";
    const BACKWARD: &'static str = "dx = g · (½ (1 + t) + ½x (1 − t²) √(2/π) (1 + 0.134145 x²)), t the tanh";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(0.5) * x * (T::ONE + inner_tanh::<T, I>(x))
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        let (half, t) = (T::from_f64(0.5), inner_tanh::<T, I>(x));
        let slope = T::from_f64(SCALE) * (T::ONE + T::from_f64(3.0 * CUBIC) * x * x);
        half * (T::ONE + t) + half * x * (T::ONE - t * t) * slope
    }
}

impl Tensor {
    /// The Gaussian error linear unit, its tanh form; see also [`Tensor::gelu`].
    #[must_use]
    pub fn gelu_tanh(&self) -> Tensor {
        elementwise(self, GeluTanh)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.gelu_tanh()))]
}
