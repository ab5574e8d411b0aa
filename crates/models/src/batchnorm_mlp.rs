//! The MLP with batch normalisation between the hidden layer and its tanh (Ioffe & Szegedy 2015, arXiv:1502.03167;
//! makemore, part 3).
//!
//! Whatever the weights start as, every hidden unit sees values of mean 0 and standard deviation 1 over the batch: tanh
//! is neither saturated nor linear. The hidden layer has no bias, for normalisation would take it away again.

use crate::language::{Form, LanguageModel};
use gradus_nn::init::Init;
use gradus_nn::{BatchNorm, BatchNormConfig, Embedding, Linear, Module, Nonlinearity};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNormMlpConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// How many symbols the model sees.
    pub block: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Units in the hidden layer.
    pub hidden: usize,
}

/// The lecture's normalisation: running means of means and of standard deviations, and no ε.
const NORM: BatchNormConfig =
    BatchNormConfig { momentum: 0.001, eps: 0.0, sample_variance: true, keep_deviation: true, axis: -1, places: 1 };

/// The model.
///
/// ```
/// use gradus_models::{BatchNormMlp, BatchNormMlpConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::random::{Generator, Scheme};
/// let config = BatchNormMlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 200 };
/// let model = BatchNormMlp::new(config, &mut Generator::new(Scheme::Torch, 2147483647))?;
/// assert_eq!(model.parameter_count(), 12_097);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct BatchNormMlp {
    #[module(skip)]
    config: BatchNormMlpConfig,
    embedding: Embedding,
    hidden: Linear,
    norm: BatchNorm,
    output: Linear,
}

impl BatchNormMlp {
    /// A model with weights drawn from `rng` in the order table, hidden weights, output weights and bias.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: BatchNormMlpConfig, rng: &mut Generator) -> Result<BatchNormMlp> {
        let BatchNormMlpConfig { vocabulary, block, embedding, hidden } = config;
        let kaiming = Init::Kaiming { gain: Nonlinearity::Tanh.gain() };
        Ok(BatchNormMlp {
            embedding: Embedding::new(vocabulary, embedding, Init::Normal(1.0), rng)?,
            hidden: Linear::new(block * embedding, hidden, false, kaiming, rng)?,
            norm: BatchNorm::new(hidden, NORM),
            // The bias is drawn and multiplied by 0, so that later draws stay the same as in the lecture.
            output: Linear::with_bias(hidden, vocabulary, Init::Normal(0.01), Some(Init::Normal(0.0)), rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &BatchNormMlpConfig {
        &self.config
    }
}

impl Module for BatchNormMlp {
    /// Logits `[B, vocabulary]` for contexts `[B, block]` (`i64`).
    fn forward(&self, contexts: &Tensor) -> Result<Tensor> {
        let vectors = self.embedding.named("embedding", contexts)?; // [B, block, embedding]
        let x = vectors.flatten(-2, -1)?; // [B, block·embedding]
        let h = self.norm.named("norm", &self.hidden.named("hidden", &x)?)?.tanh().tap("tanh"); // [B, hidden]
        self.output.named("output", &h) // [B, vocabulary]
    }
}

impl LanguageModel for BatchNormMlp {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Contexts { block: self.config.block }
    }
}
