//! Ctrl-C: the first asks the work to stop, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, Outcome};
use crate::output::note;

static ASKED: AtomicBool = AtomicBool::new(false);

/// What shells expect of a program that Ctrl-C ended.
const ENDED_BY_INTERRUPT: i32 = 130;

/// Listens for Ctrl-C (and for the system's request to end) from now on, for work that goes in steps.
pub(crate) fn listen() -> Outcome {
    listen_saying("stopping after this step; Ctrl-C again to quit at once")
}

/// Listens, and answers the first Ctrl-C with these words.
pub(crate) fn listen_saying(words: &'static str) -> Outcome {
    ctrlc::set_handler(move || {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(ENDED_BY_INTERRUPT);
        }
        note(words);
    })
    .map_err(|e| Failure::Failed(format!("cannot listen for Ctrl-C: {e}")))
}

/// Whether it was pressed.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
