//! Numbers as people read them.

/// A number with so many significant digits, without an exponent where it is of a usual size.
pub fn figure(v: f64, digits: usize) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    let exponent = v.abs().log10().floor() as i32;
    if !(-3..6).contains(&exponent) {
        return format!("{v:.*e}", digits.saturating_sub(2));
    }
    format!("{v:.*}", (digits as i32 - 1 - exponent).clamp(0, 6) as usize)
}

/// Steps a second: whole ones, where there are many.
pub fn pace(speed: f64) -> String {
    if speed < 10.0 { figure(speed, 2) } else { grouped(speed as u64) }
}

/// `200000` → `200,000`.
pub(crate) fn grouped(n: u64) -> String {
    gradus_plot::grouped(&n.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_their_digits() {
        for (v, text) in [
            (0.0, "0"),
            (1.23456, "1.235"),
            (-0.001_234_56, "-0.001235"),
            (-0.000_123_456, "-1.23e-4"),
            (123_456.7, "123457"),
            (1.5e-9, "1.50e-9"),
        ] {
            assert_eq!(figure(v, 4), text);
        }
    }
}
