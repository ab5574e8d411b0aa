//! The models, one file each: configuration at the top, then the layers, then the forward pass, read in ten minutes
//! beside the paper. [`language`] says what they have in common.

pub mod batchnorm_mlp;
pub mod bigram;
pub mod deep;
pub mod language;
mod layer;
pub mod mlp;
pub mod ngram;
pub mod transformer;
pub mod wavenet;

pub use batchnorm_mlp::{BatchNormMlp, BatchNormMlpConfig};
pub use bigram::{Bigram, BigramConfig};
pub use deep::{DeepMlp, DeepMlpConfig};
pub use language::LanguageModel;
pub use mlp::{Mlp, MlpConfig};
pub use ngram::{Ngram, NgramConfig};
pub use transformer::{Transformer, TransformerConfig};
pub use wavenet::{WaveNet, WaveNetConfig};
