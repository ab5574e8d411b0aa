//! An autoencoder (Rumelhart, Hinton & Williams 1986; deep ones: Hinton & Salakhutdinov 2006, Science 313:504–507).
//!
//! A network whose target is its own input, through a middle so narrow that it has to find what matters: with two numbers
//! there, every picture is a point in a plane.

use super::{Dense, DenseConfig};
use gradus_nn::{Module, Nonlinearity};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoencoderConfig {
    /// Numbers of an input, each between 0 and 1.
    pub inputs: usize,
    /// Units in each hidden layer on the way to the middle; the way back has the same in reverse.
    pub hidden: Vec<usize>,
    /// Numbers in the middle.
    pub latent: usize,
    /// What the hidden units make of their sums.
    pub activation: Nonlinearity,
}

/// The model: two [`Dense`] networks, `encoder` and `decoder`. A probe sees their layers, the numbers in the middle as
/// `latent`, and the result as `reconstruction`.
///
/// ```
/// use gradus_models::{Autoencoder, AutoencoderConfig};
/// use gradus_nn::{Nonlinearity, Module};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = AutoencoderConfig { inputs: 64, hidden: vec![32], latent: 2, activation: Nonlinearity::Tanh };
/// let model = Autoencoder::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// let pictures = Tensor::zeros(&[5, 1, 8, 8]);
/// assert_eq!(model.encode(&pictures)?.shape(), [5, 2]);
/// assert_eq!(model.forward(&pictures)?.shape(), [5, 1, 8, 8]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct Autoencoder {
    #[module(skip)]
    config: AutoencoderConfig,
    encoder: Dense,
    decoder: Dense,
}

impl Autoencoder {
    /// A model with weights drawn from `rng`, first layer to last.
    ///
    /// # Errors
    /// When a size is 0.
    pub fn new(config: AutoencoderConfig, rng: &mut Generator) -> Result<Autoencoder> {
        let AutoencoderConfig { inputs, latent, activation, .. } = config;
        let hidden = config.hidden.clone();
        let back = hidden.iter().rev().copied().collect();
        let encoder = DenseConfig { inputs, hidden, outputs: latent, activation, output: Nonlinearity::Linear };
        let decoder =
            DenseConfig { inputs: latent, hidden: back, outputs: inputs, activation, output: Nonlinearity::Sigmoid };
        Ok(Autoencoder { encoder: Dense::new(encoder, rng)?, decoder: Dense::new(decoder, rng)?, config })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &AutoencoderConfig {
        &self.config
    }

    /// The numbers in the middle, `[B, latent]`, for inputs `[B, ...]` of `inputs` numbers each.
    ///
    /// # Errors
    /// When the inputs have another size.
    pub fn encode(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.encoder.named("encoder", x)?.tap("latent"))
    }

    /// What they stand for, `[B, inputs]`, each number between 0 and 1.
    ///
    /// # Errors
    /// When `latent` is not `[B, latent]`.
    pub fn decode(&self, latent: &Tensor) -> Result<Tensor> {
        self.decoder.named("decoder", latent)
    }
}

impl Module for Autoencoder {
    /// What is left of inputs `[B, ...]` after the middle, in their own shape.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let shape: Vec<isize> = x.shape().iter().map(|&n| n as isize).collect();
        Ok(self.decode(&self.encode(x)?)?.reshape(&shape)?.tap("reconstruction"))
    }
}
