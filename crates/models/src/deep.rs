//! A deep stack of tanh layers, with and without batch normalisation (makemore, part 3).
//!
//! Without it, the gain of every layer decides whether activations and gradients vanish or explode on their way through
//! the stack; with it, hardly anything does. That is what its histograms are for.

use crate::language::{Form, LanguageModel};
use crate::layer::Layer;
use gradus_nn::init::Init;
use gradus_nn::{BatchNormConfig, Embedding, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// The sizes of the model, and how it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct DeepMlpConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// How many symbols the model sees.
    pub block: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Units in each hidden layer.
    pub hidden: usize,
    /// Number of hidden layers.
    pub layers: usize,
    /// Whether every linear layer, the output's too, is normalised; if not, they have biases.
    pub batch_norm: bool,
    /// Hidden weights start with standard deviation gain/√fan_in. The lecture's are 1 with batch normalisation, 5/3
    /// without.
    pub gain: f64,
}

/// The output layer starts at this share, so that the first predictions are not confident.
const OUTPUT_SCALE: f64 = 0.1;

/// The model.
///
/// ```
/// use gradus_models::{DeepMlp, DeepMlpConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::random::{Generator, Scheme};
/// let config =
///     DeepMlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden: 100, layers: 5, batch_norm: true, gain: 1.0 };
/// let model = DeepMlp::new(config, &mut Generator::new(Scheme::Torch, 2147483647))?;
/// assert_eq!(model.parameter_count(), 47_024);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct DeepMlp {
    #[module(skip)]
    config: DeepMlpConfig,
    embedding: Embedding,
    hidden: Vec<Layer>,
    output: Layer,
}

impl DeepMlp {
    /// A model with weights drawn from `rng` in the order table, hidden layers, output layer.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: DeepMlpConfig, rng: &mut Generator) -> Result<DeepMlp> {
        let DeepMlpConfig { vocabulary, block, hidden, layers, batch_norm, gain, .. } = config;
        let embedding = Embedding::new(vocabulary, config.embedding, Init::Normal(1.0), rng)?;
        let width = |layer: usize| if layer == 0 { block * config.embedding } else { hidden };
        let norm = batch_norm.then(BatchNormConfig::default);
        let stack = (0..layers).map(|i| Layer::hidden(width(i), hidden, norm, gain, rng)).collect::<Result<_>>()?;
        let output = Layer::output(width(layers), vocabulary, norm, 1.0, rng)?;
        // Where normalisation would undo a small weight, its scale is small instead.
        let last = output.norm.as_ref().map_or(&output.linear.weight, |norm| &norm.weight);
        last.set(last.value().detach() * OUTPUT_SCALE);
        Ok(DeepMlp { config, embedding, hidden: stack, output })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &DeepMlpConfig {
        &self.config
    }
}

impl Module for DeepMlp {
    /// Logits `[B, vocabulary]` for contexts `[B, block]` (`i64`).
    fn forward(&self, contexts: &Tensor) -> Result<Tensor> {
        let vectors = self.embedding.named("embedding", contexts)?; // [B, block, embedding]
        let mut h = vectors.flatten(-2, -1)?; // [B, block·embedding]
        for (i, layer) in self.hidden.iter().enumerate() {
            h = layer.named(format_args!("hidden.{i}"), &h)?; // [B, hidden]
        }
        self.output.named("output", &h) // [B, vocabulary]
    }
}

impl LanguageModel for DeepMlp {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Contexts { block: self.config.block }
    }
}
