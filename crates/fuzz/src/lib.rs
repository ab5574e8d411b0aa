//! Readers of files, and the bytes that are to bring them down.
//!
//! [`TARGETS`] names each reader with files as they should be. [`hunt`] changes these at random and hands them over: a reader
//! may refuse a file in one line, but must not panic, nor take more memory than the file's size bears out. What leads to
//! an answer that was not given before is kept and changed further, which on a stable compiler stands in for watching
//! the code's branches. `cargo +nightly fuzz` runs the same targets with libFuzzer (see `fuzz/` at the root).

mod mutate;
mod targets;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use fastrand::Rng;
use peak_alloc::PeakAlloc;

pub use targets::TARGETS;

/// A reader.
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Files as they should be.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads a file, or says in one line why not.
    pub read: fn(&[u8]) -> Result<(), String>,
    /// Bytes of memory that a byte of the file may cost, beyond [`FREE`].
    pub growth: usize,
}

/// Memory that any reader may take.
pub const FREE: usize = 1 << 20;

impl Target {
    /// Reads `bytes`, and says what was refused.
    ///
    /// # Errors
    /// What went wrong: a panic, more than one line, too much memory.
    pub fn check(&self, bytes: &[u8], memory: &PeakAlloc) -> Result<Result<(), String>, String> {
        let before = memory.current_usage();
        memory.reset_peak_usage();
        let answer = catch_unwind(AssertUnwindSafe(|| (self.read)(bytes))).map_err(|_| "it panicked".to_owned())?;
        let taken = memory.peak_usage().saturating_sub(before);
        let allowed = FREE + self.growth * bytes.len();
        if taken > allowed {
            return Err(format!(
                "it took {taken} bytes of memory for a file of {}, and {allowed} are enough",
                bytes.len()
            ));
        }
        match &answer {
            Err(text) if text.is_empty() || text.contains('\n') => Err(format!("the error is not one line: {text:?}")),
            _ => Ok(answer),
        }
    }
}

/// What a hunt found.
pub struct Found {
    /// Files that were tried.
    pub tried: u64,
    /// Different answers that were given.
    pub answers: usize,
    /// The file that went wrong, and how.
    pub wrong: Option<(Vec<u8>, String)>,
}

/// Tries changed files for a time, or until one goes wrong. `before` is told each file before it is tried, for what ends
/// the program cannot be caught.
pub fn hunt(target: &Target, time: Duration, seed: u64, memory: &PeakAlloc, mut before: impl FnMut(&[u8])) -> Found {
    let mut random = Rng::with_seed(seed);
    let mut pool = (target.seeds)();
    let mut answers = HashSet::new();
    let mut tried = 0;
    let (start, mut fresh) = (Instant::now(), pool.clone().into_iter());
    loop {
        let bytes = match fresh.next() {
            Some(seed) => seed,
            None if start.elapsed() >= time => return Found { tried, answers: answers.len(), wrong: None },
            None => mutate::mutated(&pool, &mut random),
        };
        before(&bytes);
        tried += 1;
        match target.check(&bytes, memory) {
            Err(how) => return Found { tried, answers: answers.len(), wrong: Some((bytes, how)) },
            Ok(answer) => {
                if answers.insert(kind(&answer)) && pool.len() < 4096 {
                    pool.push(bytes);
                }
            }
        }
    }
}

/// An answer without what it repeats of the file.
fn kind(answer: &Result<(), String>) -> String {
    let text = answer.as_ref().err().map_or("read", String::as_str);
    let own = text.split(['"', '`', '\'']).step_by(2);
    own.flat_map(str::chars).filter(|c| c.is_ascii_alphabetic() || *c == ' ').take(60).collect()
}
