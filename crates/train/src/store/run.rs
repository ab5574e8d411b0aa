//! One recorded run: reading it, and writing it while it trains.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gradus_recipe::Recipe;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::database::{Metric, Note, Row};
use super::{Checkpoint, Store, atomic};
use crate::Error;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It trains, or its process was killed: the lock tells which.
    Running,
    /// It reached its last step.
    Finished,
    /// It was stopped, and can go on.
    Stopped,
    /// The held-out loss did not get better any more.
    StoppedEarly,
    /// The loss or a gradient stopped being a number.
    Diverged,
    /// It could not go on.
    Failed,
}

impl Status {
    /// The word the store keeps and the lists show.
    pub fn word(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Finished => "finished",
            Status::Stopped => "stopped",
            Status::StoppedEarly => "stopped early",
            Status::Diverged => "diverged",
            Status::Failed => "failed",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "running" => Status::Running,
            "finished" => Status::Finished,
            "stopped" => Status::Stopped,
            "stopped early" => Status::StoppedEarly,
            "diverged" => Status::Diverged,
            _ => Status::Failed,
        }
    }
}

/// The kind of the note that says how a run ended.
pub(super) const ENDED: &str = "ended";

/// How a run ended, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// The status it ended with.
    pub how: String,
    /// In words.
    pub why: String,
}

/// The text a run wrote at its end.
const SAMPLES: &str = "samples.txt";

/// A recorded run, to be looked at.
#[derive(Debug, Clone)]
pub struct Run {
    row: Row,
    folder: PathBuf,
}

impl Run {
    pub(super) fn new(home: &Path, row: Row) -> Self {
        let folder = home.join("runs").join(&row.name);
        Run { row, folder }
    }

    pub(super) fn id(&self) -> i64 {
        self.row.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.row.name
    }

    /// The name of the recipe it was made from.
    pub fn recipe_name(&self) -> &str {
        &self.row.recipe
    }

    /// The kind of model.
    pub fn model(&self) -> &str {
        &self.row.model
    }

    /// Where the data came from: a built-in name or a file.
    pub fn data(&self) -> &str {
        &self.row.data
    }

    /// The fingerprint of the data it was trained on.
    pub fn data_checksum(&self) -> u32 {
        self.row.data_checksum
    }

    /// How many numbers it learns.
    pub fn parameters(&self) -> usize {
        self.row.parameters
    }

    /// When it was made, in seconds since 1970.
    pub fn created(&self) -> u64 {
        self.row.created
    }

    /// The step it is to end at.
    pub fn steps(&self) -> u64 {
        self.row.steps
    }

    /// How far it got at its last checkpoint.
    pub fn step(&self) -> u64 {
        self.row.step
    }

    /// Seconds of training so far.
    pub fn seconds(&self) -> f64 {
        self.row.seconds
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `running`, `finished`, `stopped`, `failed`, or `interrupted` where its process is gone.
    pub fn status(&self) -> &'static str {
        match self.row.status {
            Status::Running if !self.is_training() => "interrupted",
            status => status.word(),
        }
    }

    /// Whether a process holds its lock.
    fn is_training(&self) -> bool {
        File::open(self.folder.join("lock"))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// The recipe it runs by.
    ///
    /// # Errors
    /// Where its file is missing or was changed into something that is no recipe.
    pub fn recipe(&self) -> Result<Recipe, Error> {
        let path = self.folder.join("recipe.toml");
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let mut recipe = Recipe::parse(&path.to_string_lossy(), &text)?;
        recipe.name.clone_from(&self.row.recipe);
        Ok(recipe)
    }

    /// The steps at which there is a checkpoint, in order.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<u64>, Error> {
        let folder = self.checkpoint_folder();
        let mut steps = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Error::io("read", &folder))? {
            let entry = entry.map_err(Error::io("read", &folder))?;
            steps.extend(step_of(&entry.file_name().to_string_lossy()));
        }
        steps.sort_unstable();
        Ok(steps)
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
        let path = self.checkpoint_file(step);
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        let checkpoint = Checkpoint::from_bytes(&bytes).map_err(|what| {
            let before = steps.iter().rev().find(|&&s| s < step);
            let remedy = match before {
                Some(before) => format!("the one before it is at step {before}: add --step {before}"),
                None => "there is none before it: train again".to_string(),
            };
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
        fs::read_to_string(self.folder.join(file)).ok()
    }

    fn checkpoint_folder(&self) -> PathBuf {
        self.folder.join("checkpoints")
    }

    pub(super) fn checkpoint_file(&self, step: u64) -> PathBuf {
        self.checkpoint_folder().join(format!("step-{step:06}.safetensors"))
    }
}

/// Whether nothing stands where a run's folder would be. A folder without a row and without a
/// checkpoint is what a run killed at birth leaves behind: it may be taken over.
pub(super) fn is_free(folder: &Path) -> bool {
    match fs::read_dir(folder.join("checkpoints")) {
        Ok(mut checkpoints) => checkpoints.next().is_none(),
        Err(_) => !folder.exists(),
    }
}

/// Makes a new run's folder with its recipe, and gives its lock. What fails leaves nothing.
pub(super) fn make_folder(folder: &Path, recipe: &Recipe) -> Result<File, Error> {
    let made = (|| {
        let checkpoints = folder.join("checkpoints");
        fs::create_dir_all(&checkpoints).map_err(Error::io("make the folder", &checkpoints))?;
        let lock = lock(folder)?;
        tidy(folder)?;
        atomic::write(&folder.join("recipe.toml"), recipe.to_toml().as_bytes())?;
        Ok(lock)
    })();
    if made.is_err() {
        // It is the first error that is told.
        let _ = fs::remove_dir_all(folder);
    }
    made
}

/// Removes what a killed process left half-written in a run's folders. Only for the holder of its lock.
fn tidy(folder: &Path) -> Result<(), Error> {
    for folder in [folder, &folder.join("checkpoints")] {
        atomic::sweep(folder).map_err(Error::io("tidy", folder))?;
    }
    Ok(())
}

/// Takes the lock of the process that trains a run; it goes with the process, however it ends.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(Error::io("write", &path))?;
    // A glance at the status holds the lock for an instant: that is waited out.
    for _ in 0..20 {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path)(e)),
        }
    }
    Err(Error::Request(format!(
        "run {} is being trained by another process: wait for it, or stop it first",
        folder.file_name().unwrap_or_default().to_string_lossy()
    )))
}

