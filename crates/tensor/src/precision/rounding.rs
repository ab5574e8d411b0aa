//! Rounding of one number, and of whole arrays. The binary roundings have no branches, so that their loops vectorise.

use super::{Precision, Rounding};
use crate::{Array, DType};
use gradus_kernels::map::GRAIN;
use gradus_kernels::simd::vectorize;
use gradus_kernels::threads::for_chunks;
use std::sync::LazyLock;

/// Runs a body with the constants of a binary format: bits of fraction, smallest exponent, whether it has no infinity.
macro_rules! with_grid {
    ($precision:expr, $round:ident $args:tt, exact: $exact:expr, decimal: $digits:ident => $decimal:expr) => {
        match $precision {
            Precision::Exact => $exact,
            Precision::Tf32 => call!($round::<10, -126, false> $args),
            Precision::Bf16 => call!($round::<7, -126, false> $args),
            Precision::F16 => call!($round::<10, -14, false> $args),
            Precision::E4m3 => call!($round::<3, -6, true> $args),
            Precision::E5m2 => call!($round::<2, -14, false> $args),
            Precision::Decimal($digits) => $decimal,
        }
    };
}
macro_rules! call {
    ($round:ident::<$fraction:literal, $emin:literal, $finite:literal> ($($arg:expr),*)) => {
        $round::<$fraction, $emin, $finite>($($arg),*)
    };
}

/// `x` rounded to nearest, ties to even.
pub(super) fn nearest(precision: Precision, x: f32) -> f32 {
    with_grid!(precision, nearest_bits(x), exact: x, decimal: digits => {
        decimal(&POWERS, x, digits, nearest_whole)
    })
}

/// Every number of an array rounded. `draw` tells apart the arrays that are rounded by chance from one seed.
pub(super) fn round(value: Array, precision: Precision, rounding: Rounding, draw: u64) -> Array {
    match (value.dtype(), rounding) {
        (DType::F32, Rounding::Nearest) => {
            with_grid!(precision, nearest_array(value), exact: value, decimal: digits => {
                let powers: &Powers = &POWERS;
                value.map_owned(move |x| decimal(powers, x, digits, nearest_whole))
            })
        }
        (DType::F32, Rounding::Stochastic { seed }) => {
            let key = mixed(seed, draw);
            with_grid!(precision, stochastic_array(value, key), exact: value, decimal: digits => {
                let powers: &Powers = &POWERS;
                with_places(value, move |x, place| {
                    let random = random_bits(key, place);
                    decimal(powers, x, digits, move |size| size.floor() + f64::from(size.fract() > share(random).into()))
                })
            })
        }
        // To f32 and then to a format at least two bits narrower rounds twice; see `odd_f32`.
        (DType::F64, _) if precision != Precision::Exact => {
            let narrow = Array::build(value.shape(), |out: &mut [f32]| {
                out.iter_mut().zip(value.dense::<f64>().iter()).for_each(|(y, &x)| *y = odd_f32(x));
            });
            round(narrow, precision, rounding, draw).to_dtype(DType::F64)
        }
        _ => value,
    }
}

fn nearest_array<const FRACTION: u32, const EMIN: i32, const FINITE: bool>(value: Array) -> Array {
    value.map_owned(nearest_bits::<FRACTION, EMIN, FINITE>)
}

fn stochastic_array<const FRACTION: u32, const EMIN: i32, const FINITE: bool>(value: Array, key: [u32; 2]) -> Array {
    with_places(value, move |x, place| stochastic_bits::<FRACTION, EMIN, FINITE>(x, random_bits(key, place)))
}

/// `f` of every number and its place.
fn with_places(mut value: Array, f: impl Fn(f32, u32) -> f32 + Copy + Sync) -> Array {
    for_chunks(value.make_mut::<f32>(), GRAIN, |start, piece| {
        vectorize(|| {
            for (i, x) in piece.iter_mut().enumerate() {
                *x = f(*x, (start + i) as u32);
            }
        });
    });
    value
}

/// `f64` to `f32` by rounding to odd: a second rounding to a narrower format then gives what one rounding would
/// (Boldo & Melquiond 2008).
#[inline(always)]
pub(super) fn odd_f32(x: f64) -> f32 {
    let y = x as f32;
    let back = f64::from(y);
    if back == x || x.is_nan() || y.to_bits() & 1 == 1 {
        return y;
    }
    // The even neighbour was chosen: take the odd one on the other side of x. Beyond the largest f32, which is odd, that is
    // the largest itself; every narrower format rounds it as it would round x.
    f32::from_bits(if back.abs() < x.abs() { y.to_bits() + 1 } else { y.to_bits() - 1 })
}

const SIGN: u32 = 1 << 31;
const INFINITY: i32 = 0xff << 23;
const NAN: i32 = INFINITY | 1 << 22;

/// The bits of the largest finite number. A format without infinity uses the topmost exponent for numbers too, all but
/// the last.
const fn largest(fraction: u32, emin: i32, finite: bool) -> i32 {
    let (emax, missing) = if finite { (2 - emin, 2) } else { (1 - emin, 1) };
    (127 + emax) << 23 | ((1 << fraction) - missing) << (23 - fraction)
}

/// The bits of 2ⁿ.
const fn power_of_two(n: i32) -> u32 {
    ((127 + n) as u32) << 23
}

