//! A decoder-only Transformer (Vaswani et al. 2017, arXiv:1706.03762, in the pre-norm form of GPT-2, Radford et al. 2019).
//!
//! Symbols and positions are looked up in two tables and added; each block lets every position gather from those before
//! it (attention) and then think by itself (two layers with GELU), both added to what was there; a last normalisation
//! and an output layer give one logit for each possible next symbol.
//!
//! makemore's form has biases, the tanh GELU, an output table of its own and PyTorch's initial weights; nanoGPT's drops
//! the biases, uses the erf GELU, shares the symbols' table with the output and starts with GPT-2's weights.
//!
//! Writing, the model keeps the keys and values of the places it has read (see `kv_cache.rs`), and computes one place a symbol.

use crate::kv_cache::KvCache;
use crate::language::{Form, LanguageModel, Reader, Window};
use gradus_nn::init::Init;
use gradus_nn::{Dropout, Embedding, LayerNorm, Linear, Module, is_training};
use gradus_tensor::random::Generator;
use gradus_tensor::{DType, Error, Result, Tensor, ensure, no_grad, ops, probe};

/// The sizes and the form of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformerConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// The most symbols the model sees at once.
    pub block: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads a block; they share the width.
    pub heads: usize,
    /// Length of the vectors that flow through the blocks.
    pub width: usize,
    /// Whether linear layers and normalisations have biases.
    pub bias: bool,
    /// Whether the output layer is the symbols' table itself (Press & Wolf 2016, arXiv:1608.05859).
    pub tied: bool,
    /// Which GELU.
    pub gelu: Gelu,
    /// What share of the numbers is dropped while training: of the embedded symbols, of the attention's patterns, and of
    /// what each block adds to the residual stream.
    pub dropout: f64,
    /// How the weights start.
    pub init: TransformerInit,
}

impl TransformerConfig {
    /// makemore's form in its own sizes: 4 blocks, 4 heads, width 64.
    ///
    /// ```
    /// use gradus_models::{Transformer, TransformerConfig};
    /// use gradus_nn::Module;
    /// use gradus_tensor::random::{Generator, Scheme};
    /// let mut rng = Generator::new(Scheme::Torch, 3407);
    /// let makemore = Transformer::new(TransformerConfig::makemore(27, 16), &mut rng)?;
    /// assert_eq!(makemore.parameter_count(), 204_544);
    /// let config = TransformerConfig { layers: 6, heads: 6, width: 384, ..TransformerConfig::nanogpt(65, 256) };
    /// let nanogpt = Transformer::new(config, &mut rng)?;
    /// assert_eq!(nanogpt.parameter_count() - 256 * 384, 10_646_784); // nanoGPT does not count the positions
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn makemore(vocabulary: usize, block: usize) -> TransformerConfig {
        TransformerConfig {
            vocabulary,
            block,
            layers: 4,
            heads: 4,
            width: 64,
            bias: true,
            tied: false,
            gelu: Gelu::Tanh,
            dropout: 0.0,
            init: TransformerInit::PyTorch,
        }
    }

    /// nanoGPT's form in the sizes that it has for a CPU: 4 blocks, 4 heads, width 128.
    pub fn nanogpt(vocabulary: usize, block: usize) -> TransformerConfig {
        TransformerConfig {
            width: 128,
            bias: false,
            tied: true,
            gelu: Gelu::Erf,
            init: TransformerInit::Gpt2,
            ..TransformerConfig::makemore(vocabulary, block)
        }
    }
}

/// How the weights of a Transformer start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformerInit {
    /// As PyTorch's layers do, and so makemore's: tables standard normal, linear layers uniform in ±1/√fan_in.
    PyTorch,
    /// GPT-2's: normal with standard deviation 0.02, those that add to the residual stream (`c_proj` there) divided by
    /// √(2·layers); biases 0.
    Gpt2,
}

impl TransformerInit {
    fn table(self, rows: usize, width: usize, rng: &mut Generator) -> Result<Embedding> {
        let std = if self == TransformerInit::Gpt2 { 0.02 } else { 1.0 };
        Embedding::new(rows, width, Init::Normal(std), rng)
    }

    /// A linear layer; one that adds to the residual stream, where `residual` says of how many blocks.
    fn linear(
        self,
        fan_in: usize,
        fan_out: usize,
        bias: bool,
        residual: Option<usize>,
        rng: &mut Generator,
    ) -> Result<Linear> {
        match self {
            TransformerInit::PyTorch => Linear::like_pytorch(fan_in, fan_out, bias, rng),
            TransformerInit::Gpt2 => {
                let summands = residual.map_or(1, |layers| 2 * layers.max(1));
                Linear::new(fan_in, fan_out, bias, Init::Normal(0.02 / (summands as f64).sqrt()), rng)
            }
        }
    }
}

