#![doc = include_str!("../README.md")]
//!
//! Reading order: [`registry`] (what there is), [`Source`] (where bytes come from), [`Lines`] or
//! [`Text`] (what they say), [`Vocabulary`], [`Split`], [`contexts`]; [`Table`] for flowers, [`Images`] for
//! digits, [`toys`] for points in a plane, and [`Samples`], which all of them become; [`Lists`] for things to be told apart by
//! the list that they stand in.

mod error;
mod examples;
mod images;
mod lines;
mod lists;
mod picture;
pub mod registry;
mod samples;
mod scaling;
mod source;
mod split;
mod table;
mod text;
pub mod toys;
mod vocabulary;

pub use error::DataError;
pub use examples::{Contexts, Encode, IGNORE, Sequences, contexts, sequences};
pub use images::Images;
pub use lines::Lines;
pub use lists::Lists;
pub use picture::Picture;
pub use registry::DataSet;
pub use samples::{Samples, Targets};
pub use scaling::Scaling;
pub use source::{Source, cache_folder};
pub use split::{Parts, Split};
pub use table::{Classes, Table, digits, iris};
pub use text::{Text, sample_windows};
pub use vocabulary::Vocabulary;
