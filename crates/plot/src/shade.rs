//! Which number has which colour, and the bar that says so.

use crate::colour::{Colour, diverging, sequential};
use crate::picture::{Anchor, Line, Shape};

const SMALL: f64 = 10.0;
/// Steps of the colour bar.
const STEPS: usize = 64;
const THICK: f64 = 10.0;

/// From numbers to colours: blue for negative and orange for positive numbers, or the darker the larger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shade {
    low: f64,
    high: f64,
    signed: bool,
}

impl Shade {
    /// For these numbers: about 0 where some are negative, else from 0 up.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut size, mut signed) = (0.0_f64, false);
        for v in values.into_iter().filter(|v| v.is_finite()) {
            (size, signed) = (size.max(v.abs()), signed || v < 0.0);
        }
        Shade { low: if signed { -size } else { 0.0 }, high: size, signed }
    }

    /// Blue from `-size`, white for 0, orange up to `size`.
    pub fn signed(size: f64) -> Self {
        Shade { low: -size.abs(), high: size.abs(), signed: true }
    }

    /// White for `low`, dark blue for `high`.
    pub fn between(low: f64, high: f64) -> Self {
        Shade { low, high, signed: false }
    }

    /// The colour of a number; what is none is grey.
    pub fn colour(&self, v: f64) -> u32 {
        // Halves, so that the distance between the ends is a number too.
        let share = (v / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        match share {
            _ if !v.is_finite() => 0xb0_b0_b0,
            // A single number everywhere has no ends: it is the middle, or the least.
            share if !share.is_finite() => {
                if self.signed {
                    diverging(0.0)
                } else {
                    sequential(0.0)
                }
            }
            share if self.signed => diverging(2.0 * share - 1.0),
            share => sequential(share),
        }
    }

    /// The colours from left to right with the numbers they stand for, `room` wide at most; gives the height of its lower
    /// edge.
    pub(crate) fn bar(&self, shapes: &mut Vec<Shape>, (left, top): (f64, f64), room: f64, unit: &str) -> f64 {
        let width = room.clamp(120.0, 260.0);
        let colours = (0..STEPS).map(|i| self.step(i)).collect();
        shapes.push(Shape::Cells { corner: (left, top), width, height: THICK, columns: STEPS, colours });
        let mut text = |x: f64, text: String, anchor| {
            shapes.push(Shape::text((x, top + THICK + SMALL + 3.0), text, SMALL, anchor, Colour::Muted));
        };
        text(left, number(self.low), Anchor::Start);
        if self.signed {
            text(left + width / 2.0, "0".to_string(), Anchor::Middle);
        }
        text(left + width, number(self.high), Anchor::End);
        if !unit.is_empty() {
            text(left + width + 10.0, unit.to_string(), Anchor::Start);
        }
        top + THICK + SMALL + 5.0
    }

    /// The colours from bottom to top, with the numbers they stand for beside them.
    pub(crate) fn upright_bar(&self, shapes: &mut Vec<Shape>, (left, top): (f64, f64), height: f64, label: &str) {
        let colours = (0..STEPS).rev().map(|i| self.step(i)).collect();
        shapes.push(Shape::Cells { corner: (left, top), width: THICK, height, columns: 1, colours });
        let line = Some(Line::new(Colour::Muted, 0.8));
        shapes.push(Shape::Rect { corner: (left, top), width: THICK, height, radius: 0.0, fill: None, line });
        let shares: &[f64] = if self.signed { &[0.0, 0.25, 0.5, 0.75, 1.0] } else { &[0.0, 0.5, 1.0] };
        for share in shares {
            let at = (left + THICK + 4.0, top + height * (1.0 - share) + 0.35 * SMALL);
            let value = self.low + (self.high - self.low) * share;
            shapes.push(Shape::text(at, number(value), SMALL, Anchor::Start, Colour::Muted));
        }
        let at = (left + UPRIGHT - 4.0, top + height / 2.0);
        shapes.push(Shape::Text {
            at,
            text: label.to_string(),
            size: SMALL,
            anchor: Anchor::Middle,
            colour: Colour::Ink,
            turned: true,
        });
    }

    fn step(&self, i: usize) -> u32 {
        let share = i as f64 / (STEPS - 1) as f64;
        if self.signed { diverging(2.0 * share - 1.0) } else { sequential(share) }
    }
}

/// The room that an upright bar takes from left to right.
pub(crate) const UPRIGHT: f64 = 76.0;

/// Four significant digits at most.
pub(crate) fn number(v: f64) -> String {
    match v.abs() {
        0.0 => "0".to_string(),
        a if !(1e-3..1e6).contains(&a) => format!("{v:.2e}"),
        _ if v == v.round() => format!("{v}"),
        a => {
            let text = format!("{v:.*}", (3.0 - a.log10().floor()).clamp(0.0, 6.0) as usize);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_numbers_lie_about_zero_and_others_above_it() {
        let signed = Shade::of([-1.0, 4.0, f64::NAN]);
        assert_eq!((signed.colour(0.0), signed.colour(4.0)), (diverging(0.0), diverging(1.0)));
        assert_eq!(signed.colour(-4.0), diverging(-1.0));
        let sizes = Shade::of([1.0, 4.0]);
        assert_eq!(
            (sizes.colour(0.0), sizes.colour(4.0), sizes.colour(2.0)),
            (sequential(0.0), sequential(1.0), sequential(0.5))
        );
        assert_eq!(Shade::between(0.2, 0.6).colour(0.4), sequential(0.5));
        assert_eq!(Shade::of([0.0]).colour(0.0), sequential(0.0));
        assert_eq!(Shade::of([f64::MIN, f64::MAX]).colour(f64::MAX), diverging(1.0));
    }
}
