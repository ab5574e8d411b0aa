//! One neuron (McCulloch & Pitts 1943; with learned weights: Rosenblatt 1958), small enough to check on paper.
//!
//! Each input is multiplied by its weight, the products and a bias are added up, and an activation says how strongly the
//! neuron fires: y = f(w₁x₁ + w₂x₂ + … + b).

use super::check_sizes;
use gradus_nn::{Module, Nonlinearity, Param};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor, ensure};

/// The size of the neuron.
#[derive(Clone, Debug, PartialEq)]
pub struct NeuronConfig {
    /// Number of inputs.
    pub inputs: usize,
    /// f.
    pub activation: Nonlinearity,
}

/// The neuron. A probe sees `products` `[B, inputs]`, `sum` `[B, 1]` and `output` `[B, 1]`.
///
/// ```
/// use gradus_models::{Neuron, NeuronConfig};
/// use gradus_nn::{Nonlinearity, Module};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = NeuronConfig { inputs: 3, activation: Nonlinearity::Relu };
/// let neuron = Neuron::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// neuron.weight.set(Tensor::from_slice(&[0.5_f32, -1.0, 2.0], &[3])?);
/// neuron.bias.set(Tensor::from_slice(&[0.25_f32], &[1])?);
/// let y = neuron.forward(&Tensor::from_slice(&[1.0_f32, 1.0, 0.5], &[1, 3])?)?;
/// assert_eq!(y.to_vec::<f32>(), [0.5 - 1.0 + 1.0 + 0.25]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct Neuron {
    #[module(skip)]
    config: NeuronConfig,
    /// w, `[inputs]`.
    pub weight: Param,
    /// b, `[1]`; starts as 0.
    pub bias: Param,
}

impl Neuron {
    /// A neuron with weights drawn from `rng`, small enough that it is sure of nothing yet.
    ///
    /// # Errors
    /// When there are no inputs.
    pub fn new(config: NeuronConfig, rng: &mut Generator) -> Result<Neuron> {
        let NeuronConfig { inputs, .. } = config;
        check_sizes("neuron", &[("the number of inputs", inputs)])?;
        let weight = Nonlinearity::Linear.init().draw(&[inputs], inputs, 1, rng)?;
        Ok(Neuron { config, weight: Param::new(weight), bias: Param::new(Tensor::zeros(&[1])) })
    }

    /// The size it was made with.
    pub fn config(&self) -> &NeuronConfig {
        &self.config
    }
}

impl Module for Neuron {
    /// How strongly it fires, `[B, 1]`, for inputs `[B, inputs]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let inputs = self.config.inputs;
        ensure!(
            x.ndim() == 2 && x.shape()[1] == inputs,
            "neuron",
            "inputs {:?} must be [batch, {inputs}]: the neuron has {inputs} weights",
            x.shape()
        );
        let products = x.try_mul(&self.weight.value())?.tap("products"); // [B, inputs]
        let sum = products.sum_dims(&[1], true)?.try_add(&self.bias.value())?.tap("sum"); // [B, 1]
        Ok(self.config.activation.apply(&sum).tap("output"))
    }
}
