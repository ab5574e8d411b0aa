//! The model of [`crate::mlp`] at every place of a sequence at once, in the form of makemore.py.
//!
//! What lies before the first symbol is a blank with a vector of its own, and the newest symbol comes first.

use crate::language::{Form, LanguageModel};
use gradus_nn::init::Init;
use gradus_nn::{Embedding, Linear, Module, Param};
use gradus_tensor::random::Generator;
use gradus_tensor::{Array, Error, Result, Tensor};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowMlpConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// How many symbols the model sees.
    pub block: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Units in the hidden layer.
    pub hidden: usize,
}

/// The model.
///
/// ```
/// use gradus_models::{WindowMlp, WindowMlpConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = WindowMlpConfig { vocabulary: 27, block: 16, embedding: 64, hidden: 64 };
/// let model = WindowMlp::new(config, &mut Generator::new(Scheme::Torch, 3407))?;
/// assert_eq!(model.parameter_count(), 69_147);
/// assert_eq!(model.forward(&Tensor::from_slice(&[0_i64, 5, 13, 13, 1], &[1, 5])?)?.shape(), [1, 5, 27]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub struct WindowMlp {
    config: WindowMlpConfig,
    embedding: Embedding,
    hidden: Linear,
    output: Linear,
}

impl WindowMlp {
    /// A model with PyTorch's initial weights, drawn from `rng` in the order table, hidden layer, output.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: WindowMlpConfig, rng: &mut Generator) -> Result<WindowMlp> {
        let WindowMlpConfig { vocabulary, block, embedding, hidden } = config;
        Ok(WindowMlp {
            embedding: Embedding::new(vocabulary + 1, embedding, Init::Normal(1.0), rng)?,
            hidden: Linear::like_pytorch(block * embedding, hidden, true, rng)?,
            output: Linear::like_pytorch(hidden, vocabulary, true, rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &WindowMlpConfig {
        &self.config
    }
}

impl Module for WindowMlp {
    /// Logits `[B, T, vocabulary]` for symbols `[B, T]` (`i64`).
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        let &[batch, length] = symbols.shape() else {
            return Err(Error::new("window_mlp", format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        let (block, blank) = (self.config.block, self.config.vocabulary as i64);
        let symbols = symbols.to_vec::<i64>();
        let windows = Array::build(&[batch, length, block], |windows: &mut [i64]| {
            for (place, window) in windows.chunks_exact_mut(block.max(1)).enumerate() {
                let (row, t) = (place / length, place % length);
                for (back, seen) in window.iter_mut().enumerate() {
                    *seen = if back <= t { symbols[row * length + t - back] } else { blank };
                }
            }
        });
        let vectors = self.embedding.named("embedding", &Tensor::from_array(windows))?; // [B, T, block, embedding]
        let x = vectors.flatten(-2, -1)?; // [B, T, block·embedding]
        let h = self.hidden.named("hidden", &x)?.tanh().tap("tanh"); // [B, T, hidden]
        self.output.named("output", &h) // [B, T, vocabulary]
    }

    fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
        self.embedding.visit_named("embedding", f);
        self.hidden.visit_named("hidden", f);
        self.output.visit_named("output", f);
    }
}

impl LanguageModel for WindowMlp {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Sequences { longest: Some(self.config.block) }
    }
}
