//! Fully connected layers, one after the other (Rumelhart, Hinton & Williams 1986, Nature 323:533–536).
//!
//! Every unit sees every number of the layer before it: hᵢ = f(hᵢ₋₁·Wᵢ + bᵢ). The last layer has an activation of its
//! own: none for logits and for regression, sigmoid for outputs between 0 and 1.

use super::{activated, check_sizes};
use gradus_nn::{Linear, Module, Nonlinearity};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor, ensure};

/// The sizes of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseConfig {
    /// Numbers that go in.
    pub inputs: usize,
    /// Units in each hidden layer, first to last; none for a linear model.
    pub hidden: Vec<usize>,
    /// Numbers that come out: classes.
    pub outputs: usize,
    /// What the hidden units make of their sums.
    pub activation: Nonlinearity,
    /// What the outputs make of theirs.
    pub output: Nonlinearity,
}

/// The network. A probe sees the sums `hidden.0.out` and what became of them `hidden.0.activation`, and so on, and
/// `output.out` and `output.activation`.
///
/// ```
/// use gradus_models::{Dense, DenseConfig};
/// use gradus_nn::{Nonlinearity, Module};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = DenseConfig {
///     inputs: 4,
///     hidden: vec![8],
///     outputs: 3,
///     activation: Nonlinearity::Relu,
///     output: Nonlinearity::Linear,
/// };
/// let model = Dense::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// assert_eq!(model.parameter_count(), 4 * 8 + 8 + 8 * 3 + 3);
/// assert_eq!(model.forward(&Tensor::zeros(&[5, 4]))?.shape(), [5, 3]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct Dense {
    #[module(skip)]
    config: DenseConfig,
    hidden: Vec<Linear>,
    output: Linear,
}

impl Dense {
    /// A network with weights drawn from `rng`, layer by layer: those of hidden layers as [`Nonlinearity::init`] says, those of
    /// the output layer as for [`Nonlinearity::Linear`]; biases start as 0.
    ///
    /// # Errors
    /// When a size is 0.
    pub fn new(config: DenseConfig, rng: &mut Generator) -> Result<Dense> {
        let DenseConfig { inputs, outputs, activation, .. } = config;
        check_sizes("dense", &[("the number of inputs", inputs), ("the number of outputs", outputs)])?;
        let mut width = inputs;
        let mut hidden = Vec::new();
        for &units in &config.hidden {
            check_sizes("dense", &[("the size of a hidden layer", units)])?;
            hidden.push(Linear::new(width, units, true, activation.init(), rng)?);
            width = units;
        }
        // Whatever the outputs' activation: small sums, for a network that is sure of nothing yet.
        Ok(Dense { hidden, output: Linear::new(width, outputs, true, Nonlinearity::Linear.init(), rng)?, config })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &DenseConfig {
        &self.config
    }

    /// What the last hidden layer makes of `x [B, ...]`: `[B, units]`, or the inputs where there is none.
    ///
    /// # Errors
    /// When `x` has another number of inputs.
    pub fn features(&self, x: &Tensor) -> Result<Tensor> {
        let inputs = self.config.inputs;
        ensure!(
            x.ndim() > 0 && x.shape()[1..].iter().product::<usize>() == inputs,
            "dense",
            "input {:?} must be [batch, ...] with {inputs} numbers a sample",
            x.shape()
        );
        let mut h = x.reshape(&[x.shape()[0] as isize, inputs as isize])?; // [B, inputs]
        for (i, layer) in self.hidden.iter().enumerate() {
            h = activated(format_args!("hidden.{i}"), layer, self.config.activation, &h)?; // [B, units]
        }
        Ok(h)
    }
}

impl Module for Dense {
    /// Outputs `[B, outputs]` for inputs `[B, ...]` of `inputs` numbers a sample.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        activated("output", &self.output, self.config.output, &self.features(x)?)
    }
}
