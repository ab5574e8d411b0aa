#![doc = include_str!("../README.md")]
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
