//! Recorded runs: a folder each, which says everything that is known of its run.
//!
//! ```text
//! HOME/runs/NAME/run.json                          how it stands: model, data, status, step, last figures
//! HOME/runs/NAME/recipe.toml                       the recipe, complete
//! HOME/runs/NAME/record.log                        its birth and everything recorded since
//! HOME/runs/NAME/notes.log                         looks at its layers, samples on the way
//! HOME/runs/NAME/labels.log                        tags and a note of its owner's
//! HOME/runs/NAME/checkpoints/step-000000.safetensors
//! HOME/runs/NAME/samples.txt                       what it wrote at the end
//! HOME/runs/NAME/lock                              held while a process trains the run
//! ```
//!
//! The folder is the truth and there is nothing beside it: a folder that is copied, renamed or removed by hand is a run
//! copied, renamed or removed. Several processes may use one store: a name is taken by making its folder, and what
//! belongs to a run is written by the holder of its lock alone (labels, which anybody may add to, are lines of a log).
//! Nothing needs to be written to read it.

#[cfg(feature = "files")]
pub(crate) mod atomic;
#[cfg(feature = "files")]
mod files;
#[cfg(feature = "legacy")]
mod legacy;
#[cfg(all(feature = "files", not(feature = "legacy")))]
#[path = "legacy_absent.rs"]
mod legacy;
pub mod memory;
mod owner;
mod record;
mod repair;
mod run;
pub mod storage;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(feature = "files")]
use std::{fs, path::Path};

use gradus_recipe::{Recipe, nearest};

pub use crate::checkpoint::{Checkpoint, Dtype, Entry};
#[cfg(feature = "files")]
pub use atomic::{replace, write};
pub use memory::InMemory;
pub use record::{Ended, Metric, Note, Status};
pub use repair::{Mended, Repair};
pub use run::{Run, Writer};
pub use storage::Storage;

use crate::Error;
use record::{ABOUT, About, FORM, LABELS, Labels, Line, NOTES, RECIPE, RECORD, Record};
use storage::{Lasting, Lock};

/// What a run is about, besides its recipe.
#[derive(Debug, Clone)]
pub struct Facts {
    /// How many numbers the model learns.
    pub parameters: usize,
    /// A fingerprint of the data: a run is only resumed on the same.
    pub data_checksum: u32,
}

/// A store of runs.
#[derive(Debug)]
pub struct Store {
    storage: Arc<dyn Storage>,
    /// What was found wrong and mended on the way, to be told.
    notices: Mutex<Vec<String>>,
    /// Whom it is told at once, instead of being kept.
    listener: Option<fn(&str)>,
    /// The record that was read last: of which run, and how long its log was.
    read: Mutex<Option<(String, u64, Arc<Record>)>>,
}

