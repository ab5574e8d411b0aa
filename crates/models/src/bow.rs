//! A bag of words: every place sees the mean of what came before it (makemore).
//!
//! It is a Transformer's block with an attention that cannot choose: all places up to this one weigh the same. Symbols
//! and positions are looked up in two tables and added; then x + mean(x before and here), then two layers with tanh,
//! added to what was there; then the output.

use crate::language::{Form, LanguageModel, Reader, Window, rows_at};
use gradus_nn::init::Init;
use gradus_nn::{Embedding, Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Array, Error, Result, Tensor, ensure, no_grad};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct BowConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// The most symbols the model sees at once.
    pub block: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Units in the hidden layer.
    pub hidden: usize,
}

/// The model.
///
/// ```
/// use gradus_models::{Bow, BowConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = BowConfig { vocabulary: 27, block: 16, embedding: 64, hidden: 64 };
/// let model = Bow::new(config, &mut Generator::new(Scheme::Torch, 3407))?;
/// assert_eq!(model.parameter_count(), 12_827);
/// assert_eq!(model.forward(&Tensor::from_slice(&[0_i64, 5, 13, 13, 1], &[1, 5])?)?.shape(), [1, 5, 27]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct Bow {
    #[module(skip)]
    config: BowConfig,
    embedding: Embedding,
    position: Embedding,
    hidden: Linear,
    projection: Linear,
    output: Linear,
}

impl Bow {
    /// A model with PyTorch's initial weights, drawn from `rng` in the order tables, hidden layers, output.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: BowConfig, rng: &mut Generator) -> Result<Bow> {
        let BowConfig { vocabulary, block, embedding, hidden } = config;
        Ok(Bow {
            embedding: Embedding::new(vocabulary, embedding, Init::Normal(1.0), rng)?,
            position: Embedding::new(block, embedding, Init::Normal(1.0), rng)?,
            hidden: Linear::like_pytorch(embedding, hidden, true, rng)?,
            projection: Linear::like_pytorch(hidden, embedding, true, rng)?,
            output: Linear::like_pytorch(embedding, vocabulary, true, rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &BowConfig {
        &self.config
    }
}

impl Bow {
    /// What follows the bag: `[..., C]` each to logits `[..., vocabulary]`.
    fn think(&self, x: &Tensor, bag: &Tensor) -> Result<Tensor> {
        let x = x.try_add(bag)?.tap("mid");
        let h = self.hidden.named("hidden", &x)?.tanh().tap("tanh"); // [..., hidden]
        let x = x.try_add(&self.projection.named("projection", &h)?)?;
        self.output.named("output", &x)
    }
}

impl Module for Bow {
    /// Logits `[B, T, vocabulary]` for symbols `[B, T]` (`i64`), T at most the block size.
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        let &[_, length] = symbols.shape() else {
            return Err(Error::new("bow", format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        let block = self.config.block;
        ensure!(length <= block, "bow", "{length} symbols are more than the block size {block}; cut the context");
        let vectors = self.embedding.named("embedding", symbols)?; // [B, T, C]
        let positions = self.position.named("position", &Tensor::arange(length))?; // [T, C]
        let x = vectors.try_add(&positions)?.tap("embedded");
        let bag = means(length).matmul(&x)?.tap("bag"); // [B, T, C]
        self.think(&x, &bag) // [B, T, vocabulary]
    }
}

impl LanguageModel for Bow {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Sequences { longest: Some(self.config.block) }
    }

    fn remembering(&self, texts: usize) -> Option<Box<dyn Reader + '_>> {
        let sum = Tensor::zeros(&[texts, self.config.embedding]);
        Some(Box::new(Summing { model: self, sum, read: 0, window: Window::new(self, texts) }))
    }
}

/// Reads by adding up what is in the bag. Once something has to leave it, every place is another one: from there on the
/// last symbols are looked at again.
struct Summing<'a> {
    model: &'a Bow,
    /// Of the vectors so far, `[texts, C]`.
    sum: Tensor,
    /// How many there are.
    read: usize,
    window: Window<'a>,
}

impl Reader for Summing<'_> {
    fn read(&mut self, symbols: &[i64]) -> Result<Tensor> {
        self.window.push(symbols)?;
        if self.read == self.model.config.block {
            return self.window.logits();
        }
        no_grad(|| {
            let vectors = self.model.embedding.forward(&Tensor::from_slice(symbols, &[symbols.len()])?)?; // [texts, C]
            let position = self.model.position.forward(&Tensor::from_slice(&[self.read as i64], &[1])?)?; // [1, C]
            let x = vectors.try_add(&position)?;
            self.sum = self.sum.try_add(&x)?;
            self.read += 1;
            self.model.think(&x, &(&self.sum / self.read as f64))
        })
    }

    fn keep(&mut self, places: &[usize]) -> Result<()> {
        self.sum = rows_at(&self.sum, places)?;
        self.window.keep(places)
    }
}

/// `[T, T]`: row t averages places 0 to t.
fn means(length: usize) -> Tensor {
    Tensor::from_array(Array::build(&[length, length], |means: &mut [f32]| {
        for (t, row) in means.chunks_exact_mut(length.max(1)).enumerate() {
            row.fill(0.0);
            row[..=t].fill(1.0 / (t + 1) as f32);
        }
    }))
}
