//! From numbers to places on a picture, and the ticks between.

/// How numbers lie along an axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// At even distances.
    #[default]
    Linear,
    /// Equal factors at equal distances. Only numbers above 0 have a place.
    Log,
}

/// An axis of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    /// What it shows, with its unit.
    pub label: String,
    /// How numbers lie along it.
    pub scale: Scale,
    /// Its ends; `None` for those of the data.
    pub range: Option<(f64, f64)>,
}

/// A number at an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    /// Empty for a small tick between two others.
    pub(crate) text: String,
}

/// An axis whose ends are known.
#[derive(Debug, Clone)]
pub(crate) struct Ruler {
    scale: Scale,
    low: f64,
    high: f64,
    pub(crate) ticks: Vec<Tick>,
    /// `×10⁻⁵` where the ticks leave it out.
    pub(crate) factor: Option<String>,
}

impl Axis {
    /// The axis for some data, with about `ticks` ticks. `exact` keeps the ends of the data; else there is a little room.
    pub(crate) fn ruler(&self, data: impl Iterator<Item = f64>, ticks: usize, exact: bool) -> Ruler {
        let usable = |v: &f64| v.is_finite() && (self.scale == Scale::Linear || *v >= f64::MIN_POSITIVE);
        let given = self.range.filter(|(low, high)| usable(low) && usable(high) && low < high);
        let ends = data.filter(usable).fold(None, |ends: Option<(f64, f64)>, v| {
            Some(ends.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
        });
        let (low, high) = given.or(ends).unwrap_or(match self.scale {
            Scale::Linear => (0.0, 1.0),
            Scale::Log => (1.0, 10.0),
        });
        let (low, high) = if given.is_some() { (low, high) } else { self.room(low, high, exact) };
        match self.scale {
            Scale::Linear => linear(low, high, ticks),
            Scale::Log => logarithmic(low, high, ticks),
        }
    }

    /// Ends with a width and, unless `exact`, a little room.
    fn room(&self, low: f64, high: f64, exact: bool) -> (f64, f64) {
        match self.scale {
            Scale::Linear => {
                if low == high {
                    let room = if low == 0.0 { 1.0 } else { low.abs() * 0.5 };
                    return (low - room, high + room);
                }
                let room = if exact { 0.0 } else { 0.04 * (high / 2.0 - low / 2.0) * 2.0 };
                let (wide_low, wide_high) = (low - room, high + room);
                // An axis of sizes begins at 0.
                (if low >= 0.0 && wide_low < 0.0 { 0.0 } else { wide_low }, wide_high)
            }
            Scale::Log => {
                if low == high {
                    return ((low / 2.0).max(f64::MIN_POSITIVE), (high * 2.0).min(f64::MAX));
                }
                let room = if exact { 1.0 } else { (high / low).powf(0.04) };
                ((low / room).max(f64::MIN_POSITIVE), (high * room).min(f64::MAX))
            }
        }
    }
}

impl Ruler {
    /// Where a number lies: 0 at the low end, 1 at the high one. `None` for what has no place.
    pub(crate) fn share(&self, value: f64) -> Option<f64> {
        let share = match self.scale {
            Scale::Linear => (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0),
            Scale::Log if value > 0.0 => (value / self.low).ln() / (self.high / self.low).ln(),
            Scale::Log => return None,
        };
        Some(share).filter(|share| share.is_finite())
    }

    /// The ends.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten.
fn linear(low: f64, high: f64, count: usize) -> Ruler {
    let raw = (high / count.max(1) as f64) - (low / count.max(1) as f64);
    let power = 10.0_f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|m| m * power);
    let step = steps.into_iter().find(|step| *step >= 0.999 * raw).unwrap_or(raw);
    // Rounded up, so few may be left that they say nothing.
    let few = (high / step).floor() - (low / step).ceil() < 1.5;
    let step = steps.into_iter().rfind(|finer| few && *finer < 0.999 * step).unwrap_or(step);
    let first = (low / step - 1e-9).ceil();
    let values = (0..=4 * count.max(1)).map(|i| (first + i as f64) * step);
    let values: Vec<f64> = values.take_while(|v| *v <= high + 1e-9 * step).collect();
    let largest = low.abs().max(high.abs());
    // Numbers with many zeros share a factor.
    let exponent = if !(1e-3..1e7).contains(&largest) { largest.log10().floor() } else { 0.0 };
    let unit = 10.0_f64.powf(exponent);
    let places = (-(step / unit).log10().floor()).clamp(0.0, 12.0) as usize;
    let text = |v: f64| {
        let text = grouped(&format!("{:.places$}", v / unit + 0.0));
        // Not −0.
        if text.trim_matches(['-', '0', '.']).is_empty() { text.trim_start_matches('-').to_string() } else { text }
    };
    let ticks = values.into_iter().map(|value| Tick { value, text: text(value) }).collect();
    let factor = (exponent != 0.0).then(|| format!("×{}", power_of_ten(exponent as i32)));
    Ruler { scale: Scale::Linear, low, high, ticks, factor }
}

/// Ticks at powers of ten; where few fit in, at 2 and 5 times them as well.
fn logarithmic(low: f64, high: f64, count: usize) -> Ruler {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decades = (high / low).log10();
    let stride = ((f64::from(last - first) / count.max(1) as f64).ceil() as i32).max(1);
    let mut ticks = Vec::new();
    for exponent in first..=last {
        for digit in 1..10 {
            let value = f64::from(digit) * 10.0_f64.powi(exponent);
            if value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9) {
                continue;
            }
            let labelled = match digit {
                1 => exponent.rem_euclid(stride) == 0,
                2 | 5 => decades < 2.5,
                3 | 4 | 7 => decades < 0.7,
                _ => false,
            };
            let text = if labelled { plain(digit, exponent) } else { String::new() };
            if labelled || stride == 1 && decades < 8.0 {
                ticks.push(Tick { value, text });
            }
        }
    }
    Ruler { scale: Scale::Log, low, high, ticks, factor: None }
}

