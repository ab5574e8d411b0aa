//! Data that a client brings: kept in the store, named by what they hold.

use std::fs;
use std::path::{Path, PathBuf};

use gradus_data::{Classes, Lines, Source, Text, registry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::refusal::{Answer, Refusal};

/// Begins every name that a client's data get.
const PREFIX: &str = gradus_studio::BROUGHT;

pub(crate) use gradus_studio::shown;

/// Begins the names of tables among them.
const TABLE: &str = "upload-table-";

/// What a text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Brought {
    /// One thing a line.
    #[default]
    Lines,
    /// Running text: a recipe of it says data.kind = "text".
    Text,
    /// A table of measurements with a heading; its last column is the class.
    Table,
}

/// What was kept.
pub(crate) struct Kept {
    pub(crate) name: String,
    /// Lines, or letters.
    pub(crate) items: usize,
    pub(crate) characters: String,
}

/// What the client's data are.
pub(crate) struct Uploads {
    folder: PathBuf,
}

impl Uploads {
    pub(crate) fn new(home: &Path) -> Self {
        Uploads { folder: home.join("data") }
    }

    /// Keeps a text under a name made of what it is called and what it holds; the same text twice is one.
    ///
    /// # Errors
    /// Where it is not what it is said to be, or the disk refuses.
    pub(crate) fn keep(&self, called: &str, text: &str, kind: Brought) -> Answer<Kept> {
        let held: u64 = self.all().iter().map(|(_, bytes)| bytes).sum();
        if held + text.len() as u64 > limits::UPLOADS_BYTES {
            return Err(Refusal::limit(format!(
                "the data that were brought fill their {} MiB: remove some from {}",
                limits::UPLOADS_BYTES >> 20,
                self.folder.display()
            )));
        }
        let source = Source::text(called, text);
        let (items, characters) = match kind {
            Brought::Lines => {
                let lines = Lines::open(&source)?;
                (lines.len(), lines.vocabulary().characters())
            }
            Brought::Text => {
                let text = Text::open(&source)?;
                (text.content().chars().count(), text.vocabulary().characters())
            }
            Brought::Table => (Classes::open(&source, None)?.len(), String::new()),
        };
        let word: String = called.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        let prefix = if kind == Brought::Table { TABLE } else { PREFIX };
        let name = format!("{prefix}{}-{:016x}", word.to_lowercase(), fingerprint(text.as_bytes()));
        if !self.path(&name).is_file() {
            gradus_train::store::write_atomically(&self.folder, &format!("{name}.txt"), text.as_bytes())?;
        }
        Ok(Kept { name, items, characters })
    }

    /// Every name, and how many bytes it stands for.
    pub(crate) fn all(&self) -> Vec<(String, u64)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut all: Vec<(String, u64)> = entries
            .filter_map(|entry| {
                let name = shown(&entry.path().to_string_lossy());
                name.starts_with(PREFIX).then(|| (name, entry.metadata().map_or(0, |metadata| metadata.len())))
            })
            .collect();
        all.sort();
        all
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.txt"))
    }

    /// What a recipe's `data.source` means when a client gives it: a known data set or what it brought, never any other
    /// file of this machine.
    ///
    /// # Errors
    /// Where it is neither.
    pub(crate) fn resolve(&self, source: &str) -> Answer<String> {
        if registry::find(source).is_some() {
            return Ok(source.to_string());
        }
        let name = shown(source);
        let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let path = self.path(&name);
        if name.starts_with(PREFIX) && is_word && path.is_file() {
            return Ok(path.canonicalize().unwrap_or(path).to_string_lossy().into_owned());
        }
        let known: Vec<&str> = registry::all().iter().map(|set| set.name).collect();
        Err(Refusal::unprocessable(format!(
            "{source:?} is no data set of the laboratory: it is one of {}, or data that were brought (POST /api/data)",
            known.join(", ")
        )))
    }
}

/// Whether a name of what was brought is that of a table.
pub(crate) fn is_table(name: &str) -> bool {
    name.starts_with(TABLE)
}

/// FNV-1a, 64 bits: tells texts apart in a name.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_brought_is_found_again_and_nothing_else_is() {
        let home = tempfile::tempdir().unwrap();
        let uploads = Uploads::new(home.path());
        let keep = || uploads.keep("My names!", "ada\nbea\n", Brought::Lines).unwrap();
        let Kept { name, items, .. } = keep();
        assert!(name.starts_with("upload-mynames-"), "{name}");
        assert_eq!(items, 2);
        assert_eq!(keep().name, name);
        let table = uploads.keep("flowers", "size,kind\n1,a\n2,b\n", Brought::Table).unwrap();
        assert!(is_table(&table.name) && table.items == 2 && !is_table(&name));
        assert!(uploads.keep("flowers", "size,kind\n1\n", Brought::Table).is_err());
        std::fs::remove_file(uploads.path(&table.name)).unwrap();
        assert_eq!(uploads.all(), [(name.clone(), 8)]);
        let path = uploads.resolve(&name).unwrap();
        assert_eq!(shown(&path), name);
        assert_eq!(uploads.resolve(&path).unwrap(), path);
        assert_eq!(uploads.resolve("given-names").unwrap(), "given-names");
        for bad in ["/etc/passwd", "../x", "upload-../../x", "upload-none", "", "./given-names"] {
            assert!(uploads.resolve(bad).is_err(), "{bad}");
        }
    }
}
