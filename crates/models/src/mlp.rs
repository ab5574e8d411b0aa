//! A neural probabilistic language model (Bengio, Ducharme, Vincent & Jauvin 2003, JMLR 3:1137–1155).
//!
//! Each of the last `block` symbols is looked up in a table of learned vectors; the vectors, side by side, pass a
//! hidden layer with tanh, and an output layer gives one logit for each possible next symbol.

use crate::language::{Form, LanguageModel};
use gradus_nn::init::Init;
use gradus_nn::{Embedding, Linear, Module, Nonlinearity};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// How many symbols the model sees.
    pub block: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Units in the hidden layer.
    pub hidden: usize,
    /// How the weights start.
    pub init: MlpInit,
}

/// The steps of the ladder that leads from weights as first written to ones that train well from the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MlpInit {
    /// Everything standard normal: the logits start huge (the model is confidently wrong) and tanh saturated.
    AsWritten,
    /// The output layer small (0.01), its bias 0: the first loss is near ln(vocabulary).
    SmallOutput,
    /// The hidden layer small too (0.2, its bias 0.01): tanh starts unsaturated.
    SmallHidden,
    /// The hidden layer scaled by 5/3 / √fan_in instead of by hand (He et al. 2015).
    Kaiming,
}

/// The model.
///
/// ```
/// use gradus_models::mlp::{Mlp, MlpConfig, MlpInit};
/// use gradus_nn::Module;
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = MlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 200, init: MlpInit::Kaiming };
/// let model = Mlp::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// assert_eq!(model.parameter_count(), 11_897);
/// let logits = model.forward(&Tensor::from_slice(&[0_i64, 0, 0], &[1, 3])?)?;
/// assert_eq!(logits.shape(), [1, 27]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct Mlp {
    #[module(skip)]
    config: MlpConfig,
    embedding: Embedding,
    hidden: Linear,
    output: Linear,
}

impl Mlp {
    /// A model with weights drawn from `rng` in the order table, hidden weights and bias, output weights and bias.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: MlpConfig, rng: &mut Generator) -> Result<Mlp> {
        let MlpConfig { vocabulary, block, embedding, hidden, init } = config;
        let unit = Init::Normal(1.0);
        let (hidden_weight, hidden_bias) = match init {
            MlpInit::AsWritten | MlpInit::SmallOutput => (unit, unit),
            MlpInit::SmallHidden => (Init::Normal(0.2), Init::Normal(0.01)),
            MlpInit::Kaiming => (Init::Kaiming { gain: Nonlinearity::Tanh.gain() }, Init::Normal(0.01)),
        };
        let (output_weight, output_bias) = match init {
            MlpInit::AsWritten => (unit, unit),
            // Drawn and multiplied by 0, so that later draws stay the same as in the lecture.
            _ => (Init::Normal(0.01), Init::Normal(0.0)),
        };
        Ok(Mlp {
            embedding: Embedding::new(vocabulary, embedding, unit, rng)?,
            hidden: Linear::with_bias(block * embedding, hidden, hidden_weight, Some(hidden_bias), rng)?,
            output: Linear::with_bias(hidden, vocabulary, output_weight, Some(output_bias), rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &MlpConfig {
        &self.config
    }
}

impl Module for Mlp {
    /// Logits `[B, vocabulary]` for contexts `[B, block]` (`i64`).
    fn forward(&self, contexts: &Tensor) -> Result<Tensor> {
        let vectors = self.embedding.named("embedding", contexts)?; // [B, block, embedding]
        let x = vectors.flatten(-2, -1)?; // [B, block·embedding]
        let h = self.hidden.named("hidden", &x)?.tanh().tap("tanh"); // [B, hidden]
        self.output.named("output", &h) // [B, vocabulary]
    }
}

impl LanguageModel for Mlp {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Contexts { block: self.config.block }
    }
}
