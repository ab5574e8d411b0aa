//! The whole program, as a person or a script meets it.

mod place;
mod usage;
