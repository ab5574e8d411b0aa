use gradus_data::DataError;

use crate::Gpt;

/// How text is taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Each character that occurs is a token.
    Characters,
    /// Frequent runs of characters, learned from the data.
    Bpe {
        /// How many tokens there should be, the mark included.
        size: usize,
    },
    /// The vocabulary of a GPT model.
    Gpt(Gpt),
}

/// The names that [`Kind::named`] knows.
pub const NAMES: [&str; 5] = ["characters", "bpe", "gpt2", "cl100k_base", "o200k_base"];

impl Kind {
    /// The kind that a recipe or a command line calls so; `size`, the number of tokens, counts for
    /// `bpe` alone.
    ///
    /// # Errors
    /// Where there is no such kind.
    pub fn named(name: &str, size: usize) -> Result<Self, DataError> {
        match name {
            "characters" => Ok(Self::Characters),
            "bpe" => Ok(Self::Bpe { size }),
            _ => Gpt::named(name).map(Self::Gpt).ok_or_else(|| {
                let known = NAMES.join(", ");
                DataError::Tokenizer { what: format!("there is no tokenizer `{name}`; the tokenizers are {known}") }
            }),
        }
    }
}
