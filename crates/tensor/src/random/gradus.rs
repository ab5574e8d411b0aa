//! The `gradus` scheme: one 64-bit draw a value, whatever its kind, so that drawing five values and
//! then three is drawing eight, and nothing waits between two calls.

use super::{
    Real,
    pcg64::Pcg64,
    quantile::{BLOCK, normal_quantiles},
};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct GradusDraws {
    pub(super) engine: Pcg64,
}

impl GradusDraws {
    pub(super) fn new(seed: u64) -> Self {
        Self { engine: Pcg64::from_seed(seed) }
    }

    #[inline]
    pub(super) fn next_u64(&mut self) -> u64 {
        self.engine.next_u64()
    }

    /// The bits of a number in [0, 1), in units of 2⁻⁵³.
    #[inline]
    pub(super) fn bits_53(&mut self) -> u64 {
        self.next_u64() >> 11
    }

    /// One number in [0, 1).
    #[inline]
    pub(super) fn unit<T: Real>(&mut self) -> T {
        T::unit_from_u64(self.next_u64())
    }

    pub(super) fn rand<T: Real>(&mut self, out: &mut [T]) {
        out.fill_with(|| self.unit());
    }

    pub(super) fn uniform<T: Real>(&mut self, low: f64, high: f64, out: &mut [T]) {
        out.fill_with(|| T::from_f64(low + (high - low) * self.unit::<f64>()));
    }

    /// The normal quantile of a uniform number that is never 0 or 1.
    pub(super) fn normal<T: Real>(&mut self, mean: f64, std: f64, out: &mut [T]) {
        for block in out.chunks_mut(BLOCK) {
            let mut z = [0.0; BLOCK];
            for q in &mut z[..block.len()] {
                // (2i + 1)·2⁻⁵⁴ with i from −2⁵² to 2⁵² − 1: symmetric, exact, inside ±½.
                let i = self.next_u64() as i64 >> 11;
                *q = (2 * i + 1) as f64 / (1_u64 << 54) as f64;
            }
            normal_quantiles(&mut z);
            for (value, z) in block.iter_mut().zip(z) {
                *value = T::from_f64(z * std + mean);
            }
        }
    }

    pub(super) fn exponential(&mut self, rate: f64) -> f64 {
        -(-self.unit::<f64>()).ln_1p() / rate
    }

    /// Unbiased and almost always without a division (D. Lemire, "Fast random integer generation
    /// in an interval", ACM TOMACS 29(1), 2019). `range` is not 0.
    #[inline]
    pub(super) fn below(&mut self, range: u64) -> u64 {
        let wide = |x: u64| u128::from(x) * u128::from(range);
        let mut product = wide(self.next_u64());
        if (product as u64) < range {
            let threshold = range.wrapping_neg() % range;
            while (product as u64) < threshold {
                product = wide(self.next_u64());
            }
        }
        (product >> 64) as u64
    }

    /// Fisher–Yates.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        let n = items.len();
        for i in 0..n.saturating_sub(1) {
            let z = self.below((n - i) as u64);
            items.swap(i, i + z as usize);
        }
    }
}
