//! One layer, one file.

mod batch_norm;
mod convolution;
mod dropout;
mod embedding;
mod flatten_consecutive;
mod layer_norm;
mod linear;
mod sequential;

pub use batch_norm::{BatchNorm, BatchNormConfig};
pub use convolution::{Conv1d, Conv2d};
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use flatten_consecutive::FlattenConsecutive;
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use sequential::Sequential;
