#![doc = include_str!("../README.md")]

pub mod build;
mod checkpoint;
pub mod clock;
pub mod corpus;
mod error;
mod evaluate;
pub mod finder;
pub mod generate;
pub mod objective;
mod ratio;
mod reopen;
pub mod run;
pub mod session;
pub mod state;
pub mod step;
pub mod store;
pub mod stored;
#[cfg(feature = "files")]
pub mod sweep;

pub use error::{Error, NonFinite};
pub use evaluate::Evaluation;
pub use gradus_tensor::set_threads;
pub use ratio::{GRADIENT_SERIES, Ratio, UPDATE_SERIES};
pub use reopen::{Resumed, resume};
pub use run::{ActiveRun, Ending};
pub use session::Session;
