//! The number types a buffer can hold.

use crate::simd::{self, Baseline, Isa, Kernel, fma32, fma64};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for i64 {}
    impl Sealed for u8 {}
}

/// A plain number for which every bit pattern is a value: `f32`, `f64`, `i64`, `u8` (booleans).
///
/// Sealed: [`crate::buffer::Buffer`] relies on reused memory being valid whatever it held before.
pub trait Element:
    sealed::Sealed + Copy + Default + Send + Sync + PartialEq + PartialOrd + std::fmt::Debug + 'static
{
    /// Runs a kernel over numbers of this type: `f32` in the best version for this processor, the others, which are for
    /// checking, indices and masks, in one version. Each version of each kernel costs time to compile.
    #[inline]
    fn dispatch<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Baseline)
    }
}
impl Element for f32 {
    #[inline]
    fn dispatch<K: Kernel>(kernel: K) -> K::Output {
        simd::dispatch(kernel)
    }
}
impl Element for f64 {}
impl Element for i64 {}
impl Element for u8 {}

/// Types that add, for sums and accumulated gradients.
pub trait Number:
    Element + std::ops::Add<Output = Self> + std::ops::Sub<Output = Self> + std::ops::Mul<Output = Self>
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The value as `f64`.
    fn to_f64(self) -> f64;
    /// The nearest value of this type.
    fn from_f64(x: f64) -> Self;
}

macro_rules! number {
    ($($t:ty),*) => {$(
        impl Number for $t {
            const ZERO: Self = 0 as $t;
            const ONE: Self = 1 as $t;
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $t
            }
        }
    )*};
}
number!(f32, f64, i64);

/// The two floating-point types, with the functions of [`crate::math`] as methods.
///
/// The elementary functions take the instruction set as a type parameter: for `f32` they are polynomials that
/// the compiler vectorises, for `f64` the standard library's, which are slower and right to the last bit or two.
pub trait Float:
    Number
    + std::ops::Neg<Output = Self>
    + std::ops::Div<Output = Self>
    + std::ops::AddAssign
    + std::ops::MulAssign
    + std::ops::SubAssign
    + crate::gemm::Operand
{
    /// −∞.
    const NEG_INFINITY: Self;
    /// +∞.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;
    /// `self·b + c`.
    fn fma<I: Isa>(self, b: Self, c: Self) -> Self;
    /// √x.
    fn sqrt(self) -> Self;
    /// |x|.
    fn abs(self) -> Self;
    /// The larger; NaN if either is NaN.
    fn max_nan(self, other: Self) -> Self;
    /// The smaller; NaN if either is NaN.
    fn min_nan(self, other: Self) -> Self;
    /// Whether this is NaN.
    fn is_nan(self) -> bool;
    /// Whether this is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// eˣ.
    fn exp<I: Isa>(self) -> Self;
    /// Natural logarithm.
    fn ln<I: Isa>(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh<I: Isa>(self) -> Self;
    /// 1 / (1 + e⁻ˣ).
    fn sigmoid<I: Isa>(self) -> Self;
    /// The error function.
    fn erf<I: Isa>(self) -> Self;
    /// Sine (radians).
    fn sin<I: Isa>(self) -> Self;
    /// Cosine (radians).
    fn cos<I: Isa>(self) -> Self;
    /// self to the power `e`.
    fn powf(self, e: Self) -> Self;
}

macro_rules! float {
    ($t:ident, $fma:path, $math:ident) => {
        impl Float for $t {
            const NEG_INFINITY: Self = $t::NEG_INFINITY;
            const INFINITY: Self = $t::INFINITY;
            const NAN: Self = $t::NAN;
            #[inline(always)]
            fn fma<I: Isa>(self, b: Self, c: Self) -> Self {
                $fma(self, b, c)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $t::abs(self)
            }
            #[inline(always)]
            fn max_nan(self, other: Self) -> Self {
                if self > other || self.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn min_nan(self, other: Self) -> Self {
                if self < other || self.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $t::is_nan(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
            #[inline(always)]
            fn exp<I: Isa>(self) -> Self {
                crate::math::$math::exp::<I>(self)
            }
            #[inline(always)]
            fn ln<I: Isa>(self) -> Self {
                crate::math::$math::ln::<I>(self)
            }
            #[inline(always)]
            fn tanh<I: Isa>(self) -> Self {
                crate::math::$math::tanh::<I>(self)
            }
            #[inline(always)]
            fn sigmoid<I: Isa>(self) -> Self {
                crate::math::$math::sigmoid::<I>(self)
            }
            #[inline(always)]
            fn erf<I: Isa>(self) -> Self {
                crate::math::$math::erf::<I>(self)
            }
            #[inline(always)]
            fn sin<I: Isa>(self) -> Self {
                crate::math::$math::sin::<I>(self)
            }
            #[inline(always)]
            fn cos<I: Isa>(self) -> Self {
                crate::math::$math::cos::<I>(self)
            }
            #[inline(always)]
            fn powf(self, e: Self) -> Self {
                $t::powf(self, e)
            }
        }
    };
}
float!(f32, fma32::<I>, single);
float!(f64, fma64::<I>, double);
