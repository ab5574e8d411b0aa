//! One recorded run: reading it, and writing it while it trains.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::Status;
use gradus_recipe::Recipe;

use super::record::{
    self, ABOUT, About, CHECKPOINTS, Ended, Labels, Line, Metric, NOTES, Note, NoteLine, Number, RECIPE, RECORD,
};
use super::storage::{Lasting, Lock, Storage};
use super::{Checkpoint, Store};
use crate::Error;

/// The text a run wrote at its end.
const SAMPLES: &str = "samples.txt";

/// A recorded run, to be looked at: as it stood when it was asked for.
#[derive(Debug, Clone)]
pub struct Run {
    name: String,
    about: About,
    labels: Labels,
    folder: PathBuf,
    storage: Arc<dyn Storage>,
}

impl Run {
    pub(super) fn new(storage: &Arc<dyn Storage>, name: &str, about: About, labels: Labels) -> Self {
        Run { name: name.to_string(), about, labels, folder: storage.place(name), storage: storage.clone() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the recipe it was made from.
    pub fn recipe_name(&self) -> &str {
        &self.about.recipe
    }

    /// The kind of model.
    pub fn model(&self) -> &str {
        &self.about.model
    }

    /// Where the data came from: a built-in name or a file.
    pub fn data(&self) -> &str {
        &self.about.data
    }

    /// The fingerprint of the data it was trained on.
    pub fn data_checksum(&self) -> u32 {
        self.about.data_checksum
    }

    /// How many numbers it learns.
    pub fn parameters(&self) -> usize {
        self.about.parameters
    }

    /// When it was made, in seconds since 1970.
    pub fn created(&self) -> u64 {
        self.about.created / 1_000_000
    }

    /// The step it is to end at.
    pub fn steps(&self) -> u64 {
        self.about.steps
    }

    /// How far it got at its last checkpoint.
    pub fn step(&self) -> u64 {
        self.about.step
    }

    /// Seconds of training so far.
    pub fn seconds(&self) -> f64 {
        self.about.seconds
    }

    /// The last value of a series of the whole run (`dev_loss`), where it is a number; [`Store::last_metrics`] has those of
    /// its parts too.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.about.last.get(name).map(|Number(value)| *value).filter(|value| value.is_finite())
    }

    /// The last values of all series of the whole run, by name; NaN where that is no number.
    pub fn last_values(&self) -> impl Iterator<Item = (&str, f64)> {
        self.about.last.iter().map(|(name, Number(value))| (name.as_str(), *value))
    }

    /// The words its owner has put on it, in order.
    pub fn tags(&self) -> &[String] {
        &self.labels.tags
    }

    /// What its owner has noted of it; empty where there is nothing.
    pub fn note(&self) -> &str {
        &self.labels.note
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn labelled(self, labels: Labels) -> Self {
        Run { labels, ..self }
    }

    pub(super) fn about(&self) -> &About {
        &self.about
    }

    /// The order of lists: the oldest first.
    pub(super) fn age(&self) -> (u64, &str) {
        (self.about.created, &self.name)
    }

    /// `running`, `finished`, `stopped`, `failed`, or `interrupted` where its process is gone.
    pub fn status(&self) -> &'static str {
        match self.about.status {
            Status::Running if !self.is_training() => "interrupted",
            status => status.word(),
        }
    }

    /// How it ended, and why; `None` where that needs no words.
    pub fn ended(&self) -> Option<&Ended> {
        self.about.ended.as_ref()
    }

    /// Whether a living process holds its lock.
    pub fn is_training(&self) -> bool {
        self.storage.is_locked(&self.name)
    }

    /// The recipe it runs by.
    ///
    /// # Errors
    /// Where its file is missing or was changed into something that is no recipe.
    pub fn recipe(&self) -> Result<Recipe, Error> {
        let path = self.folder.join(RECIPE);
        let bytes = self.storage.read(&self.name, RECIPE)?;
        let bytes = bytes.ok_or_else(|| {
            Error::Damaged(format!("{} is missing: gradus repair makes it again where it can", path.display()))
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let mut recipe = Recipe::parse(&path.to_string_lossy(), &text)?;
        recipe.name.clone_from(&self.about.recipe);
        Ok(recipe)
    }

    /// The steps at which there is a checkpoint, in order.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<u64>, Error> {
        checkpoints(&*self.storage, &self.name)
    }

    /// The checkpoint at a step, or the last one; `None` where there is none at all yet.
    ///
    /// # Errors
    /// Where there is none at that step, or it is damaged; the text offers the one before.
    pub fn checkpoint(&self, step: Option<u64>) -> Result<Option<(u64, Checkpoint)>, Error> {
        let steps = self.checkpoints()?;
        let step = match step {
            Some(step) if !steps.contains(&step) => {
                let list: Vec<String> = steps.iter().map(u64::to_string).collect();
                return Err(Error::Request(format!(
                    "run {} has no checkpoint at step {step}; it has: {}",
                    self.name(),
                    if list.is_empty() { "none".to_string() } else { list.join(", ") }
                )));
            }
            Some(step) => step,
            None => match steps.last() {
                Some(&last) => last,
                None => return Ok(None),
            },
        };
        let file = checkpoint_file(step);
        let bytes = self.storage.read(&self.name, &file)?;
        let read = bytes.map_or_else(|| Err("it was removed".to_string()), |bytes| Checkpoint::from_bytes(&bytes));
        let checkpoint = read.map_err(|what| {
            let before = steps.iter().rev().find(|&&s| s < step);
            let remedy = match before {
                Some(before) => format!("the one before it is at step {before}: add --step {before}"),
                None => "there is none before it: train again".to_string(),
            };
            let path = self.folder.join(&file);
            Error::Damaged(format!("the checkpoint {} is refused: {what}; {remedy}", path.display()))
        })?;
        Ok(Some((step, checkpoint)))
    }

    /// The text it wrote at its end, if it got there.
    pub fn samples(&self) -> Option<String> {
        self.kept(SAMPLES)
    }

    /// A text that [`Writer::keep`] put into the folder.
    pub fn kept(&self, file: &str) -> Option<String> {
        let bytes = self.storage.read(&self.name, file).ok().flatten()?;
        String::from_utf8(bytes).ok()
    }
}

/// The steps of a run's checkpoints, in order.
pub(super) fn checkpoints(storage: &dyn Storage, run: &str) -> Result<Vec<u64>, Error> {
    let mut steps: Vec<u64> = storage.list(run, CHECKPOINTS)?.iter().filter_map(|file| step_of(file)).collect();
    steps.sort_unstable();
    Ok(steps)
}

/// The file of the checkpoint at a step.
pub(super) fn checkpoint_file(step: u64) -> String {
    format!("{CHECKPOINTS}/step-{step:06}.safetensors")
}

/// `step-000120.safetensors` → 120. A file that only looks like one (`step-1.safetensors`) could not be found again.
fn step_of(file: &str) -> Option<u64> {
    let step = file.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok()?;
    checkpoint_file(step).ends_with(&format!("/{file}")).then_some(step)
}

/// A run that this process trains.
pub struct Writer {
    pub(super) store: Store,
    run: Run,
    /// Held until the writer goes.
    _lock: Lock,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn new(store: Store, run: Run, lock: Lock) -> Self {
        Writer { store, run, _lock: lock }
    }

    fn storage(&self) -> &dyn Storage {
        &*self.run.storage
    }

    fn append(&self, lines: &[Line]) -> Result<(), Error> {
        let text = lines.iter().map(record::line).collect::<Result<String, _>>().map_err(unwritten)?;
        self.storage().append(&self.run.name, RECORD, text.as_bytes())
    }

    fn write_about(&self, lasting: Lasting) -> Result<(), Error> {
        write_about(self.storage(), &self.run.name, &self.run.about, lasting)
    }

    /// The run as recorded so far.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Goes back to a step (that of the checkpoint it goes on from): whatever was recorded after
    /// it is forgotten, to be recorded again. `steps` is where the run is to end.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn rewind(&mut self, step: u64, steps: u64) -> Result<(), Error> {
        self.append(&[Line::Rewound { step, steps }])?;
        if self.storage().size(&self.run.name, NOTES)?.is_some() {
            let line = record::line(&NoteLine::Rewound { step }).map_err(unwritten)?;
            self.storage().append(&self.run.name, NOTES, line.as_bytes())?;
        }
        for later in self.run.checkpoints()?.into_iter().filter(|&s| s > step) {
            self.forget_checkpoint(later)?;
        }
        let last = self.store.record(&self.run)?.about.as_ref().map(|about| about.last.clone());
        let about = &mut self.run.about;
        (about.step, about.steps, about.status, about.ended) = (step, steps, Status::Running, None);
        about.last = last.unwrap_or_default();
        self.write_about(Lasting::Now)
    }

    /// Saves how far the run is: first what was recorded, then the checkpoint. Killed between the
    /// two, the run goes on from the checkpoint before and records the same once more.
    ///
    /// # Errors
    /// Where the disk refuses; what was saved before stays.
    pub fn save(&mut self, step: u64, seconds: f64, checkpoint: &Checkpoint, metrics: &[Metric]) -> Result<(), Error> {
        let file = checkpoint_file(step);
        let bytes = checkpoint.to_bytes().map_err(|what| {
            Error::Damaged(format!("cannot write {}: {what}", self.run.folder.join(&file).display()))
        })?;
        self.append(&[Line::saved(step, seconds, metrics)])?;
        self.storage().write(&self.run.name, &file, &bytes, Lasting::Now)?;
        self.run.about.see(metrics);
        (self.run.about.step, self.run.about.seconds) = (step, seconds);
        // What it says stands in the log too.
        self.write_about(Lasting::Soon)
    }

    /// Removes the checkpoint of a step.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn forget_checkpoint(&mut self, step: u64) -> Result<(), Error> {
        self.storage().remove_file(&self.run.name, &checkpoint_file(step))
    }

