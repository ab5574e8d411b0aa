//! What stands in the place of byte pairs where they were left out (without the feature `vocabularies`): the names are known,
//! and using them says how to get them.

use std::convert::Infallible;

use gradus_data::{DataError, Vocabulary};

fn absent<T>(what: &str) -> Result<T, DataError> {
    Err(DataError::Tokenizer {
        what: format!(
            "{what} are not part of this build: build it with its default features (feature \"vocabularies\")"
        ),
    })
}

/// Byte pairs learned from data; there are none in this build.
#[derive(Clone, Debug, PartialEq)]
pub struct Bpe(Infallible);

impl Bpe {
    pub(crate) fn train<S: AsRef<str>>(_: Vocabulary, _: &[S], _: usize) -> Result<Self, DataError> {
        absent("byte pairs")
    }

    pub(crate) fn new(_: Vocabulary, _: Vec<(String, String)>) -> Result<Self, DataError> {
        absent("byte pairs")
    }

    pub(crate) fn characters(&self) -> &Vocabulary {
        match self.0 {}
    }

    /// The pairs that are joined, the first first.
    pub fn merges(&self) -> &[(String, String)] {
        match self.0 {}
    }

    pub(crate) fn len(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn encode(&self, _: &str) -> Result<Vec<i64>, DataError> {
        match self.0 {}
    }

    pub(crate) fn decode(&self, _: &[i64]) -> Result<String, DataError> {
        match self.0 {}
    }
}

/// The tokens of an imported model; there are none in this build.
#[derive(Clone, Debug, PartialEq)]
pub struct HuggingFace(Infallible);

impl HuggingFace {
    /// # Errors
    /// Always: it is not part of this build.
    pub fn new(_: &str) -> Result<Self, DataError> {
        absent("the tokens of imported models")
    }

    /// # Errors
    /// Always: it is not part of this build.
    pub fn of_vocabulary(_: &[u8], _: &[u8]) -> Result<Self, DataError> {
        absent("the tokens of imported models")
    }

    /// The file that it was made of.
    pub fn json(&self) -> &str {
        match self.0 {}
    }

    /// How many tokens there are.
    #[expect(clippy::len_without_is_empty, reason = "none is empty")]
    pub fn len(&self) -> usize {
        match self.0 {}
    }

    /// The token between texts.
    pub fn mark(&self) -> Option<i64> {
        match self.0 {}
    }

    /// # Errors
    /// Never.
    pub fn encode(&self, _: &str) -> Result<Vec<i64>, DataError> {
        match self.0 {}
    }

    /// # Errors
    /// Never.
    pub fn decode(&self, _: &[i64]) -> Result<String, DataError> {
        match self.0 {}
    }
}

/// The bytes of a GPT vocabulary's tokens.
pub(crate) mod table {
    use gradus_data::DataError;

    use super::absent;

    pub(crate) fn encode(_: &str, _: &str) -> Result<Vec<i64>, DataError> {
        absent("the vocabularies of GPT models")
    }

    pub(crate) fn decode(_: &str, _: usize, _: &[i64]) -> Result<String, DataError> {
        absent("the vocabularies of GPT models")
    }
}
