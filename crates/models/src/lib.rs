//! The models, one file each: configuration at the top, then the layers, then the forward pass, read in ten minutes
//! beside the paper.

pub mod mlp;

pub use mlp::{Mlp, MlpConfig};
