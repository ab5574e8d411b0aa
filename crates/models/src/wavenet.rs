//! A tree of layers that joins neighbours pair by pair (WaveNet: van den Oord et al. 2016, arXiv:1609.03499; makemore,
//! part 5).
//!
//! Instead of squeezing all symbols of the context into one hidden layer at once, the first layer joins neighbouring
//! symbols, the second neighbouring pairs, and so on: information is fused slowly.
//!
//! The same tree can be computed for every place of a long text at once: layer i joins, at each place, what its
//! predecessor found there and at places before, as many apart as the tree below is wide (a *dilated causal
//! convolution*). Trees of neighbouring places share their branches. [`WaveNet::everywhere`] does so.

use crate::language::{Form, LanguageModel};
use crate::layer::Layer;
use gradus_nn::init::Init;
use gradus_nn::{BatchNormConfig, Embedding, FlattenConsecutive, Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Error, Result, Tensor, ensure, probe};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct WaveNetConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// How many neighbours each layer joins: `[2, 2, 2]` in the lecture, whose product 8 is the number of symbols that the
    /// model sees. `[8]` is the flat network that it starts from.
    pub groups: Vec<usize>,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Units in each layer.
    pub hidden: usize,
    /// Whether each place along time is normalised by itself instead of all together: what the lecture's layer does before
    /// it is mended.
    pub norm_each_place: bool,
}

impl WaveNetConfig {
    /// How many symbols the model sees.
    pub fn block(&self) -> usize {
        self.groups.iter().product()
    }
}

/// The output weights start at this share, so that the first predictions are not confident.
const OUTPUT_SCALE: f64 = 0.1;

/// The model.
///
/// ```
/// use gradus_models::{WaveNet, WaveNetConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::random::{Generator, Scheme};
/// let config = WaveNetConfig { vocabulary: 27, groups: vec![2, 2, 2], embedding: 24, hidden: 128, norm_each_place: false };
/// let model = WaveNet::new(config, &mut Generator::new(Scheme::Torch, 42))?;
/// assert_eq!(model.parameter_count(), 76_579);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct WaveNet {
    #[module(skip)]
    config: WaveNetConfig,
    embedding: Embedding,
    layers: Vec<Layer>,
    output: Linear,
}

impl WaveNet {
    /// A model with weights drawn from `rng` in the order table, layers, output.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: WaveNetConfig, rng: &mut Generator) -> Result<WaveNet> {
        let WaveNetConfig { vocabulary, ref groups, embedding, hidden, norm_each_place } = config;
        ensure!(
            !groups.is_empty() && !groups.contains(&0),
            "wavenet",
            "groups {groups:?} must be one or more, of at least 1 neighbour each"
        );
        let table = Embedding::new(vocabulary, embedding, Init::Normal(1.0), rng)?;
        let (mut layers, mut width, mut places) = (Vec::new(), embedding, config.block());
        for group in groups {
            places /= group;
            let norm = BatchNormConfig { places: if norm_each_place { places } else { 1 }, ..Default::default() };
            layers.push(Layer::hidden(group * width, hidden, Some(norm), 1.0, rng)?);
            width = hidden;
        }
        Ok(WaveNet {
            embedding: table,
            layers,
            output: Linear::new(hidden, vocabulary, true, Init::Kaiming { gain: OUTPUT_SCALE }, rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &WaveNetConfig {
        &self.config
    }

    /// The logits `[B, T − block + 1, vocabulary]` of what follows each context of `block` symbols in `symbols [B, T]`
    /// (`i64`), by dilated causal convolutions. Predictions agree with those of the tree to rounding; in training the
    /// batch that normalisation sees is another, for every branch counts once however many trees share it.
    ///
    /// # Errors
    /// When T is less than the block, a symbol is not in the vocabulary, or each place is normalised by itself.
    ///
    /// ```
    /// use gradus_models::{WaveNet, WaveNetConfig};
    /// use gradus_nn::Module;
    /// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
    /// let config = WaveNetConfig { vocabulary: 5, groups: vec![2, 2], embedding: 3, hidden: 6, norm_each_place: false };
    /// let model = WaveNet::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
    /// let text = Tensor::from_slice(&[0_i64, 0, 0, 0, 3, 1, 4], &[1, 7])?;
    /// let everywhere = model.everywhere(&text)?;
    /// assert_eq!(everywhere.shape(), [1, 4, 5]);
    /// let last = model.forward(&text.narrow(1, 3, 4)?)?;
    /// assert!(everywhere.select(1, -1)?.all_close(&last, 0.0, 1e-5));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn everywhere(&self, symbols: &Tensor) -> Result<Tensor> {
        let (block, op) = (self.config.block(), "wavenet");
        let &[_, length] = symbols.shape() else {
            return Err(Error::new(op, format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        ensure!(
            !self.config.norm_each_place,
            op,
            "every place of a context has statistics of its own, which a longer text has not; set norm_each_place to false"
        );
        ensure!(length >= block, op, "{length} symbols are fewer than the {block} of a context; fill up with symbol 0");
        let mut x = self.embedding.named("embedding", symbols)?; // [B, T, embedding]
        let mut dilation = 1;
        for (i, (layer, &group)) in self.layers.iter().zip(&self.config.groups).enumerate() {
            let name = format_args!("layers.{i}");
            x = probe::scope(name, || dilated(layer, &x, group, dilation)).map_err(|e| e.within(name))?;
            dilation *= group;
        }
        self.output.named("output", &x) // [B, T − block + 1, vocabulary]
    }
}

/// A layer over all places of `x [B, T, C]` that have `group − 1` places before them, `dilation` apart:
/// yₜ = W₀·xₜ₋₍ₙ₋₁₎ₐ + … + Wₙ₋₁·xₜ with dilation d and group n.
fn dilated(layer: &Layer, x: &Tensor, group: usize, dilation: usize) -> Result<Tensor> {
    let (time, channels) = (x.shape()[1], x.shape()[2]);
    let places = time - (group - 1) * dilation;
    let weight = layer.linear.weight.value(); // [group·C, hidden]
    let mut sum: Option<Tensor> = None;
    for tap in 0..group {
        let part = x.narrow(1, tap * dilation, places)?.linear(&weight.narrow(0, tap * channels, channels)?, None)?;
        sum = Some(match sum {
            None => part,
            Some(sum) => sum.try_add(&part)?,
        });
    }
    match sum {
        Some(sum) => layer.after_linear(sum.tap("linear.out")),
        None => Err(Error::new("wavenet", "a layer joins nothing")),
    }
}

impl Module for WaveNet {
    /// Logits `[B, vocabulary]` for contexts `[B, block]` (`i64`).
    fn forward(&self, contexts: &Tensor) -> Result<Tensor> {
        let mut x = self.embedding.named("embedding", contexts)?; // [B, block, embedding]
        for (i, (layer, &group)) in self.layers.iter().zip(&self.config.groups).enumerate() {
            let joined = FlattenConsecutive::new(group).forward(&x)?; // [B, T/group, group·C]
            x = layer.named(format_args!("layers.{i}"), &joined)?; // [B, T/group, hidden]
        }
        self.output.named("output", &x) // [B, vocabulary]
    }
}

impl LanguageModel for WaveNet {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Contexts { block: self.config.block() }
    }
}
