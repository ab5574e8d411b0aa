//! The laboratory: recipes, the training loop, recorded runs and checkpoints.

pub mod build;
pub mod corpus;
mod error;
pub mod generate;
pub mod inspect;
pub mod recipe;
mod reopen;
mod schedule;
pub mod session;
mod state;
pub mod store;
pub mod train;

pub use error::Error;
pub use gradus_tensor::set_threads;
pub use reopen::{Resumed, resume};
pub use session::Session;
