//! Whole numbers near x, and its sign: steps, flat everywhere else;  the gradient is 0, as in PyTorch.

use super::elementwise::{Elementwise, Saves, elementwise, integers};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Floor;

impl Elementwise for Floor {
    const NAME: &'static str = "floor";
    const FORMULA: &'static str = "y = ⌊x⌋";
    const BACKWARD: &'static str = "dx = 0 · g";
    const SAVES: Saves = Saves::Input;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().floor())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, _: T) -> T {
        T::ZERO
    }
}

impl Tensor {
    /// The largest whole number at most each.
    #[must_use]
    pub fn floor(&self) -> Tensor {
        if self.dtype().is_float() { elementwise(self, Floor) } else { integers::<Floor>(self, |x| x) }
    }
}

#[derive(Clone, Copy)]
struct Ceil;

impl Elementwise for Ceil {
    const NAME: &'static str = "ceil";
    const FORMULA: &'static str = "y = ⌈x⌉";
    const BACKWARD: &'static str = "dx = 0 · g";
    const SAVES: Saves = Saves::Input;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().ceil())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, _: T) -> T {
        T::ZERO
    }
}

impl Tensor {
    /// The smallest whole number at least each.
    #[must_use]
    pub fn ceil(&self) -> Tensor {
        if self.dtype().is_float() { elementwise(self, Ceil) } else { integers::<Ceil>(self, |x| x) }
    }
}

#[derive(Clone, Copy)]
struct Round;

impl Elementwise for Round {
    const NAME: &'static str = "round";
    const FORMULA: &'static str = "y = the whole number nearest to x";
    const BACKWARD: &'static str = "dx = 0 · g";
    const SAVES: Saves = Saves::Input;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().round_ties_even())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, _: T) -> T {
        T::ZERO
    }
}

impl Tensor {
    /// The whole number nearest to each; of two equally near the even one.
    #[must_use]
    pub fn round(&self) -> Tensor {
        if self.dtype().is_float() { elementwise(self, Round) } else { integers::<Round>(self, |x| x) }
    }
}

#[derive(Clone, Copy)]
struct Trunc;

impl Elementwise for Trunc {
    const NAME: &'static str = "trunc";
    const FORMULA: &'static str = "y = x without its fraction";
    const BACKWARD: &'static str = "dx = 0 · g";
    const SAVES: Saves = Saves::Input;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(x.to_f64().trunc())
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, _: T) -> T {
        T::ZERO
    }
}

impl Tensor {
    /// Every number without its fraction.
    #[must_use]
    pub fn trunc(&self) -> Tensor {
        if self.dtype().is_float() { elementwise(self, Trunc) } else { integers::<Trunc>(self, |x| x) }
    }
}

#[derive(Clone, Copy)]
struct Sign;

impl Elementwise for Sign {
    const NAME: &'static str = "sign";
    const FORMULA: &'static str = "y = −1, 0 or 1";
    const BACKWARD: &'static str = "dx = 0 · g";
    const SAVES: Saves = Saves::Input;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        T::from_f64(if x.is_nan() || x == T::ZERO { x.to_f64() } else { 1.0_f64.copysign(x.to_f64()) })
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, _: T) -> T {
        T::ZERO
    }
}

impl Tensor {
    /// −1, 0 or 1: the sign of every number.
    #[must_use]
    pub fn sign(&self) -> Tensor {
        if self.dtype().is_float() { elementwise(self, Sign) } else { integers::<Sign>(self, i64::signum) }
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.floor())), Case::unary(|x| Ok(x.ceil())), Case::unary(|x| Ok(x.round())), Case::unary(|x| Ok(x.trunc())), Case::unary(|x| Ok(x.sign()))]
}
