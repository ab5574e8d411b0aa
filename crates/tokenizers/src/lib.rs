//! From text to tokens and back.
//!
//! | name | a token is |
//! |---|---|
//! | `characters` | a character that occurs in the data |
//!
//! ```
//! use gradus_tokenizers::{Kind, Tokenizer};
//!
//! let kind = Kind::named("characters", 0)?;
//! let tokenizer = Tokenizer::of_lines(kind, &["emma", "ava"])?;
//! assert_eq!(tokenizer.mark(), Some(0)); // before and after each line, shown as "."
//! assert_eq!(tokenizer.encode("eva")?, [2, 4, 1]); // . a e m v
//! assert_eq!(tokenizer.decode(&[2, 4, 1])?, "eva");
//! # Ok::<(), gradus_data::DataError>(())
//! ```

mod kind;
mod saved;
mod tokenizer;

pub use kind::{Kind, NAMES};
pub use tokenizer::Tokenizer;
