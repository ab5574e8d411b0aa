//! Convolutions over one axis and over two.

use crate::init::Init;
use crate::{Module, Param};
use gradus_tensor::ops::Conv;
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// Kernels that are slid over rows or pictures: at every place y[o] = b[o] + Σ w[o]·x, a linear layer of what the kernel
/// sees there.
#[derive(Module)]
#[module(kind = format!("Conv{D}d"))]
pub struct Convolution<const D: usize> {
    /// `[channels out, channels in, ...kernel]`.
    pub weight: Param,
    /// `[channels out]`, if there is one.
    pub bias: Option<Param>,
    #[module(skip)]
    options: Conv<D>,
}

/// Rows `[B, channels in, L]` to `[B, channels out, L']`.
///
/// ```
/// use gradus_nn::{Conv1d, Module, init::Init};
/// use gradus_tensor::{Tensor, ops::Conv, random::{Generator, Scheme}};
/// let mut rng = Generator::new(Scheme::Gradus, 1);
/// let conv = Conv1d::new(2, 5, [3], true, Init::Kaiming { gain: 1.0 }, Conv::default(), &mut rng)?;
/// assert_eq!(conv.forward(&Tensor::ones(&[4, 2, 8]))?.shape(), [4, 5, 6]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub type Conv1d = Convolution<1>;

/// Pictures `[B, channels in, H, W]` to `[B, channels out, H', W']`.
///
/// ```
/// use gradus_nn::{Conv2d, Module, init::Init};
/// use gradus_tensor::{Tensor, ops::Conv, random::{Generator, Scheme}};
/// let (mut rng, same) = (Generator::new(Scheme::Gradus, 1), Conv { padding: [1, 1], ..Conv::default() });
/// let conv = Conv2d::new(1, 6, [3, 3], true, Init::Kaiming { gain: 1.0 }, same, &mut rng)?;
/// assert_eq!(conv.forward(&Tensor::ones(&[4, 1, 8, 8]))?.shape(), [4, 6, 8, 8]);
/// assert_eq!(conv.parameter_count(), 6 * (3 * 3 + 1));
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub type Conv2d = Convolution<2>;

impl<const D: usize> Convolution<D> {
    /// A layer with weights drawn by `init` and, if wanted, a bias of zeros.
    ///
    /// # Errors
    /// When the weights cannot be drawn.
    pub fn new(
        from: usize,
        to: usize,
        kernel: [usize; D],
        bias: bool,
        init: Init,
        options: Conv<D>,
        rng: &mut Generator,
    ) -> Result<Self> {
        let places: usize = kernel.iter().product();
        let shape: Vec<usize> = [to, from / options.groups.max(1)].into_iter().chain(kernel).collect();
        let weight = init.draw(&shape, shape[1] * places, to * places, rng)?;
        let bias = bias.then(|| Param::new(Tensor::zeros(&[to])));
        Ok(Convolution { weight: Param::new(weight), bias, options })
    }
}

macro_rules! over {
    ($D:literal, $method:ident) => {
        impl Module for Convolution<$D> {
            fn forward(&self, x: &Tensor) -> Result<Tensor> {
                let bias = self.bias.as_ref().map(Param::value);
                Ok(x.$method(&self.weight.value(), bias.as_ref(), &self.options)?.tap("out"))
            }
        }
    };
}

over!(1, conv1d);
over!(2, conv2d);
