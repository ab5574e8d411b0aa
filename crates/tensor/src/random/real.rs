use super::box_muller;
use std::ops::{Add, Div, Sub};

/// A floating-point type that random numbers can fill: `f32` or `f64`.
pub trait Real: Copy + PartialOrd + recipes::Recipes {}

impl Real for f32 {}
impl Real for f64 {}

/// What the recipes need to know of a type.
pub(super) mod recipes {
    use super::{Add, Div, Sub};

    pub trait Recipes: Sized + Into<f64> + Add<Output = Self> + Sub<Output = Self> + Div<Output = Self> {
        fn from_f64(value: f64) -> Self;
        /// A number in [0, 1) from the high bits of one draw.
        fn unit_from_u64(bits: u64) -> Self;
        /// A number in [0, 1) from the low bits of as many 32-bit draws as the type asks for.
        fn unit_from_u32s(next: impl FnMut() -> u32) -> Self;
        /// `self · factor + term`, rounded once.
        fn mul_add(self, factor: Self, term: Self) -> Self;
        /// Blocks of sixteen numbers in [0, 1) into as many normal ones.
        fn box_muller(blocks: &mut [Self], mean: Self, std: Self);
    }
}

impl recipes::Recipes for f32 {
    #[inline]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    #[inline]
    fn unit_from_u64(bits: u64) -> Self {
        (bits >> 40) as f32 * UNIT_24
    }

    #[inline]
    fn unit_from_u32s(mut next: impl FnMut() -> u32) -> Self {
        (next() & 0x00ff_ffff) as f32 * UNIT_24
    }

    #[inline]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
    }

    fn box_muller(blocks: &mut [Self], mean: Self, std: Self) {
        box_muller::blocks_f32(blocks, mean, std);
    }
}

impl recipes::Recipes for f64 {
    #[inline]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline]
    fn unit_from_u64(bits: u64) -> Self {
        (bits >> 11) as f64 * UNIT_53
    }

    #[inline]
    fn unit_from_u32s(mut next: impl FnMut() -> u32) -> Self {
        let high = u64::from(next());
        let bits = high << 32 | u64::from(next());
        (bits & ((1 << 53) - 1)) as f64 * UNIT_53
    }

    #[inline]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
    }

    fn box_muller(blocks: &mut [Self], mean: Self, std: Self) {
        box_muller::blocks_f64(blocks, mean, std);
    }
}

/// 2⁻²⁴, the spacing of random f32 numbers.
const UNIT_24: f32 = 1.0 / (1_u32 << 24) as f32;
/// 2⁻⁵³, the spacing of random f64 numbers.
const UNIT_53: f64 = 1.0 / (1_u64 << 53) as f64;
