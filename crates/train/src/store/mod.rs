//! Recorded runs: a row each in a SQLite database, and a folder each beside it.
//!
//! ```text
//! HOME/gradus.db                                   rows: runs, metrics, notes (histograms, samples)
//! HOME/runs/NAME/recipe.toml                       the recipe, complete
//! HOME/runs/NAME/checkpoints/step-000000.safetensors
//! HOME/runs/NAME/samples.txt                       what it wrote at the end
//! HOME/runs/NAME/lock                              held while a process trains the run
//! ```
//!
//! The folder is the truth about how far a run got; the rows make it quick to list and compare.
//! Several processes may write to one store.

pub(crate) mod atomic;
mod checkpoint;
mod database;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use gradus_recipe::{Recipe, nearest};

pub use atomic::{replace, write};
pub use checkpoint::{Checkpoint, Dtype, Entry};
pub use database::{Metric, Note};
pub use run::{Ended, Run, Status, Writer};

use crate::Error;
use database::Database;

/// What a run is about, besides its recipe.
#[derive(Debug, Clone)]
pub struct Facts {
    /// How many numbers the model learns.
    pub parameters: usize,
    /// A fingerprint of the data: a run is only resumed on the same.
    pub data_checksum: u32,
}

/// The store in one home folder.
#[derive(Debug)]
pub struct Store {
    home: PathBuf,
    database: Database,
}

impl Store {
    /// Opens the store, and makes it where there is none.
    ///
    /// # Errors
    /// Where the folder cannot be made, written or understood.
    pub fn open(home: &Path) -> Result<Self, Error> {
        fs::create_dir_all(home.join("runs")).map_err(Error::io("make the folder", home))?;
        Ok(Store { home: home.to_path_buf(), database: Database::open(&home.join(database::FILE))? })
    }

    /// Opens the store if there is one: reading never makes folders.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn existing(home: &Path) -> Result<Option<Self>, Error> {
        let there = home.join(database::FILE).is_file();
        if there { Self::open(home).map(Some) } else { Ok(None) }
    }

    /// Every run, the oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn runs(&self) -> Result<Vec<Run>, Error> {
        let rows = self.database.runs()?;
        Ok(rows.into_iter().map(|row| Run::new(&self.home, row)).collect())
    }

    /// The run of a name.
    ///
    /// # Errors
    /// Where there is none; the text names the nearest.
    pub fn run(&self, name: &str) -> Result<Run, Error> {
        if let Some(row) = self.database.run(name)? {
            return Ok(Run::new(&self.home, row));
        }
        let names = self.database.runs()?.into_iter().map(|row| row.name);
        let hint = match nearest(name, names) {
            nearest if nearest.is_empty() => "gradus train mlp makes one".to_string(),
            nearest => format!("the nearest is {nearest} (all: gradus runs)"),
        };
        Err(Error::Request(format!("there is no run {name} in {}; {hint}", self.home.display())))
    }

    /// Records a new run: its row, its folder and its recipe. Without a name it gets the recipe's
    /// with the next free number: `mlp-1`, `mlp-2`.
    ///
    /// # Errors
    /// Where the name is taken or cannot be a folder's, or the disk refuses.
    pub fn create(mut self, name: Option<&str>, recipe: &Recipe, facts: &Facts) -> Result<Writer, Error> {
        if let Some(name) = name {
            check_name(name)?;
        }
        let runs = self.home.join("runs");
        let base = folder_name(&recipe.name);
        let mut lock = None;
        // The folder is made before the row is committed: a row always has its folder.
        let row = self.database.insert(recipe, facts, |taken| {
            let free = |name: &str| !taken(name) && run::is_free(&runs.join(name));
            let name = match name {
                Some(name) if free(name) => name.to_string(),
                Some(name) => {
                    return Err(Error::Request(format!(
                        "there is a run {name} already; choose another --name, \
                         or go on with it: gradus resume {name}"
                    )));
                }
                None => {
                    let mut numbered = (1u64..).map(|n| format!("{base}-{n}"));
                    numbered.find(|name| free(name)).unwrap_or_default()
                }
            };
            lock = Some(run::make_folder(&runs.join(&name), recipe)?);
            Ok(name)
        });
        match (row, lock) {
            (Ok(row), Some(lock)) => Ok(Writer::new(self, row, lock)),
            (Ok(row), None) => Err(Error::Request(format!("run {} has no lock", row.name))),
            (Err(error), _) => Err(error),
        }
    }

    /// Opens a run to go on with it.
    ///
    /// # Errors
    /// Where there is no such run, or another process trains it.
    pub fn resume(self, name: &str) -> Result<Writer, Error> {
        let run = self.run(name)?;
        Writer::resume(self, run)
    }

    /// A recorded series: (step, value), in order of steps.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn metric(&self, run: &Run, name: &str) -> Result<Vec<(u64, f64)>, Error> {
        self.database.metric(run.id(), name)
    }

    /// The checkpoint with the lowest held-out loss (dev's, or test's where there is no dev split), by its step.
    ///
    /// # Errors
    /// Where the database or the folder cannot be read.
    pub fn best_step(&self, run: &Run) -> Result<Option<u64>, Error> {
        let mut losses = self.metric(run, "dev_loss")?;
        if losses.is_empty() {
            losses = self.metric(run, "test_loss")?;
        }
        let there = run.checkpoints()?;
        let kept = losses.into_iter().filter(|(step, loss)| there.contains(step) && loss.is_finite());
        Ok(kept.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(step, _)| step))
    }

    /// How a run ended, and why; `None` where that needs no words.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn ended(&self, run: &Run) -> Result<Option<Ended>, Error> {
        let notes = self.database.notes(run.id(), run::ENDED)?;
        let last = notes.last().and_then(|(_, body)| serde_json::from_str::<Ended>(body).ok());
        Ok(last.filter(|ended| ended.how == run.status()))
    }

    /// What was noted of a kind (`diagnosis`, `samples`): (step, JSON), in order of steps.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn notes(&self, run: &Run, kind: &str) -> Result<Vec<(u64, String)>, Error> {
        self.database.notes(run.id(), kind)
    }

    /// The last recorded value of every series.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn last_metrics(&self, run: &Run) -> Result<Vec<(String, f64)>, Error> {
        self.database.last_metrics(run.id())
    }
}

/// Writes a file into a folder, which is made where it is missing. It is the old whole or the new whole, whatever happens.
///
/// # Errors
/// Where the disk refuses.
pub fn write_atomically(folder: &Path, file: &str, bytes: &[u8]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    atomic::write(&folder.join(file), bytes)
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

#[cfg(test)]
mod tests;