/// `0.002`, `50`, `2·10⁻⁷`.
fn plain(digit: i32, exponent: i32) -> String {
    match exponent {
        0..=4 => grouped(&format!("{}", digit * 10_i32.pow(exponent as u32))),
        -4..=-1 => format!("{:.*}", -exponent as usize, f64::from(digit) * 10.0_f64.powi(exponent)),
        _ if digit == 1 => power_of_ten(exponent),
        _ => format!("{digit}·{}", power_of_ten(exponent)),
    }
}

/// `10⁻⁵`
fn power_of_ten(exponent: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        digit => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit.to_digit(10).unwrap_or(0) as usize],
    };
    format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

/// A number's digits in groups of three, as people read them: `50000` → `50,000`.
///
/// ```
/// assert_eq!(gradus_plot::grouped("-1234567.125"), "-1,234,567.125");
/// ```
pub fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut out = sign.to_string();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ruler: &Ruler) -> Vec<&str> {
        ruler.ticks.iter().map(|tick| tick.text.as_str()).filter(|text| !text.is_empty()).collect()
    }

    fn axis(scale: Scale, range: (f64, f64), ticks: usize) -> Ruler {
        Axis { scale, range: Some(range), ..Axis::default() }.ruler(std::iter::empty(), ticks, true)
    }

    #[test]
    fn ticks_are_round_numbers() {
        for (range, expected) in [
            ((0.0, 50_000.0), &["0", "10,000", "20,000", "30,000", "40,000", "50,000"][..]),
            ((-1.0, 1.0), &["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
            ((2.13, 3.3), &["2.2", "2.4", "2.6", "2.8", "3.0", "3.2"]),
            ((0.0, 3.0), &["0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]),
            ((-2e-6, 2e-6), &["-2", "-1", "0", "1", "2"]),
            ((0.0, 2.5e9), &["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        ] {
            let ruler = axis(Scale::Linear, range, 6);
            assert_eq!(texts(&ruler), expected, "{range:?}");
        }
        assert_eq!(axis(Scale::Linear, (0.0, 2e-6), 6).factor.as_deref(), Some("×10⁻⁶"));
        assert_eq!(texts(&axis(Scale::Log, (1e-3, 2.0), 6)), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(texts(&axis(Scale::Log, (2.0, 30.0), 6)), ["2", "5", "10", "20"]);
        assert_eq!(texts(&axis(Scale::Log, (1e-9, 1.0), 6)), ["10⁻⁸", "10⁻⁶", "0.0001", "0.01", "1"]);
    }

    #[test]
    fn places_run_from_end_to_end() {
        let ruler = axis(Scale::Log, (0.01, 100.0), 5);
        assert!((ruler.share(1.0).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!((ruler.share(0.0), ruler.share(-3.0), ruler.share(f64::NAN)), (None, None, None));
        let ruler = axis(Scale::Linear, (f64::MIN, f64::MAX), 5);
        assert_eq!((ruler.share(f64::MIN), ruler.share(0.0), ruler.share(f64::MAX)), (Some(0.0), Some(0.5), Some(1.0)));
    }

    #[test]
    fn any_data_give_an_axis() {
        for data in
            [&[][..], &[f64::NAN], &[0.0], &[-5.0, -5.0], &[f64::MIN, f64::MAX], &[1e-310, 2e-310], &[1.0, 1.0 + 1e-15]]
        {
            for scale in [Scale::Linear, Scale::Log] {
                let ruler = Axis { scale, ..Axis::default() }.ruler(data.iter().copied(), 5, false);
                assert!(ruler.low < ruler.high, "{data:?}");
                assert!(ruler.ticks.len() < 100, "{data:?}: {}", ruler.ticks.len());
            }
        }
    }
}
