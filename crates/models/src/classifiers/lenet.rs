//! LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998, Proceedings of the IEEE 86:2278–2324).
//!
//! Small kernels are slid over a picture, so that a stroke is found wherever it lies; the largest of 2 × 2 places keeps
//! roughly where; a second round finds arrangements of strokes, and fully connected layers say which digit they make.
//! Where the paper has weighted means of 2 × 2 places, lets each second kernel see some of the first maps and measures
//! distances at the end, this has what replaced them: largest values, all maps, and logits.

use super::{activated, check_pictures, check_sizes};
use gradus_nn::{Conv2d, Linear, Module, Nonlinearity};
use gradus_tensor::ops::{Conv, Pool};
use gradus_tensor::random::Generator;
use gradus_tensor::{Error, Result, Tensor};

/// The sizes of the pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct LeNetConfig {
    /// Rows of a picture.
    pub height: usize,
    /// Columns of a picture.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
    /// What units and kernels make of their sums; the paper has tanh.
    pub activation: Nonlinearity,
}

/// The convolutions of a network.
struct Form {
    /// Pictures have sides of so many places at least.
    least: usize,
    /// How many kernels the first and the second convolution have.
    kernels: [usize; 2],
    /// The side of a kernel.
    side: usize,
    /// Zeros around what each convolution sees.
    padding: [usize; 2],
}

/// The paper's, whose pictures come padded to 32 × 32.
const CLASSIC: Form = Form { least: 16, kernels: [6, 16], side: 5, padding: [2, 0] };
/// For pictures in which a stroke is one or two places wide: smaller kernels, more of them, and no place lost.
const SMALL: Form = Form { least: 4, kernels: [16, 32], side: 3, padding: [1, 1] };
/// The side of the largest pictures.
const MOST: usize = 512;
/// Units of the hidden layers.
const HIDDEN: [usize; 2] = [120, 84];

impl Form {
    fn of(height: usize, width: usize) -> Result<&'static Form> {
        let fits = |form: &&Form| height.min(width) >= form.least && height.max(width) <= MOST;
        [&CLASSIC, &SMALL].into_iter().find(fits).ok_or_else(|| {
            let least = SMALL.least;
            let text =
                format!("pictures of {height} × {width} do not fit: each side must be {least} to {MOST}; scale them");
            Error::new("lenet", text)
        })
    }

    /// Numbers that the second pooling leaves of pictures of this size.
    fn numbers(&self, size: [usize; 2]) -> usize {
        let pooled = |side: usize, padding: usize| (side + 2 * padding + 1 - self.side) / 2;
        let places = size.map(|side| self.padding.iter().fold(side, |side, &padding| pooled(side, padding)));
        self.kernels[1] * places[0] * places[1]
    }
}

/// The network: the paper's for pictures of 16 × 16 and more, where MNIST's 28 × 28 gives its own sizes; with 16 and 32
/// kernels of 3 × 3 for smaller ones.
///
/// A probe sees the maps `conv1.out`, `conv1.activation`, `pool1`, `conv2.out`, `conv2.activation`, `pool2`
/// `[B, maps, H, W]`, then `hidden1.out`, `hidden1.activation`, `hidden2.out`, `hidden2.activation` `[B, units]`, and the
/// logits `output.out` `[B, classes]`. The kernels are the parameters `conv1.weight` `[6, 1, 5, 5]` and `conv2.weight`
/// `[16, 6, 5, 5]`, or `[16, 1, 3, 3]` and `[32, 16, 3, 3]`.
///
/// ```
/// use gradus_models::{LeNet, LeNetConfig};
/// use gradus_nn::{Nonlinearity, Module};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = LeNetConfig { height: 28, width: 28, classes: 10, activation: Nonlinearity::Tanh };
/// let model = LeNet::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// assert_eq!(model.parameter_count(), 61_706);
/// assert_eq!(model.forward(&Tensor::zeros(&[2, 1, 28, 28]))?.shape(), [2, 10]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct LeNet {
    #[module(skip)]
    config: LeNetConfig,
    conv1: Conv2d,
    conv2: Conv2d,
    hidden1: Linear,
    hidden2: Linear,
    output: Linear,
}

impl LeNet {
    /// A network with weights drawn from `rng`, first layer to last, as [`Nonlinearity::init`] says; biases start as 0.
    ///
    /// # Errors
    /// When the pictures are too small or too large for it, or there are no classes.
    pub fn new(config: LeNetConfig, rng: &mut Generator) -> Result<LeNet> {
        let LeNetConfig { height, width, classes, activation } = config;
        check_sizes("lenet", &[("the number of classes", classes)])?;
        let form = Form::of(height, width)?;
        let ([first, second], init) = (form.kernels, activation.init());
        let mut conv = |from, to, padding| {
            let options = Conv { padding: [padding; 2], ..Conv::default() };
            Conv2d::new(from, to, [form.side; 2], true, init, options, rng)
        };
        Ok(LeNet {
            conv1: conv(1, first, form.padding[0])?,
            conv2: conv(first, second, form.padding[1])?,
            hidden1: Linear::new(form.numbers([height, width]), HIDDEN[0], true, init, rng)?,
            hidden2: Linear::new(HIDDEN[0], HIDDEN[1], true, init, rng)?,
            output: Linear::new(HIDDEN[1], classes, true, Nonlinearity::Linear.init(), rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &LeNetConfig {
        &self.config
    }

    /// What the last hidden layer, `hidden2.activation`, makes of pictures `[B, 1, height, width]`: `[B, 84]`. Pictures that
    /// lie close together here look alike to the network.
    ///
    /// # Errors
    /// When the pictures have another size.
    pub fn features(&self, pictures: &Tensor) -> Result<Tensor> {
        let LeNetConfig { height, width, activation, .. } = self.config;
        check_pictures("lenet", pictures, height, width)?;
        let halves = Pool::new([2, 2]);
        let x = activated("conv1", &self.conv1, activation, pictures)?; // [B, 6, 28, 28]
        let x = x.max_pool2d(&halves)?.tap("pool1"); // [B, 6, 14, 14]
        let x = activated("conv2", &self.conv2, activation, &x)?; // [B, 16, 10, 10]
        let x = x.max_pool2d(&halves)?.tap("pool2"); // [B, 16, 5, 5]
        let h = activated("hidden1", &self.hidden1, activation, &x.flatten(1, -1)?)?; // [B, 120]
        activated("hidden2", &self.hidden2, activation, &h) // [B, 84]
    }
}

impl Module for LeNet {
    /// Logits `[B, classes]` for pictures `[B, 1, height, width]`.
    fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        self.output.named("output", &self.features(pictures)?)
    }
}
