//! Saving a generator in a checkpoint and going on from it with exactly the same bits.

use super::{
    Draws, Generator, RandomError,
    gradus::GradusDraws,
    mt19937::{Mt19937, WORDS},
    pcg64::Pcg64,
    torch::TorchDraws,
};

/// Marks the bytes as a generator's, with the version of their layout.
const MAGIC: &[u8; 8] = b"GRADRNG\x01";
const GRADUS: u8 = 0;
const TORCH: u8 = 1;

impl Generator {
    /// Everything the generator is, as bytes: 49 in the `gradus` scheme, 2,524 in the `torch` one.
    ///
    /// ```
    /// use gradus_tensor::random::{Generator, Scheme};
    ///
    /// let mut g = Generator::new(Scheme::Torch, 1);
    /// let mut start = [0.0_f32; 3];
    /// g.fill_randn(&mut start); // leaves the second half of a pair waiting
    /// let saved = g.state();
    ///
    /// let (mut here, mut there) = ([0.0_f64; 7], [0.0_f64; 7]);
    /// g.fill_randn(&mut here);
    /// Generator::from_state(&saved)?.fill_randn(&mut there);
    /// assert_eq!(here, there);
    /// # Ok::<(), gradus_tensor::random::RandomError>(())
    /// ```
    pub fn state(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        match &self.draws {
            Draws::Gradus(draws) => {
                bytes.push(GRADUS);
                bytes.extend(self.seed.to_le_bytes());
                let (state, increment) = draws.engine.parts();
                bytes.extend(state.to_le_bytes());
                bytes.extend(increment.to_le_bytes());
            }
            Draws::Torch(draws) => {
                bytes.push(TORCH);
                bytes.extend(self.seed.to_le_bytes());
                let (words, used) = draws.engine.parts();
                bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
                bytes.extend((used as u16).to_le_bytes());
                bytes.push(u8::from(draws.next_normal.is_some()));
                bytes.extend(draws.next_normal.unwrap_or(0.0).to_le_bytes());
            }
        }
        bytes
    }

    /// The generator that [`Generator::state`] saved.
    ///
    /// # Errors
    /// Where the bytes are not those of a generator, are cut off or contradict themselves.
    pub fn from_state(bytes: &[u8]) -> Result<Self, RandomError> {
        let mut reader = Reader(bytes);
        if reader.take::<8>()? != *MAGIC {
            return Err(RandomError::State("the bytes do not begin as a saved generator does"));
        }
        let [scheme] = reader.take()?;
        let seed = u64::from_le_bytes(reader.take()?);
        let draws = match scheme {
            GRADUS => Draws::Gradus(reader.gradus()?),
            TORCH => Draws::Torch(reader.torch()?),
            _ => return Err(RandomError::State("it names an unknown scheme")),
        };
        if !reader.0.is_empty() {
            return Err(RandomError::State("bytes are left over at the end"));
        }
        Ok(Self { seed, draws })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], RandomError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(RandomError::State("the bytes are cut off"))?;
        self.0 = rest;
        Ok(*head)
    }

    fn gradus(&mut self) -> Result<GradusDraws, RandomError> {
        let state = u128::from_le_bytes(self.take()?);
        let increment = u128::from_le_bytes(self.take()?);
        if increment % 2 == 0 {
            return Err(RandomError::State("the increment is even"));
        }
        Ok(GradusDraws { engine: Pcg64::new(state, increment) })
    }

    fn torch(&mut self) -> Result<TorchDraws, RandomError> {
        let mut words = Box::new([0; WORDS]);
        for word in words.iter_mut() {
            *word = u32::from_le_bytes(self.take()?);
        }
        let used = usize::from(u16::from_le_bytes(self.take()?));
        let engine =
            Mt19937::from_parts(words, used).ok_or(RandomError::State("more words are used than there are"))?;
        let waiting = self.take()?;
        let value = f64::from_le_bytes(self.take()?);
        let next_normal = match waiting {
            [0] => None,
            [1] => Some(value),
            _ => return Err(RandomError::State("a yes-or-no byte is neither")),
        };
        Ok(TorchDraws { engine, next_normal })
    }
}
