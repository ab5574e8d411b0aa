//! A decoder-only Transformer (Vaswani et al. 2017, arXiv:1706.03762, in the pre-norm form of GPT-2, Radford et al. 2019).
//!
//! Symbols and positions are looked up in two tables and added; each block lets every position gather from those before
//! it (attention) and then think by itself (two layers with GELU), both added to what was there; a last normalisation
//! and an output layer give one logit for each possible next symbol.
//!
//! makemore's form has biases, the tanh GELU and an output table of its own; nanoGPT's drops the biases, uses the erf
//! GELU and shares the symbols' table with the output.

use gradus_nn::init::Init;
use gradus_nn::{Embedding, LayerNorm, Linear, Module, Param};
use gradus_tensor::random::Generator;
use gradus_tensor::{DType, Error, Result, Tensor, ensure, ops, probe};

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
pub struct Transformer {
    config: TransformerConfig,
    token: Embedding,
    position: Embedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
    /// `None` where the symbols' table serves.
    head: Option<Linear>,
}

impl Transformer {
    /// A model with GPT-2's initial weights: normal with standard deviation 0.02, those that add to the residual stream
    /// divided by √(2·layers); biases 0.
    ///
    /// # Errors
    /// When the heads do not divide the width, or a size is impossible.
    pub fn new(config: TransformerConfig, rng: &mut Generator) -> Result<Transformer> {
        let TransformerConfig { vocabulary, block, layers, heads, width, bias, tied, .. } = config;
        ensure!(
            heads > 0 && width.is_multiple_of(heads),
            "transformer",
            "{heads} heads do not divide a width of {width}; choose a number of heads that does"
        );
        let small = Init::Normal(0.02);
        Ok(Transformer {
            token: Embedding::new(vocabulary, width, small, rng)?,
            position: Embedding::new(block, width, small, rng)?,
            blocks: (0..layers).map(|_| Block::new(&config, rng)).collect::<Result<_>>()?,
            norm: LayerNorm::new(width, bias),
            head: if tied { None } else { Some(Linear::new(width, vocabulary, false, small, rng)?) },
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
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
        let token = self.token.named("token", symbols)?; // [B, T, C]
        let position = self.position.named("position", &Tensor::arange(length))?; // [T, C]
        let mut x = token.try_add(&position)?.tap("embedded");
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.named(format_args!("blocks.{i}"), &x)?;
        }
        let x = self.norm.named("norm", &x)?;
        match &self.head {
            Some(head) => head.named("head", &x),
            None => Ok(x.linear(&self.token.weight.value().t()?, None)?.tap("head.out")),
        }
    }

    fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
        self.token.visit_named("token", f);
        self.position.visit_named("position", f);
        for (i, block) in self.blocks.iter().enumerate() {
            block.visit_named(&format!("blocks.{i}"), f);
        }
        self.norm.visit_named("norm", f);
        if let Some(head) = &self.head {
            head.visit_named("head", f);
        }
    }
}

/// x + attention(norm(x)), then x + fc2(gelu(fc1(norm(x)))).
struct Block {
    norm1: LayerNorm,
    attn: Attention,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    gelu: Gelu,
}

impl Block {
    fn new(config: &TransformerConfig, rng: &mut Generator) -> Result<Block> {
        let (width, bias) = (config.width, config.bias);
        let small = Init::Normal(0.02);
        Ok(Block {
            norm1: LayerNorm::new(width, bias),
            attn: Attention::new(config, rng)?,
            norm2: LayerNorm::new(width, bias),
            fc1: Linear::new(width, 4 * width, bias, small, rng)?,
            fc2: Linear::new(4 * width, width, bias, residual(config), rng)?,
            gelu: config.gelu,
        })
    }
}

impl Module for Block {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.try_add(&self.attn.named("attn", &self.norm1.named("norm1", x)?)?)?.tap("mid");
        let h = self.fc1.named("fc1", &self.norm2.named("norm2", &x)?)?; // [B, T, 4C]
        let h = match self.gelu {
            Gelu::Erf => h.gelu(),
            Gelu::Tanh => h.gelu_tanh(),
        };
        Ok(x.try_add(&self.fc2.named("fc2", &h.tap("gelu"))?)?.tap("out"))
    }

    fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
        self.norm1.visit_named("norm1", f);
        self.attn.visit_named("attn", f);
        self.norm2.visit_named("norm2", f);
        self.fc1.visit_named("fc1", f);
        self.fc2.visit_named("fc2", f);
    }
}

/// Causal self-attention: every position looks at itself and at those before it, in `heads` ways at once.
struct Attention {
    qkv: Linear,
    proj: Linear,
    heads: usize,
}

impl Attention {
    fn new(config: &TransformerConfig, rng: &mut Generator) -> Result<Attention> {
        let (width, bias) = (config.width, config.bias);
        Ok(Attention {
            qkv: Linear::new(width, 3 * width, bias, Init::Normal(0.02), rng)?,
            proj: Linear::new(width, width, bias, residual(config), rng)?,
            heads: config.heads,
        })
    }
}

impl Module for Attention {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let qkv = self.qkv.named("qkv", x)?; // [B, T, 3C]
        let y = if probe::wants("scores") || probe::wants("pattern") {
            step_by_step(&qkv, self.heads)?
        } else {
            qkv.self_attention(self.heads, &ops::Attention::causal())?
        }; // [B, T, C]
        self.proj.named("proj", &y.tap("mixed"))
    }

    fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
        self.qkv.visit_named("qkv", f);
        self.proj.visit_named("proj", f);
    }
}

/// What the fused operation computes, one operation at a time, for a probe that wants to see the pattern.
fn step_by_step(qkv: &Tensor, heads: usize) -> Result<Tensor> {
    let &[batch, length, three_widths] = qkv.shape() else { unreachable!("a linear layer keeps its axes") };
    let size = three_widths / 3 / heads;
    let split = [batch, length, 3, heads, size].map(|n| n as isize);
    let parts = qkv.reshape(&split)?.permute(&[2, 0, 3, 1, 4])?; // [3, B, H, T, hs]
    let [q, k, v] = [parts.select(0, 0)?, parts.select(0, 1)?, parts.select(0, 2)?];
    let scores = (q.matmul(&k.t()?)? / (size as f64).sqrt()).tap("scores"); // [B, H, T, T]
    let later = Tensor::ones(&[length, length]).triu(1)?.to_dtype(DType::Bool);
    let pattern = scores.masked_fill(&later, f64::NEG_INFINITY)?.softmax(-1)?.tap("pattern");
    let mixed = pattern.matmul(&v)?; // [B, H, T, hs]
    mixed.transpose(1, 2)?.reshape(&[batch as isize, length as isize, (heads * size) as isize])
}

/// Weights that add to the residual stream: smaller, the more of them there are.
fn residual(config: &TransformerConfig) -> Init {
    Init::Normal(0.02 / ((2 * config.layers.max(1)) as f64).sqrt())
}
