//! What holds for the source as a whole.

mod floors;
mod imports;
mod licences;
mod links;
mod names;
mod packages;
