//! Precision as a property of the engine: the result of every operation is rounded to a narrower format on its way
//! out, forward and backward, while the arithmetic inside stays `f32` (or `f64`).
//!
//! ```
//! use gradus_tensor::{Precision, Tensor, precision};
//! let third = precision::with(Precision::Bf16, || Tensor::scalar(1.0) / 3.0);
//! assert_eq!(third.item()?, 0.333984375);
//! # Ok::<(), gradus_tensor::Error>(())
//! ```

use crate::autograd::{ROUND, with_flag};
use crate::{Array, DType, Error, Result, with_float};
use gradus_kernels::element::Number;
use std::cell::Cell;
use std::fmt;

/// A number format that results are rounded to, to nearest, ties to even.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// As computed, in `f32` or `f64`.
    #[default]
    Exact,
    /// NVIDIA's TensorFloat-32: 8 bits of exponent, 10 of fraction.
    Tf32,
    /// bfloat16: 8 bits of exponent, 7 of fraction.
    Bf16,
    /// IEEE half precision: 5 bits of exponent, 10 of fraction.
    F16,
    /// OCP FP8 E4M3 (finite form): 4 and 3 bits, largest 448, no infinity: what does not fit becomes NaN.
    E4m3,
    /// OCP FP8 E5M2: 5 and 2 bits, largest 57344.
    E5m2,
    /// So many significant decimal digits, 1 to 7.
    Decimal(u8),
}

impl Precision {
    /// The format called `name`: `exact`, `f32`, `tf32`, `bf16`, `f16`, `e4m3`, `e5m2`, `decimal:1` to `decimal:7`.
    ///
    /// # Errors
    /// For any other name.
    pub fn parse(name: &str) -> Result<Precision> {
        let digits = name.strip_prefix("decimal:").and_then(|d| d.parse::<u8>().ok()).filter(|d| (1..=7).contains(d));
        Ok(match (name, digits) {
            (_, Some(digits)) => Precision::Decimal(digits),
            ("exact" | "f32" | "f64", _) => Precision::Exact,
            ("tf32", _) => Precision::Tf32,
            ("bf16", _) => Precision::Bf16,
            ("f16", _) => Precision::F16,
            ("e4m3", _) => Precision::E4m3,
            ("e5m2", _) => Precision::E5m2,
            _ => {
                return Err(Error::new(
                    "precision",
                    format!(
                        "no format is called {name:?}; there are exact, tf32, bf16, f16, e4m3, e5m2, and decimal:1 to decimal:7"
                    ),
                ));
            }
        })
    }

    /// `x` rounded to this format.
    pub fn round_value(self, x: f32) -> f32 {
        match self {
            Precision::Exact => x,
            Precision::Tf32 => round_bits::<10, -126>(x, f32::MAX, f32::INFINITY),
            Precision::Bf16 => round_bits::<7, -126>(x, f32::MAX, f32::INFINITY),
            Precision::F16 => round_bits::<10, -14>(x, 65504.0, f32::INFINITY),
            Precision::E4m3 => round_bits::<3, -6>(x, 448.0, f32::NAN),
            Precision::E5m2 => round_bits::<2, -14>(x, 57344.0, f32::INFINITY),
            Precision::Decimal(digits) => round_decimal(x, digits),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Precision::Exact => f.write_str("exact"),
            Precision::Tf32 => f.write_str("tf32"),
            Precision::Bf16 => f.write_str("bf16"),
            Precision::F16 => f.write_str("f16"),
            Precision::E4m3 => f.write_str("e4m3"),
            Precision::E5m2 => f.write_str("e5m2"),
            Precision::Decimal(digits) => write!(f, "decimal:{digits}"),
        }
    }
}

thread_local! {
    static IN_FORCE: Cell<Precision> = const { Cell::new(Precision::Exact) };
}

