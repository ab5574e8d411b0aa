//! One file, from its address to its place.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use gradus_data::registry::Remote;
use sha2::{Digest, Sha256};
use ureq::Agent;

use crate::{FetchError, Progress, hexadecimal};

/// Ends the name of a file that is being written.
const UNFINISHED: &str = ".unfinished";

/// How often the watcher is asked, at least.
const PAUSE: Duration = Duration::from_millis(100);

/// Fetches `url` and, if it is what was published, puts it at `path`.
pub(crate) fn into_place(
    url: &str,
    remote: &'static Remote,
    path: &Path,
    patience: Duration,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), FetchError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(FetchError::write(folder))?;
    let unfinished = Unfinished::beside(path);
    let file = File::create(&unfinished.0).map_err(FetchError::write(&unfinished.0))?;

    // The connection waits in a thread of its own, so that Ctrl-C is heard while it is silent. Where it is left
    // behind, it ends at its next word to a watcher that has gone.
    let (sender, receiver) = mpsc::channel();
    let job = Job { url: url.to_owned(), remote, path: unfinished.0.clone(), patience };
    let worker = thread::spawn(move || job.download(file, &sender));
    let mut done = 0;
    loop {
        match receiver.recv_timeout(PAUSE) {
            Ok(bytes) => done = bytes,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if watch(Progress::Loading { file: remote.file, done, total: remote.bytes }).is_break() {
            return Err(FetchError::Stopped);
        }
    }
    let why = "its thread ended".to_owned();
    worker.join().unwrap_or(Err(FetchError::Protocol { url: url.to_owned(), why }))?;
    fs::rename(&unfinished.0, path).and_then(|()| sync(folder)).map_err(FetchError::write(path))
}

/// The name under which a file is written; what still has it at the end is removed.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Self {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(UNFINISHED);
        Self(path.with_file_name(name))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename there is nothing to remove; a rest that cannot be removed is written over next time.
        let _ = fs::remove_file(&self.0);
    }
}

/// What the thread works on.
struct Job {
    url: String,
    remote: &'static Remote,
    path: PathBuf,
    patience: Duration,
}

impl Job {
    /// Writes the answer into `file` and holds it against what was published.
    fn download(&self, mut file: File, progress: &Sender<u64>) -> Result<(), FetchError> {
        let config = Agent::config_builder();
        // The network's proxy does not know a server on this very machine.
        let config = if is_local(&self.url) { config.proxy(None) } else { config };
        let agent: Agent = config
            .timeout_resolve(Some(self.patience))
            .timeout_connect(Some(self.patience))
            .timeout_recv_response(Some(self.patience))
            .timeout_per_read(Some(self.patience))
            .max_redirects(5)
            .user_agent(concat!("gradus/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let mut answer = agent.get(&self.url).call().map_err(|error| self.refused(error))?;
        let expected = self.remote.bytes;
        let size = |offered| FetchError::Size { url: self.url.clone(), offered, expected };
        if let Some(offered) = answer.body().content_length().filter(|offered| *offered != expected) {
            return Err(size(Some(offered)));
        }
        let mut body = answer.body_mut().as_reader();
        let (mut hash, mut buffer, mut done) = (Sha256::new(), vec![0; 64 << 10], 0);
        loop {
            let n = body.read(&mut buffer).map_err(|error| self.broke_off(&error, done))?;
            if n == 0 {
                break;
            }
            done += n as u64;
            if done > expected {
                return Err(size(None));
            }
            hash.update(&buffer[..n]);
            file.write_all(&buffer[..n]).map_err(FetchError::write(&self.path))?;
            if progress.send(done).is_err() {
                return Err(FetchError::Stopped);
            }
        }
        if done < expected {
            return Err(FetchError::Short { url: self.url.clone(), done, total: expected });
        }
        let (found, expected) = (hexadecimal(hash), self.remote.sha256);
        if found != expected {
            return Err(FetchError::Checksum { url: self.url.clone(), found, expected });
        }
        file.sync_all().map_err(FetchError::write(&self.path))
    }

    /// Before the first byte.
    fn refused(&self, error: ureq::Error) -> FetchError {
        let url = self.url.clone();
        let total = self.remote.bytes;
        match error {
            ureq::Error::StatusCode(status) => FetchError::Status { url, status },
            ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => FetchError::Redirects { url },
            ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
                FetchError::Offline { url, why: format!("no answer within {:.0?}", self.patience) }
            }
            ureq::Error::Timeout(_) => FetchError::Stalled { url, done: 0, total },
            ureq::Error::HostNotFound => FetchError::Offline { url, why: "the host is not known".to_owned() },
            ureq::Error::ConnectionFailed => FetchError::Offline { url, why: "no connection".to_owned() },
            ureq::Error::Io(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
                    FetchError::Short { url, done: 0, total }
                }
                _ => FetchError::Offline { url, why: error.to_string() },
            },
            error => FetchError::Protocol { url, why: error.to_string() },
        }
    }

    /// After `done` bytes.
    fn broke_off(&self, error: &io::Error, done: u64) -> FetchError {
        let (url, total) = (self.url.clone(), self.remote.bytes);
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
        match (error.kind(), inner) {
            (io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock, _)
            | (_, Some(ureq::Error::Timeout(_) | ureq::Error::BodyStalled)) => FetchError::Stalled { url, done, total },
            _ => FetchError::Short { url, done, total },
        }
    }
}

fn is_local(url: &str) -> bool {
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    ["localhost", "127.", "[::1]"].iter().any(|local| host.starts_with(local))
}

/// Makes a rename last through a power cut; only Unix has (and needs) it.
fn sync(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
