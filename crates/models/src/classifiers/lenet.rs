//! LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998, Proceedings of the IEEE 86:2278–2324).
//!
//! Small kernels are slid over a picture, so that a stroke is found wherever it lies; the means of 2 × 2 places keep
//! roughly where; a second round finds arrangements of strokes, and fully connected layers say which digit they make.
//! Unlike the paper's, the means have no weights of their own, every second kernel sees all first maps, and the last
//! layer gives logits.

use super::{activated, check_pictures, check_sizes};
use gradus_nn::{Activation, Conv2d, Linear, Module, Param};
use gradus_tensor::ops::{Conv, Pool};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor, ensure};

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
    pub activation: Activation,
}

/// Kernels of the first and of the second convolution.
const KERNELS: [usize; 2] = [6, 16];
/// Units of the hidden layers.
const HIDDEN: [usize; 2] = [120, 84];
/// The side of the smallest pictures for which kernels of 5 × 5 leave something.
const CLASSIC: usize = 16;
/// The sides of the pictures that there is a form for.
const SIDES: std::ops::RangeInclusive<usize> = 4..=512;

/// The network: classic for pictures of 16 × 16 and more, where MNIST's 28 × 28 gives the paper's own sizes; with kernels
/// of 3 × 3 for smaller ones.
///
/// A probe sees the maps `conv1.out`, `conv1.activation`, `pool1`, `conv2.out`, `conv2.activation`, `pool2`
/// `[B, maps, H, W]`, then `hidden1.out`, `hidden1.activation`, `hidden2.out`, `hidden2.activation` `[B, units]`, and the
/// logits `output.out` `[B, classes]`. The kernels are the parameters `conv1.weight` `[6, 1, 5, 5]` and `conv2.weight`
/// `[16, 6, 5, 5]`.
///
/// ```
/// use gradus_models::{LeNet, LeNetConfig};
/// use gradus_nn::{Activation, Module};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = LeNetConfig { height: 28, width: 28, classes: 10, activation: Activation::Tanh };
/// let model = LeNet::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// assert_eq!(model.parameter_count(), 61_706);
/// assert_eq!(model.forward(&Tensor::zeros(&[2, 1, 28, 28]))?.shape(), [2, 10]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub struct LeNet {
    config: LeNetConfig,
    conv1: Conv2d,
    conv2: Conv2d,
    hidden1: Linear,
    hidden2: Linear,
    output: Linear,
}

impl LeNet {
    /// A network with weights drawn from `rng`, first layer to last, as [`Activation::init`] says; biases start as 0.
    ///
    /// # Errors
    /// When the pictures are too small or too large for it, or there are no classes.
    pub fn new(config: LeNetConfig, rng: &mut Generator) -> Result<LeNet> {
        let LeNetConfig { height, width, classes, activation } = config;
        check_sizes("lenet", &[("the number of classes", classes)])?;
        ensure!(
            SIDES.contains(&height) && SIDES.contains(&width),
            "lenet",
            "pictures of {height} × {width} do not fit: each side must be {} to {}; scale them",
            SIDES.start(),
            SIDES.end()
        );
        // The first maps are as large as the picture. The second ones of the classic form lose 4 in each direction.
        let (kernel, padding, lost) = if height.min(width) >= CLASSIC { (5, [2, 0], 4) } else { (3, [1, 1], 0) };
        let [first, second] = KERNELS;
        let places = [height, width].map(|side| (side / 2 - lost) / 2).iter().product::<usize>();
        let init = activation.init();
        let mut conv = |from, to, padding| {
            let options = Conv { padding: [padding; 2], ..Conv::default() };
            Conv2d::new(from, to, [kernel; 2], true, init, options, rng)
        };
        Ok(LeNet {
            conv1: conv(1, first, padding[0])?,
            conv2: conv(first, second, padding[1])?,
            hidden1: Linear::new(second * places, HIDDEN[0], true, init, rng)?,
            hidden2: Linear::new(HIDDEN[0], HIDDEN[1], true, init, rng)?,
            output: Linear::new(HIDDEN[1], classes, true, Activation::Linear.init(), rng)?,
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
        let x = activated("conv1", &self.conv1, activation, pictures)?; // [B, 6, H, W]
        let x = x.avg_pool2d(&halves)?.tap("pool1"); // [B, 6, H/2, W/2]
        let x = activated("conv2", &self.conv2, activation, &x)?; // [B, 16, H/2 − 4, W/2 − 4]
        let x = x.avg_pool2d(&halves)?.tap("pool2"); // [B, 16, H/4 − 2, W/4 − 2]
        let h = activated("hidden1", &self.hidden1, activation, &x.flatten(1, -1)?)?; // [B, 120]
        activated("hidden2", &self.hidden2, activation, &h) // [B, 84]
    }
}

impl Module for LeNet {
    /// Logits `[B, classes]` for pictures `[B, 1, height, width]`.
    fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        self.output.named("output", &self.features(pictures)?)
    }

    fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
        self.conv1.visit_named("conv1", f);
        self.conv2.visit_named("conv2", f);
        self.hidden1.visit_named("hidden1", f);
        self.hidden2.visit_named("hidden2", f);
        self.output.visit_named("output", f);
    }
}
