//! Bigrams learned by gradient descent: one linear layer from a symbol to the logits of the next (makemore, part 1).
//!
//! The symbol enters as a one-hot vector, so that x·W is row x of W: the logarithms of the counts that
//! [`crate::ngram`] writes down, found by another way. Descent on the loss leads to the same probabilities, and a pull of
//! W towards 0 does what smoothing does to the counts.

use crate::language::{Form, LanguageModel};
use gradus_nn::init::Init;
use gradus_nn::{Embedding, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor, ensure};

/// The size of the model, and how it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct BigramConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// Standard normal in the lecture, 0 in makemore.py.
    pub init: Init,
}

/// The model.
///
/// ```
/// use gradus_models::{Bigram, BigramConfig};
/// use gradus_nn::{Module, init::Init};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = BigramConfig { vocabulary: 27, init: Init::Normal(1.0) };
/// let model = Bigram::new(config, &mut Generator::new(Scheme::Torch, 2147483647))?;
/// assert_eq!(model.parameter_count(), 729);
/// assert_eq!(model.forward(&Tensor::from_slice(&[5_i64, 13], &[2, 1])?)?.shape(), [2, 27]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct Bigram {
    #[module(skip)]
    config: BigramConfig,
    logits: Embedding,
}

impl Bigram {
    /// A model with weights `[vocabulary, vocabulary]` drawn from `rng`.
    ///
    /// # Errors
    /// When the size is impossible.
    pub fn new(config: BigramConfig, rng: &mut Generator) -> Result<Bigram> {
        let logits = Embedding::new(config.vocabulary, config.vocabulary, config.init, rng)?;
        Ok(Bigram { config, logits })
    }

    /// The size it was made with.
    pub fn config(&self) -> &BigramConfig {
        &self.config
    }

    /// The loss over all bigrams at once, seen through their counts N `[vocabulary, vocabulary]`, with a pull on the
    /// weights: Σ −log softmax(W) · N / ΣN + decay·mean(W²). The same number as the cross-entropy over the bigrams one by
    /// one, for a table's worth of work.
    ///
    /// # Errors
    /// When the counts are not one for each bigram.
    pub fn full_batch_loss(&self, counts: &Tensor, decay: f64) -> Result<Tensor> {
        let weight = self.logits.weight.value();
        ensure!(
            counts.shape() == weight.shape(),
            "bigram",
            "counts {:?} must be {:?}, one for each bigram",
            counts.shape(),
            weight.shape()
        );
        let share = counts / counts.sum().item()?;
        let loss = -(share * weight.log_softmax(-1)?).sum();
        Ok(loss + (&weight * &weight).mean() * decay)
    }
}

impl Module for Bigram {
    /// Logits `[B, vocabulary]` for symbols `[B, 1]` (`i64`).
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        self.logits.named("logits", &symbols.squeeze(-1)?)
    }
}

impl LanguageModel for Bigram {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Contexts { block: 1 }
    }
}
