//! eˣ;  d eˣ / dx = eˣ.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Exp;

impl Elementwise for Exp {
    const NAME: &'static str = "exp";
    const FORMULA: &'static str = "y = eˣ";
    const BACKWARD: &'static str = "dx = g · y";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.exp::<I>()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, y: T) -> T {
        y
    }
}

impl Tensor {
    /// e to the power of every number.
    #[must_use]
    pub fn exp(&self) -> Tensor {
        elementwise(self, Exp)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.exp()))]
}
