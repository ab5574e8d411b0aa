//! What a session shows to its listeners.
//!
//! The training thread pins the newest state to the board, at most ten times a second; each listener takes from it
//! what it has not seen when it is ready to. A slow listener costs nothing: it finds the newest when it looks again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use serde::Serialize;
use tokio::sync::watch;

use crate::history::{History, News, Seen};
use crate::limits;
use crate::refusal::Refusal;

/// Shared by a session's thread and its listeners.
#[derive(Debug)]
pub struct Board {
    pinned: Mutex<Pinned>,
    changed: watch::Sender<u64>,
    listeners: [AtomicUsize; WANTS],
}

#[derive(Debug)]
struct Pinned {
    /// JSON, and how often it changed.
    notes: [(u64, Arc<str>); NOTES],
    history: History,
    closed: bool,
}

/// A part of the board that is replaced as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The session's state.
    State,
    /// Its state without what never changes.
    Brief,
    /// What it writes.
    Samples,
    /// Every tensor in numbers.
    Statistics,
    /// The number of the edit log.
    Edits,
    /// How far the precision study is.
    Study,
}

const NOTES: usize = 6;

/// What a listener may want besides the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Anything at all.
    Anything,
    /// The loss.
    Loss,
    /// Samples.
    Samples,
    /// Statistics of every tensor.
    Statistics,
    /// Statistics with histograms.
    Histograms,
}

const WANTS: usize = 5;

impl Want {
    /// From the word in an address.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "loss" => Want::Loss,
            "samples" => Want::Samples,
            "statistics" => Want::Statistics,
            "histograms" => Want::Histograms,
            _ => return None,
        })
    }
}

impl Board {
    /// An empty board.
    pub fn new(history: History) -> Self {
        let notes = std::array::from_fn(|_| (0, Arc::from("null")));
        Board {
            pinned: Mutex::new(Pinned { notes, history, closed: false }),
            changed: watch::Sender::new(0),
            listeners: Default::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pinned> {
        self.pinned.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Pins a note.
    pub fn pin(&self, note: Note, value: &impl Serialize) {
        // What we serialise has no keys that are not text, so it cannot fail.
        let text: Arc<str> = crate::json::text(value).into();
        let slot = &mut self.lock().notes[note as usize];
        if *slot.1 != *text {
            *slot = (slot.0 + 1, text);
        }
    }

    /// Reads or changes the history.
    pub fn history<R>(&self, f: impl FnOnce(&mut History) -> R) -> R {
        f(&mut self.lock().history)
    }

    /// Wakes the listeners.
    pub fn ring(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.ring();
    }

    /// Whether somebody listens for this.
    pub fn wanted(&self, want: Want) -> bool {
        self.listeners[want as usize].load(Ordering::Relaxed) > 0
    }

    /// Begins to listen.
    ///
    /// # Errors
    /// Where too many listen already.
    pub fn listen(self: &Arc<Self>, wants: Vec<Want>) -> Result<Listener, Refusal> {
        if self.listeners[Want::Anything as usize].fetch_add(1, Ordering::Relaxed) >= limits::LISTENERS {
            self.listeners[Want::Anything as usize].fetch_sub(1, Ordering::Relaxed);
            let most = limits::LISTENERS;
            return Err(Refusal::limit(format!("{most} listen to this session already: close a page first")));
        }
        for &want in &wants {
            self.listeners[want as usize].fetch_add(1, Ordering::Relaxed);
        }
        let changed = self.changed.subscribe();
        Ok(Listener { board: self.clone(), wants, changed, notes: [0; NOTES], history: Seen::default(), first: true })
    }
}

/// One listener, and what it has seen.
pub struct Listener {
    board: Arc<Board>,
    wants: Vec<Want>,
    changed: watch::Receiver<u64>,
    notes: [u64; NOTES],
    history: Seen,
    first: bool,
}

/// Something to tell a listener.
pub enum Told {
    /// A note's name and its JSON.
    Note(&'static str, Arc<str>),
    /// New points of the loss.
    Loss(News),
    /// The session is closed.
    End,
}

impl Listener {
    /// Waits until something has changed since the last look (not at all before the first).
    pub async fn wait(&mut self) {
        if !self.first {
            // An error means that the board is gone; the look finds it closed.
            let _ = self.changed.changed().await;
        }
    }

    /// Everything that is new.
    pub fn look(&mut self) -> Vec<Told> {
        self.changed.mark_unchanged();
        let wants = |want| self.wants.contains(&want);
        let state = if self.first { Note::State } else { Note::Brief };
        let mut notes = vec![("state", state), ("edits", Note::Edits), ("study", Note::Study)];
        if wants(Want::Samples) {
            notes.push(("samples", Note::Samples));
        }
        if wants(Want::Statistics) || wants(Want::Histograms) {
            notes.push(("statistics", Note::Statistics));
        }
        let pinned = self.board.lock();
        let mut told = Vec::new();
        for (name, note) in notes {
            let (version, text) = &pinned.notes[note as usize];
            if self.notes[note as usize] != *version {
                self.notes[note as usize] = *version;
                told.push(Told::Note(name, text.clone()));
            }
        }
        if self.first {
            self.notes[Note::Brief as usize] = pinned.notes[Note::Brief as usize].0;
        }
        if self.wants.contains(&Want::Loss) {
            told.extend(pinned.history.news(&mut self.history).map(Told::Loss));
        }
        if pinned.closed {
            told.push(Told::End);
        }
        self.first = false;
        told
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for &want in self.wants.iter().chain(&[Want::Anything]) {
            self.board.listeners[want as usize].fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(told: &[Told]) -> Vec<&str> {
        told.iter()
            .map(|told| match told {
                Told::Note(name, _) => name,
                Told::Loss(_) => "loss",
                Told::End => "end",
            })
            .collect()
    }

    #[test]
    fn a_listener_finds_the_newest_once() {
        let board = Arc::new(Board::new(History::new(10, 1)));
        let mut listener = board.listen(vec![Want::Loss]).unwrap();
        assert!(board.wanted(Want::Loss) && !board.wanted(Want::Samples));
        for step in 1..=3 {
            board.pin(Note::State, &step);
            board.pin(Note::Brief, &step);
            board.pin(Note::Samples, &step);
            board.history(|history| history.step(step, 1.0, 1.0, 0.1));
        }
        assert_eq!(names(&listener.look()), ["state", "loss"]);
        assert!(listener.look().is_empty());
        board.pin(Note::Brief, &4);
        board.close();
        assert_eq!(names(&listener.look()), ["state", "end"]);
        drop(listener);
        assert!(!board.wanted(Want::Anything));
    }
}
