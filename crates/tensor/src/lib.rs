//! Tensors with automatic differentiation, random numbers, probes and precision.
//!
//! ```
//! use gradus_tensor::Tensor;
//! // One neuron by hand: o = tanh(x · w + b).
//! let x = Tensor::from_slice(&[2.0, 0.0], &[1, 2])?;
//! let w = Tensor::from_slice(&[-3.0, 1.0], &[2, 1])?.requires_grad();
//! let b = Tensor::scalar(6.881_373_587_019_543_2).requires_grad();
//! let o = (x.matmul(&w)? + &b).tanh().sum();
//! o.backward()?;
//! assert!((o.item()? - 0.7071).abs() < 1e-4);
//! assert!((w.grad().unwrap().to_vec::<f64>()[0] - 1.0).abs() < 1e-4);
//! # Ok::<(), gradus_tensor::Error>(())
//! ```
//!
//! Reading order: [`Array`] (values), [`Tensor`] (values with a history), [`autograd`] (the tape, and the one
//! gate every result passes), then any file of [`ops`], each of which holds one operation forward and backward.

pub mod array;
pub mod autograd;
mod display;
mod dtype;
mod error;
pub mod gradcheck;
pub mod ops;
pub mod precision;
pub mod probe;
pub mod random;
mod tensor;

pub use array::Array;
pub use autograd::{is_grad_enabled, no_grad};
pub use dtype::{DType, Elem};
pub use error::{Error, Result};
pub use gradus_kernels::buffer::{PoolStats, pool_stats, trim_pool};
pub use gradus_kernels::simd::{Level as SimdLevel, level as simd_level};
pub use gradus_kernels::threads::{set_threads, threads};
pub use precision::Precision;
pub use probe::Probe;
pub use tensor::Tensor;
