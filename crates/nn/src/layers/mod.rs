//! One layer, one file.

mod activation;
mod embedding;
mod linear;
mod sequential;

pub use activation::Tanh;
pub use embedding::Embedding;
pub use linear::Linear;
pub use sequential::Sequential;
