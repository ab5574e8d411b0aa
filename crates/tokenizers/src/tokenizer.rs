use gradus_data::{DataError, Encode, Vocabulary};
use serde::{Deserialize, Serialize};

use crate::saved::Saved;
use crate::{Bpe, Gpt, HuggingFace, Kind};

/// What takes text apart and puts it together again.
///
/// Serialised it is what a checkpoint needs to make the same one again: the characters, the merges,
/// or the name of a ready vocabulary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
#[non_exhaustive]
pub enum Tokenizer {
    /// Each character is a token.
    Characters(Vocabulary),
    /// Frequent runs of characters are tokens.
    Bpe(Box<Bpe>),
    /// The tokens of a GPT model.
    Gpt(Gpt),
    /// The tokens of a model that was imported.
    HuggingFace(HuggingFace),
}

impl Tokenizer {
    /// The tokenizer for a list with one thing a line: it has a mark for start and end.
    ///
    /// # Errors
    /// Where it cannot be trained on these lines.
    pub fn of_lines<S: AsRef<str>>(kind: Kind, lines: &[S]) -> Result<Self, DataError> {
        Ok(match kind {
            Kind::Characters => Self::Characters(Vocabulary::of_lines(lines)),
            Kind::Bpe { size } => Self::Bpe(Bpe::train(Vocabulary::of_lines(lines), lines, size)?.into()),
            Kind::Gpt(gpt) => Self::Gpt(gpt),
        })
    }

    /// The tokenizer for running text, which needs no mark.
    ///
    /// # Errors
    /// Where it cannot be trained on this text.
    pub fn of_text(kind: Kind, text: &str) -> Result<Self, DataError> {
        Ok(match kind {
            Kind::Characters => Self::Characters(Vocabulary::of_text(text)),
            Kind::Bpe { size } => Self::Bpe(Bpe::train(Vocabulary::of_text(text), &[text], size)?.into()),
            Kind::Gpt(gpt) => Self::Gpt(gpt),
        })
    }

    /// What it is called in recipes, one of [`crate::NAMES`]; `hugging-face` where it came with a model.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Characters(_) => "characters",
            Self::Bpe(_) => "bpe",
            Self::Gpt(gpt) => gpt.name(),
            Self::HuggingFace(_) => "hugging-face",
        }
    }

    /// How many tokens there are, the mark included: they are numbered from 0 to one less.
    #[expect(clippy::len_without_is_empty, reason = "no tokenizer is empty: data without characters are refused")]
    pub fn len(&self) -> usize {
        match self {
            Self::Characters(vocabulary) => vocabulary.len(),
            Self::Bpe(bpe) => bpe.len(),
            Self::Gpt(gpt) => gpt.len(),
            Self::HuggingFace(own) => own.len(),
        }
    }

    /// The token that stands before and after each thing of a list; `None` for characters and byte
    /// pairs of running text.
    pub fn mark(&self) -> Option<i64> {
        match self {
            Self::Characters(vocabulary) => vocabulary.mark_id(),
            Self::Bpe(bpe) => bpe.characters().mark_id(),
            Self::Gpt(gpt) => Some(gpt.mark()),
            Self::HuggingFace(own) => own.mark(),
        }
    }

    /// A token's text, a mark as it is shown; `None` beyond the end.
    pub fn piece(&self, id: i64) -> Option<String> {
        self.decode(&[id]).ok()
    }

    /// The text's tokens, without marks.
    ///
    /// # Errors
    /// Where the text holds a character that no token has.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>, DataError> {
        match self {
            Self::Characters(vocabulary) => vocabulary.encode(text),
            Self::Bpe(bpe) => bpe.encode(text),
            Self::Gpt(gpt) => gpt.encode(text),
            Self::HuggingFace(own) => own.encode(text),
        }
    }

    /// The tokens' text, marks as they are shown.
    ///
    /// # Errors
    /// Where a number is none of the tokens'.
    pub fn decode(&self, ids: &[i64]) -> Result<String, DataError> {
        match self {
            Self::Characters(vocabulary) => vocabulary.decode(ids),
            Self::Bpe(bpe) => bpe.decode(ids),
            Self::Gpt(gpt) => gpt.decode(ids),
            Self::HuggingFace(own) => own.decode(ids),
        }
    }
}

impl Encode for Tokenizer {
    fn mark_id(&self) -> Option<i64> {
        self.mark()
    }

    fn encode(&self, text: &str) -> Result<Vec<i64>, DataError> {
        self.encode(text)
    }
}
