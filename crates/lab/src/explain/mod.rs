//! Looking into a classifier: what it decides, where, and why.
//!
//! Of a whole data set: the [`Confusion`] matrix, the decision [`Landscape`] over two features, the kernels of a convolution
//! ([`kernels`]), the plane of an autoencoder ([`Latent`]). Of one example: the [`scores`] as sums of what arrived, every
//! feature map ([`feature_maps`]), [`saliency`], [`occlusion`], the most [`similar`] training examples; of a single neuron
//! all it computes ([`NeuronSeen`]); of a word, which [`letters`] mattered.
//!
//! Everything is read off the model's own pass, by its named values and operations ([`Trace`]): nothing here knows one model
//! from another.

mod classifier;
mod confusion;
mod kernels;
mod landscape;
mod latent;
mod letters;
mod maps;
mod neuron;
mod occlusion;
mod saliency;
mod scores;
mod similar;
mod trace;

pub use classifier::{Classifier, Reading};
pub use confusion::{Confusion, OfClass};
pub use kernels::{Kernels, kernels};
pub use landscape::{Landscape, landscape, telling_features};
pub use latent::{Latent, latent};
pub use letters::{Letter, Letters, letters};
pub use maps::{Maps, feature_maps};
pub use neuron::{Input, NeuronSeen};
pub use occlusion::{Occlusion, occlusion};
pub use saliency::{Saliency, saliency};
pub use scores::{Part, Score, scores};
pub use similar::{Nearness, Similar, similar, similar_picture};
pub use trace::{Operation, Trace};
