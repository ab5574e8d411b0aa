//! A residual network for pictures (He, Zhang, Ren & Sun 2016, arXiv:1512.03385, the small form of section 4.2).
//!
//! Layers do not replace what they get, they add to it: y = relu(x + F(x)). What they have nothing to say about passes
//! through, and the gradient reaches the first layer undiminished, however deep the network.

use super::{check_pictures, check_sizes};
use gradus_nn::{BatchNorm, BatchNormConfig, Conv2d, Linear, Module, Nonlinearity};
use gradus_tensor::ops::Conv;
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// The sizes of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct ResNetConfig {
    /// Rows of a picture.
    pub height: usize,
    /// Columns of a picture.
    pub width: usize,
    /// Maps of the first stage; the second has twice, the third four times as many. The paper has 16.
    pub channels: usize,
    /// Residual blocks of each of the three stages: n in the paper, whose depth is 6n + 2.
    pub blocks: usize,
    /// Number of classes.
    pub classes: usize,
}

/// Each stage after the first halves height and width and doubles the maps.
const STAGES: usize = 3;

/// The network. A probe sees `stem.conv.out` and `stem.norm.out`, then of each block `blocks.0.first.conv.out`,
/// `blocks.0.first.norm.out`, `blocks.0.second.conv.out`, `blocks.0.second.norm.out` (F), `blocks.0.out` (y); `features`
/// `[B, maps]`, the mean of each map; and the logits `output.out`.
///
/// ```
/// use gradus_models::{ResNet, ResNetConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = ResNetConfig { height: 8, width: 8, channels: 8, blocks: 1, classes: 10 };
/// let model = ResNet::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// assert_eq!(model.forward(&Tensor::zeros(&[5, 1, 8, 8]))?.shape(), [5, 10]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct ResNet {
    #[module(skip)]
    config: ResNetConfig,
    stem: Normalised,
    blocks: Vec<Block>,
    output: Linear,
}

impl ResNet {
    /// A network with weights drawn from `rng`, first layer to last.
    ///
    /// # Errors
    /// When a size is 0.
    pub fn new(config: ResNetConfig, rng: &mut Generator) -> Result<ResNet> {
        let ResNetConfig { height, width, channels, blocks, classes } = config;
        check_sizes(
            "resnet",
            &[
                ("the height", height),
                ("the width", width),
                ("the number of channels", channels),
                ("the number of blocks", blocks),
                ("the number of classes", classes),
            ],
        )?;
        let stem = Normalised::new([1, channels], 3, 1, rng)?;
        let mut stack = Vec::new();
        let mut from = channels;
        for stage in 0..STAGES {
            for block in 0..blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let to = from * stride;
                stack.push(Block::new([from, to], stride, rng)?);
                from = to;
            }
        }
        let output = Linear::new(from, classes, true, Nonlinearity::Linear.init(), rng)?;
        Ok(ResNet { config, stem, blocks: stack, output })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &ResNetConfig {
        &self.config
    }

    /// The mean of each map after the last block, `[B, maps]`, for pictures `[B, 1, height, width]`.
    ///
    /// # Errors
    /// When the pictures have another size.
    pub fn features(&self, pictures: &Tensor) -> Result<Tensor> {
        check_pictures("resnet", pictures, self.config.height, self.config.width)?;
        let mut x = self.stem.named("stem", pictures)?.relu(); // [B, C, H, W]
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.named(format_args!("blocks.{i}"), &x)?; // [B, C, H, W] to [B, 4C, H/4, W/4]
        }
        Ok(x.mean_dims(&[2, 3], false)?.tap("features"))
    }
}

impl Module for ResNet {
    /// Logits `[B, classes]` for pictures `[B, 1, height, width]`.
    fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        self.output.named("output", &self.features(pictures)?)
    }
}

/// y = relu(shortcut(x) + F(x)), F being convolution, normalisation, relu, convolution, normalisation.
#[derive(Module)]
struct Block {
    first: Normalised,
    second: Normalised,
    /// Where the shape changes, a convolution of 1 × 1 brings x to it.
    shortcut: Option<Normalised>,
}

impl Block {
    fn new([from, to]: [usize; 2], stride: usize, rng: &mut Generator) -> Result<Block> {
        let first = Normalised::new([from, to], 3, stride, rng)?;
        let second = Normalised::new([to, to], 3, 1, rng)?;
        let shortcut = (from != to).then(|| Normalised::new([from, to], 1, stride, rng)).transpose()?;
        Ok(Block { first, second, shortcut })
    }
}

impl Module for Block {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.second.named("second", &self.first.named("first", x)?.relu())?;
        let passed = match &self.shortcut {
            Some(shortcut) => shortcut.named("shortcut", x)?,
            None => x.clone(),
        };
        Ok(passed.try_add(&y)?.relu().tap("out"))
    }
}

/// A convolution, normalised. It has no bias, for normalisation would take it away again.
#[derive(Module)]
struct Normalised {
    conv: Conv2d,
    norm: BatchNorm,
}

impl Normalised {
    /// With kernels of `side` × `side`.
    fn new([from, to]: [usize; 2], side: usize, stride: usize, rng: &mut Generator) -> Result<Normalised> {
        let options = Conv { stride: [stride; 2], padding: [side / 2; 2], ..Conv::default() };
        let conv = Conv2d::new(from, to, [side; 2], false, Nonlinearity::Relu.init(), options, rng)?;
        Ok(Normalised { conv, norm: BatchNorm::new(to, BatchNormConfig::pictures()) })
    }
}

impl Module for Normalised {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.norm.named("norm", &self.conv.named("conv", x)?)
    }
}
