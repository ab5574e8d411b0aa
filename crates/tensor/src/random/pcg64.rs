//! PCG64 DXSM, the engine of the `gradus` scheme: 128 bits of state, 64 bits out, about a
//! nanosecond a draw, and a family of 2¹²⁷ separate sequences.
//!
//! M. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
//! Random Number Generation", 2014; the DXSM output with the cheap multiplier is her later variant,
//! the same that NumPy calls `PCG64DXSM` (from the same state the two draw the same numbers).

const MULTIPLIER: u64 = 0xda94_2042_e4dd_58b5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pcg64 {
    state: u128,
    /// Odd; each increment is a sequence of its own.
    increment: u128,
}

impl Pcg64 {
    pub(super) fn new(state: u128, increment: u128) -> Self {
        let increment = increment | 1;
        Self { state, increment }
    }

    /// State and increment are both spread from the seed, so that neighbouring seeds share nothing.
    pub(super) fn from_seed(seed: u64) -> Self {
        let mut mixer = seed;
        let mut word = || u128::from(split_mix(&mut mixer));
        let state = (word() << 64) | word();
        let increment = (word() << 64) | word();
        Self::new(state, increment)
    }

    #[inline]
    pub(super) fn next_u64(&mut self) -> u64 {
        let mut high = (self.state >> 64) as u64;
        let low = self.state as u64 | 1;
        high ^= high >> 32;
        high = high.wrapping_mul(MULTIPLIER);
        high ^= high >> 48;
        self.state = self.state.wrapping_mul(u128::from(MULTIPLIER)).wrapping_add(self.increment);
        high.wrapping_mul(low)
    }

    pub(super) fn parts(&self) -> (u128, u128) {
        (self.state, self.increment)
    }
}

/// SplitMix64: one step of a 64-bit counter, well mixed (G. Steele, D. Lea, C. Flood, "Fast
/// splittable pseudorandom number generators", OOPSLA 2014).
pub(super) fn split_mix(counter: &mut u64) -> u64 {
    *counter = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *counter;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Pcg64, split_mix};

    /// Reference outputs of SplitMix64 for seed 1234567, as published with the algorithm's tests.
    #[test]
    fn split_mix_agrees_with_its_reference() {
        let mut counter = 1_234_567;
        let outputs: Vec<u64> = (0..3).map(|_| split_mix(&mut counter)).collect();
        assert_eq!(outputs, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    /// NumPy's `PCG64DXSM` (2.4.6) with the same state and increment.
    #[test]
    fn agrees_with_numpy() {
        let mut engine =
            Pcg64::new(0x1234_5678_9abc_def0_fedc_ba98_7654_3210, 0xdead_beef_cafe_f00d_1234_5678_90ab_cdef);
        let outputs: Vec<u64> = (0..4).map(|_| engine.next_u64()).collect();
        assert_eq!(
            outputs,
            [
                18_298_504_496_495_757_902,
                452_751_575_808_130_413,
                18_260_569_090_456_729_889,
                3_981_290_824_430_995_083
            ]
        );
    }

    #[test]
    fn the_increment_is_odd() {
        assert_eq!(Pcg64::new(0, 4).parts(), (0, 5));
    }
}
