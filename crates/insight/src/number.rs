//! One number: its exact value, its bits, its neighbours, and what each format makes of it.

use gradus_tensor::Precision;
use gradus_tensor::precision::Layout;
use gradus_train::Error;
use serde::Serialize;

/// Everything about one number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// What was asked for.
    pub given: String,
    /// Where a pattern was given, the format it was read as.
    pub read_as: Option<String>,
    /// The number as `f64`; JSON has null where it is not finite.
    pub value: f64,
    /// Every decimal digit of it, or `inf`, `NaN`.
    pub exact: String,
    /// Whether the decimal number that was given is exactly that.
    pub is_exact: bool,
    /// The number in each format, the widest first.
    pub formats: Vec<InFormat>,
}

/// A number in one format.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InFormat {
    /// `bf16`.
    pub format: String,
    /// What the number becomes.
    pub value: f64,
    /// Every decimal digit of that.
    pub exact: String,
    /// `normal`, `subnormal`, `zero`, `infinite` or `nan`.
    pub kind: &'static str,
    /// What rounding changed: value − number.
    pub error: Option<f64>,
    /// That, divided by the number.
    pub relative_error: Option<f64>,
    /// The bits; decimal digits have none.
    pub bits: Option<Bits>,
    /// The next number below.
    pub below: Option<f64>,
    /// The next number above.
    pub above: Option<f64>,
    /// The distance from the one nearer to zero to the one farther away: the unit in the last place.
    pub spacing: Option<f64>,
}

/// The bits of a number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bits {
    /// All of them, as a hexadecimal number: `0x3dcc`.
    pub pattern: String,
    /// `0` or `1`.
    pub sign: String,
    /// The exponent's.
    pub exponent: String,
    /// The fraction's.
    pub fraction: String,
    /// The power of two that is meant; `None` for infinity and NaN.
    pub power: Option<i32>,
    /// What it is multiplied with: 1.fraction, or 0.fraction for zero and subnormal numbers.
    pub significand: Option<f64>,
}

/// The formats on a page.
const FORMATS: [&str; 10] =
    ["f64", "f32", "tf32", "bf16", "f16", "e4m3", "e5m2", "decimal:1", "decimal:3", "decimal:7"];

fn layout(format: &str) -> Option<Layout> {
    match format {
        "f64" => Some(Layout::F64),
        "f32" => Some(Layout::F32),
        name => Precision::parse(name).ok()?.layout(),
    }
}

/// The page of a decimal number (`0.1`, `-2e5`, `nan`, `inf`), or of a pattern of bits (`0x3f800000`) in the format
/// `read_as`, else in one of as many bits: 2 hexadecimal digits are read as e4m3, 4 as bf16, up to 8 as f32, up to 16 as f64.
///
/// # Errors
/// Where it is neither, or has more bits than the format.
///
/// ```
/// let page = gradus_insight::number::page("0.1", None)?;
/// let bf16 = page.formats.iter().find(|f| f.format == "bf16").unwrap();
/// assert_eq!(bf16.exact, "0.10009765625");
/// assert_eq!(bf16.bits.as_ref().unwrap().pattern, "0x3dcd");
/// # Ok::<(), gradus_train::Error>(())
/// ```
pub fn page(given: &str, read_as: Option<&str>) -> Result<Page, Error> {
    let text = given.trim();
    let (value, read_as) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => {
            pattern(text, &digits.replace('_', ""), read_as).map(|(value, format)| (value, Some(format)))?
        }
        None if read_as.is_some() => {
            return Err(Error::Request(format!("{text} is no pattern of bits: one begins with 0x, as in 0x3f800000")));
        }
        None => match text.parse::<f64>() {
            Ok(value) => (value, None),
            Err(_) => {
                return Err(Error::Request(format!(
                    "{text:?} is no number: give a decimal (0.1, -2e5), nan, inf, or a pattern of bits (0x3f800000)"
                )));
            }
        },
    };
    let exact = digits(value);
    // Digits beyond the largest f64 become infinity, which they are not.
    let is_word = !text.contains(|c: char| c.is_ascii_digit());
    let is_exact = read_as.is_some() || is_word || (value.is_finite() && same_decimal(text, &exact));
    let formats = FORMATS.iter().map(|format| in_format(format, value)).collect();
    Ok(Page { given: text.to_string(), read_as, value, exact, is_exact, formats })
}

/// The number of a pattern, and the format it was read as.
fn pattern(text: &str, digits: &str, read_as: Option<&str>) -> Result<(f64, String), Error> {
    let format = read_as.unwrap_or(match digits.len() {
        2 => "e4m3",
        4 => "bf16",
        0..=8 => "f32",
        _ => "f64",
    });
    let Some(layout) = layout(format) else {
        return Err(Error::Request(format!("{format:?} has no bits: f64, f32, tf32, bf16, f16, e4m3 and e5m2 have")));
    };
    match u64::from_str_radix(digits, 16) {
        Ok(bits) if layout.bits() == 64 || bits >> layout.bits() == 0 => Ok((layout.decode(bits), format.to_string())),
        Ok(_) => Err(Error::Request(format!("{text} has more than the {} bits of {format}", layout.bits()))),
        Err(_) => Err(Error::Request(format!(
            "{text} is no pattern of at most 64 bits: 0x, then hexadecimal digits, as in 0x3f800000"
        ))),
    }
}

