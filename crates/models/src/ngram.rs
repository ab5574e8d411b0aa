//! N-grams by counting (makemore, part 1): P(next | last n − 1) = (N(last, next) + s) / Σ (N(last, ·) + s).
//!
//! The counts are the most likely parameters there are: nothing has to be learned. Smoothing adds s to every count, as if
//! everything had been seen a little.

use crate::language::{Form, LanguageModel};
use gradus_nn::{Module, Param};
use gradus_tensor::random::Generator;
use gradus_tensor::{Array, DType, Error, Result, Tensor, ensure};

/// The longest n-grams that are counted.
pub const MAX_ORDER: usize = 5;
/// The most counts that are kept: half a gigabyte.
const MAX_COUNTS: usize = 1 << 27;

/// The size of the model, and its smoothing.
#[derive(Clone, Debug, PartialEq)]
pub struct NgramConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// n, from 1 to [`MAX_ORDER`]: 2 for bigrams.
    pub order: usize,
    /// What is added to every count.
    pub smoothing: f64,
}

/// The model.
///
/// ```
/// use gradus_models::{Ngram, NgramConfig};
/// let bigrams = Ngram::new(NgramConfig { vocabulary: 3, order: 2, smoothing: 1.0 })?;
/// // The text 1 2 2 between marks: 0→1, 1→2, 2→2, 2→0.
/// bigrams.count(&[0, 1, 2, 2], &[1, 2, 2, 0], 1)?;
/// assert_eq!(bigrams.counts().to_vec::<f32>(), [0.0, 1.0, 0.0, /**/ 0.0, 0.0, 1.0, /**/ 1.0, 0.0, 1.0]);
/// assert_eq!(bigrams.probabilities()?.to_vec::<f32>()[..3], [0.25, 0.5, 0.25]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct Ngram {
    #[module(skip)]
    config: NgramConfig,
    /// `[vocabularyⁿ⁻¹, vocabulary]`: a row for each context, the oldest symbol counting most.
    counts: Param,
}

impl Ngram {
    /// A model that has seen nothing.
    ///
    /// # Errors
    /// For an order outside of 1 to 5, more counts than can be kept, or a smoothing below 0.
    pub fn new(config: NgramConfig) -> Result<Ngram> {
        let NgramConfig { vocabulary, order, smoothing } = config;
        ensure!((1..=MAX_ORDER).contains(&order), "ngram", "the order is {order}; choose 1 to {MAX_ORDER}");
        ensure!(
            smoothing >= 0.0 && smoothing.is_finite(),
            "ngram",
            "the smoothing is {smoothing}; it must be 0 or more"
        );
        let counts = vocabulary.checked_pow(order as u32).filter(|n| *n <= MAX_COUNTS);
        ensure!(
            vocabulary > 0 && counts.is_some(),
            "ngram",
            "{vocabulary} symbols have too many {order}-grams to count; choose a lower order"
        );
        let rows = vocabulary.pow(order as u32 - 1);
        Ok(Ngram { counts: Param::buffer(Tensor::zeros(&[rows, vocabulary])), config })
    }

    /// What it was made with.
    pub fn config(&self) -> &NgramConfig {
        &self.config
    }

    /// Counts examples: contexts `[N, block]` one after the other, of which the last n − 1 symbols matter, and what
    /// follows each `[N]`.
    ///
    /// # Errors
    /// When the contexts are too short or too few, or a symbol is not in the vocabulary.
    pub fn count(&self, contexts: &[i64], targets: &[i64], block: usize) -> Result<()> {
        ensure!(
            contexts.len() == targets.len() * block,
            "ngram",
            "{} symbols are not {} contexts of {block}",
            contexts.len(),
            targets.len()
        );
        // In whole numbers: an f32 stops counting at 2²⁴.
        let mut counts: Vec<u32> = self.counts.value().to_vec::<f32>().iter().map(|&n| n as u32).collect();
        for (i, &target) in targets.iter().enumerate() {
            let row = self.row(&contexts[i * block..][..block])?;
            counts[row * self.config.vocabulary + self.symbol(target)?] += 1;
        }
        let counts: Vec<f32> = counts.iter().map(|&n| n as f32).collect();
        self.counts.set(Tensor::from_slice(&counts, self.counts.value().shape())?);
        Ok(())
    }

