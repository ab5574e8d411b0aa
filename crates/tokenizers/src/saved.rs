//! What a checkpoint keeps of a tokenizer.

use gradus_data::{DataError, Vocabulary};
use serde::{Deserialize, Serialize};

use crate::{Bpe, Gpt, HuggingFace, Tokenizer};

/// A tokenizer written down: enough to make the same one again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Saved {
    Characters {
        #[serde(flatten)]
        characters: Characters,
    },
    Bpe {
        #[serde(flatten)]
        characters: Characters,
        merges: Vec<(String, String)>,
    },
    Gpt {
        name: String,
    },
    HuggingFace {
        json: String,
    },
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Characters {
    mark: Option<char>,
    characters: String,
}

impl From<&Vocabulary> for Characters {
    fn from(vocabulary: &Vocabulary) -> Self {
        Self { mark: vocabulary.mark(), characters: vocabulary.characters() }
    }
}

impl Characters {
    fn vocabulary(&self) -> Result<Vocabulary, DataError> {
        Vocabulary::new(self.mark, &self.characters)
    }
}

impl From<Tokenizer> for Saved {
    fn from(tokenizer: Tokenizer) -> Self {
        match tokenizer {
            Tokenizer::Characters(vocabulary) => Self::Characters { characters: (&vocabulary).into() },
            Tokenizer::Bpe(bpe) => Self::Bpe { characters: bpe.characters().into(), merges: bpe.merges().to_vec() },
            Tokenizer::Gpt(gpt) => Self::Gpt { name: gpt.name().to_owned() },
            Tokenizer::HuggingFace(own) => Self::HuggingFace { json: own.json().to_owned() },
        }
    }
}

impl TryFrom<Saved> for Tokenizer {
    type Error = DataError;

    fn try_from(saved: Saved) -> Result<Self, DataError> {
        match saved {
            Saved::Characters { characters } => Ok(Self::Characters(characters.vocabulary()?)),
            Saved::Bpe { characters, merges } => Ok(Self::Bpe(Bpe::new(characters.vocabulary()?, merges)?.into())),
            Saved::HuggingFace { json } => HuggingFace::new(&json).map(Self::HuggingFace),
            Saved::Gpt { name } => Gpt::named(&name).map(Self::Gpt).ok_or_else(|| DataError::Tokenizer {
                what: format!("there is no GPT vocabulary `{name}`; it was saved by another version"),
            }),
        }
    }
}
