//! A store that lives as long as the process: for tests, and where there is no disk.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::storage::{Lasting, Lock, Storage};
use crate::Error;

/// Folders of files in memory. Its clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct InMemory(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    /// By folder, then by name.
    runs: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    locked: HashSet<String>,
    /// Counts instead of a clock: what is made later has a later time.
    time: u64,
}

/// Takes the lock away when it goes. A run that was renamed meanwhile has no lock under its old name.
struct Guard(InMemory, String);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.held().locked.remove(&self.1);
    }
}

impl InMemory {
    fn held(&self) -> MutexGuard<'_, Held> {
        // What a panicking holder left is whole: every change is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guard(&self, held: &mut Held, run: &str) -> Option<Lock> {
        held.locked.insert(run.to_string()).then(|| Box::new(Guard(self.clone(), run.to_string())) as Lock)
    }

    fn change<T>(&self, run: &str, f: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> Result<T, Error> {
        let mut held = self.held();
        held.runs.get_mut(run).map(f).ok_or_else(|| gone(run))
    }
}

fn gone(run: &str) -> Error {
    Error::Request(format!("run {run} was removed"))
}

impl Storage for InMemory {
    fn home(&self) -> PathBuf {
        PathBuf::from("memory")
    }

    fn runs(&self) -> Result<Vec<String>, Error> {
        Ok(self.held().runs.keys().cloned().collect())
    }

    fn claim(&self, run: &str) -> Result<Option<Lock>, Error> {
        let mut held = self.held();
        if held.runs.get(run).is_some_and(|files| !files.is_empty()) {
            return Ok(None);
        }
        let lock = self.guard(&mut held, run);
        if lock.is_some() {
            held.runs.entry(run.to_string()).or_default();
        }
        Ok(lock)
    }

    fn lock(&self, run: &str) -> Result<Option<Lock>, Error> {
        let mut held = self.held();
        if !held.runs.contains_key(run) {
            return Err(gone(run));
        }
        Ok(self.guard(&mut held, run))
    }

    fn is_locked(&self, run: &str) -> bool {
        self.held().locked.contains(run)
    }

    fn list(&self, run: &str, under: &str) -> Result<Vec<String>, Error> {
        let held = self.held();
        let names = held.runs.get(run).into_iter().flat_map(BTreeMap::keys);
        let below = |name: &String| match under {
            "" => (!name.contains('/')).then(|| name.clone()),
            _ => name.strip_prefix(under)?.strip_prefix('/').map(str::to_string),
        };
        Ok(names.filter_map(below).collect())
    }

    fn read(&self, run: &str, file: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.held().runs.get(run).and_then(|files| files.get(file).cloned()))
    }

    fn size(&self, run: &str, file: &str) -> Result<Option<u64>, Error> {
        Ok(self.held().runs.get(run).and_then(|files| files.get(file).map(|bytes| bytes.len() as u64)))
    }

    fn write(&self, run: &str, file: &str, bytes: &[u8], _: Lasting) -> Result<(), Error> {
        self.change(run, |files| files.insert(file.to_string(), bytes.to_vec())).map(drop)
    }

    fn append(&self, run: &str, file: &str, bytes: &[u8]) -> Result<(), Error> {
        self.change(run, |files| files.entry(file.to_string()).or_default().extend_from_slice(bytes))
    }

    fn set_aside(&self, run: &str, file: &str, as_file: &str) -> Result<(), Error> {
        self.change(run, |files| {
            if let Some(bytes) = files.remove(file) {
                files.insert(as_file.to_string(), bytes);
            }
        })
    }

    fn remove_file(&self, run: &str, file: &str) -> Result<(), Error> {
        self.change(run, |files| files.remove(file)).map(drop)
    }

    fn tidy(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn rename(&self, run: &str, new: &str) -> Result<bool, Error> {
        let mut held = self.held();
        if held.runs.contains_key(new) {
            return Ok(false);
        }
        let files = held.runs.remove(run).ok_or_else(|| gone(run))?;
        held.runs.insert(new.to_string(), files);
        Ok(true)
    }

    fn remove(&self, run: &str) -> Result<(), Error> {
        self.held().runs.remove(run).map(drop).ok_or_else(|| gone(run))
    }

    fn now(&self) -> Duration {
        let mut held = self.held();
        held.time += 1;
        Duration::from_micros(held.time)
    }
}
