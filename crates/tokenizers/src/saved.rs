//! What a checkpoint keeps of a tokenizer.

use gradus_data::{DataError, Vocabulary};
use serde::{Deserialize, Serialize};

use crate::Tokenizer;

/// A tokenizer written down: enough to make the same one again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Saved {
    Characters { mark: Option<char>, characters: String },
}

impl From<Tokenizer> for Saved {
    fn from(tokenizer: Tokenizer) -> Self {
        match tokenizer {
            Tokenizer::Characters(vocabulary) => {
                Self::Characters { mark: vocabulary.mark(), characters: vocabulary.characters() }
            }
        }
    }
}

impl TryFrom<Saved> for Tokenizer {
    type Error = DataError;

    fn try_from(saved: Saved) -> Result<Self, DataError> {
        match saved {
            Saved::Characters { mark, characters } => Ok(Self::Characters(Vocabulary::new(mark, &characters)?)),
        }
    }
}
