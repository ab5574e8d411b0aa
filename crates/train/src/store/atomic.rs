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
/// What stands there keeps what it is. A link is followed, and the file at its end replaced; a file keeps its mode and its
/// owner, and one of several names is written in place, so that all of them see it. A pipe, a terminal or a device is
/// written to, not replaced.
///
/// # Errors
/// Where the system refuses; the old file, if any, is untouched and nothing new is left behind.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_dir() && is_written_through(path, there)) {
        // Behind what another program has written there already.
        let is_file = there.is_some_and(|there| there.is_file());
        let mut file = File::options().write(true).append(is_file && is_of_the_system(path)).open(path)?;
        if is_file && !is_of_the_system(path) {
            file.set_len(0)?;
        }
        file.write_all(bytes)?;
        return file.flush();
    }
    let path = &followed(path)?;
    let unfinished = unfinished(path);
    let result = (|| {
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        if let Some(there) = &there {
            keep_mode(&file, there)?;
        }
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

/// Whether writing another file and renaming it would take away what stands here.
fn is_written_through(path: &Path, there: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // A file of several names, or of an owner to whom it could not be given back.
        if there.nlink() > 1 || (there.is_file() && is_of_another(there)) {
            return true;
        }
    }
    !there.is_file() || is_of_the_system(path)
}

/// A file that this process does not own cannot be made again as it was, unless by root.
#[cfg(unix)]
fn is_of_another(there: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = fs::metadata("/proc/self").map_or(there.uid(), |process| process.uid());
    own != 0 && own != there.uid()
}

/// `/dev/stdout` and the like: names of what a process has open.
fn is_of_the_system(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// The mode and the owner of what stands there.
fn keep_mode(file: &File, there: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let made = file.metadata()?;
        if (made.uid(), made.gid()) != (there.uid(), there.gid()) {
            // A group that is not ours cannot be kept by everybody.
            let _ = fchown(file, Some(there.uid()), Some(there.gid()));
        }
    }
    file.set_permissions(there.permissions())
}

/// The end of a chain of links; the path itself where it is none.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_path_buf();
    for _ in 0..40 {
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_symlink() => {
                let target = fs::read_link(&place)?;
                place = place.parent().unwrap_or(Path::new("")).join(target);
            }
            _ => return Ok(place),
        }
    }
    Err(io::Error::other("it is a link that leads in a circle"))
}

/// As [`replace`] for a file of ours, without waiting for the disk: a power cut may take it, a kill may not.
pub(super) fn write_soon(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path);
    fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path)).inspect_err(|_| {
        // It is the first error that is told; a rest that cannot be removed is swept later.
        let _ = fs::remove_file(&unfinished);
    })
}

/// Whether a killed writer left this file.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.ends_with(UNFINISHED)
}

/// Removes what a killed writer left in a folder.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_unfinished(&entry.file_name().to_string_lossy()) {
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

    #[cfg(unix)]
    #[test]
    fn what_stands_there_keeps_what_it_is() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        // A private file stays private.
        fs::write(at("private"), "old").unwrap();
        fs::set_permissions(at("private"), fs::Permissions::from_mode(0o600)).unwrap();
        write(&at("private"), b"new").unwrap();
        assert_eq!(fs::metadata(at("private")).unwrap().mode() & 0o777, 0o600);
        // Links are followed, also a chain of them, and one to a file that is not there yet.
        fs::create_dir(at("elsewhere")).unwrap();
        symlink("elsewhere/target", at("link")).unwrap();
        symlink("link", at("chain")).unwrap();
        for text in ["first", "second"] {
            write(&at("chain"), text.as_bytes()).unwrap();
            assert!(fs::symlink_metadata(at("chain")).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(at("elsewhere/target")).unwrap(), text);
        }
        symlink("circle", at("circle")).unwrap();
        assert!(write(&at("circle"), b"x").is_err());
        // One file of two names stays one.
        fs::write(at("one"), "longer than before").unwrap();
        fs::hard_link(at("one"), at("other")).unwrap();
        write(&at("one"), b"both").unwrap();
        assert_eq!(fs::read_to_string(at("other")).unwrap(), "both");
        // A pipe is written to.
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let pipe = at("pipe");
        let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
        write(&at("pipe"), b"through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(!fs::symlink_metadata(at("pipe")).unwrap().is_file());
        // A device too, and a folder is refused.
        write(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert!(write(&at("elsewhere"), b"x").is_err());
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().ends_with(UNFINISHED)));
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