/// What becomes of a size that is rounded but for the ends of the range.
#[inline(always)]
fn ended<const FRACTION: u32, const EMIN: i32, const FINITE: bool>(size: i32, rounded: i32) -> i32 {
    let largest = const { largest(FRACTION, EMIN, FINITE) };
    let rounded = if rounded > largest { if FINITE { NAN } else { INFINITY } } else { rounded };
    if size > INFINITY { NAN } else { rounded }
}

/// Rounds to nearest, ties to even, to `FRACTION` bits of fraction and the smallest normal exponent `EMIN`, subnormals
/// included. Sizes are compared by their bits, which are in the order of the numbers.
#[inline(always)]
fn nearest_bits<const FRACTION: u32, const EMIN: i32, const FINITE: bool>(x: f32) -> f32 {
    let sign = x.to_bits() & SIGN;
    let size = (x.to_bits() & !SIGN) as i32;
    // Normal: add half a unit less one, plus the last kept bit, then cut. A carry runs into the exponent, as it should.
    let dropped = 23 - FRACTION;
    let half = (1 << (dropped - 1)) - 1 + ((size >> dropped) & 1);
    let mut rounded = size.wrapping_add(half) & !((1 << dropped) - 1);
    // Subnormal: adding a number whose unit is the format's smallest step rounds to that step. Where the exponent is f32's,
    // so are the subnormals, and the cut above is right for them too.
    if EMIN > -126 {
        let magic = f32::from_bits(const { power_of_two(EMIN - FRACTION as i32 + 23) });
        let subnormal = ((f32::from_bits(size as u32) + magic) - magic).to_bits() as i32;
        rounded = if size < const { power_of_two(EMIN) as i32 } { subnormal } else { rounded };
    }
    f32::from_bits(sign | ended::<FRACTION, EMIN, FINITE>(size, rounded) as u32)
}

/// As [`nearest_bits`], but up with the probability that the number lies at between its neighbours.
#[inline(always)]
fn stochastic_bits<const FRACTION: u32, const EMIN: i32, const FINITE: bool>(x: f32, random: u32) -> f32 {
    let sign = x.to_bits() & SIGN;
    let size = (x.to_bits() & !SIGN) as i32;
    // Normal: a random number of as many bits as are cut carries with exactly the probability of what is cut.
    let dropped = 23 - FRACTION;
    let mut rounded = size.wrapping_add((random >> (32 - dropped)) as i32) & !((1 << dropped) - 1);
    if EMIN > -126 {
        let step = f32::from_bits(const { power_of_two(EMIN - FRACTION as i32) });
        let steps = f32::from_bits(size as u32) / step;
        let whole = steps.floor();
        let up = if steps - whole > share(random) { 1.0 } else { 0.0 };
        let subnormal = ((whole + up) * step).to_bits() as i32;
        rounded = if size < const { power_of_two(EMIN) as i32 } { subnormal } else { rounded };
    }
    f32::from_bits(sign | ended::<FRACTION, EMIN, FINITE>(size, rounded) as u32)
}

/// Random bits as a number between 0 and 1, neither included.
#[inline(always)]
fn share(random: u32) -> f32 {
    ((random >> 9) as f32 + 0.5) * f32::from_bits(const { power_of_two(-23) })
}

/// A key for the draws of one array (SplitMix64: Steele, Lea & Flood 2014).
fn mixed(seed: u64, draw: u64) -> [u32; 2] {
    let mut x = seed.wrapping_add((draw + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    [x as u32, (x >> 32) as u32]
}

/// The random bits of a place: a hash, so that any number may be drawn by any thread.
#[inline(always)]
fn random_bits(key: [u32; 2], place: u32) -> u32 {
    hashed(hashed(place ^ key[0]) ^ key[1])
}

/// Wellons's `lowbias32`.
#[inline(always)]
fn hashed(mut x: u32) -> u32 {
    x = (x ^ x >> 16).wrapping_mul(0x7feb_352d);
    x = (x ^ x >> 15).wrapping_mul(0x846c_a68b);
    x ^ x >> 16
}

/// 10ⁿ for the exponents that f32 and seven digits need, from −`OFFSET` on, each the nearest f64.
type Powers = [f64; 2 * OFFSET as usize + 1];
const OFFSET: i32 = 60;
static POWERS: LazyLock<Powers> =
    LazyLock::new(|| std::array::from_fn(|i| format!("1e{}", i as i32 - OFFSET).parse().unwrap_or(f64::NAN)));

/// Rounds to `digits` significant decimal digits; `whole` rounds a size to a whole number.
#[inline(always)]
fn decimal(powers: &Powers, x: f32, digits: u8, whole: impl Fn(f64) -> f64) -> f32 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let ten_to = |n: i32| powers[(n + OFFSET) as usize];
    let size = f64::from(x.abs());
    // ⌊log₁₀⌋ from ⌊log₂⌋ is right or one too low.
    let binary = (size.to_bits() >> 52) as i32 - 1023;
    let low = (f64::from(binary) * std::f64::consts::LOG10_2).floor() as i32;
    let exponent = if size >= ten_to(low + 1) { low + 1 } else { low };
    // By multiplying and dividing with powers that f64 holds exactly, as far as it does.
    let shift = i32::from(digits) - 1 - exponent;
    let rounded = if shift >= 0 {
        whole(size * ten_to(shift)) / ten_to(shift)
    } else {
        whole(size / ten_to(-shift)) * ten_to(-shift)
    };
    (rounded as f32).copysign(x)
}

fn nearest_whole(size: f64) -> f64 {
    size.round_ties_even()
}
