#![doc = include_str!("../README.md")]
//!
//! [`language`] says what the models that predict the next symbol have in common; [`classifiers`] are those that say what
//! something is, and [`neighbours`] say it without training.

pub mod batchnorm_mlp;
pub mod bigram;
pub mod bow;
pub mod classifiers;
pub mod deep;
pub mod gru;
mod kv_cache;
pub mod language;
mod layer;
pub mod lstm;
pub mod manual_mlp;
pub mod mlp;
pub mod neighbours;
pub mod ngram;
pub mod recurrent;
pub mod rnn;
pub mod transformer;
pub mod wavenet;
pub mod window_mlp;

pub use batchnorm_mlp::{BatchNormMlp, BatchNormMlpConfig};
pub use bigram::{Bigram, BigramConfig};
pub use bow::{Bow, BowConfig};
pub use classifiers::{
    Autoencoder, AutoencoderConfig, Dense, DenseConfig, LeNet, LeNetConfig, LstmClassifier, LstmClassifierConfig,
    Neuron, NeuronConfig, ResNet, ResNetConfig, TextCnn, TextCnnConfig,
};
pub use deep::{DeepMlp, DeepMlpConfig};
pub use gru::Gru;
pub use language::LanguageModel;
pub use lstm::Lstm;
pub use manual_mlp::{ManualMlp, ManualMlpConfig};
pub use mlp::{Mlp, MlpConfig};
pub use neighbours::{KNearest, NearestCentroid, Neighbour};
pub use ngram::{Ngram, NgramConfig};
pub use recurrent::{Recurrent, RecurrentConfig};
pub use rnn::Rnn;
pub use transformer::{Transformer, TransformerConfig, TransformerInit};
pub use wavenet::{WaveNet, WaveNetConfig};
pub use window_mlp::{WindowMlp, WindowMlpConfig};
