//! One fetch at a time in a folder: a second one waits, and then finds the files there.

use std::fs::{File, TryLockError};
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::{FetchError, Progress};

/// The file that is locked; it stays there, empty.
const NAME: &str = ".fetching";

const PAUSE: Duration = Duration::from_millis(100);

/// Waits for the folder. The lock ends when the file is dropped, or with the process. Where the file
/// system knows no locks there is none: then two fetches at once do the same work twice.
pub(crate) fn take(
    folder: &Path,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<File>, FetchError> {
    let path = folder.join(NAME);
    let file = File::create(&path).map_err(FetchError::write(&path))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
        }
        if watch(Progress::Waiting).is_break() {
            return Err(FetchError::Stopped);
        }
        thread::sleep(PAUSE);
    }
}
