use gradus_data::DataError;

#[cfg(not(feature = "vocabularies"))]
use crate::absent::table;
#[cfg(feature = "vocabularies")]
use crate::table;

/// The vocabulary of a GPT model: runs of bytes, so that any text whatever has tokens.
///
/// A token may be a part of a character: a Chinese character is often two or three of them. Such a
/// token on its own is shown as `�`.
///
/// ```
/// use gradus_tokenizers::Gpt;
///
/// assert_eq!(Gpt::Gpt2.encode("Hello, I'm a language model,")?, [15496, 11, 314, 1101, 257, 3303, 2746, 11]);
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gpt {
    /// `gpt2`, which OpenAI also calls `r50k_base`: GPT-2 and GPT-3.
    Gpt2,
    /// `cl100k_base`: GPT-3.5 and GPT-4.
    Cl100kBase,
    /// `o200k_base`: GPT-4o and later.
    O200kBase,
}

impl Gpt {
    /// The vocabulary that is called so, by its own name or by that of a model.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "gpt2" | "r50k_base" => Some(Self::Gpt2),
            "cl100k_base" | "gpt-3.5" | "gpt-4" => Some(Self::Cl100kBase),
            "o200k_base" | "gpt-4o" => Some(Self::O200kBase),
            _ => None,
        }
    }

    /// What it is called in recipes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt2",
            Self::Cl100kBase => "cl100k_base",
            Self::O200kBase => "o200k_base",
        }
    }

    /// How many tokens there are; in `cl100k_base` and `o200k_base` some near the end are not given out.
    #[expect(clippy::len_without_is_empty, reason = "none is empty")]
    pub fn len(self) -> usize {
        match self {
            Self::Gpt2 => 50_257,
            Self::Cl100kBase => 100_277,
            Self::O200kBase => 200_019,
        }
    }

    /// `<|endoftext|>`, which stands between texts.
    pub fn mark(self) -> i64 {
        match self {
            Self::Gpt2 => 50_256,
            Self::Cl100kBase => 100_257,
            Self::O200kBase => 199_999,
        }
    }

    /// The text's tokens. What looks like `<|endoftext|>` in it is text like any other.
    ///
    /// # Errors
    /// Where blanks or letters follow each other in a row of more than 100,000.
    pub fn encode(self, text: &str) -> Result<Vec<i64>, DataError> {
        table::encode(self.name(), text)
    }

    /// The tokens' text; parts that are no whole character are shown as `�`.
    ///
    /// # Errors
    /// Where a number is outside the vocabulary.
    pub fn decode(self, ids: &[i64]) -> Result<String, DataError> {
        table::decode(self.name(), self.len(), ids)
    }
}
