#![doc = include_str!("../README.md")]

pub mod compare;
pub mod diagnostics;
pub mod digits;
pub mod explain;
pub mod number;
pub mod precision;
pub mod report;
