//! y = x·W + b.

use crate::init::Init;
use crate::{Module, Param};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// A fully connected layer: `[..., fan_in]` in, `[..., fan_out]` out.
pub struct Linear {
    /// `[fan_in, fan_out]`.
    pub weight: Param,
    /// `[fan_out]`, if there is one.
    pub bias: Option<Param>,
}

impl Linear {
    /// A layer with weights drawn by `init` and, if wanted, a bias of zeros.
    ///
    /// # Errors
    /// When the weights cannot be drawn.
    pub fn new(fan_in: usize, fan_out: usize, bias: bool, init: Init, rng: &mut Generator) -> Result<Linear> {
        let bias = if bias { Some(Init::Constant(0.0)) } else { None };
        Linear::with_bias(fan_in, fan_out, init, bias, rng)
    }

    /// A layer whose bias is drawn too, after the weights.
    ///
    /// # Errors
    /// When the weights cannot be drawn.
    pub fn with_bias(
        fan_in: usize,
        fan_out: usize,
        weight: Init,
        bias: Option<Init>,
        rng: &mut Generator,
    ) -> Result<Linear> {
        let weight = Param::new(weight.draw(&[fan_in, fan_out], fan_in, fan_out, rng)?);
        let bias = bias.map(|init| init.draw(&[fan_out], fan_in, fan_out, rng)).transpose()?.map(Param::new);
        Ok(Linear { weight, bias })
    }
}

impl Module for Linear {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(Param::value);
        Ok(x.linear(&self.weight.value(), bias.as_ref())?.tap("out"))
    }

    fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
        f("weight", &self.weight);
        if let Some(bias) = &self.bias {
            f("bias", bias);
        }
    }
}
