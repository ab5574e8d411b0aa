#![doc = include_str!("../README.md")]
//!
//! What the lectures print, printed again: [`reproduce`]; the backward pass by hand: [`ninja`]; what random numbers and
//! initialisations do, measured: [`fundamentals`].

pub mod fundamentals;
pub mod ninja;
pub mod reproduce;
