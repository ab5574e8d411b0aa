//! Layer normalisation (Ba, Kiros & Hinton 2016, arXiv:1607.06450).

use crate::{Module, Param};
use gradus_tensor::{Result, Tensor};

/// y = (x − μ) / √(σ² + ε) · weight + bias, with mean and variance of each vector along the last axis: `[..., width]` in
/// and out. ε is 1e-5.
///
/// ```
/// use gradus_nn::{LayerNorm, Module};
/// use gradus_tensor::Tensor;
/// let y = LayerNorm::new(2, true).forward(&Tensor::from_slice(&[1.0_f32, 3.0, -5.0, 5.0], &[2, 2])?)?;
/// assert!(y.all_close(&Tensor::from_slice(&[-1.0_f32, 1.0, -1.0, 1.0], &[2, 2])?, 0.0, 1e-5));
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct LayerNorm {
    /// The scale, `[width]`; starts as ones.
    pub weight: Param,
    /// The shift, `[width]`, if there is one; starts as zeros.
    pub bias: Option<Param>,
    #[module(skip)]
    width: usize,
}

const EPS: f64 = 1e-5;

impl LayerNorm {
    /// A layer for vectors of `width` numbers, with or without a shift.
    pub fn new(width: usize, bias: bool) -> LayerNorm {
        let weight = Param::new(Tensor::ones(&[width]));
        let bias = bias.then(|| Param::new(Tensor::zeros(&[width])));
        LayerNorm { weight, bias, width }
    }
}

impl Module for LayerNorm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(Param::value);
        Ok(x.layer_norm(&[self.width], Some(&self.weight.value()), bias.as_ref(), EPS)?.tap("out"))
    }
}