/// Runs `f` with results rounded to `precision` on this thread; backward passes inside `f` likewise.
pub fn with<R>(precision: Precision, f: impl FnOnce() -> R) -> R {
    struct Restore(Precision);
    impl Drop for Restore {
        fn drop(&mut self) {
            IN_FORCE.set(self.0);
        }
    }
    let _restore = Restore(IN_FORCE.replace(precision));
    with_flag(ROUND, precision != Precision::Exact, f)
}

/// The precision in force on this thread.
pub fn current() -> Precision {
    IN_FORCE.get()
}

/// Rounds a value to the precision in force, in place where nobody else holds it. Integers stay as they are.
pub(crate) fn round(value: Array) -> Array {
    if !value.dtype().is_float() {
        return value;
    }
    match current() {
        Precision::Exact => value,
        Precision::Tf32 => map(value, |x| round_bits::<10, -126>(x, f32::MAX, f32::INFINITY)),
        Precision::Bf16 => map(value, |x| round_bits::<7, -126>(x, f32::MAX, f32::INFINITY)),
        Precision::F16 => map(value, |x| round_bits::<10, -14>(x, 65504.0, f32::INFINITY)),
        Precision::E4m3 => map(value, |x| round_bits::<3, -6>(x, 448.0, f32::NAN)),
        Precision::E5m2 => map(value, |x| round_bits::<2, -14>(x, 57344.0, f32::INFINITY)),
        Precision::Decimal(digits) => map(value, move |x| round_decimal(x, digits)),
    }
}

fn map(value: Array, f: impl Fn(f32) -> f32 + Copy + Sync) -> Array {
    match value.dtype() {
        DType::F32 => value.map_owned(f),
        // To f32 and then to a format at least two bits narrower rounds twice; see `odd_f32`.
        d => with_float!(d, T => value.map_owned(move |x: T| T::from_f64(f64::from(f(odd_f32(x.to_f64())))))),
    }
}

/// `f64` to `f32` by rounding to odd: a second rounding to a narrower format then gives what one rounding would.
#[inline(always)]
fn odd_f32(x: f64) -> f32 {
    let y = x as f32;
    let back = f64::from(y);
    if back == x || !back.is_finite() || y.to_bits() & 1 == 1 {
        return y;
    }
    // The even neighbour was chosen: take the odd one on the other side of x.
    let away = (back.abs() < x.abs()) as u32;
    f32::from_bits(if away == 1 { y.to_bits() + 1 } else { y.to_bits() - 1 })
}

/// Rounds to `FRACTION` bits of fraction and a smallest normal exponent of `EMIN`, subnormals included; beyond `max`
/// comes `beyond`. Ties go to even. Branch-free, so that it vectorises.
#[inline(always)]
fn round_bits<const FRACTION: u32, const EMIN: i32>(x: f32, max: f32, beyond: f32) -> f32 {
    let bits = x.to_bits();
    let sign = bits & 0x8000_0000;
    let size = f32::from_bits(bits & 0x7fff_ffff);
    // Normal: add half a unit less one, plus the last kept bit, then cut.
    let drop = 23 - FRACTION;
    let magnitude = size.to_bits();
    let half = (1u32 << (drop - 1)) - 1 + ((magnitude >> drop) & 1);
    let normal = f32::from_bits((magnitude.wrapping_add(half)) & !((1u32 << drop) - 1));
    // Subnormal: adding a number whose unit is the format's smallest step rounds to that step.
    let step = f32::from_bits(((127 + EMIN - FRACTION as i32 + 23) as u32) << 23);
    let subnormal = (size + step) - step;
    let smallest_normal = f32::from_bits(((127 + EMIN) as u32) << 23);
    let rounded = if size < smallest_normal { subnormal } else { normal };
    let rounded = if rounded > max { beyond } else { rounded };
    let rounded = if size == f32::INFINITY { beyond } else { rounded };
    let rounded = if x.is_nan() { f32::NAN } else { rounded };
    f32::from_bits(rounded.to_bits() | sign)
}