/// Every decimal digit.
fn digits(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    // The smallest f64 ends at the 1074th decimal place.
    let text = format!("{value:.1074}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// Whether a decimal number as it was written is this one.
fn same_decimal(written: &str, exact: &str) -> bool {
    /// Sign, significant digits, and the power of ten of the last of them.
    fn parts(text: &str) -> Option<(bool, String, i64)> {
        let (negative, text) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{fraction}");
        let kept = all.trim_end_matches('0');
        let dropped = (all.len() - kept.len()) as i64;
        let significant = kept.trim_start_matches('0').to_string();
        let last = if significant.is_empty() { 0 } else { exponent - fraction.len() as i64 + dropped };
        Some((negative, significant, last))
    }
    parts(written).is_some_and(|written| Some(written) == parts(exact))
}

fn in_format(format: &str, number: f64) -> InFormat {
    let value = match format {
        "f64" => number,
        "f32" => f64::from(number as f32),
        name => Precision::parse(name).map_or(number, |precision| precision.round_f64(number)),
    };
    let layout = layout(format);
    let difference = Some(value - number).filter(|difference| difference.is_finite());
    let [below, above, spacing] = match layout {
        Some(layout) => neighbours(layout, value),
        None => decimal_neighbours(format, value),
    };
    let smallest_normal = layout.map_or(0.0, |layout| 2f64.powi(layout.smallest_exponent()));
    InFormat {
        format: format.to_string(),
        value,
        exact: digits(value),
        kind: match value.abs() {
            size if size.is_nan() => "nan",
            size if size.is_infinite() => "infinite",
            0.0 => "zero",
            size if size < smallest_normal => "subnormal",
            _ => "normal",
        },
        error: difference,
        relative_error: difference.map(|d| if d == 0.0 { 0.0 } else { d / number }).filter(|r| r.is_finite()),
        bits: layout.map(|layout| bits(layout, value)),
        below,
        above,
        spacing,
    }
}

fn bits(layout: Layout, value: f64) -> Bits {
    let pattern = layout.encode(value);
    let text = format!("{pattern:0width$b}", width = layout.bits() as usize);
    let (sign, rest) = text.split_at(1);
    let (exponent, fraction) = rest.split_at(layout.exponent as usize);
    let is_small = value.abs() < 2f64.powi(layout.smallest_exponent());
    let field = pattern >> layout.fraction & ((1 << layout.exponent) - 1);
    let power = if is_small { layout.smallest_exponent() } else { field as i32 - layout.bias() };
    let finite = value.is_finite();
    let share = (pattern & ((1 << layout.fraction) - 1)) as f64 / (1u64 << layout.fraction) as f64;
    Bits {
        pattern: format!("{pattern:#0width$x}", width = 2 + layout.bits().div_ceil(4) as usize),
        sign: sign.to_string(),
        exponent: exponent.to_string(),
        fraction: fraction.to_string(),
        power: finite.then_some(power),
        significand: finite.then_some(if is_small { share } else { 1.0 + share }),
    }
}

/// The numbers below and above, and the distance to the next one farther from zero (of the largest, nearer to zero).
fn neighbours(layout: Layout, value: f64) -> [Option<f64>; 3] {
    if value.is_nan() {
        return [None; 3];
    }
    let size = value.abs();
    let pattern = layout.encode(size);
    // In the order of their patterns sizes are in their own order; beyond the last stands infinity, or NaN.
    let outer = if size.is_infinite() { None } else { Some(layout.decode(pattern + 1)).filter(|next| !next.is_nan()) };
    let inner = if size == 0.0 { Some(-layout.smallest()) } else { Some(layout.decode(pattern - 1)) };
    let spacing = match (outer.filter(|next| next.is_finite()), inner) {
        (Some(next), _) => Some(next - size),
        (None, Some(before)) if size.is_finite() => Some(size - before),
        _ => None,
    };
    if value.is_sign_negative() && size > 0.0 {
        [outer.map(|x| -x), inner.map(|x| -x), spacing]
    } else {
        [inner, outer, spacing]
    }
}

/// As [`neighbours`], of a format with so many decimal digits.
fn decimal_neighbours(format: &str, value: f64) -> [Option<f64>; 3] {
    let digits: i32 = format.rsplit(':').next().and_then(|digits| digits.parse().ok()).unwrap_or(1);
    if value == 0.0 || !value.is_finite() {
        return [None; 3];
    }
    // What is written with one digit before the point: its exponent is that of the first digit.
    let written = format!("{:.*e}", digits as usize - 1, value.abs());
    let exponent: i32 = written.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let unit = |exponent: i32| format!("1e{exponent}").parse::<f64>().unwrap_or(f64::NAN);
    let spacing = unit(exponent - digits + 1);
    let round = |x: f64| Precision::parse(format).map_or(x, |precision| precision.round_f64(x));
    // Below a power of ten numbers are ten times closer.
    let is_power = written.trim_end_matches(|c| c != 'e').trim_end_matches('e').replace(['.', '0'], "") == "1";
    let inner = round(value.abs() - if is_power { spacing / 10.0 } else { spacing });
    let outer = round(value.abs() + spacing);
    if value < 0.0 { [Some(-outer), Some(-inner), Some(spacing)] } else { [Some(inner), Some(outer), Some(spacing)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(page: &'a Page, format: &str) -> &'a InFormat {
        page.formats.iter().find(|f| f.format == format).unwrap()
    }

    #[test]
    fn a_tenth() {
        let page = page("0.1", None).unwrap();
        assert_eq!(page.exact, "0.1000000000000000055511151231257827021181583404541015625");
        assert!(!page.is_exact);
        let single = of(&page, "f32");
        let bits = single.bits.as_ref().unwrap();
        assert_eq!(single.exact, "0.100000001490116119384765625");
        assert_eq!(
            (bits.pattern.as_str(), bits.sign.as_str(), bits.exponent.as_str()),
            ("0x3dcccccd", "0", "01111011")
        );
        assert_eq!((bits.power, bits.significand), (Some(-4), Some(f64::from(0.1_f32) * 16.0)));
        let x = 0.1_f32;
        let near = [x.next_down(), x.next_up(), x.next_up() - x].map(|x| Some(f64::from(x)));
        assert_eq!([single.below, single.above, single.spacing], near);
        let tenth = of(&page, "decimal:1");
        assert_eq!(tenth.below.unwrap() as f32, 0.09);
        assert_eq!((tenth.above.unwrap() as f32, tenth.bits.is_none()), (0.2, true));
    }

    #[test]
    fn patterns_are_read_in_the_format_of_their_length() {
        for (given, read_as, value, format) in [
            ("0x3f800000", None, 1.0, "f32"),
            ("0x3f80", None, 1.0, "bf16"),
            ("0x3c00", Some("f16"), 1.0, "f16"),
            ("0x38", None, 1.0, "e4m3"),
            ("0xbc", Some("e5m2"), -1.0, "e5m2"),
            ("0x3ff0_0000_0000_0000", None, 1.0, "f64"),
            ("0x1", None, 1.401_298_464_324_817e-45, "f32"),
        ] {
            let page = page(given, read_as).unwrap();
            assert_eq!((page.value, page.read_as.as_deref(), page.is_exact), (value, Some(format), true), "{given}");
        }
        for (given, read_as) in [
            ("0x", None),
            ("0xg", None),
            ("0x10000", Some("f16")),
            ("0x1", Some("decimal:3")),
            ("1", Some("f16")),
            ("one", None),
        ] {
            assert!(page(given, read_as).is_err(), "{given}");
        }
    }

    #[test]
    fn the_ends_of_a_format() {
        let large = page("65520", None).unwrap();
        let f16 = of(&large, "f16");
        assert_eq!((f16.kind, f16.value, f16.error), ("infinite", f64::INFINITY, None));
        assert_eq!((f16.below, f16.above), (Some(65504.0), None));
        let fp8 = page("448", None).unwrap();
        assert_eq!((of(&fp8, "e4m3").above, of(&fp8, "e4m3").spacing), (None, Some(32.0)));
        let zero = page("-0", None).unwrap();
        assert_eq!(of(&zero, "f16").bits.as_ref().unwrap().pattern, "0x8000");
        assert_eq!((of(&zero, "e5m2").below, of(&zero, "e5m2").kind), (Some(-(2f64.powi(-16))), "zero"));
        let nan = page("nan", None).unwrap();
        assert!(nan.formats.iter().all(|f| f.kind == "nan" && f.below.is_none()));
        assert_eq!(of(&page("1e-7", None).unwrap(), "f16").kind, "subnormal");
        assert_eq!(of(&page("1e400", None).unwrap(), "f64").kind, "infinite");
        assert_eq!(page("5e-324", None).unwrap().exact.len(), 1076);
    }

    #[test]
    fn what_is_exact_is_told_from_what_is_not() {
        for (given, exact) in [
            ("0.5", true),
            ("2.50", true),
            ("1e3", true),
            ("-1024.0", true),
            ("0.1", false),
            ("1e23", false),
            ("0", true),
        ] {
            assert_eq!(page(given, None).unwrap().is_exact, exact, "{given}");
        }
    }
}