impl Store {
    /// A store in a storage of any kind.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Store { storage, notices: Mutex::default(), listener: None, read: Mutex::default() }
    }

    /// An empty store that lives as long as it is held.
    pub fn in_memory() -> Self {
        Store::new(Arc::new(InMemory::default()))
    }

    /// Opens the store in a folder, and makes it where there is none.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    #[cfg(feature = "files")]
    pub fn open(home: &Path) -> Result<Self, Error> {
        let runs = home.join("runs");
        if !runs.is_dir() {
            fs::create_dir_all(&runs).map_err(Error::io("make the folder", home))?;
        }
        let (files, notices) = legacy::opened(home)?;
        Ok(Store { notices: Mutex::new(notices), ..Store::new(Arc::new(files)) })
    }

    /// Opens the store in a folder if there is one. Reading makes no folders and needs no permission to write.
    ///
    /// # Errors
    /// Where it cannot be read.
    #[cfg(feature = "files")]
    pub fn existing(home: &Path) -> Result<Option<Self>, Error> {
        if !home.join("runs").is_dir() && !legacy::is_there(home) {
            return Ok(None);
        }
        let (files, notices) = legacy::opened(home)?;
        Ok(Some(Store { notices: Mutex::new(notices), ..Store::new(Arc::new(files)) }))
    }

    /// Tells at once what is found wrong and mended, a line each.
    #[must_use]
    pub fn telling(mut self, listener: fn(&str)) -> Self {
        self.notices().iter().for_each(|line| listener(line));
        self.listener = Some(listener);
        self
    }

    /// What was found wrong and mended since this was asked last, a line each; nothing where it is told to a listener.
    pub fn notices(&self) -> Vec<String> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, notice: String) {
        if let Some(listener) = self.listener {
            return listener(&notice);
        }
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }

    /// Every run, the oldest first. One that cannot be read is left out, and told by [`Store::notices`].
    ///
    /// # Errors
    /// Where the folders cannot be listed.
    pub fn runs(&self) -> Result<Vec<Run>, Error> {
        let mut runs = Vec::new();
        for name in self.storage.runs()? {
            match self.look(&name) {
                Ok(run) => runs.extend(run),
                Err(error) => self.tell(format!("run {name} is left out: {error}")),
            }
        }
        runs.sort_by(|a, b| a.age().cmp(&b.age()));
        Ok(runs)
    }

    /// The run in a folder; `None` where that holds none.
    fn look(&self, name: &str) -> Result<Option<Run>, Error> {
        let Some((run, mended)) = self.look_closely(name)? else { return Ok(None) };
        mended.into_iter().for_each(|what| self.tell(format!("run {name}: {what}")));
        Ok(Some(run))
    }

    /// The run in a folder, and what had to be mended to read it.
    fn look_closely(&self, name: &str) -> Result<Option<(Run, Option<String>)>, Error> {
        let about = match self.storage.read(name, ABOUT)? {
            Some(bytes) => About::read(&bytes).map_err(|form| newer(name, form))?,
            None => None,
        };
        let (about, mended) = match about {
            Some(about) => (about, None),
            None => match self.recover(name)? {
                Some((about, mended)) => (about, Some(mended)),
                None => return Ok(None),
            },
        };
        let labels = self.storage.read(name, LABELS)?.map_or_else(Labels::default, |bytes| Labels::read(&bytes));
        Ok(Some((Run::new(&self.storage, name, about, labels), mended)))
    }

    /// The run of a name.
    ///
    /// # Errors
    /// Where there is none; the text names the nearest.
    pub fn run(&self, name: &str) -> Result<Run, Error> {
        if let Some(run) = if is_one_folder(name) { self.look(name)? } else { None } {
            return Ok(run);
        }
        let names = self.runs()?.into_iter().map(|run| run.name().to_string());
        let hint = match nearest(name, names) {
            nearest if nearest.is_empty() => "gradus train mlp makes one".to_string(),
            nearest => format!("the nearest is {nearest} (all: gradus runs)"),
        };
        Err(Error::Request(format!("there is no run {name} in {}; {hint}", self.storage.home().display())))
    }

    /// Records a new run: its folder, its recipe and how it stands. Without a name it gets the recipe's with the next free
    /// number: `mlp-1`, `mlp-2`.
    ///
    /// # Errors
    /// Where the name is taken or cannot be a folder's, or the disk refuses.
    pub fn create(self, name: Option<&str>, recipe: &Recipe, facts: &Facts) -> Result<Writer, Error> {
        let (name, lock) = match name {
            Some(name) => {
                check_name(name)?;
                let lock = self.storage.claim(name)?.ok_or_else(|| self.taken(name))?;
                (name.to_string(), lock)
            }
            None => self.claim_numbered(&folder_name(&recipe.name))?,
        };
        let about = About {
            form: FORM,
            recipe: recipe.name.clone(),
            model: recipe.model.kind().to_string(),
            data: recipe.data.source.clone(),
            data_checksum: facts.data_checksum,
            parameters: facts.parameters,
            created: self.storage.now().as_micros() as u64,
            status: Status::Running,
            ended: None,
            steps: recipe.training.steps as u64,
            step: 0,
            seconds: 0.0,
            last: Default::default(),
        };
        let born = || -> Result<(), Error> {
            let toml = recipe.to_toml();
            let line = record::line(&Line::Born { about: about.clone(), recipe: toml.clone() });
            self.storage.append(&name, RECORD, line.map_err(run::unwritten)?.as_bytes())?;
            self.storage.write(&name, RECIPE, toml.as_bytes(), Lasting::Now)?;
            run::write_about(&*self.storage, &name, &about, Lasting::Now)
        };
        if let Err(error) = born() {
            // It is the first error that is told; the folder was made just now, by us.
            let _ = self.storage.remove(&name);
            return Err(error);
        }
        let run = Run::new(&self.storage, &name, about, Labels::default());
        Ok(Writer::new(self, run, lock))
    }

    /// Takes the first free name of `BASE-1`, `BASE-2`, ….
    fn claim_numbered(&self, base: &str) -> Result<(String, Lock), Error> {
        let there: HashSet<String> = self.storage.runs()?.into_iter().collect();
        for number in 1u64.. {
            let name = format!("{base}-{number}");
            if !there.contains(&name)
                && let Some(lock) = self.storage.claim(&name)?
            {
                return Ok((name, lock));
            }
        }
        Err(Error::Request(format!("every number after {base} is taken: choose a --name")))
    }

    /// Why a name cannot be had.
    fn taken(&self, name: &str) -> Error {
        let is_run = self.storage.is_locked(name) || !matches!(self.look(name), Ok(None));
        Error::Request(match is_run {
            true => {
                format!("there is a run {name} already; choose another --name, or go on with it: gradus resume {name}")
            }
            false => format!(
                "there is a folder {} that holds no run; choose another --name",
                self.storage.place(name).display()
            ),
        })
    }

    /// Opens a run to go on with it. What a kill or damage left in its logs is mended.
    ///
    /// # Errors
    /// Where there is no such run, or another process trains it.
    pub fn resume(self, name: &str) -> Result<Writer, Error> {
        let run = self.run(name)?;
        let lock = self.lock(name, "wait for it, or stop it first")?;
        self.storage.tidy(name)?;
        self.mend(&run)?;
        Ok(Writer::new(self, run, lock))
    }

    /// The lock of a run that no other process trains.
    fn lock(&self, name: &str, remedy: &str) -> Result<Lock, Error> {
        let held = || Error::Request(format!("run {name} is being trained by another process: {remedy}"));
        self.storage.lock(name)?.ok_or_else(held)
    }

    fn record(&self, run: &Run) -> Result<Arc<Record>, Error> {
        let record = self.read_record(run)?;
        if record.health.damaged > 0 {
            self.tell(format!(
                "{} of the lines of {} are damaged: what they recorded is left out",
                record.health.damaged,
                run.folder().join(RECORD).display()
            ));
        }
        Ok(record)
    }

    fn read_record(&self, run: &Run) -> Result<Arc<Record>, Error> {
        let size = self.storage.size(run.name(), RECORD)?.unwrap_or(0);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, at, record)) = &*read
            && name == run.name()
            && *at == size
        {
            return Ok(record.clone());
        }
        let bytes = self.storage.read(run.name(), RECORD)?.unwrap_or_default();
        let record = Arc::new(Record::read(&bytes));
        *read = Some((run.name().to_string(), bytes.len() as u64, record.clone()));
        Ok(record)
    }

    /// A recorded series: (step, value), in order of steps.
    ///
    /// # Errors
    /// Where the records cannot be read.
    pub fn metric(&self, run: &Run, name: &str) -> Result<Vec<(u64, f64)>, Error> {
        Ok(self.record(run)?.series(name).to_vec())
    }

    /// The checkpoint with the lowest held-out loss (dev's, or test's where there is no dev split), by its step.
    ///
    /// # Errors
    /// Where the records or the folder cannot be read.
    pub fn best_step(&self, run: &Run) -> Result<Option<u64>, Error> {
        let mut losses = self.metric(run, "dev_loss")?;
        if losses.is_empty() {
            losses = self.metric(run, "test_loss")?;
        }
        let there = run.checkpoints()?;
        let kept = losses.into_iter().filter(|(step, loss)| there.contains(step) && loss.is_finite());
        Ok(kept.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(step, _)| step))
    }

    /// What was noted of a kind (`diagnosis`, `samples`): (step, JSON), in order of steps.
    ///
    /// # Errors
    /// Where the records cannot be read.
    pub fn notes(&self, run: &Run, kind: &str) -> Result<Vec<(u64, String)>, Error> {
        Ok(self.storage.read(run.name(), NOTES)?.map_or_else(Vec::new, |bytes| record::notes(&bytes, kind)))
    }

    /// The last recorded value of every series.
    ///
    /// # Errors
    /// Where the records cannot be read.
    pub fn last_metrics(&self, run: &Run) -> Result<Vec<(String, f64)>, Error> {
        Ok(self.record(run)?.last())
    }
}

