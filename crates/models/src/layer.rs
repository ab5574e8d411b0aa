//! What the deep networks of the course are stacked from: linear, perhaps batch normalisation, perhaps tanh.

use gradus_nn::init::Init;
use gradus_nn::{BatchNorm, BatchNormConfig, Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// A linear layer, normalised or with a bias, and tanh if it is a hidden one.
#[derive(Module)]
pub(crate) struct Layer {
    pub(crate) linear: Linear,
    pub(crate) norm: Option<BatchNorm>,
    #[module(skip)]
    tanh: bool,
}

impl Layer {
    /// A hidden layer whose weights start with standard deviation gain/√fan_in.
    pub(crate) fn hidden(
        fan_in: usize,
        fan_out: usize,
        norm: Option<BatchNormConfig>,
        gain: f64,
        rng: &mut Generator,
    ) -> Result<Layer> {
        Ok(Layer { tanh: true, ..Layer::output(fan_in, fan_out, norm, gain, rng)? })
    }

    /// An output layer.
    pub(crate) fn output(
        fan_in: usize,
        fan_out: usize,
        norm: Option<BatchNormConfig>,
        gain: f64,
        rng: &mut Generator,
    ) -> Result<Layer> {
        let linear = Linear::new(fan_in, fan_out, norm.is_none(), Init::Kaiming { gain }, rng)?;
        Ok(Layer { linear, norm: norm.map(|config| BatchNorm::new(fan_out, config)), tanh: false })
    }

    /// What follows the linear layer.
    pub(crate) fn after_linear(&self, x: Tensor) -> Result<Tensor> {
        let x = match &self.norm {
            Some(norm) => norm.named("norm", &x)?,
            None => x,
        };
        Ok(if self.tanh { x.tanh().tap("tanh") } else { x })
    }
}

impl Module for Layer {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.after_linear(self.linear.named("linear", x)?)
    }
}
