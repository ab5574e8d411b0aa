//! Nonlinearities: as layers, to stand in a [`crate::Sequential`], and as a choice that a model is made with.

use crate::Module;
use crate::init::Init;
use gradus_tensor::{Result, Tensor};
use std::fmt;

/// What a unit makes of its weighted sum, where a model leaves the choice.
///
/// ```
/// use gradus_nn::Activation;
/// use gradus_tensor::Tensor;
/// let x = Tensor::from_slice(&[-1.0_f32, 0.0, 2.0], &[3])?;
/// assert_eq!(Activation::Relu.apply(&x).to_vec::<f32>(), [0.0, 0.0, 2.0]);
/// assert_eq!(Activation::Sigmoid.to_string(), "sigmoid");
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// The sum itself.
    Linear,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// max(x, 0).
    Relu,
    /// tanh x.
    Tanh,
}

impl Activation {
    /// All of them.
    pub const ALL: [Activation; 4] = [Activation::Linear, Activation::Sigmoid, Activation::Relu, Activation::Tanh];

    /// Of each number of `x`.
    #[must_use]
    pub fn apply(self, x: &Tensor) -> Tensor {
        match self {
            Activation::Linear => x.clone(),
            Activation::Sigmoid => x.sigmoid(),
            Activation::Relu => x.relu(),
            Activation::Tanh => x.tanh(),
        }
    }

    /// How the weights of hidden units with this activation start, so that neither values nor gradients grow or vanish from
    /// layer to layer: relu lets half of the variance through, which Kaiming's factor gives back (He et al. 2015);
    /// around 0 tanh and the sum have slope 1, and Xavier's middle between forward and backward is kept (Glorot & Bengio
    /// 2010); sigmoid has slope ¼ there, hence four times as much.
    pub fn init(self) -> Init {
        match self {
            Activation::Relu => Init::Kaiming { gain: 2.0_f64.sqrt() },
            Activation::Linear | Activation::Tanh => Init::XavierUniform { gain: 1.0 },
            Activation::Sigmoid => Init::XavierUniform { gain: 4.0 },
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Activation::Linear => "linear",
            Activation::Sigmoid => "sigmoid",
            Activation::Relu => "relu",
            Activation::Tanh => "tanh",
        })
    }
}

macro_rules! activation {
    ($(#[$doc:meta])* $Name:ident, $method:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Name;

        impl Module for $Name {
            fn forward(&self, x: &Tensor) -> Result<Tensor> {
                Ok(x.$method().tap("out"))
            }
        }
    };
}

activation!(
    /// tanh x.
    Tanh,
    tanh
);
activation!(
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    sigmoid
);
activation!(
    /// max(x, 0).
    Relu,
    relu
);
activation!(
    /// x·Φ(x), with the normal distribution Φ (Hendrycks & Gimpel 2016, arXiv:1606.08415), by the error function.
    Gelu,
    gelu
);
activation!(
    /// The approximation of x·Φ(x) by tanh, as in GPT-2 and makemore.
    GeluTanh,
    gelu_tanh
);
