#![doc = include_str!("../README.md")]

pub mod board;
pub mod edits;
mod formulas;
pub mod history;
pub mod host;
pub mod json;
pub mod letters;
pub mod limits;
pub mod network;
mod pace;
mod probes;
pub mod refusal;
mod region;
pub mod session;
pub mod slice;

use std::path::Path;

/// Begins the name of every file that somebody brought to a laboratory.
pub const BROUGHT: &str = "upload-";

/// What data are called: what somebody brought by its name, not by where it lies.
pub fn shown(source: &str) -> String {
    let stem = Path::new(source).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| stem.starts_with(BROUGHT)).unwrap_or_else(|| source.to_string())
}
