//! The store on disk: a folder a run, below `HOME/runs`.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::atomic;
use super::storage::{Lasting, Lock, Storage};
use crate::Error;

/// Held while a process trains the run.
const LOCK: &str = "lock";

/// Starts the names of folders that are no runs: those on their way out.
const HIDDEN: char = '.';

/// Starts the names of those.
const REMOVED: &str = ".removed-";

/// Folders on disk.
#[derive(Debug)]
pub(super) struct Files {
    home: PathBuf,
    /// Files that are read as if they were there, by run and name: what a home that cannot be written to lacks.
    shown: Mutex<BTreeMap<(String, String), Vec<u8>>>,
}

impl Files {
    /// In the folder `home`, whether it is there or not.
    pub(super) fn new(home: &Path) -> Self {
        Files { home: home.to_path_buf(), shown: Mutex::default() }
    }

    /// Reads a file as if it were there.
    #[cfg(feature = "legacy")]
    pub(super) fn show(&self, run: &str, file: &str, bytes: Vec<u8>) {
        self.shown().insert((run.to_string(), file.to_string()), bytes);
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, String), Vec<u8>>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown_file<T>(&self, run: &str, file: &str, f: impl FnOnce(&Vec<u8>) -> T) -> Option<T> {
        let shown = self.shown();
        if shown.is_empty() { None } else { shown.get(&(run.to_string(), file.to_string())).map(f) }
    }

    fn folder(&self, run: &str) -> PathBuf {
        self.home.join("runs").join(run)
    }

    fn file(&self, run: &str, file: &str) -> PathBuf {
        self.folder(run).join(file)
    }
}

/// `Ok(None)` where there is nothing.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether whoever made this folder was killed before it wrote anything.
fn is_bare(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_nothing = match name.to_string_lossy() {
            name if name == LOCK || atomic::is_unfinished(&name) => true,
            name if name == "checkpoints" => {
                let mut below = fs::read_dir(entry.path())?;
                below.all(|entry| entry.is_ok_and(|e| atomic::is_unfinished(&e.file_name().to_string_lossy())))
            }
            _ => false,
        };
        if !is_nothing {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes the lock in a folder; it goes with the process, however that ends.
fn lock(folder: &Path) -> Result<Option<Lock>, Error> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(Error::io("write", &path))?;
    // A glance at the status holds the lock for an instant: that is waited out.
    for _ in 0..20 {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path)(e)),
        }
    }
    Ok(None)
}

impl Storage for Files {
    fn home(&self) -> PathBuf {
        self.home.clone()
    }

