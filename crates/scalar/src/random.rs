//! A small seeded random-number generator, so that the crate stands alone.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a
/// counter, well mixed. Enough for first weights and examples, not for secrets.
///
/// ```
/// use gradus_scalar::Random;
///
/// let mut random = Random::new(42);
/// let weights: Vec<f64> = (0..1000).map(|_| random.uniform(-1.0, 1.0)).collect();
/// assert!(weights.iter().all(|w| (-1.0..1.0).contains(w)));
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator whose numbers depend on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from the half-open range [`low`, `high`).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        // 53 bits: as many as an f64 between 0 and 1 can tell apart.
        let unit = (self.bits() >> 11) as f64 / (1u64 << 53) as f64;
        low + (high - low) * unit
    }
}