/// `step-000120.safetensors` → 120.
fn step_of(file: &str) -> Option<u64> {
    file.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok()
}

/// A run that this process trains.
#[derive(Debug)]
pub struct Writer {
    pub(super) store: Store,
    run: Run,
    /// Held until the writer goes.
    _lock: File,
}

impl Writer {
    pub(super) fn new(store: Store, row: Row, lock: File) -> Self {
        let run = Run::new(&store.home, row);
        Writer { store, run, _lock: lock }
    }

    pub(super) fn resume(store: Store, run: Run) -> Result<Self, Error> {
        let lock = lock(&run.folder)?;
        tidy(&run.folder)?;
        Ok(Writer { store, run, _lock: lock })
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
        self.store.database.forget_from(self.run.id(), step)?;
        for later in self.run.checkpoints()?.into_iter().filter(|&s| s > step) {
            let path = self.run.checkpoint_file(later);
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
        self.run.row.steps = steps;
        self.run.row.step = step;
        self.run.row.status = Status::Running;
        self.store.database.advance(&self.run.row, &[])
    }

    /// Saves how far the run is: first what was recorded, then the checkpoint. Killed between the
    /// two, the run goes on from the checkpoint before and records the same once more.
    ///
    /// # Errors
    /// Where the disk refuses; what was saved before stays.
    pub fn save(&mut self, step: u64, seconds: f64, checkpoint: &Checkpoint, metrics: &[Metric]) -> Result<(), Error> {
        let path = self.run.checkpoint_file(step);
        let bytes =
            checkpoint.to_bytes().map_err(|what| Error::Damaged(format!("cannot write {}: {what}", path.display())))?;
        self.run.row.step = step;
        self.run.row.seconds = seconds;
        self.store.database.advance(&self.run.row, metrics)?;
        atomic::write(&path, &bytes)
    }

    /// Removes the checkpoint of a step.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn forget_checkpoint(&mut self, step: u64) -> Result<(), Error> {
        let path = self.run.checkpoint_file(step);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &path)(e)),
            _ => Ok(()),
        }
    }

    /// Records how the run ended and, where that needs words, why; with its last figures.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn end(&mut self, status: Status, why: Option<&str>, metrics: &[Metric]) -> Result<(), Error> {
        if let Some(why) = why {
            let ended = Ended { how: status.word().to_string(), why: why.to_string() };
            let body = serde_json::to_string(&ended).map_err(|e| Error::Damaged(e.to_string()))?;
            self.note(&[Note { kind: ENDED, step: self.run.row.step, body }])?;
        }
        self.run.row.status = status;
        self.store.database.advance(&self.run.row, metrics)
    }

    /// Records what is not one number.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn note(&mut self, notes: &[Note]) -> Result<(), Error> {
        self.store.database.note(self.run.id(), notes)
    }

    /// How the run ended last, and why; `None` where that needs no words.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn ended(&self) -> Result<Option<Ended>, Error> {
        self.store.ended(&self.run)
    }

    /// A recorded series so far: (step, value), in order of steps.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn series(&self, metric: &str) -> Result<Vec<(u64, f64)>, Error> {
        self.store.metric(&self.run, metric)
    }

    /// Takes the run out of the store, its row first: a folder without a row is taken over by the next run of the name.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn discard(&mut self) -> Result<(), Error> {
        self.store.database.remove(self.run.id())?;
        fs::remove_dir_all(&self.run.folder).map_err(Error::io("remove", &self.run.folder))
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
        atomic::write(&self.run.folder.join(file), text.as_bytes())
    }
}
