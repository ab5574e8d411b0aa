use std::io;
use std::path::{Path, PathBuf};

/// Why a file was not fetched: one line. What stood in its place before still stands there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No server was reached.
    #[error(
        "{url} cannot be reached ({why}); nothing was changed: check the connection and try again, or \
         copy the file into the cache (gradus data list)"
    )]
    Offline {
        /// What was asked for.
        url: String,
        /// What the system says.
        why: String,
    },
    /// The server has no such file, or does not give it away.
    #[error("{url} answered with status {status}{}; nothing was changed: try again later", meaning(*.status))]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP's number.
        status: u16,
    },
    /// One address sent to the next, without end.
    #[error("{url} sends from one address to another without an end; nothing was changed: try again later")]
    Redirects {
        /// What was asked for.
        url: String,
    },
    /// The server fell silent.
    #[error("{url} fell silent after {done} of {total} bytes; nothing was changed: try again")]
    Stalled {
        /// What was asked for.
        url: String,
        /// Bytes that arrived.
        done: u64,
        /// Bytes published.
        total: u64,
    },
    /// The connection ended early.
    #[error("{url} broke off after {done} of {total} bytes; nothing was changed: try again")]
    Short {
        /// What was asked for.
        url: String,
        /// Bytes that arrived.
        done: u64,
        /// Bytes published.
        total: u64,
    },
    /// The answer has another size than what was published.
    #[error(
        "{url} answers with {}, and {expected} were published: this is another file, or a sign-in page of the \
         network; nothing was changed",
        .offered.map_or_else(|| "more bytes".to_owned(), |n| format!("{n} bytes"))
    )]
    Size {
        /// What was asked for.
        url: String,
        /// What the server announced; `None` where it announced nothing and did not end.
        offered: Option<u64>,
        /// Bytes published.
        expected: u64,
    },
    /// The right number of wrong bytes.
    #[error(
        "{url} is not what was published: its SHA-256 is {found}, not {expected}; nothing was changed: try again, and \
         if it stays so, do not use that source"
    )]
    Checksum {
        /// What was asked for.
        url: String,
        /// Of what arrived.
        found: String,
        /// Of what was published.
        expected: &'static str,
    },
    /// Something else that the protocol can do wrong.
    #[error("{url} cannot be fetched: {why}; nothing was changed")]
    Protocol {
        /// What was asked for.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// The cache cannot be written.
    #[error("{path} cannot be written: {source}; make room or allow it, or name another folder in GRADUS_CACHE")]
    Write {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The user ended it.
    #[error("stopped; nothing was changed: the same command begins anew")]
    Stopped,
}

impl FetchError {
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Write { path: path.to_owned(), source }
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 | 403 => " (not allowed)",
        404 | 410 => " (there is no such file)",
        429 => " (too many requests)",
        500.. => " (trouble at the server)",
        _ => "",
    }
}
