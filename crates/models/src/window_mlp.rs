//! The model of [`crate::mlp`] at every place of a sequence at once, in the form of makemore.py.
//!
//! What lies before the first symbol is a blank with a vector of its own, and the newest symbol comes first.

use crate::language::{Form, LanguageModel, Reader, check, rows_at};
use gradus_nn::init::Init;
use gradus_nn::{Embedding, Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Array, DType, Error, Result, Tensor, ensure, no_grad};

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
#[derive(Module)]
pub struct WindowMlp {
    #[module(skip)]
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
        ensure!(block > 0, "window_mlp", "a block of 0 symbols shows the model nothing; choose 1 or more");
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

impl WindowMlp {
    /// Logits `[..., vocabulary]` for windows `[..., block]`, the newest symbol first.
    fn predict(&self, windows: &Tensor) -> Result<Tensor> {
        let vectors = self.embedding.named("embedding", windows)?; // [..., block, embedding]
        let x = vectors.flatten(-2, -1)?; // [..., block·embedding]
        let h = self.hidden.named("hidden", &x)?.tanh().tap("tanh"); // [..., hidden]
        self.output.named("output", &h)
    }

    /// The symbol that stands for what is before the first.
    fn blank(&self) -> i64 {
        self.config.vocabulary as i64
    }
}

impl Module for WindowMlp {
    /// Logits `[B, T, vocabulary]` for symbols `[B, T]` (`i64`).
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        let &[batch, length] = symbols.shape() else {
            return Err(Error::new("window_mlp", format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        let block = self.config.block;
        let symbols = symbols.to_vec::<i64>();
        let windows = Array::build(&[batch, length, block], |windows: &mut [i64]| {
            for (place, window) in windows.chunks_exact_mut(block.max(1)).enumerate() {
                let (row, t) = (place / length, place % length);
                for (back, seen) in window.iter_mut().enumerate() {
                    *seen = if back <= t { symbols[row * length + t - back] } else { self.blank() };
                }
            }
        });
        self.predict(&Tensor::from_array(windows)) // [B, T, vocabulary]
    }
}

impl LanguageModel for WindowMlp {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Sequences { longest: Some(self.config.block) }
    }

    fn remembering(&self, texts: usize) -> Option<Box<dyn Reader + '_>> {
        let blank = Tensor::full(&[texts, self.config.block], self.blank() as f64, DType::I64);
        Some(Box::new(Sliding { model: self, windows: blank }))
    }
}

/// Reads by sliding the window on: only the last place is computed.
struct Sliding<'a> {
    model: &'a WindowMlp,
    /// `[texts, block]`, the newest symbol first.
    windows: Tensor,
}

impl Reader for Sliding<'_> {
    fn read(&mut self, symbols: &[i64]) -> Result<Tensor> {
        let texts = self.windows.shape()[0];
        check(symbols, texts)?;
        let (newest, block) = (Tensor::from_slice(symbols, &[texts, 1])?, self.model.config.block);
        self.windows = Tensor::cat(&[&newest, &self.windows.narrow(1, 0, block - 1)?], 1)?;
        no_grad(|| self.model.predict(&self.windows))
    }

    fn keep(&mut self, places: &[usize]) -> Result<()> {
        self.windows = rows_at(&self.windows, places)?;
        Ok(())
    }
}