/// The two forms of the Gaussian error linear unit (Hendrycks & Gimpel 2016, arXiv:1606.08415).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gelu {
    /// x·Φ(x), with the error function.
    Erf,
    /// Its approximation by tanh, as in GPT-2 and makemore.
    Tanh,
}

/// The model.
#[derive(Module)]
pub struct Transformer {
    #[module(skip)]
    config: TransformerConfig,
    token: Embedding,
    position: Embedding,
    dropout: Dropout,
    blocks: Vec<Block>,
    norm: LayerNorm,
    /// `None` where the symbols' table serves.
    head: Option<Linear>,
}

impl Transformer {
    /// A model with weights drawn from `rng` in the order symbols, positions, blocks, output.
    ///
    /// # Errors
    /// When the heads do not divide the width, the dropout is no probability, or a size is impossible.
    pub fn new(config: TransformerConfig, rng: &mut Generator) -> Result<Transformer> {
        let TransformerConfig { vocabulary, block, layers, heads, width, bias, tied, init, .. } = config;
        ensure!(
            heads > 0 && width > 0 && width.is_multiple_of(heads),
            "transformer",
            "{heads} heads do not divide a width of {width}; choose a number of heads that does"
        );
        ensure!(block > 0, "transformer", "a block of 0 symbols shows the model nothing; choose 1 or more");
        Ok(Transformer {
            token: init.table(vocabulary, width, rng)?,
            position: init.table(block, width, rng)?,
            dropout: Dropout::new(config.dropout)?,
            blocks: (0..layers).map(|_| Block::new(&config, rng)).collect::<Result<_>>()?,
            norm: LayerNorm::new(width, bias),
            head: if tied { None } else { Some(init.linear(width, vocabulary, false, None, rng)?) },
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Logits `[B, T, vocabulary]` for symbols `[B, T]` at `positions [T]`, over which each block attends; with `memory`
    /// (one for each block), T is 1 and the places read before are attended to as well.
    fn pass(&self, symbols: &Tensor, positions: &Tensor, memory: &mut [KvCache]) -> Result<Tensor> {
        let token = self.token.named("token", symbols)?; // [B, T, C]
        let position = self.position.named("position", positions)?; // [T, C]
        let mut x = self.dropout.forward(&token.try_add(&position)?)?.tap("embedded");
        let mut memory = memory.iter_mut();
        for (i, block) in self.blocks.iter().enumerate() {
            let name = format_args!("blocks.{i}");
            x = probe::scope(name, || block.pass(&x, memory.next())).map_err(|e| e.within(name))?;
        }
        let x = self.norm.named("norm", &x)?;
        match &self.head {
            Some(head) => head.named("head", &x),
            None => Ok(x.linear(&self.token.weight.value().t()?, None)?.tap("head.out")),
        }
    }
}

impl Module for Transformer {
    /// Logits `[B, T, vocabulary]` for symbols `[B, T]` (`i64`), T at most the block size.
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        let &[_, length] = symbols.shape() else {
            return Err(Error::new("transformer", format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        let block = self.config.block;
        ensure!(
            length <= block,
            "transformer",
            "{length} symbols are more than the block size {block}; cut the context"
        );
        self.pass(symbols, &Tensor::arange(length), &mut [])
    }
}

/// x + attention(norm(x)), then x + fc2(gelu(fc1(norm(x)))).
#[derive(Module)]
struct Block {
    norm1: LayerNorm,
    attn: Attention,
    norm2: LayerNorm,
    fc1: Linear,
    #[module(skip)]
    gelu: Gelu,
    fc2: Linear,
    dropout: Dropout,
}

impl Block {
    fn new(config: &TransformerConfig, rng: &mut Generator) -> Result<Block> {
        let &TransformerConfig { width, bias, init, layers, .. } = config;
        Ok(Block {
            norm1: LayerNorm::new(width, bias),
            attn: Attention::new(config, rng)?,
            norm2: LayerNorm::new(width, bias),
            fc1: init.linear(width, 4 * width, bias, None, rng)?,
            gelu: config.gelu,
            fc2: init.linear(4 * width, width, bias, Some(layers), rng)?,
            dropout: Dropout::new(config.dropout)?,
        })
    }

    /// `[B, T, C]` in and out.
    fn pass(&self, x: &Tensor, memory: Option<&mut KvCache>) -> Result<Tensor> {
        let h = self.norm1.named("norm1", x)?;
        let attended = probe::scope("attn", || self.attn.pass(&h, memory)).map_err(|e| e.within("attn"))?;
        let x = x.try_add(&attended)?.tap("mid");
        let h = self.fc1.named("fc1", &self.norm2.named("norm2", &x)?)?; // [B, T, 4C]
        let h = match self.gelu {
            Gelu::Erf => h.gelu(),
            Gelu::Tanh => h.gelu_tanh(),
        };
        let h = self.fc2.named("fc2", &h.tap("gelu"))?; // [B, T, C]
        Ok(x.try_add(&self.dropout.forward(&h)?)?.tap("out"))
    }
}

/// Causal self-attention: every position looks at itself and at those before it, in `heads` ways at once.
#[derive(Module)]
struct Attention {
    qkv: Linear,
    proj: Linear,
    #[module(skip)]
    heads: usize,
    dropout: Dropout,
    /// Whether the dropout drops anything.
    #[module(skip)]
    drops: bool,
}

impl Attention {
    fn new(config: &TransformerConfig, rng: &mut Generator) -> Result<Attention> {
        let &TransformerConfig { width, bias, init, layers, .. } = config;
        Ok(Attention {
            qkv: init.linear(width, 3 * width, bias, None, rng)?,
            proj: init.linear(width, width, bias, Some(layers), rng)?,
            heads: config.heads,
            dropout: Dropout::new(config.dropout)?,
            drops: config.dropout > 0.0,
        })
    }

    /// `[B, T, C]` in and out.
    fn pass(&self, x: &Tensor, memory: Option<&mut KvCache>) -> Result<Tensor> {
        let qkv = self.qkv.named("qkv", x)?; // [B, T, 3C]
        let y = match memory {
            Some(memory) => memory.attend(&qkv),
            None if self.drops && is_training() || probe::wants("scores") || probe::wants("pattern") => {
                self.step_by_step(&qkv)?
            }
            None => qkv.self_attention(self.heads, &ops::Attention::causal())?,
        }; // [B, T, C]
        self.dropout.forward(&self.proj.named("proj", &y.tap("mixed"))?)
    }

    /// What the fused operation computes, one operation at a time, for a probe that wants to see the pattern, and for
    /// dropout, which drops from it.
    fn step_by_step(&self, qkv: &Tensor) -> Result<Tensor> {
        let &[batch, length, three_widths] = qkv.shape() else { unreachable!("a linear layer keeps its axes") };
        let size = three_widths / 3 / self.heads;
        let split = [batch, length, 3, self.heads, size].map(|n| n as isize);
        let parts = qkv.reshape(&split)?.permute(&[2, 0, 3, 1, 4])?; // [3, B, H, T, hs]
        let [q, k, v] = [parts.select(0, 0)?, parts.select(0, 1)?, parts.select(0, 2)?];
        let scores = (q.matmul(&k.t()?)? / (size as f64).sqrt()).tap("scores"); // [B, H, T, T]
        let later = Tensor::ones(&[length, length]).triu(1)?.to_dtype(DType::Bool);
        let pattern = scores.masked_fill(&later, f64::NEG_INFINITY)?.softmax(-1)?.tap("pattern");
        let mixed = self.dropout.forward(&pattern)?.matmul(&v)?; // [B, H, T, hs]
        mixed.transpose(1, 2)?.reshape(&[batch as isize, length as isize, (self.heads * size) as isize])
    }
}

impl LanguageModel for Transformer {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Sequences { longest: Some(self.config.block) }
    }

    fn remembering(&self, texts: usize) -> Option<Box<dyn Reader + '_>> {
        if self.parameters().iter().any(|(_, param)| param.value().dtype() != DType::F32) {
            return None;
        }
        let memory = self.blocks.iter().map(|_| KvCache::new(texts, self.config.width, self.config.heads)).collect();
        Some(Box::new(Remembering { model: self, memory, read: 0, window: Window::new(self, texts) }))
    }
}

/// The most places that are remembered. So many terms are added up in one run; a matrix product of more cuts its sums in
/// runs that depend on how many there are, and a pass over all places has more of them than a single query.
const REMEMBERED: usize = 512;

/// Reads by remembering keys and values. Once the oldest symbol has to go, every other one stands at another position,
/// and nothing remembered is true any more: from there on (and after [`REMEMBERED`] places) the last symbols are looked
/// at again.
struct Remembering<'a> {
    model: &'a Transformer,
    /// One a block.
    memory: Vec<KvCache>,
    read: usize,
    window: Window<'a>,
}

impl Reader for Remembering<'_> {
    fn read(&mut self, symbols: &[i64]) -> Result<Tensor> {
        self.window.push(symbols)?;
        if self.read == self.model.config.block.min(REMEMBERED) {
            self.memory.clear();
            return self.window.logits();
        }
        let place = Tensor::from_slice(&[self.read as i64], &[1])?;
        let symbols = Tensor::from_slice(symbols, &[symbols.len(), 1])?;
        let logits = no_grad(|| self.model.pass(&symbols, &place, &mut self.memory))?; // [texts, 1, vocabulary]
        self.read += 1;
        logits.squeeze(1)
    }

    fn keep(&mut self, places: &[usize]) -> Result<()> {
        self.window.keep(places)?;
        self.memory.iter_mut().for_each(|memory| memory.keep(places));
        Ok(())
    }
}
