//! Logarithms to other bases, log₂ x = ln x / ln 2, and ln(1 + x), exact for small x;  their derivatives are 1 / (x · ln b)
//! and 1 / (1 + x).

use super::elementwise::{Elementwise, Saves, elementwise};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Log2;

impl Elementwise for Log2 {
    const NAME: &'static str = "log2";
    const FORMULA: &'static str = "y = log₂ x";
    const BACKWARD: &'static str = "dx = g / (x · ln 2)";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().log2())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        T::ONE / (x * T::from_f64(std::f64::consts::LN_2))
    }
}

impl Tensor {
    /// The logarithm to base 2 of every number.
    #[must_use]
    pub fn log2(&self) -> Tensor {
        elementwise(self, Log2)
    }
}

#[derive(Clone, Copy)]
struct Log10;

impl Elementwise for Log10 {
    const NAME: &'static str = "log10";
    const FORMULA: &'static str = "y = log₁₀ x";
    const BACKWARD: &'static str = "dx = g / (x · ln 10)";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().log10())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        T::ONE / (x * T::from_f64(std::f64::consts::LN_10))
    }
}

impl Tensor {
    /// The logarithm to base 10 of every number.
    #[must_use]
    pub fn log10(&self) -> Tensor {
        elementwise(self, Log10)
    }
}

#[derive(Clone, Copy)]
struct Log1p;

impl Elementwise for Log1p {
    const NAME: &'static str = "log1p";
    const FORMULA: &'static str = "y = ln(1 + x)";
    const BACKWARD: &'static str = "dx = g / (1 + x)";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().ln_1p())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        T::ONE / (T::ONE + x)
    }
}

impl Tensor {
    /// ln(1 + x) of every number, exact for small ones.
    #[must_use]
    pub fn log1p(&self) -> Tensor {
        elementwise(self, Log1p)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.log2())).range(0.2, 3.0), Case::unary(|x| Ok(x.log10())).range(0.2, 3.0), Case::unary(|x| Ok(x.log1p())).range(-0.7, 3.0)]
}
