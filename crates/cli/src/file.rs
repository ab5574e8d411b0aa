//! Files that a command writes: whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use gradus_plot::Picture;
use gradus_train::store::replace;

use crate::failure::{Failure, Outcome};
use crate::output;

/// How many pixels of a PNG picture make a point.
pub(crate) const PIXELS_PER_POINT: f32 = 2.0;

/// Whether `-o -` was given: the file goes to stdout, and what is said besides to stderr.
///
/// # Errors
/// With `--json`, which would stand in the same place.
pub(crate) fn goes_to_stdout(path: &Path, json: bool) -> Outcome<bool> {
    let goes = is_stdout(path);
    if goes && json {
        return Err(Failure::Usage("-o - and --json both write to stdout: give -o a file's name".to_string()));
    }
    if goes {
        output::take_stdout();
    }
    Ok(goes)
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes a file: it is the old whole or the new whole. `-` is stdout.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Outcome {
    if is_stdout(path) {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        return Ok(out.flush()?);
    }
    let failed = |error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "its folder does not exist, make it first".to_owned(),
            io::ErrorKind::IsADirectory => "it is a folder, give a file's name".to_owned(),
            _ => error.to_string(),
        };
        Failure::Failed(format!("cannot write {}: {why}", path.display()))
    };
    match path.file_name() {
        None => Err(failed(io::ErrorKind::IsADirectory.into())),
        Some(_) => replace(path, bytes).map_err(failed),
    }
}

/// Refuses a name that does not say which kind of picture it is, before anything is computed. To stdout goes SVG.
pub(crate) fn check_picture(path: &Path, json: bool) -> Outcome {
    goes_to_stdout(path, json)?;
    match ending(path).as_deref() {
        Some("svg" | "png") => Ok(()),
        // A picture that another program reads is text.
        _ if is_stdout(path) => Ok(()),
        _ => Err(Failure::Usage(format!(
            "{} does not say which kind of picture it is: let its name end in .svg or .png",
            path.display()
        ))),
    }
}

/// Writes a picture as what its file's name ends in.
pub(crate) fn write_picture(path: &Path, picture: &Picture) -> Outcome {
    match ending(path).as_deref() {
        Some("png") => write_whole(path, &picture.to_png(PIXELS_PER_POINT)?),
        _ => write_whole(path, picture.to_svg().as_bytes()),
    }
}

/// Writes pictures into a folder, each as SVG and as PNG, and gives the files' names.
pub(crate) fn write_pictures(folder: &Path, pictures: &[(String, Picture)]) -> Outcome<Vec<String>> {
    fs::create_dir_all(folder)
        .map_err(|e| Failure::Failed(format!("cannot make the folder {}: {e}", folder.display())))?;
    let mut files = Vec::new();
    for (name, picture) in pictures {
        for ending in ["svg", "png"] {
            let file = format!("{name}.{ending}");
            write_picture(&folder.join(&file), picture)?;
            files.push(file);
        }
    }
    Ok(files)
}

fn ending(path: &Path) -> Option<String> {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("g.svg");
        fs::create_dir(&taken).unwrap();
        assert!(matches!(write_whole(&taken, b"x"), Err(Failure::Failed(text)) if text.starts_with("cannot write ")));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["g.svg"]);
        let path = folder.path().join("h.svg");
        write_whole(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }
}