    /// Records how the run ended and, where that needs words, why; with its last figures.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn end(&mut self, status: Status, why: Option<&str>, metrics: &[Metric]) -> Result<(), Error> {
        let ended = why.map(|why| Ended { how: status.word().to_string(), why: why.to_string() });
        let about = &mut self.run.about;
        about.see(metrics);
        (about.status, about.ended) = (status, ended.clone());
        let last = Line::saved(about.step, about.seconds, metrics);
        self.append(&[last, Line::Status { status, ended }])?;
        self.write_about(Lasting::Now)
    }

    /// Records what is not one number.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn note(&mut self, notes: &[Note]) -> Result<(), Error> {
        if notes.is_empty() {
            return Ok(());
        }
        self.storage().append(&self.run.name, NOTES, note_lines(notes)?.as_bytes())
    }

    /// How the run ended last, and why; `None` where that needs no words.
    pub fn ended(&self) -> Option<&Ended> {
        self.run.ended()
    }

    /// A recorded series so far: (step, value), in order of steps.
    ///
    /// # Errors
    /// Where the records cannot be read.
    pub fn series(&self, metric: &str) -> Result<Vec<(u64, f64)>, Error> {
        self.store.metric(&self.run, metric)
    }

    /// Takes the run out of the store.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn discard(&mut self) -> Result<(), Error> {
        self.storage().remove(&self.run.name)
    }

    /// Keeps the text the run wrote at its end.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn keep_samples(&self, text: &str) -> Result<(), Error> {
        self.keep(SAMPLES, text)
    }

    /// Keeps a text under a name in the run's folder; it is the old whole or the new whole, whatever happens.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn keep(&self, file: &str, text: &str) -> Result<(), Error> {
        self.storage().write(&self.run.name, file, text.as_bytes(), Lasting::Now)
    }
}

pub(super) fn write_about(storage: &dyn Storage, run: &str, about: &About, lasting: Lasting) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(about).map_err(unwritten)?;
    storage.write(run, ABOUT, text.as_bytes(), lasting)
}

/// Notes as lines of their log.
pub(super) fn note_lines(notes: &[Note]) -> Result<String, Error> {
    let line = |note: &Note| {
        let body = serde_json::value::RawValue::from_string(note.body.clone())?;
        record::line(&NoteLine::Note { kind: note.kind.to_string(), step: note.step, body })
    };
    notes.iter().map(line).collect::<Result<String, _>>().map_err(unwritten)
}

pub(super) fn unwritten(error: serde_json::Error) -> Error {
    Error::Damaged(format!("it cannot be written as JSON: {error}"))
}