/// Writes a file into a folder, which is made where it is missing. It is the old whole or the new whole, whatever happens.
///
/// # Errors
/// Where the disk refuses.
#[cfg(feature = "files")]
pub fn write_atomically(folder: &Path, file: &str, bytes: &[u8]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    atomic::write(&folder.join(file), bytes)
}

fn newer(run: &str, form: u32) -> Error {
    Error::Request(format!("run {run} was written by a newer gradus (form {form}): use that one"))
}

/// Whether a name is that of a folder in a folder, and leads nowhere else.
fn is_one_folder(name: &str) -> bool {
    let leads_on = name.contains(['/', '\\', '\0']) || cfg!(windows) && name.contains(':');
    !(name.is_empty() || name.starts_with('.') || leads_on)
}

/// Whether a name can stand for a run: it becomes a folder and a word on the command line.
fn check_name(name: &str) -> Result<(), Error> {
    let good = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if good {
        return Ok(());
    }
    Err(Error::Request(format!(
        "{name:?} cannot name a run: use 1 to 64 letters, digits, '-', '_' or '.', \
         a letter or digit first"
    )))
}

/// A recipe's name as part of a folder's.
fn folder_name(recipe: &str) -> String {
    let name: String =
        recipe.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).take(48).collect();
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) { name } else { format!("run{name}") }
}

#[cfg(all(test, feature = "files"))]
mod tests;
