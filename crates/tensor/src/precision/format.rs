//! The formats: what they are called, how their bits are laid out, and what a single number becomes in them.

use super::rounding;
use crate::{Error, Result};
use std::fmt;

/// A number format that results are rounded to.
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

    /// `x` rounded to nearest in this format.
    pub fn round_value(self, x: f32) -> f32 {
        rounding::nearest(self, x)
    }

    /// `x` rounded to nearest in this format, once. [`Precision::Exact`] gives it back; the decimal formats have the range of
    /// `f32`.
    pub fn round_f64(self, x: f64) -> f64 {
        match self {
            Precision::Exact => x,
            Precision::Decimal(_) => f64::from(rounding::nearest(self, x as f32)),
            _ => f64::from(rounding::nearest(self, rounding::odd_f32(x))),
        }
    }

    /// How its bits are laid out; `None` for what has no bits of its own: exact, and decimal digits.
    pub fn layout(self) -> Option<Layout> {
        match self {
            Precision::Exact | Precision::Decimal(_) => None,
            Precision::Tf32 => Some(Layout { exponent: 8, fraction: 10, infinite: true }),
            Precision::Bf16 => Some(Layout { exponent: 8, fraction: 7, infinite: true }),
            Precision::F16 => Some(Layout { exponent: 5, fraction: 10, infinite: true }),
            Precision::E4m3 => Some(Layout { exponent: 4, fraction: 3, infinite: false }),
            Precision::E5m2 => Some(Layout { exponent: 5, fraction: 2, infinite: true }),
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

/// How the bits of a binary format are laid out: sign, exponent, fraction, from the highest bit down. With exponent field
/// E, fraction field F of `fraction` bits and the bias 2^(`exponent`−1) − 1 a pattern means
///
/// ±(1 + F/2^fraction) · 2^(E − bias), and where E is 0 the subnormal ±F/2^fraction · 2^(1 − bias).
///
/// ```
/// use gradus_tensor::Precision;
/// let half = Precision::F16.layout().unwrap();
/// assert_eq!(half.decode(0x3c00), 1.0);
/// assert_eq!(half.encode(-65504.0), 0xfbff);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Bits of the exponent.
    pub exponent: u32,
    /// Bits of the fraction.
    pub fraction: u32,
    /// Whether the largest exponent means infinity and NaN. Otherwise only the pattern of nothing but ones is NaN, and
    /// there is no infinity.
    pub infinite: bool,
}

impl Layout {
    /// That of `f32`.
    pub const F32: Layout = Layout { exponent: 8, fraction: 23, infinite: true };
    /// That of `f64`.
    pub const F64: Layout = Layout { exponent: 11, fraction: 52, infinite: true };

    /// Bits in all.
    pub fn bits(self) -> u32 {
        1 + self.exponent + self.fraction
    }

    /// What is taken from the exponent field.
    pub fn bias(self) -> i32 {
        (1 << (self.exponent - 1)) - 1
    }

    /// The exponent of the smallest normal number, which is that of all subnormal ones too.
    pub fn smallest_exponent(self) -> i32 {
        1 - self.bias()
    }

    /// The largest finite number.
    pub fn largest(self) -> f64 {
        let top = self.exponent_mask() << self.fraction;
        self.decode(if self.infinite { top - 1 } else { (top | self.fraction_mask()) - 1 })
    }

    /// The smallest number above 0, and the distance from one subnormal number to the next.
    pub fn smallest(self) -> f64 {
        self.decode(1)
    }

    /// The number that a pattern means; bits above the sign are not looked at.
    pub fn decode(self, pattern: u64) -> f64 {
        let (exponent, fraction) = ((pattern >> self.fraction) & self.exponent_mask(), pattern & self.fraction_mask());
        let size = if self == Layout::F64 {
            f64::from_bits(pattern & !(1 << 63))
        } else if exponent == self.exponent_mask() && self.infinite {
            if fraction == 0 { f64::INFINITY } else { f64::NAN }
        } else if exponent == self.exponent_mask() && fraction == self.fraction_mask() {
            f64::NAN
        } else if exponent == 0 {
            fraction as f64 * two_to(self.smallest_exponent() - self.fraction as i32)
        } else {
            let significand = (1 << self.fraction | fraction) as f64;
            significand * two_to(exponent as i32 - self.bias() - self.fraction as i32)
        };
        if pattern >> (self.bits() - 1) & 1 == 1 { -size } else { size }
    }

    /// The pattern of a number of this format: round first. Of what lies between two, that of the one nearer to 0; of what
    /// is too large, NaN's in a format without infinity. All NaNs have one pattern, with their sign.
    pub fn encode(self, x: f64) -> u64 {
        let sign = u64::from(x.is_sign_negative()) << (self.bits() - 1);
        let nan = if self.infinite { 1 << (self.fraction - 1) } else { self.fraction_mask() };
        let top = self.exponent_mask() << self.fraction;
        let size = x.abs();
        let magnitude = if x.is_nan() {
            top | nan
        } else if self == Layout::F64 {
            size.to_bits()
        } else if size > self.largest() {
            if self.infinite { top } else { top | nan }
        } else if size < two_to(self.smallest_exponent()) {
            (size / two_to(self.smallest_exponent() - self.fraction as i32)) as u64
        } else {
            // An f64's own fields, shifted and with the other bias; normal, for every format here lies inside its range.
            let fields = size.to_bits() >> (52 - self.fraction);
            fields - ((1023 - self.bias() as u64) << self.fraction)
        };
        sign | magnitude
    }

    fn exponent_mask(self) -> u64 {
        (1 << self.exponent) - 1
    }

    fn fraction_mask(self) -> u64 {
        (1 << self.fraction) - 1
    }
}

/// 2ⁿ, for the exponents of normal `f64`s.
fn two_to(n: i32) -> f64 {
    f64::from_bits(((n + 1023) as u64) << 52)
}