    /// The counts, `[vocabularyⁿ⁻¹, vocabulary]`: for bigrams row and column are first and second symbol.
    pub fn counts(&self) -> Tensor {
        self.counts.value()
    }

    /// The probabilities, in the shape of the counts.
    ///
    /// # Errors
    /// When memory cannot hold them.
    pub fn probabilities(&self) -> Result<Tensor> {
        let counts = self.counts();
        let values = counts.to_vec::<f32>();
        let rows = values.chunks_exact(self.config.vocabulary).flat_map(|row| self.distribution(row));
        Tensor::from_slice(&rows.collect::<Vec<f32>>(), counts.shape())
    }

    /// Writes a text as the lecture does, from the start mark to the end mark, both symbol 0: each next symbol by a
    /// search in the cumulative probabilities.
    ///
    /// # Errors
    /// When a probability is no number.
    pub fn sample(&self, longest: usize, rng: &mut Generator) -> Result<Vec<i64>> {
        let (vocabulary, counts) = (self.config.vocabulary, self.counts());
        let counts = counts.array().dense::<f32>();
        let (mut text, mut window) = (Vec::new(), vec![0; self.config.order - 1]);
        while text.len() < longest {
            let share = self.distribution(&counts[self.row(&window)? * vocabulary..][..vocabulary]);
            let mut next = [0];
            rng.fill_multinomial_cumulative(&share, &mut next).map_err(|e| Error::new("ngram", e.to_string()))?;
            if next == [0] {
                break;
            }
            text.extend(next);
            window.extend(next);
            window.remove(0);
        }
        Ok(text)
    }

    /// The probabilities of a row of counts. A context never seen, and nothing added: all are equally likely.
    fn distribution(&self, counts: &[f32]) -> Vec<f32> {
        let smoothed: Vec<f32> = counts.iter().map(|n| n + self.config.smoothing as f32).collect();
        let sum: f32 = smoothed.iter().sum();
        if sum == 0.0 {
            return vec![1.0 / counts.len() as f32; counts.len()];
        }
        smoothed.iter().map(|n| n / sum).collect()
    }

    /// The row of a context, of which the last n − 1 symbols matter.
    fn row(&self, context: &[i64]) -> Result<usize> {
        let (n, block) = (self.config.order - 1, context.len());
        ensure!(block >= n, "ngram", "contexts of {block} symbols are too short for {}-grams", n + 1);
        context[block - n..].iter().try_fold(0, |row, &s| Ok(row * self.config.vocabulary + self.symbol(s)?))
    }

    fn symbol(&self, symbol: i64) -> Result<usize> {
        let vocabulary = self.config.vocabulary;
        let index = usize::try_from(symbol).ok().filter(|&s| s < vocabulary);
        index.ok_or_else(|| {
            Error::new(
                "ngram",
                format!("symbol {symbol} is not in the vocabulary; symbols go from 0 to {}", vocabulary - 1),
            )
        })
    }
}

impl Module for Ngram {
    /// The logarithms of the probabilities, `[B, vocabulary]`, for contexts `[B, block]` (`i64`). Their cross-entropy is
    /// the negative log-likelihood.
    fn forward(&self, contexts: &Tensor) -> Result<Tensor> {
        let &[batch, block] = contexts.shape() else {
            return Err(Error::new("ngram", format!("contexts {:?} must be [batch, block]", contexts.shape())));
        };
        ensure!(contexts.dtype() == DType::I64, "ngram", "symbols must be i64, and these are {}", contexts.dtype());
        let (counts, vocabulary) = (self.counts(), self.config.vocabulary);
        let counts = counts.array().dense::<f32>();
        let contexts = contexts.array().dense::<i64>();
        let rows: Vec<usize> = (0..batch).map(|i| self.row(&contexts[i * block..][..block])).collect::<Result<_>>()?;
        let logs = Array::build(&[batch, vocabulary], |out: &mut [f32]| {
            for (out, row) in out.chunks_exact_mut(vocabulary).zip(rows) {
                let share = self.distribution(&counts[row * vocabulary..][..vocabulary]);
                out.iter_mut().zip(share).for_each(|(out, p)| *out = p.ln());
            }
        });
        Ok(Tensor::from_array(logs).tap("logits"))
    }
}

impl LanguageModel for Ngram {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Contexts { block: (self.config.order - 1).max(1) }
    }
}
