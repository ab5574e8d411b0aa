//! A precision study beside a session: on a thread of its own, told by events, ended by whoever asks or with the session.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gradus_insight::precision::{Track, study};
use gradus_recipe::Recipe;
use gradus_train::Session;
use gradus_train::store::Checkpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::board::{Board, Note};
use crate::host::Host;
use crate::limits;
use crate::refusal::{Answer, Refusal};
use crate::session::ActiveSession;

/// Formats in one study.
const FORMATS: usize = 12;

/// Points of a loss curve that are told.
const POINTS: usize = 1000;

/// What is to be trained.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Precision")]
pub struct Asked {
    formats: Vec<String>,
    steps: u64,
}

/// Where a study stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "StudyStatus")]
enum Doing {
    Running,
    Done,
    Cancelled,
    Failed,
}

/// How far it is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "StudyNews")]
pub struct Progress {
    status: Doing,
    /// The session's step that it begins at.
    step: u64,
    /// Steps in each format.
    steps: u64,
    /// Steps made in all formats, and those to make; the exact training that all are held against counts.
    made: u64,
    all: u64,
    /// Why it failed.
    message: Option<String>,
}

/// A study with what it found.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Study")]
pub struct Found {
    #[serde(flatten)]
    progress: Progress,
    /// Empty until it is done.
    formats: Vec<Track>,
}

/// A study that runs or ran. Where nobody holds it any more, it ends.
pub struct Study(Arc<Shared>);

struct Shared {
    cancelled: AtomicBool,
    state: Mutex<(Progress, Vec<Track>)>,
    board: Arc<Board>,
    host: Arc<dyn Host>,
}

impl Shared {
    /// Changes how it stands, and tells the listeners.
    fn tell(&self, change: impl FnOnce(&mut Progress, &mut Vec<Track>)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (progress, tracks) = &mut *state;
        // Once it has ended, by whatever, it stays so.
        if progress.status == Doing::Running {
            change(progress, tracks);
            self.board.pin(Note::Study, &*progress);
        }
        drop(state);
        self.board.ring();
    }

    fn work(&self, recipe: &Recipe, checkpoint: &Checkpoint, asked: &Asked) {
        let start = || {
            let mut session = Session::new(recipe.clone())?;
            session.restore(checkpoint)?;
            Ok(session)
        };
        let (mut made, mut told) = (0, self.host.seconds());
        let mut watch = || {
            made += 1;
            let now = self.host.seconds();
            if now - told >= limits::TICK {
                told = now;
                self.tell(|progress, _| progress.made = made);
            }
            !self.cancelled.load(Ordering::Relaxed)
        };
        let found = catch_unwind(AssertUnwindSafe(|| study(&start, &asked.formats, asked.steps, &mut watch)));
        self.tell(|progress, tracks| match found {
            Ok(Ok(Some(mut found))) => {
                found.iter_mut().for_each(|track| thin(&mut track.losses));
                (progress.status, progress.made) = (Doing::Done, progress.all);
                *tracks = found;
            }
            Ok(Ok(None)) => progress.status = Doing::Cancelled,
            Ok(Err(error)) => (progress.status, progress.message) = (Doing::Failed, Some(error.to_string())),
            Err(_) => (progress.status, progress.message) = (Doing::Failed, Some("the study panicked".to_string())),
        });
    }
}

/// Evenly spaced points, the last among them.
fn thin<T: Copy>(points: &mut Vec<T>) {
    let stride = points.len().div_ceil(POINTS).max(1);
    *points = points.iter().rev().step_by(stride).rev().copied().collect();
}

impl Study {
    /// How far it is, and what it found.
    pub fn found(&self) -> Found {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        Found { progress: state.0.clone(), formats: state.1.clone() }
    }

    fn is_running(&self) -> bool {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).0.status == Doing::Running
    }

    /// Ends it; what it has is forgotten.
    fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
        self.0.tell(|progress, _| progress.status = Doing::Cancelled);
    }
}

impl Drop for Study {
    fn drop(&mut self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }
}

impl ActiveSession {
    /// Begins a study from here; the session itself is left alone.
    ///
    /// # Errors
    /// Where one runs already, or what is asked for makes no sense.
    pub fn begin_study(&mut self, asked: Asked) -> Answer<Found> {
        if !(1..=limits::STUDY_STEPS).contains(&asked.steps) || !(1..=FORMATS).contains(&asked.formats.len()) {
            let most = limits::STUDY_STEPS;
            return Err(Refusal::unprocessable(format!(
                "\"steps\" is between 1 and {most}, \"formats\" names 1 to {FORMATS}"
            )));
        }
        if self.is_studying() {
            return Err(Refusal::conflict("a study runs already: wait for it, or end it (DELETE)"));
        }
        if self.session().parameters().is_empty() {
            return Err(Refusal::conflict("this model is counted, not trained: there is nothing to round"));
        }
        for name in &asked.formats {
            gradus_insight::precision::Format::parse(name)?;
        }
        let all = asked.steps * (asked.formats.len() as u64 + 1);
        let progress =
            Progress { status: Doing::Running, step: self.step(), steps: asked.steps, made: 0, all, message: None };
        self.board.pin(Note::Study, &progress);
        let shared = Arc::new(Shared {
            cancelled: AtomicBool::new(false),
            state: Mutex::new((progress, vec![])),
            board: self.board.clone(),
            host: self.host.clone(),
        });
        let (recipe, checkpoint) = (self.session().recipe().clone(), self.session().checkpoint()?);
        let own = shared.clone();
        self.host
            .beside("study", Box::new(move || own.work(&recipe, &checkpoint, &asked)))
            .map_err(|e| Refusal::limit(format!("the system has no thread for a study: {e}")))?;
        let study = Study(shared);
        let found = study.found();
        self.study = Some(study);
        Ok(found)
    }

    /// The study that runs or ran last.
    ///
    /// # Errors
    /// Where there is none.
    pub fn study(&self) -> Answer<&Study> {
        self.study.as_ref().ok_or_else(|| Refusal::not_found("no study was made yet: POST to this address begins one"))
    }

    /// Ends the study that runs.
    ///
    /// # Errors
    /// Where there is none.
    pub fn end_study(&self) -> Answer<Found> {
        let study = self.study()?;
        study.cancel();
        Ok(study.found())
    }

    /// Whether a study runs.
    pub fn is_studying(&self) -> bool {
        self.study.as_ref().is_some_and(Study::is_running)
    }
}
