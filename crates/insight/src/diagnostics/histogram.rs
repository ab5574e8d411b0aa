//! How numbers are spread out.

use schemars::JsonSchema;
use serde::Serialize;

/// Bins of a histogram.
const BINS: usize = 50;

/// How many numbers fall into each of some bins of equal width between `low` and `high`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Bins")]
pub struct Histogram {
    /// Where the first bin begins.
    pub low: f64,
    /// Where the last bin ends.
    pub high: f64,
    /// Numbers in each bin. What is not finite is in none.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Of some numbers, from the smallest to the largest; `None` where none is finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (mut low, mut high) = (finite().reduce(f64::min)?, finite().reduce(f64::max)?);
        if low == high {
            // Numbers that are all the same still get a bin with a width, and stand in the middle.
            let room = if low == 0.0 { 1.0 } else { low.abs() };
            (low, high) = (low - room, high + room);
        }
        // Halves first: the difference of two huge numbers may be infinite.
        let scale = BINS as f64 / 2.0 / (high / 2.0 - low / 2.0);
        let mut counts = vec![0; BINS];
        for v in finite() {
            let bin = ((v / 2.0 - low / 2.0) * scale * 2.0) as usize;
            counts[bin.min(BINS - 1)] += 1;
        }
        Some(Histogram { low, high, counts })
    }

    /// The width of a bin.
    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.counts.len().max(1) as f64
    }

    /// The middle of each bin and the density there: shares divided by the bin's width, so that the area is 1.
    pub fn density(&self) -> Vec<(f64, f64)> {
        let (width, total) = (self.width(), self.counts.iter().sum::<u64>().max(1) as f64);
        let middle = |i: usize| self.low + (i as f64 + 0.5) * width;
        self.counts.iter().enumerate().map(|(i, &count)| (middle(i), count as f64 / total / width)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_number_is_in_one_bin() {
        let values = [0.0, 0.5, 1.0, 1.0, f64::NAN, f64::NEG_INFINITY];
        let h = Histogram::of(&values).unwrap();
        assert_eq!((h.low, h.high, h.counts.len()), (0.0, 1.0, BINS));
        assert_eq!((h.counts[0], h.counts[25], h.counts[49]), (1, 1, 2));
        assert_eq!(h.counts.iter().sum::<u64>(), 4);
        let area: f64 = h.density().iter().map(|(_, density)| density * h.width()).sum();
        assert!((area - 1.0).abs() < 1e-12);
    }

    #[test]
    fn numbers_without_a_spread_or_with_a_huge_one_have_bins_too() {
        for same in [0.0, 3.0, -1e-30] {
            let h = Histogram::of(&[same; 5]).unwrap();
            assert!(h.low < same && same < h.high, "{h:?}");
            assert_eq!(h.counts.iter().sum::<u64>(), 5);
        }
        let h = Histogram::of(&[f64::MIN, 0.0, f64::MAX]).unwrap();
        assert_eq!((h.counts[0], h.counts[25], h.counts[49]), (1, 1, 1));
        assert_eq!(Histogram::of(&[f64::NAN]), None);
    }
}
