//! softplus x = ln(1 + eˣ), a smooth max(x, 0);  the derivative is σ(x).
//!
//! Dugas et al. 2001, "Incorporating Second-Order Functional Knowledge for Better Option Pricing".

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Softplus;

impl Elementwise for Softplus {
    const NAME: &'static str = "softplus";
    const FORMULA: &'static str = "y = ln(1 + eˣ)";
    const BACKWARD: &'static str = "dx = g / (1 + e⁻ˣ)";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        // max(x, 0) + ln(1 + t) with t = e^(−|x|): nothing overflows. Where 1 + t is rounded to u, ln(1 + t) is
        // ln u · t / (u − 1), to the last digits of a small t too.
        let t = (T::ZERO - x.abs()).exp::<I>();
        let u = T::ONE + t;
        let ln = if u == T::ONE { t } else { u.ln::<I>() * (t / (u - T::ONE)) };
        (if x < T::ZERO { T::ZERO } else { x }) + ln
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        x.sigmoid::<I>()
    }
}

impl Tensor {
    /// ln(1 + eˣ) of every number, a smooth [`Tensor::relu`].
    #[must_use]
    pub fn softplus(&self) -> Tensor {
        elementwise(self, Softplus)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.softplus()))]
}
