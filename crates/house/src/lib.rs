//! Reads the source tree, for tests of what holds for it as a whole (`tests/house`): the floors and what they know,
//! imports without a circle, names, packages, licences, links.

pub mod graph;
pub mod rust;

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the source tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the crate stands two folders below the root")
}

/// The text of a file below the root.
///
/// # Panics
/// Where it cannot be read, with its name.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The folders of `crates/`, sorted.
pub fn crates() -> Vec<String> {
    let folder = root().join("crates");
    let mut names: Vec<String> =
        entries(&folder).into_iter().filter(|path| path.join("Cargo.toml").is_file()).map(|path| name(&path)).collect();
    names.sort();
    names
}

/// The files below a folder with one of these endings, sorted; what was built or fetched is left out.
pub fn files(folder: impl AsRef<Path>, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let name = name(&path);
            if path.is_dir() {
                let made = matches!(name.as_str(), "target" | "node_modules" | "dist" | "__pycache__" | "venv");
                if !made && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as it is called from the root, with `/`.
pub fn called(path: &Path) -> String {
    let root = root();
    let parts = path.strip_prefix(&root).unwrap_or(path).iter();
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    read.map(|entry| entry.expect("a folder's entry").path()).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
