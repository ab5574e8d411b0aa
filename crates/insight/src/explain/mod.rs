//! Looking into a classifier: what it decides, where, and why.
//!
//! Of a whole data set: the [`Confusion`] matrix, the decision [`Landscape`] over two features, the kernels of a convolution
//! ([`kernels`]), the plane of an autoencoder ([`Latent`]). Of one example: the [`scores`] as sums of what arrived, every
//! feature map ([`feature_maps`]), [`saliency`], [`occlusion`], the most [`similar`] training examples; of a single neuron
//! all it computes ([`NeuronSeen`]); of a word, which [`letters`] mattered.
//!
//! [`explain`] tells all of it of one [`Example`] of a session in plain words, [`pictures`] draws what there is to see of its
//! whole model.
//!
//! Everything is read off the model's own pass, by its named values and operations ([`Trace`]): nothing here knows one model
//! from another.

mod classifier;
mod confusion;
mod contrast;
mod example;
mod explanation;
mod kernels;
mod landscape;
mod latent;
mod letters;
mod maps;
mod neuron;
mod occlusion;
mod overview;
mod saliency;
mod scores;
mod similar;
mod trace;

pub use classifier::{Classifier, Reading};
pub use confusion::{Confusion, OfClass};
pub use contrast::{Centroids, Contrast, Neighbours, contrast};
pub use example::Example;
pub use explanation::{Beside, Explained, Explanation, NamedValue, Question, explain};
pub use kernels::{Kernels, kernels};
pub use landscape::{Landscape, landscape, telling_features};
pub use latent::{Latent, latent};
pub use letters::{Letter, Letters, letters};
pub use maps::{Maps, feature_maps};
pub use neuron::{Input, NeuronSeen};
pub use occlusion::{Occlusion, occlusion};
pub use overview::{Recorded, beside_network, confusion, curves, pictures};
pub use saliency::{Saliency, saliency};
pub use scores::{Part, Score, scores};
pub use similar::{Nearness, Similar, similar, similar_picture};
pub use trace::{Operation, Trace};

use gradus_train::{Error, Session};

/// A number with so many decimals; what rounds to nothing has no sign.
fn fixed(v: f64, decimals: usize) -> String {
    let text = format!("{v:.decimals$}");
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') { text.replace('-', "") } else { text }
}

/// A number as one would note a measurement: four digits at most.
fn noted(v: f64) -> String {
    let text = crate::digits::figure(v, 4);
    if text.contains('.') && !text.contains('e') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

/// Refuses a language model, with what to look at instead.
fn needs_classifier(session: &Session) -> Result<(), Error> {
    if session.language_model().is_err() {
        return Ok(());
    }
    Err(Error::Request(format!(
        "a model of kind {} goes on with a text and tells no classes: look at it with gradus inspect, let it write with \
         gradus sample, or watch it token by token in gradus serve",
        session.recipe().model.kind()
    )))
}