    fn runs(&self) -> Result<Vec<String>, Error> {
        let folder = self.home.join("runs");
        let mut names = Vec::new();
        for entry in if_there(fs::read_dir(&folder)).map_err(Error::io("read", &folder))?.into_iter().flatten() {
            let entry = entry.map_err(Error::io("read", &folder))?;
            // A link to a folder is a folder.
            let is_folder =
                entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_symlink() && entry.path().is_dir());
            // What no command line could name is no run.
            names.extend(entry.file_name().into_string().ok().filter(|name| is_folder && !name.starts_with(HIDDEN)));
        }
        Ok(names)
    }

    fn claim(&self, run: &str) -> Result<Option<Lock>, Error> {
        let folder = self.folder(run);
        let made = match fs::create_dir(&folder) {
            Ok(()) => true,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => false,
            Err(e) => return Err(Error::io("make the folder", &folder)(e)),
        };
        let bare = || is_bare(&folder).unwrap_or(false);
        if !made && !bare() {
            return Ok(None);
        }
        let Some(lock) = lock(&folder)? else { return Ok(None) };
        // Somebody else may have been quicker.
        if !bare() {
            return Ok(None);
        }
        let checkpoints = folder.join("checkpoints");
        fs::create_dir_all(&checkpoints).map_err(Error::io("make the folder", &checkpoints))?;
        self.tidy(run)?;
        Ok(Some(lock))
    }

    fn lock(&self, run: &str) -> Result<Option<Lock>, Error> {
        lock(&self.folder(run))
    }

    fn is_locked(&self, run: &str) -> bool {
        File::open(self.file(run, LOCK))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn list(&self, run: &str, under: &str) -> Result<Vec<String>, Error> {
        let folder = self.file(run, under);
        let entries = if_there(fs::read_dir(&folder)).map_err(Error::io("read", &folder))?;
        let mut names = Vec::new();
        for entry in entries.into_iter().flatten() {
            names.extend(entry.map_err(Error::io("read", &folder))?.file_name().into_string());
        }
        Ok(names)
    }

    fn read(&self, run: &str, file: &str) -> Result<Option<Vec<u8>>, Error> {
        if let Some(bytes) = self.shown_file(run, file, Vec::clone) {
            return Ok(Some(bytes));
        }
        let path = self.file(run, file);
        if_there(fs::read(&path)).map_err(Error::io("read", &path))
    }

    fn size(&self, run: &str, file: &str) -> Result<Option<u64>, Error> {
        if let Some(size) = self.shown_file(run, file, Vec::len) {
            return Ok(Some(size as u64));
        }
        let path = self.file(run, file);
        Ok(if_there(fs::metadata(&path)).map_err(Error::io("read", &path))?.map(|found| found.len()))
    }

    fn written(&self, run: &str, file: &str) -> Option<Duration> {
        fs::metadata(self.file(run, file)).ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()
    }

    fn write(&self, run: &str, file: &str, bytes: &[u8], lasting: Lasting) -> Result<(), Error> {
        let path = self.file(run, file);
        match lasting {
            Lasting::Now => atomic::write(&path, bytes),
            Lasting::Soon => atomic::write_soon(&path, bytes).map_err(Error::io("write", &path)),
        }
    }

    fn append(&self, run: &str, file: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.file(run, file);
        let appended = || {
            let mut file = File::options().append(true).create(true).open(&path)?;
            let before = file.metadata()?.len();
            // One call: two processes that add a line each do not mix them.
            file.write_all(bytes).and_then(|()| file.sync_data()).inspect_err(|_| {
                // It is the first error that is told; what is left of the line is found by its checksum.
                let _ = file.set_len(before);
            })
        };
        appended().map_err(Error::io("write", &path))
    }

    fn set_aside(&self, run: &str, file: &str, as_file: &str) -> Result<(), Error> {
        let path = self.file(run, file);
        fs::rename(&path, self.file(run, as_file)).map_err(Error::io("rename", &path))
    }

    fn remove_file(&self, run: &str, file: &str) -> Result<(), Error> {
        let path = self.file(run, file);
        if_there(fs::remove_file(&path)).map(drop).map_err(Error::io("remove", &path))
    }

    fn tidy(&self, run: &str) -> Result<(), Error> {
        let folder = self.folder(run);
        for folder in [&folder, &folder.join("checkpoints")] {
            if_there(atomic::sweep(folder)).map_err(Error::io("tidy", folder))?;
        }
        Ok(())
    }

    fn rename(&self, run: &str, new: &str) -> Result<bool, Error> {
        let (from, to) = (self.folder(run), self.folder(new));
        // An empty folder would be replaced by the system, anything else refused.
        if fs::symlink_metadata(&to).is_ok() {
            return Ok(false);
        }
        match fs::rename(&from, &to) {
            Ok(()) => Ok(true),
            Err(e) if matches!(e.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty) => Ok(false),
            Err(e) => Err(Error::io("rename", &from)(e)),
        }
    }

    fn remove(&self, run: &str) -> Result<(), Error> {
        let folder = self.folder(run);
        // Out of sight first: killed midway, no half of a run is left under its name.
        let hidden = self.home.join("runs").join(format!("{REMOVED}{}-{run}", std::process::id()));
        fs::rename(&folder, &hidden).map_err(Error::io("remove", &folder))?;
        // A link to a folder elsewhere is taken away, and what it leads to is not ours.
        let is_link = fs::symlink_metadata(&hidden).is_ok_and(|found| found.is_symlink());
        if is_link { fs::remove_file(&hidden) } else { fs::remove_dir_all(&hidden) }
            .map_err(Error::io("remove", &hidden))
    }

    fn sweep(&self) -> Result<(), Error> {
        let folder = self.home.join("runs");
        for entry in if_there(fs::read_dir(&folder)).map_err(Error::io("read", &folder))?.into_iter().flatten() {
            let entry = entry.map_err(Error::io("read", &folder))?;
            if entry.file_name().to_string_lossy().starts_with(REMOVED) {
                let path = entry.path();
                if_there(fs::remove_dir_all(&path)).map_err(Error::io("remove", &path))?;
            }
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}
