//! x above 0, α (eˣ − 1) elsewhere;  the derivative is 1 above 0 and α eˣ elsewhere, at 0 too.
//!
//! Clevert et al. 2015, <https://arxiv.org/abs/1511.07289>.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Elu {
    alpha: f64,
}

impl Elementwise for Elu {
    const NAME: &'static str = "elu";
    const FORMULA: &'static str = "y = x where x > 0, else α · (eˣ − 1)";
    const BACKWARD: &'static str = "dx = g where x > 0, else g · α · eˣ";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        // eˣ − 1 = 2t / (1 − t) with t = tanh(x/2), which keeps its digits near 0 where eˣ − 1 loses them.
        let t = (x * T::from_f64(0.5)).tanh::<I>();
        let below = T::from_f64(self.alpha) * ((t + t) / (T::ONE - t));
        if x > T::ZERO { x } else { below }
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        if x > T::ZERO { T::ONE } else { T::from_f64(self.alpha) * x.exp::<I>() }
    }
}

impl Tensor {
    /// Every number, but `alpha` · (eˣ − 1) for those not above 0: the exponential linear unit. The usual `alpha` is 1.
    #[must_use]
    pub fn elu(&self, alpha: f64) -> Tensor {
        elementwise(self, Elu { alpha })
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.elu(1.0))), Case::unary(|x| Ok(x.elu(0.3)))]
}
