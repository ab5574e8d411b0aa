#![doc = include_str!("../README.md")]

mod download;
mod error;
mod lock;

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gradus_data::cache_folder;
use gradus_data::registry::Remote;
use sha2::{Digest, Sha256};

pub use error::FetchError;

/// Where files are fetched from and to.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// The folder they go to.
    pub cache: PathBuf,
    /// The web address of a folder that holds the same files, to be asked instead of their
    /// publishers; checksums stay what they are.
    pub mirror: Option<String>,
    /// How long a server may be silent.
    pub patience: Duration,
}

impl Default for Fetcher {
    /// Into the user's cache; from `GRADUS_MIRROR` where it is set.
    fn default() -> Self {
        let mirror = std::env::var("GRADUS_MIRROR").ok().filter(|address| !address.is_empty());
        Self { cache: cache_folder(), mirror, patience: Duration::from_secs(30) }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Another process fetches into the same folder; this one waits for it.
    Waiting,
    /// Bytes are arriving.
    Loading {
        /// The file's place below the cache folder.
        file: &'static str,
        /// Bytes that have arrived.
        done: u64,
        /// Bytes of the whole.
        total: u64,
    },
}

/// A file that is at hand now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it stands.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Whether it was there, whole, before.
    pub was_there: bool,
}

impl Fetcher {
    /// Fetches files that are not there, or not as they were published. `watch` is told several times
    /// a second how far it is, and may end it.
    ///
    /// # Errors
    /// Where a file does not arrive as it was published, cannot be written, or `watch` ends it. Files
    /// before it stay; of this one nothing is left.
    pub fn fetch(
        &self,
        files: &'static [Remote],
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Vec<Fetched>, FetchError> {
        fs::create_dir_all(&self.cache).map_err(FetchError::write(&self.cache))?;
        let _lock = lock::take(&self.cache, watch)?;
        files.iter().map(|remote| self.fetch_one(remote, watch)).collect()
    }

    fn fetch_one(
        &self,
        remote: &'static Remote,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Fetched, FetchError> {
        let path = self.cache.join(remote.file);
        let was_there = is_whole(&path, remote);
        if !was_there {
            let url = match &self.mirror {
                Some(mirror) => format!("{}/{}", mirror.trim_end_matches('/'), remote.file),
                None => remote.url.to_owned(),
            };
            download::into_place(&url, remote, &path, self.patience, watch)?;
        }
        Ok(Fetched { path, bytes: remote.bytes, was_there })
    }
}

/// Whether the published file stands there; what cannot be read does not.
fn is_whole(path: &Path, remote: &Remote) -> bool {
    let has_size = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == remote.bytes);
    has_size && File::open(path).and_then(checksum).is_ok_and(|found| found == remote.sha256)
}

fn checksum(mut file: File) -> io::Result<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(hash)),
            n => hash.update(&buffer[..n]),
        }
    }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
