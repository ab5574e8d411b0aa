//! How a command ends when it does not end well: one line and an exit status.

use std::any::Any;
use std::error::Error;
use std::io;
use std::process::ExitCode;

use crate::output::note;

/// What a command returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The work failed: one line for the reader. Exit status 1.
    Failed(String),
    /// The command was called wrongly: one line for the reader. Exit status 2.
    Usage(String),
    /// The user stopped it: one line for the reader. Exit status 1, for it is not done.
    Stopped(String),
    /// Whoever read our output has gone (`gradus … | head`): nothing is wrong, nothing is said.
    ReaderGone,
}

impl Failure {
    /// Reports on stderr, as `error: …` on one line, and gives the exit status.
    pub(crate) fn report(self) -> ExitCode {
        let (text, status) = match self {
            Failure::Failed(text) => (text, 1),
            Failure::Usage(text) => (text, 2),
            Failure::Stopped(text) => {
                note(&text);
                return ExitCode::FAILURE;
            }
            Failure::ReaderGone => return ExitCode::SUCCESS,
        };
        note(&format!("error: {}", one_line(&text)));
        ExitCode::from(status)
    }
}

/// Any error becomes a failure with its own text, except the reader's going away.
impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let gone =
            (&error as &dyn Any).downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe);
        if gone { Failure::ReaderGone } else { Failure::Failed(error.to_string()) }
    }
}

/// Joins the lines of a text, so that an error stays one line whatever it quotes.
pub(crate) fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A panic is a mistake of ours: it is still told as one line, with the place and no backtrace.
pub(crate) fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("a panic without a message");
        let place = panic.location().map_or_else(String::new, |l| format!(" (at {}:{})", l.file(), l.line()));
        note(&format!("error: internal: {}{place}; this is a defect in gradus, please report it", one_line(what)));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_one_line() {
        assert_eq!(one_line("a\n  b\n\n c "), "a b c");
    }

    #[test]
    fn a_broken_pipe_is_no_failure() {
        let gone: Failure = io::Error::from(io::ErrorKind::BrokenPipe).into();
        assert!(matches!(gone, Failure::ReaderGone));
        let other: Failure = io::Error::other("full").into();
        assert!(matches!(other, Failure::Failed(text) if text == "full"));
    }
}
