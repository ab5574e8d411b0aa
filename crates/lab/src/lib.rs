//! The laboratory: recipes, the training loop, recorded runs and checkpoints.

mod error;
pub mod recipe;
mod schedule;
pub mod store;

pub use error::Error;
