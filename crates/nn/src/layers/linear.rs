//! y = x·W + b.

use crate::init::Init;
use crate::{Module, Param};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// A fully connected layer: `[..., fan_in]` in, `[..., fan_out]` out.
#[derive(Module)]
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

    /// A layer that starts as PyTorch's: weights and bias uniform in ±1/√fan_in. They are drawn in PyTorch's order, in
    /// which a row of weights belongs to one output.
    ///
    /// # Errors
    /// When the weights cannot be drawn.
    ///
    /// ```
    /// use gradus_nn::Linear;
    /// use gradus_tensor::random::{Generator, Scheme};
    /// let layer = Linear::like_pytorch(4, 2, true, &mut Generator::new(Scheme::Torch, 3407))?;
    /// // torch.manual_seed(3407); torch.nn.Linear(4, 2).weight
    /// assert_eq!(layer.weight.value().to_vec::<f32>()[..3], [0.2589938, -0.29396015, 0.22928262]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn like_pytorch(fan_in: usize, fan_out: usize, bias: bool, rng: &mut Generator) -> Result<Linear> {
        let init = Init::KaimingUniform { gain: (1.0_f64 / 3.0).sqrt() };
        let weight = init.draw(&[fan_out, fan_in], fan_in, fan_out, rng)?.t()?.contiguous();
        let bias = if bias { Some(init.draw(&[fan_out], fan_in, fan_out, rng)?) } else { None };
        Ok(Linear { weight: Param::new(weight), bias: bias.map(Param::new) })
    }
}

impl Module for Linear {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(Param::value);
        Ok(x.linear(&self.weight.value(), bias.as_ref())?.tap("out"))
    }
}
