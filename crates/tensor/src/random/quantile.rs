//! The inverse of the normal distribution function: turns one uniform number into one normal one.
//!
//! M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
//! Statistics 37(3), 1988; routine PPND16, relative error about 1e-16.

use gradus_kernels::simd::{Isa, Kernel, dispatch};
use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// Where the middle region ends: |q| ≤ 0.425 holds 85 % of all draws and needs no logarithm.
const MIDDLE: f64 = 0.425;
/// How many quantiles are computed together.
pub(super) const BLOCK: usize = 64;

/// Replaces each `q` by its quantile: the value below which a standard normal one falls with
/// probability ½ + q, for |q| < ½.
pub(super) fn normal_quantiles(q: &mut [f64; BLOCK]) {
    dispatch(Quantiles(q));
}

struct Quantiles<'a>(&'a mut [f64; BLOCK]);

impl Kernel for Quantiles<'_> {
    type Output = ();

    /// Loops without branches, so that the compiler vectorises them: everybody's middle, then a list
    /// of those beyond it, then the tail of that list. Only the four basic operations and the square
    /// root occur: the numbers are the same on every processor.
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let values = self.0;
        let q = *values;
        for (value, q) in values.iter_mut().zip(q) {
            *value = middle(q);
        }
        let (mut beyond, mut count) = ([0; BLOCK], 0);
        for (i, q) in q.iter().enumerate() {
            beyond[count] = i;
            count += usize::from(q.abs() > MIDDLE);
        }
        let mut r = [0.0; BLOCK];
        for (r, &i) in r[..count].iter_mut().zip(&beyond) {
            *r = 0.5 - q[i].abs();
        }
        let mut tails = [0.0; BLOCK];
        for (tail, r) in tails[..count].iter_mut().zip(&mut r) {
            *r = (-ln(*r)).sqrt();
            *tail = near_tail(*r - 1.6);
        }
        for k in 0..count {
            let i = beyond[k];
            let tail = if r[k] <= 5.0 { tails[k] } else { far_tail(r[k] - 5.0) };
            values[i] = tail.copysign(q[i]);
        }
    }
}

/// Natural logarithm of a positive, normal number: x = m·2ᵉ with m in [√½, √2), s = (m − 1)/(m + 1),
/// ln m = 2 artanh s, as in Sun's fdlibm (1993); right to two units in the last place.
#[inline(always)]
fn ln(x: f64) -> f64 {
    const P: [f64; 7] = [
        1.479_819_860_511_658_6e-1,
        1.531_383_769_920_937_3e-1,
        1.818_357_216_161_805e-1,
        2.222_219_843_214_978_4e-1,
        2.857_142_874_366_239e-1,
        3.999_999_999_940_942e-1,
        6.666_666_666_666_735e-1,
    ];
    let bits = x.to_bits();
    let m = f64::from_bits((bits & ((1 << 52) - 1)) | (1022 << 52)); // [½, 1)
    let low = m < FRAC_1_SQRT_2;
    let e = ((bits >> 52) as i32 - 1022 - i32::from(low)) as f64;
    let f = m - 1.0 + if low { m } else { 0.0 };
    let s = f / (2.0 + f);
    let z = s * s;
    let series = P[1..].iter().fold(P[0], |sum, p| sum * z + p) * z;
    let half = 0.5 * f * f;
    e * LN_2 + (f - (half - s * (half + series)))
}

#[inline(always)]
fn middle(q: f64) -> f64 {
    let r = MIDDLE * MIDDLE - q * q;
    let numerator = polynomial(
        r,
        [
            2_509.080_928_730_122_7,
            33_430.575_583_588_13,
            67_265.770_927_008_7,
            45_921.953_931_549_87,
            13_731.693_765_509_46,
            1_971.590_950_306_551_3,
            133.141_667_891_784_38,
            3.387_132_872_796_366_5,
        ],
    );
    let denominator = polynomial(
        r,
        [
            5_226.495_278_852_854,
            28_729.085_735_721_943,
            39_307.895_800_092_71,
            21_213.794_301_586_597,
            5_394.196_021_424_751,
            687.187_007_492_057_9,
            42.313_330_701_600_91,
            1.0,
        ],
    );
    q * numerator / denominator
}

#[inline(always)]
fn near_tail(r: f64) -> f64 {
    let numerator = polynomial(
        r,
        [
            7.745_450_142_783_414e-4,
            0.022_723_844_989_269_184,
            0.241_780_725_177_450_6,
            1.270_458_252_452_368_4,
            3.647_848_324_763_204_5,
            5.769_497_221_460_691,
            4.630_337_846_156_546,
            1.423_437_110_749_683_5,
        ],
    );
    let denominator = polynomial(
        r,
        [
            1.050_750_071_644_416_9e-9,
            5.475_938_084_995_345e-4,
            0.015_198_666_563_616_457,
            0.148_103_976_427_480_08,
            0.689_767_334_985_1,
            1.676_384_830_183_803_8,
            2.053_191_626_637_759,
            1.0,
        ],
    );
    numerator / denominator
}

#[cold]
fn far_tail(r: f64) -> f64 {
    let numerator = polynomial(
        r,
        [
            2.010_334_399_292_288_1e-7,
            2.711_555_568_743_487_6e-5,
            0.001_242_660_947_388_078_4,
            0.026_532_189_526_576_124,
            0.296_560_571_828_504_87,
            1.784_826_539_917_291_3,
            5.463_784_911_164_114,
            6.657_904_643_501_103,
        ],
    );
    let denominator = polynomial(
        r,
        [
            2.044_263_103_389_939_8e-15,
            1.421_511_758_316_446e-7,
            1.846_318_317_510_054_8e-5,
            7.868_691_311_456_133e-4,
            0.014_875_361_290_850_615,
            0.136_929_880_922_735_8,
            0.599_832_206_555_888,
            1.0,
        ],
    );
    numerator / denominator
}

/// Horner's rule, highest power first.
#[inline(always)]
fn polynomial(x: f64, coefficients: [f64; 8]) -> f64 {
    coefficients[1..].iter().fold(coefficients[0], |sum, c| sum * x + c)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, ln, normal_quantiles};

    /// Python's `statistics.NormalDist().inv_cdf`, which follows the same paper.
    #[test]
    fn agrees_with_python() {
        let cases = [
            (9.997558336749535e-14, -7.34882874820231),
            (9.999999999732445e-07, -4.753424308828307),
            (0.0010000000000000009, -3.090232306167813),
            (0.0625, -1.5341205443525459),
            (0.07500000000000001, -1.4395314709384557),
            (0.09999999999999998, -1.2815515655446008),
            (0.25, -0.6744897501960817),
            (0.5, 0.0),
            (0.625, 0.31863936396437514),
            (0.925, 1.439531470938456),
            (0.9375, 1.5341205443525459),
            (0.999, 3.090232306167813),
        ];
        for (p, expected) in cases {
            let mut x = [p - 0.5; BLOCK];
            normal_quantiles(&mut x);
            let x: f64 = x[BLOCK - 1];
            assert!((x - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(), "p = {p}: {x} against {expected}");
        }
    }

    #[test]
    fn the_logarithm_is_that_of_the_platform() {
        for i in 1..10_000 {
            let x = 0.075 * f64::from(i) / 10_000.0 * 0.5_f64.powi(i % 50);
            assert!((ln(x) - x.ln()).abs() <= 2.0 * f64::EPSILON * x.ln().abs(), "ln {x}");
        }
    }
}
