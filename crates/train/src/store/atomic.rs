//! Files that are either the old whole or the new whole, whatever happens in between.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// Ends the name of a file being written.
const UNFINISHED: &str = ".unfinished";

/// Writes a file whole, or not at all.
///
/// # Errors
/// As [`replace`]; the text names the file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes).map_err(Error::io("write", path))
}

/// Writes a file through a temporary one in the same folder: write, fsync, rename, fsync folder.
///
/// # Errors
/// Where the system refuses; the old file, if any, is untouched and nothing new is left behind.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path);
    let result = (|| {
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        sync_folder(path)
    })();
    if result.is_err() {
        // It is the first error that is told; a rest that cannot be removed is swept later.
        let _ = fs::remove_file(&unfinished);
    }
    result
}

/// Removes what a killed writer left in a folder.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}{UNFINISHED}", std::process::id()));
    path.with_file_name(name)
}

/// Makes a rename last through a power cut; only Unix has (and needs) it.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // A bare name lies in the working folder.
        File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        write(&path, b"old").unwrap();
        // A folder in the temporary file's place makes creating it fail.
        fs::create_dir(unfinished(&path)).unwrap();
        let error = write(&path, b"new").unwrap_err().to_string();
        assert!(error.starts_with("cannot write "), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn sweeping_takes_only_what_is_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        write(&kept, b"whole").unwrap();
        fs::write(unfinished(&kept), b"ha").unwrap();
        sweep(folder.path()).unwrap();
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["kept"]);
    }
}
