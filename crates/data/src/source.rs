use crate::DataError;
use crate::registry::{self, DataSet, Kind, Origin, Remote};
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The most that is read, before and after unpacking.
const LIMIT_MIB: u64 = 1024;

/// Where data come from: a known data set, a file, or text at hand.
///
/// ```
/// use gradus_data::{Lines, Source};
///
/// let pasted = Source::text("my list", "ada\nbea\ncleo\n");
/// assert_eq!(Lines::open(&pasted)?.len(), 3);
///
/// let error = Source::find("irsi").unwrap_err().to_string();
/// assert!(error.starts_with("`irsi` is neither a data set nor a file (did you mean `iris`?)"));
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    BuiltIn(&'static DataSet, &'static [u8]),
    /// The files of a set that was fetched, in the registry's order.
    Cached(&'static DataSet, Vec<PathBuf>),
    /// Data that are made when they are used.
    Made(&'static DataSet),
    File(PathBuf),
    Memory {
        label: String,
        bytes: Vec<u8>,
    },
}

impl Source {
    /// What a user means by `--data FILE|NAME`: a data set with this name, else the file at this
    /// path. A file that is called as a data set is, is meant by `./iris`.
    ///
    /// # Errors
    /// Where it is neither, or a data set that must be fetched first.
    pub fn find(name_or_path: &str) -> Result<Self, DataError> {
        Self::find_in(name_or_path, &cache_folder())
    }

    /// [`Source::find`] with another cache folder than the user's.
    ///
    /// # Errors
    /// As [`Source::find`].
    pub fn find_in(name_or_path: &str, cache: &Path) -> Result<Self, DataError> {
        if let Some(set) = registry::find(name_or_path) {
            return Self::known(set, cache);
        }
        let path = Path::new(name_or_path);
        let is_word = !name_or_path.contains(['/', '\\', '.']);
        if is_word && fs::symlink_metadata(path).is_err() {
            let names = registry::all().iter().map(|set| set.name);
            let nearest = names
                .clone()
                .map(|known| (strsim::damerau_levenshtein(known, name_or_path), known))
                .min()
                .filter(|(distance, known)| *distance <= known.len() / 3)
                .map(|(_, known)| known);
            let known = names.collect::<Vec<_>>().join(", ");
            return Err(DataError::Unknown { name: name_or_path.to_owned(), nearest, known });
        }
        Ok(Self::file(path))
    }

    fn known(set: &'static DataSet, cache: &Path) -> Result<Self, DataError> {
        match set.origin {
            Origin::BuiltIn(bytes) => Ok(Self(Place::BuiltIn(set, bytes))),
            Origin::Made(_) => Ok(Self(Place::Made(set))),
            Origin::Fetched(files) => {
                let whole = |remote: &Remote| {
                    let path = cache.join(remote.file);
                    let Ok(metadata) = fs::metadata(&path) else {
                        return Err(DataError::NotFetched { name: set.name, path });
                    };
                    let (found, expected) = (metadata.len(), remote.bytes);
                    if found != expected {
                        return Err(DataError::Damaged { name: set.name, path, found, expected });
                    }
                    Ok(path)
                };
                Ok(Self(Place::Cached(set, files.iter().map(whole).collect::<Result<_, _>>()?)))
            }
        }
    }

    /// The file at this path, whatever it is called.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into()))
    }

    /// Text at hand, such as something pasted; `label` stands for it in messages.
    pub fn text(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self::memory(label, text.into().into_bytes())
    }

    /// Bytes at hand, such as an uploaded file; `label` stands for them in messages.
    pub fn memory(label: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self(Place::Memory { label: label.into(), bytes })
    }

    /// What messages call it: a data set's name, a file's path, a text's label.
    pub fn label(&self) -> Cow<'_, str> {
        match &self.0 {
            Place::BuiltIn(set, _) | Place::Cached(set, _) | Place::Made(set) => set.name.into(),
            Place::File(path) => path.to_string_lossy(),
            Place::Memory { label, .. } => label.into(),
        }
    }

    /// The data set, where it is a known one.
    pub fn data_set(&self) -> Option<&'static DataSet> {
        match self.0 {
            Place::BuiltIn(set, _) | Place::Cached(set, _) | Place::Made(set) => Some(set),
            Place::File(_) | Place::Memory { .. } => None,
        }
    }

    /// Each file of it as a source of its own: for a fetched set its files in the registry's order,
    /// for anything else itself.
    pub fn files(&self) -> Vec<Self> {
        match &self.0 {
            Place::Cached(_, paths) => paths.iter().map(Self::file).collect(),
            _ => vec![self.clone()],
        }
    }

    /// The path of a file; `None` for what is no single file.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            _ => None,
        }
    }

    /// The bytes, unpacked where they are gzip; of a set of several files the first;
    /// nothing of what is made when it is used.
    ///
    /// # Errors
    /// Where the file is missing, no regular file, may not be read, is larger than 1 GiB or
    /// cannot be unpacked.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, DataError> {
        let packed: Cow<'_, [u8]> = match &self.0 {
            Place::BuiltIn(_, bytes) => (*bytes).into(),
            Place::Cached(_, paths) => read_file(paths.first().map_or(Path::new(""), PathBuf::as_path))?.into(),
            Place::File(path) => read_file(path)?.into(),
            Place::Memory { bytes, .. } => bytes.into(),
            Place::Made(_) => Cow::default(),
        };
        if !packed.starts_with(&[0x1f, 0x8b]) {
            return Ok(packed);
        }
        let place = self.label().into_owned();
        match read_limited(MultiGzDecoder::new(&*packed), 4 * packed.len()) {
            Ok(Some(bytes)) => Ok(bytes.into()),
            Ok(None) => Err(DataError::TooLarge { place, limit_mib: LIMIT_MIB }),
            Err(_) => Err(DataError::Gzip { place }),
        }
    }

    /// The bytes as text: UTF-8, without a byte-order mark.
    ///
    /// # Errors
    /// As [`Source::bytes`], or where it is not UTF-8: the line and the byte in it.
    pub fn read_text(&self) -> Result<String, DataError> {
        let bytes = self.bytes()?;
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) => return Err(self.not_utf8(&bytes, error.valid_up_to())),
        };
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
    }

    fn not_utf8(&self, bytes: &[u8], at: usize) -> DataError {
        let before = &bytes[..at];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let guess = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "utf-16",
            _ => "latin1",
        };
        DataError::NotUtf8 {
            place: self.label().into_owned(),
            line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
            column: at - line_start + 1,
            byte: bytes[at],
            guess,
        }
    }

    /// Refuses a known data set of another kind; a file or a text may hold anything.
    pub(crate) fn expect(&self, wanted: Kind) -> Result<(), DataError> {
        match self.data_set() {
            Some(set) if set.kind != wanted => {
                Err(DataError::Kind { name: set.name, kind: set.kind.describe(), wanted: wanted.describe() })
            }
            _ => Ok(()),
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, DataError> {
    let name = || path.display().to_string();
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => DataError::Missing { path: name() },
        ErrorKind::PermissionDenied => DataError::Permission { path: name() },
        _ => DataError::Io { path: name(), source },
    };
    // Looked at before it is opened: opening a pipe that nobody writes to would wait for ever.
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(DataError::Folder { path: name() });
    }
    if !metadata.is_file() {
        return Err(DataError::NotAFile { path: name() });
    }
    let file = File::open(path).map_err(failed)?;
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    match read_limited(file, expected).map_err(failed)? {
        Some(bytes) => Ok(bytes),
        None => Err(DataError::TooLarge { place: name(), limit_mib: LIMIT_MIB }),
    }
}

/// Everything, or `None` where it is more than the limit.
fn read_limited(reader: impl Read, expected: usize) -> std::io::Result<Option<Vec<u8>>> {
    let limit = LIMIT_MIB << 20;
    let mut bytes = Vec::with_capacity(expected.min(64 << 20));
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// The folder for downloaded data: `GRADUS_CACHE` where it is set, else `gradus` in the place the
/// system keeps caches in (`XDG_CACHE_HOME` or `~/.cache`; `~/Library/Caches`; `%LOCALAPPDATA%`).
pub fn cache_folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("GRADUS_CACHE") {
        return folder;
    }
    let home = || variable("HOME").unwrap_or_default();
    let caches = if cfg!(windows) {
        variable("LOCALAPPDATA").unwrap_or_else(std::env::temp_dir)
    } else if cfg!(target_os = "macos") {
        home().join("Library/Caches")
    } else {
        variable("XDG_CACHE_HOME").unwrap_or_else(|| home().join(".cache"))
    };
    caches.join("gradus")
}
