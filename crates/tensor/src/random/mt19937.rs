//! The Mersenne Twister, the engine under PyTorch's CPU generator and Python's `random`.
//!
//! M. Matsumoto, T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
//! pseudo-random number generator", ACM TOMACS 8(1), 1998. Both libraries step it alike and differ
//! only in how a seed becomes the first state, hence the two constructors.

/// Words of state.
pub(super) const WORDS: usize = 624;
const SHIFT: usize = 397;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mt19937 {
    state: Box<[u32; WORDS]>,
    /// Words already given out of the present state; `WORDS` asks for the next state.
    used: usize,
}

impl Mt19937 {
    /// Seeded with one word (`init_genrand`), as `torch.Generator.manual_seed` does.
    pub(super) fn from_word(seed: u32) -> Self {
        let mut state = Box::new([0; WORDS]);
        state[0] = seed;
        for i in 1..WORDS {
            let previous: u32 = state[i - 1];
            state[i] = (previous ^ (previous >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { state, used: WORDS }
    }

    /// Seeded with a key of any length (`init_by_array`), as Python's `random.seed` does.
    pub(super) fn from_key(key: &[u32]) -> Self {
        assert!(!key.is_empty(), "a key has at least one word");
        let mut engine = Self::from_word(19_650_218);
        let state = &mut engine.state;
        let mut i = 1;
        for k in 0..WORDS.max(key.len()) {
            let j = k % key.len();
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_664_525);
            state[i] = (state[i] ^ mixed).wrapping_add(key[j]).wrapping_add(j as u32);
            i = Self::next_slot(state, i);
        }
        for _ in 1..WORDS {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_566_083_941);
            state[i] = (state[i] ^ mixed).wrapping_sub(i as u32);
            i = Self::next_slot(state, i);
        }
        state[0] = 1 << 31;
        engine
    }

    /// Slots 1, 2, …, 623 in a circle; slot 0 carries the last word over the seam.
    fn next_slot(state: &mut [u32; WORDS], i: usize) -> usize {
        if i + 1 < WORDS {
            return i + 1;
        }
        state[0] = state[WORDS - 1];
        1
    }

    #[inline]
    pub(super) fn next_u32(&mut self) -> u32 {
        if self.used == WORDS {
            self.advance();
        }
        let mut y = self.state[self.used];
        self.used += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn advance(&mut self) {
        let s = &mut self.state;
        let twist = |upper: u32, lower: u32| {
            let y = (upper & 0x8000_0000) | (lower & 0x7fff_ffff);
            (y >> 1) ^ (0x9908_b0df & (lower & 1).wrapping_neg())
        };
        for i in 0..WORDS - SHIFT {
            s[i] = s[i + SHIFT] ^ twist(s[i], s[i + 1]);
        }
        for i in WORDS - SHIFT..WORDS - 1 {
            s[i] = s[i + SHIFT - WORDS] ^ twist(s[i], s[i + 1]);
        }
        s[WORDS - 1] = s[SHIFT - 1] ^ twist(s[WORDS - 1], s[0]);
        self.used = 0;
    }

    /// The state's words and how many of them are given out.
    pub(super) fn parts(&self) -> (&[u32; WORDS], usize) {
        (&self.state, self.used)
    }

    /// The engine with that state; `None` where more words are said to be used than there are.
    pub(super) fn from_parts(state: Box<[u32; WORDS]>, used: usize) -> Option<Self> {
        (used <= WORDS).then_some(Self { state, used })
    }
}

#[cfg(test)]
mod tests {
    use super::Mt19937;

    /// The first and the 10,000th output for seed 5489, as the C++ standard prescribes ([rand.predef]).
    #[test]
    fn agrees_with_the_standard() {
        let mut engine = Mt19937::from_word(5489);
        let outputs: Vec<u32> = (0..10_000).map(|_| engine.next_u32()).collect();
        assert_eq!(outputs[0], 3_499_211_612);
        assert_eq!(outputs[9_999], 4_123_659_995);
    }

    /// The head of `mt19937ar.out`, which the authors publish beside their code.
    #[test]
    fn agrees_with_the_authors_key() {
        let mut engine = Mt19937::from_key(&[0x123, 0x234, 0x345, 0x456]);
        let outputs: Vec<u32> = (0..5).map(|_| engine.next_u32()).collect();
        assert_eq!(outputs, [1_067_595_299, 955_945_823, 477_289_528, 4_107_218_783, 4_228_976_476]);
    }
}
