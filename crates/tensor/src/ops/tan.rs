//! tan x = sin x / cos x;  the derivative is 1 + tan² x.

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Tan;

impl Elementwise for Tan {
    const NAME: &'static str = "tan";
    const FORMULA: &'static str = "y = tan x";
    const BACKWARD: &'static str = "dx = g · (1 + y²)";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().tan())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, y: T) -> T {
        T::ONE + y * y
    }
}

impl Tensor {
    /// The tangent of every number.
    #[must_use]
    pub fn tan(&self) -> Tensor {
        elementwise(self, Tan)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.tan())).range(-1.2, 1.2)]
}
