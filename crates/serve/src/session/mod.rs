//! One session: a model that trains, and everything one can see of it and change in it.
//!
//! Each has a thread of its own ([`worker`]) that owns the model ([`live::Live`]); requests are done between two
//! steps, and what listeners see is pinned to a [`board`].

pub(crate) mod board;
pub(crate) mod classes;
pub(crate) mod edits;
pub(crate) mod history;
pub(crate) mod keep;
pub(crate) mod letters;
pub(crate) mod live;
pub(crate) mod look;
pub(crate) mod network;
mod pace;
pub(crate) mod probes;
pub(crate) mod reading;
mod region;
mod replay;
pub(crate) mod state;
pub(crate) mod statistics;
pub(crate) mod study;
pub(crate) mod trace;
mod twin;
pub(crate) mod views;
pub(crate) mod worker;
mod writing;
