//! The server from outside: requests to its router, and to a real socket where that matters.

mod classes;
mod common;
mod contract;
mod edits;
mod events;
mod guard;
mod malformed;
mod runs;
mod same_run;
mod schema;
mod sessions;
