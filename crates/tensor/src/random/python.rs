//! The draws of Python's `random.Random`.

use super::mt19937::Mt19937;
use std::f64::consts::TAU;

/// Python's `random.Random(seed)` for a whole-number seed: the same shuffle, the same choices.
///
/// The course splits its names with `random.seed(42); random.shuffle(words)`, and this decides which
/// names stand in which part.
///
/// ```
/// use gradus_tensor::random::PythonRandom;
///
/// let mut words = vec!["ada", "bea", "cleo", "dora", "emma"];
/// PythonRandom::new(42).shuffle(&mut words);
/// assert_eq!(words, ["dora", "bea", "cleo", "emma", "ada"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PythonRandom {
    engine: Mt19937,
    /// The second half of a pair, waiting for the next call of `gauss`.
    next_gauss: Option<f64>,
}

impl PythonRandom {
    /// `random.Random(seed)`. Python takes a seed's absolute value, so −42 and 42 are the same.
    pub fn new(seed: u64) -> Self {
        let words = [seed as u32, (seed >> 32) as u32];
        let used = if words[1] == 0 { 1 } else { 2 };
        Self { engine: Mt19937::from_key(&words[..used]), next_gauss: None }
    }

    /// `random()`: a number in [0, 1) with 53 bits.
    pub fn random(&mut self) -> f64 {
        let high = f64::from(self.engine.next_u32() >> 5);
        let low = f64::from(self.engine.next_u32() >> 6);
        (high * f64::from(1 << 26) + low) / (1_u64 << 53) as f64
    }

    /// `getrandbits(k)` for `k` up to 64; 0 for `k` = 0.
    ///
    /// # Panics
    /// If `k` is above 64.
    pub fn getrandbits(&mut self, k: u32) -> u64 {
        assert!(k <= 64, "getrandbits: {k} bits do not fit a u64");
        let mut word = |bits: u32| u64::from(self.engine.next_u32() >> (32 - bits));
        match k {
            0 => 0,
            1..=32 => word(k),
            _ => word(32) | word(k - 32) << 32,
        }
    }

    /// A whole number below `n` (`_randbelow`); 0 for `n` = 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let bits = u64::BITS - n.leading_zeros();
        loop {
            let draw = self.getrandbits(bits);
            if draw < n {
                return draw;
            }
        }
    }

    /// `randint(low, high)`: a whole number from `low` to `high`, both included; `low` where the
    /// bounds are out of order.
    pub fn randint(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low);
        if high < low {
            return low;
        }
        let offset = match width.checked_add(1) {
            Some(count) => self.below(count),
            None => self.below_two_to_64(),
        };
        low.wrapping_add_unsigned(offset)
    }

    /// `_randbelow(2**64)`: Python asks for 65 bits and throws away those that are too large.
    fn below_two_to_64(&mut self) -> u64 {
        loop {
            let draw = self.getrandbits(64);
            if self.getrandbits(1) == 0 {
                return draw;
            }
        }
    }

    /// `choice(items)`; `None` where there is nothing to choose from.
    pub fn choice<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() {
            return None;
        }
        Some(&items[self.below(items.len() as u64) as usize])
    }

    /// `shuffle(items)`, in place.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u64 + 1) as usize;
            items.swap(i, j);
        }
    }

    /// The place that `choices` with these weights picks: one uniform number, searched for in the running sum.
    ///
    /// # Panics
    /// Where there is no weight, or they do not add up to something above 0.
    pub fn choice_by_weight(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().fold(0.0, |sum, weight| sum + weight);
        assert!(total > 0.0 && total.is_finite(), "weights must add up to something above 0, found {total}");
        let (wanted, mut sum) = (self.random() * total, 0.0);
        let place = weights.iter().position(|weight| {
            sum += weight;
            wanted < sum
        });
        place.unwrap_or(weights.len() - 1)
    }

    /// `uniform(low, high)`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random()
    }

    /// `gauss(mean, std)`. Normal numbers come in pairs; the second one waits for the next call.
    pub fn gauss(&mut self, mean: f64, std: f64) -> f64 {
        let z = self.next_gauss.take().unwrap_or_else(|| {
            let angle = self.random() * TAU;
            let radius = (-2.0 * (1.0 - self.random()).ln()).sqrt();
            self.next_gauss = Some(angle.sin() * radius);
            angle.cos() * radius
        });
        mean + z * std
    }
}
