//! From text to tokens and back.
//!
//! | name | a token is | tokens |
//! |---|---|---|
//! | `characters` | a character that occurs in the data | as many as there are characters |
//! | `bpe` | a frequent run of characters, learned from the data ([`Bpe`]) | as many as wished |
//! | `gpt2` (or `r50k_base`) | a run of bytes, as GPT-2 and GPT-3 read text ([`Gpt`]) | 50,257 |
//! | `cl100k_base` | the same for GPT-3.5 and GPT-4 | 100,277 |
//! | `o200k_base` | the same for GPT-4o and later | 200,019 |
//! | `hugging-face` | the same, of an imported model's `tokenizer.json` ([`HuggingFace`]) | as the file says |
//!
//! ```
//! use gradus_tokenizers::{Kind, Tokenizer};
//!
//! let names = ["anna", "hanna", "joanna", "ann"];
//! let characters = Tokenizer::of_lines(Kind::named("characters", 0)?, &names)?;
//! assert_eq!(characters.mark(), Some(0)); // before and after each line, shown as "."
//! assert_eq!(characters.encode("hanna")?, [2, 1, 4, 4, 1]); // . a h j n o
//!
//! let pairs = Tokenizer::of_lines(Kind::named("bpe", 9)?, &names)?;
//! let pieces: Vec<_> = pairs.encode("hanna")?.iter().filter_map(|&id| pairs.piece(id)).collect();
//! assert_eq!(pieces, ["h", "anna"]); // learned: a + n, an + n, ann + a
//!
//! let gpt2 = Tokenizer::of_lines(Kind::named("gpt2", 0)?, &names)?;
//! assert_eq!(gpt2.decode(&gpt2.encode("北京 🙂")?)?, "北京 🙂");
//! # Ok::<(), gradus_data::DataError>(())
//! ```

mod bpe;
mod gpt;
mod hugging_face;
mod kind;
mod saved;
mod tokenizer;

pub use bpe::Bpe;
pub use gpt::Gpt;
pub use hugging_face::HuggingFace;
pub use kind::{Kind, NAMES};
pub use tokenizer::Tokenizer;
