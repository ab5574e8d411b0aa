//! What can go wrong in the laboratory, each told in one line.

use std::io;
use std::path::Path;

use gradus_recipe::RecipeError;
use schemars::JsonSchema;
use serde::Serialize;

/// An error of the laboratory. Its text is complete: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The recipe is wrong.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A file or folder could not be read or written.
    #[error("cannot {doing}: {}", plain(source))]
    Io {
        /// `write runs/mlp-1/recipe.toml`.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A checkpoint is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// The loss or a gradient stopped being a number.
    #[error("{0}")]
    Diverged(NonFinite),
    /// Training could not go on; what was saved stays.
    #[error("{source}; run {run} is safe up to step {saved}: gradus resume {run} goes on from there")]
    Interrupted {
        /// The run's name.
        run: String,
        /// The step of its last checkpoint.
        saved: u64,
        /// What stopped it.
        source: Box<Error>,
    },
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] gradus_data::DataError),
    /// An operation of the engine refused.
    #[error(transparent)]
    Tensor(#[from] gradus_tensor::Error),
    /// Random numbers of a kind that does not exist were asked for.
    #[error(transparent)]
    Random(#[from] gradus_tensor::random::RandomError),
    /// A request that does not fit the store or the run: no such run, a name that is taken.
    #[error("{0}")]
    Request(String),
}

/// Where a training ran away.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NonFinite {
    /// The step that could not be made; nothing was moved by it.
    pub step: u64,
    /// `the loss became NaN`.
    pub what: String,
    /// `the parameter hidden.weight`, the first tensor that is not finite; `None` where all before the loss are.
    pub tensor: Option<String>,
    /// The learning rate of the step.
    pub learning_rate: f64,
}

impl std::fmt::Display for NonFinite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let NonFinite { step, what, tensor, learning_rate } = self;
        write!(f, "{what} at step {step}; ")?;
        match tensor {
            Some(tensor) => write!(f, "the first bad tensor is {tensor}")?,
            None => f.write_str("every tensor before it is finite")?,
        }
        write!(f, "; lower the learning rate (schedule.lr, now {learning_rate}) or start from smaller weights")
    }
}

impl Error {
    /// An I/O error with what was being done: `Error::io("write", path)`.
    pub fn io<'a>(verb: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
        move |source| Error::Io { doing: format!("{verb} {}", path.display()), source }
    }
}

/// The system's words without the error number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}
