#![doc = include_str!("../README.md")]
//!
//! | name | a token is | tokens |
//! |---|---|---|
//! | `characters` | a character that occurs in the data | as many as there are characters |
//! | `bpe` | a frequent run of characters, learned from the data ([`Bpe`]) | as many as wished |
//! | `gpt2` (or `r50k_base`) | a run of bytes, as GPT-2 and GPT-3 read text ([`Gpt`]) | 50,257 |
//! | `cl100k_base` | the same for GPT-3.5 and GPT-4 | 100,277 |
//! | `o200k_base` | the same for GPT-4o and later | 200,019 |
//! | `hugging-face` | the same, of an imported model's `tokenizer.json` ([`HuggingFace`]) | as the file says |

#[cfg(not(feature = "vocabularies"))]
mod absent;
#[cfg(feature = "vocabularies")]
mod bpe;
mod gpt;
#[cfg(feature = "vocabularies")]
mod hugging_face;
mod kind;
mod saved;
#[cfg(feature = "vocabularies")]
mod table;
mod tokenizer;

#[cfg(not(feature = "vocabularies"))]
pub use absent::{Bpe, HuggingFace};
#[cfg(feature = "vocabularies")]
pub use bpe::Bpe;
pub use gpt::Gpt;
#[cfg(feature = "vocabularies")]
pub use hugging_face::HuggingFace;
pub use kind::{Kind, NAMES};
pub use tokenizer::Tokenizer;
