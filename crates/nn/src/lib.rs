#![doc = include_str!("../README.md")]

// What `derive(Module)` writes calls this crate by its name, here as elsewhere.
extern crate self as gradus_nn;

pub mod init;
mod layers;
mod mode;
mod module;
mod nonlinearity;
mod optim;
mod param;
mod parts;
mod summary;

pub use gradus_derive::Module;
pub use layers::{
    BatchNorm, BatchNormConfig, Conv1d, Conv2d, Dropout, Embedding, FlattenConsecutive, LayerNorm, Linear, Sequential,
};
pub use mode::{is_training, training};
pub use module::Module;
pub use nonlinearity::{Nonlinearity, Saturation};
pub use optim::{Adam, Optimizer, Sgd, clip_factor};
pub use param::Param;
pub use parts::{Part, Parts, Visitor};
pub use summary::Summary;
