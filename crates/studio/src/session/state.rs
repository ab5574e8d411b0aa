//! What a session tells about itself.

use std::sync::Arc;

use gradus_models::LanguageModel;
use gradus_models::language::Form;
use gradus_train::Session;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::session::classes::Task;
use crate::session::{ActiveSession, Mode};

/// What never changes while a session lives.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Family {
    pub(crate) recipe: String,
    /// The kind of model.
    pub(crate) model: String,
    family: &'static str,
    /// What a pass takes.
    #[schemars(extend("enum" = ["contexts", "sequences", "examples"]))]
    form: &'static str,
    pub(crate) data: String,
    /// How many numbers it learns.
    pub(crate) parameters: usize,
    pub(crate) seed: u64,
    pub(crate) block_size: usize,
    #[serde(skip)]
    pub(crate) long: Arc<Long>,
}

/// What is told once.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Long {
    /// The text of each token; empty where the model knows none.
    pub(crate) vocabulary: Vec<String>,
    pub(crate) toml: String,
    /// What is told that is no next token.
    pub(crate) task: Option<Task>,
}

impl Family {
    pub(crate) fn of(session: &Session) -> Self {
        let recipe = session.recipe();
        let letters = session.corpus().tokenizer().map_or_else(
            |_| Vec::new(),
            |tokenizer| (0..tokenizer.len() as i64).map(|id| tokenizer.piece(id).unwrap_or_default()).collect(),
        );
        Family {
            recipe: recipe.name.clone(),
            model: recipe.model.kind().to_string(),
            family: recipe.model.kind(),
            form: match session.language_model().map(LanguageModel::form) {
                Ok(Form::Contexts { .. }) => "contexts",
                Ok(Form::Sequences { .. }) => "sequences",
                Err(_) => "examples",
            },
            data: crate::shown(&recipe.data.source),
            parameters: session.parameters().iter().map(|(_, param)| param.numel()).sum(),
            seed: recipe.training.seed,
            block_size: session.corpus().block_size(),
            long: Arc::new(Long { vocabulary: letters, toml: recipe.to_toml(), task: Task::of(session) }),
        }
    }
}

/// What it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Status")]
pub enum Doing {
    /// Waits for a command.
    Paused,
    /// Trains.
    Playing,
    /// Trains again to where it was.
    Replaying,
    /// Stands at its last step.
    Finished,
    /// A step could not be made.
    Diverged,
    /// Lies in the store.
    Asleep,
}

/// A session in words and numbers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct State {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) family: Family,
    pub(crate) status: Doing,
    pub(crate) step: u64,
    /// Where play ends.
    pub(crate) steps: u64,
    pub(crate) learning_rate: f64,
    /// Where it was set by hand.
    pub(crate) learning_rate_fixed: Option<f64>,
    pub(crate) speed: Option<f64>,
    pub(crate) steps_per_second: f64,
    /// Of the batches of the last step that was made.
    pub(crate) loss: Option<f64>,
    /// After how many steps that was.
    pub(crate) loss_step: Option<u64>,
    /// Of the held-out part.
    pub(crate) dev_loss: Option<f64>,
    /// Of the held-out part.
    pub(crate) accuracy: Option<f64>,
    /// At which step the held-out part was measured.
    pub(crate) dev_step: Option<u64>,
    pub(crate) message: Option<String>,
    pub(crate) edits: usize,
    pub(crate) version: u64,
    pub(crate) replay: Option<Replay>,
    pub(crate) checkpoints: Vec<u64>,
    #[serde(flatten, serialize_with = "inside")]
    pub(crate) long: Option<Arc<Long>>,
}

fn inside<S: Serializer>(long: &Option<Arc<Long>>, serializer: S) -> Result<S::Ok, S::Error> {
    long.as_deref().serialize(serializer)
}

/// From where to where it trains again.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Replay {
    from: u64,
    to: u64,
}

impl State {
    /// Without what never changes.
    pub fn brief(&self) -> State {
        State { long: None, ..self.clone() }
    }
}

impl ActiveSession {
    /// How it stands.
    pub fn state(&self) -> State {
        let (point, dev, accuracy) =
            self.board.history(|history| (history.loss(), history.dev_loss(), history.accuracy()));
        let loss = self.last_loss.or(point);
        State {
            id: self.id.clone(),
            family: self.family.clone(),
            status: self.doing(),
            step: self.step(),
            steps: self.steps(),
            learning_rate: self.learning_rate(),
            learning_rate_fixed: self.log.learning_rate(self.step()),
            speed: self.speed,
            steps_per_second: self.steps_per_second,
            loss: loss.map(|(_, loss)| loss),
            loss_step: loss.map(|(step, _)| step),
            dev_loss: dev.map(|(_, loss)| loss),
            accuracy,
            dev_step: dev.map(|(step, _)| step),
            message: self.message.clone(),
            edits: self.log.edits().len(),
            version: self.version,
            replay: match self.mode {
                Mode::Replaying { from, to, .. } => Some(Replay { from, to }),
                _ => None,
            },
            checkpoints: self.run.checkpoints().to_vec(),
            long: Some(self.family.long.clone()),
        }
    }
}

/// What listeners hear of the edit log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EditsNote {
    pub(crate) version: u64,
    pub(crate) edits: usize,
}
