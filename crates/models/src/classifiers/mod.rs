//! Models that say what something is: one logit for each class. The [`autoencoder`], which says what a picture looks like
//! once most of it is forgotten, stands beside them, for it is made of the same layers.

pub mod autoencoder;
pub mod dense;
pub mod lenet;
pub mod lstm_classifier;
pub mod neuron;
pub mod resnet;
pub mod text_cnn;

pub use autoencoder::{Autoencoder, AutoencoderConfig};
pub use dense::{Dense, DenseConfig};
pub use lenet::{LeNet, LeNetConfig};
pub use lstm_classifier::{LstmClassifier, LstmClassifierConfig};
pub use neuron::{Neuron, NeuronConfig};
pub use resnet::{ResNet, ResNetConfig};
pub use text_cnn::{TextCnn, TextCnnConfig};

use gradus_nn::{Module, Nonlinearity};
use gradus_tensor::{Error, Result, Tensor, probe};
use std::fmt::Display;

/// `activation(layer(x))` as the part `name` of a model: the layer's own result is seen as `name.out`, what the activation
/// makes of it as `name.activation`.
fn activated<N: Display>(name: N, layer: &impl Module, activation: Nonlinearity, x: &Tensor) -> Result<Tensor> {
    let result = probe::scope(&name, || layer.forward(x).map(|sum| activation.apply(&sum).tap("activation")));
    result.map_err(|e| e.within(name))
}

/// Checks that there is something at each of these sizes of a model.
fn check_sizes(model: &'static str, sizes: &[(&str, usize)]) -> Result<()> {
    match sizes.iter().find(|(_, size)| *size == 0) {
        Some((name, _)) => Err(Error::new(model, format!("{name} is 0, and must be 1 at least"))),
        None => Ok(()),
    }
}

/// Checks that `x` is a batch of grey pictures of this size.
fn check_pictures(model: &'static str, x: &Tensor, height: usize, width: usize) -> Result<()> {
    let shape = x.shape();
    gradus_tensor::ensure!(
        shape.len() == 4 && shape[1..] == [1, height, width],
        model,
        "pictures {shape:?} must be [batch, 1, {height}, {width}], the size that the model was made for"
    );
    Ok(())
}
