//! The laboratory: recipes, the training loop, recorded runs and checkpoints.

pub mod build;
pub mod clock;
pub mod compare;
pub mod corpus;
pub mod diagnostics;
mod error;
mod evaluate;
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
pub mod run;
mod schedule;
pub mod session;
mod state;
pub mod step;
pub mod store;
pub mod sweep;

pub use error::{Error, NonFinite};
pub use evaluate::Evaluation;
pub use gradus_tensor::set_threads;
pub use reopen::{Resumed, resume};
pub use run::{ActiveRun, Ending};
pub use session::Session;
