//! Data for small networks: built-in sets, files, vocabularies, splits and examples.
//!
//! From a name or a path to the numbers a model trains on:
//!
//! ```
//! use gradus_data::{Lines, Source, Split, contexts};
//!
//! let source = Source::find("given-names")?; // or a file, one thing a line
//! let names = Lines::open(&source)?;
//! let vocabulary = names.vocabulary(); // "." is 0, "a" is 1
//! let parts = names.split(&Split::COURSE)?; // train, dev, test
//! let train = contexts(&parts.train, &vocabulary, 3)?; // x: [N, 3], y: [N]
//!
//! assert_eq!(train.x.len(), 3 * train.y.len());
//! assert!(names.contains("anna") && !names.contains("xqzw"));
//! # Ok::<(), gradus_data::DataError>(())
//! ```
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
