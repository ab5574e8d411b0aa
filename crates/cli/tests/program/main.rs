//! The whole program, as a person or a script meets it.

mod bad_input;
mod classifiers;
mod data;
mod diagnostics;
mod exchange;
mod explain;
#[cfg(unix)]
mod interrupted;
mod ninja;
mod place;
mod precision;
mod recipes;
mod reproduce;
mod serve;
mod store;
mod train;
mod usage;