/// Rounds to `digits` significant decimal digits.
fn round_decimal(x: f32, digits: u8) -> f32 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    // The exact decimal expansion of x, in f64: 7 digits and the exponents of f32 are far inside its range.
    let x = f64::from(x);
    let exponent = i32::from(digits) - 1 - x.abs().log10().floor() as i32;
    let rounded = if exponent >= 0 {
        let scale = 10f64.powi(exponent);
        (x * scale).round_ties_even() / scale
    } else {
        let scale = 10f64.powi(-exponent);
        (x / scale).round_ties_even() * scale
    };
    rounded as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_bfloats_agree_with_the_half_crate() {
        // Every f32 whose upper 19 bits take any value, with the lower bits around ties.
        for upper in 0..1u32 << 19 {
            for lower in [0, 1, 0xfff, 0x1000, 0x1001, 0x1fff] {
                let x = f32::from_bits(upper << 13 | lower);
                let same = |ours: f32, theirs: f32, what: &str| {
                    assert!(
                        ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()),
                        "{what} of {x:e}: {ours:e}, not {theirs:e}"
                    );
                };
                same(Precision::F16.round_value(x), half::f16::from_f32(x).to_f32(), "f16");
                same(Precision::Bf16.round_value(x), half::bf16::from_f32(x).to_f32(), "bf16");
            }
        }
    }

    #[test]
    fn eight_bit_formats_take_the_nearest_value() {
        // All values of a format with `e` exponent bits, `m` fraction bits, listed from its definition.
        let values = |e: u32, m: u32, bias: i32, max: f32| -> Vec<f32> {
            let mut v: Vec<f32> = (0..1u32 << (e + m))
                .map(|code| {
                    let (exponent, fraction) = ((code >> m) as i32, (code & ((1 << m) - 1)) as f32 / (1 << m) as f32);
                    if exponent == 0 {
                        fraction * 2f32.powi(1 - bias)
                    } else {
                        (1.0 + fraction) * 2f32.powi(exponent - bias)
                    }
                })
                .filter(|&x| x <= max)
                .collect();
            v.sort_by(f32::total_cmp);
            v
        };
        for (format, e, m, bias, max) in [(Precision::E4m3, 4, 3, 7, 448.0), (Precision::E5m2, 5, 2, 15, 57344.0)] {
            let grid = values(e, m, bias, max);
            for (i, pair) in grid.windows(2).enumerate() {
                let [a, b] = [pair[0], pair[1]];
                let tie = a + (b - a) / 2.0;
                let even = if i % 2 == 0 { a } else { b };
                assert_eq!(format.round_value(tie), even, "{format}: tie between {a} and {b}");
                assert_eq!(format.round_value(a), a);
                assert_eq!(format.round_value(-b), -b);
                assert_eq!(format.round_value(tie.next_down()), a);
                assert_eq!(format.round_value(tie.next_up()), b);
            }
        }
        assert!(Precision::E4m3.round_value(500.0).is_nan());
        assert_eq!(Precision::E5m2.round_value(1e6), f32::INFINITY);
    }

    #[test]
    fn doubles_are_rounded_once() {
        // Just above a bf16 tie in f64, on the tie in f32: two plain roundings would go to even, downwards.
        let x = 1.0 + 2f64.powi(-8) + 2f64.powi(-40);
        let t = with(Precision::Bf16, || crate::Tensor::full(&[1], x, DType::F64) * 1.0);
        assert_eq!(t.item().unwrap(), 1.0 + 2f64.powi(-7));
    }

    #[test]
    fn decimals() {
        for (x, digits, want) in
            [(1.2345, 3, 1.23), (-9.96, 2, -10.0), (0.000123456, 2, 0.00012), (6.4e30, 1, 6e30), (8.0, 1, 8.0)]
        {
            assert_eq!(Precision::Decimal(digits).round_value(x), want, "{x} to {digits}");
        }
    }
}
