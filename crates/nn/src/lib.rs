//! Layers, initialisation and optimisers.
//!
//! ```
//! use gradus_nn::{Linear, Module, Nonlinearity, Optimizer, Sequential, Sgd, init::Init};
//! use gradus_tensor::{Tensor, random::{Generator, Scheme}};
//!
//! let mut rng = Generator::new(Scheme::Gradus, 1);
//! let model = Sequential::new()
//!     .push(Linear::new(2, 8, true, Init::Kaiming { gain: Nonlinearity::Tanh.gain() }, &mut rng)?)
//!     .push(Nonlinearity::Tanh)
//!     .push(Linear::new(8, 1, true, Init::Kaiming { gain: 1.0 }, &mut rng)?);
//! let x = Tensor::from_slice(&[0.0_f32, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], &[4, 2])?;
//! let y = Tensor::from_slice(&[-1.0_f32, 1.0, 1.0, -1.0], &[4, 1])?;
//! let mut sgd = Sgd::new(model.parameters());
//! let mut last = f64::INFINITY;
//! for _ in 0..300 {
//!     let error = model.forward(&x)?.try_sub(&y)?;
//!     let loss = (&error * &error).mean();
//!     last = loss.item()?;
//!     loss.into_backward()?;
//!     sgd.step(0.1);
//! }
//! assert!(last < 0.01, "{last}");
//! # Ok::<(), gradus_tensor::Error>(())
//! ```

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
