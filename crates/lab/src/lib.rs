//! The laboratory: recipes, the training loop, recorded runs and checkpoints.

pub mod build;
pub mod compare;
pub mod corpus;
pub mod diagnostics;
mod error;
pub mod exchange;
pub mod explain;
pub mod finder;
pub mod fundamentals;
pub mod generate;
pub mod ninja;
pub mod number;
pub mod objective;
pub mod precision;
pub mod recipe;
mod reopen;
pub mod report;
pub mod reproduce;
mod schedule;
pub mod session;
mod state;
pub mod store;
pub mod sweep;
pub mod train;

pub use error::Error;
pub use gradus_tensor::set_threads;
pub use reopen::{Resumed, resume};
pub use session::Session;
