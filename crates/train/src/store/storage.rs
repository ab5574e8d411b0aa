//! What the store asks of the place where it keeps things: named folders, one a run, of named files.
//!
//! Everything above (runs, records, checkpoints) is written once, over this. `files::Files` keeps it on
//! disk, [`InMemory`](super::memory::InMemory) as long as the process lives.

use std::any::Any;
use std::fmt::Debug;
use std::path::PathBuf;
use std::time::Duration;

use crate::Error;

/// Held while a run is trained; letting it go gives the run free, and so does the end of the process.
pub type Lock = Box<dyn Any + Send + Sync>;

/// Whether a write must have reached the disk before it counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// It outlives a power cut from here on.
    Now,
    /// It outlives the process; a power cut may take it, and what it says stands elsewhere too.
    Soon,
}

/// Folders of files. A file's name may have one `/`: `checkpoints/step-000000.safetensors`.
pub trait Storage: Debug + Send + Sync {
    /// What it is called in messages, and where it is.
    fn home(&self) -> PathBuf;

    /// Where a run's folder is, for people.
    fn place(&self, run: &str) -> PathBuf {
        self.home().join("runs").join(run)
    }

    /// The names of all folders, in any order.
    ///
    /// # Errors
    /// Where they cannot be listed.
    fn runs(&self) -> Result<Vec<String>, Error>;

    /// Makes a folder and takes its lock; `None` where something stands there already. A folder in which there is nothing
    /// (whoever made it was killed at once) is taken over.
    ///
    /// # Errors
    /// Where it cannot be made.
    fn claim(&self, run: &str) -> Result<Option<Lock>, Error>;

    /// Takes the lock of a run; `None` where a living process holds it.
    ///
    /// # Errors
    /// Where there is no such folder, or it cannot be locked.
    fn lock(&self, run: &str) -> Result<Option<Lock>, Error>;

    /// Whether a living process holds a run's lock.
    fn is_locked(&self, run: &str) -> bool;

    /// The names of the files in a run's folder, or in one below it; none where that is not there.
    ///
    /// # Errors
    /// Where they cannot be listed.
    fn list(&self, run: &str, under: &str) -> Result<Vec<String>, Error>;

    /// A file's bytes; `None` where it is not there.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    fn read(&self, run: &str, file: &str) -> Result<Option<Vec<u8>>, Error>;

    /// A file's size; `None` where it is not there.
    ///
    /// # Errors
    /// Where that cannot be told.
    fn size(&self, run: &str, file: &str) -> Result<Option<u64>, Error>;

    /// When a file was written last, as time since 1970; `None` where nobody knows.
    fn written(&self, _run: &str, _file: &str) -> Option<Duration> {
        None
    }

    /// Writes a file: it is the old whole or the new whole, whatever happens.
    ///
    /// # Errors
    /// Where it cannot be written; the old one stays.
    fn write(&self, run: &str, file: &str, bytes: &[u8], lasting: Lasting) -> Result<(), Error>;

    /// Adds to the end of a file, which is made where it is missing. What fails adds nothing; what is cut off by a kill is
    /// there in part.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn append(&self, run: &str, file: &str, bytes: &[u8]) -> Result<(), Error>;

    /// Gives a file another name in its folder.
    ///
    /// # Errors
    /// Where that fails.
    fn set_aside(&self, run: &str, file: &str, as_file: &str) -> Result<(), Error>;

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// Where that fails.
    fn remove_file(&self, run: &str, file: &str) -> Result<(), Error>;

    /// Removes what killed writers left half-written in a run's folder. Only for the holder of its lock.
    ///
    /// # Errors
    /// Where that fails.
    fn tidy(&self, run: &str) -> Result<(), Error>;

    /// Gives a run another name; `false` where something has that name already. Only for the holder of its lock.
    ///
    /// # Errors
    /// Where that fails.
    fn rename(&self, run: &str, new: &str) -> Result<bool, Error>;

    /// Removes a run's folder with all that is in it. Only for the holder of its lock.
    ///
    /// # Errors
    /// Where that fails.
    fn remove(&self, run: &str) -> Result<(), Error>;

    /// Takes away what is left of runs whose removal was cut short.
    ///
    /// # Errors
    /// Where that fails.
    fn sweep(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The time since 1970.
    fn now(&self) -> Duration;
}
