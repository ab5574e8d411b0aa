//! √x;  d√x / dx = 1 / (2√x).

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Sqrt;

impl Elementwise for Sqrt {
    const NAME: &'static str = "sqrt";
    const FORMULA: &'static str = "y = √x";
    const BACKWARD: &'static str = "dx = g / (2y)";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        x.sqrt()
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, y: T) -> T {
        T::from_f64(0.5) / y
    }
}

impl Tensor {
    /// The square root of every number: NaN below 0.
    #[must_use]
    pub fn sqrt(&self) -> Tensor {
        elementwise(self, Sqrt)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.sqrt())).range(0.2, 3.0)]
}
