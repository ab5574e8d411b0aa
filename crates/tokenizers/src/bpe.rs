use std::collections::HashSet;
use std::sync::LazyLock;

use gradus_data::{DataError, Vocabulary};
use regex::Regex;
use serde::Deserialize;
use tokenizers::models::bpe::{BPE, BpeTrainer, Merges, Vocab};
use tokenizers::{Model, Trainer};

/// Byte-pair encoding (Sennrich, Haddow and Birch, "Neural machine translation of rare words with
/// subword units", 2016), learned from the user's text: beginning with characters, the most frequent
/// pair of neighbours becomes a token of its own, again and again.
///
/// Pairs are characters and what was made of them, not bytes: each token can be read. Words (with the
/// blank before them), numbers and signs are kept apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Bpe {
    /// The mark and the characters: the first tokens.
    characters: Vocabulary,
    /// What was learned, in this order: the two parts of a token.
    merges: Merges,
    /// The tokens that were learned, in the order of their numbers.
    learned: Vec<String>,
    model: BPE,
}

/// A vocabulary larger than that is a mistake in a number.
const MOST_TOKENS: usize = 1_000_000;

/// A pair that stands there once has nothing to teach.
const FEWEST: u64 = 2;

/// Words with the blank before them, numbers, signs, and other blanks. Together they are the text.
#[expect(clippy::expect_used, reason = "the expression is a constant, and tested")]
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r" ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+").expect("the expression is valid")
});

fn words(text: &str) -> impl Iterator<Item = &str> {
    WORDS.find_iter(text).map(|word| word.as_str())
}

impl Bpe {
    /// Learns from these texts until there are `size` tokens, or no pair comes twice.
    ///
    /// # Errors
    /// Where the characters alone are more than `size`, or `size` is above 1,000,000.
    pub fn train<S: AsRef<str>>(characters: Vocabulary, texts: &[S], size: usize) -> Result<Self, DataError> {
        let fewest = characters.len();
        if !(fewest..=MOST_TOKENS).contains(&size) {
            let what = format!(
                "a bpe vocabulary of {size} tokens is not possible with these data: their characters alone are \
                 {fewest}, and the most is {MOST_TOKENS}"
            );
            return Err(DataError::Tokenizer { what });
        }
        // The trainer counts characters, but knows nothing of the mark.
        let sought = size - usize::from(characters.mark().is_some());
        let mut trainer = BpeTrainer::builder().show_progress(false).vocab_size(sought).min_frequency(FEWEST).build();
        let mut model = BPE::default();
        let texts = texts.iter().map(|text| text.as_ref().to_owned()).collect::<Vec<_>>();
        trainer
            .feed(texts.into_iter(), |text| Ok(words(text).map(str::to_owned).collect()))
            .and_then(|()| trainer.train(&mut model))
            .map_err(failed)?;
        Self::new(characters, merges(&model)?)
    }

    /// Byte pairs of which the characters and the merges are known.
    ///
    /// # Errors
    /// Where a merge joins what is no token.
    pub fn new(characters: Vocabulary, merges: Merges) -> Result<Self, DataError> {
        let mut learned = Vec::with_capacity(merges.len());
        let mut known = HashSet::new();
        // Two pairs may make the same token (ab + c, a + bc): it has one number.
        for token in merges.iter().map(|(left, right)| format!("{left}{right}")) {
            if known.insert(token.clone()) {
                learned.push(token);
            }
        }
        let singles = characters.characters();
        let tokens = singles.chars().map(String::from).chain(learned.iter().cloned());
        let first = u32::from(characters.mark().is_some());
        let vocabulary: Vocab = tokens.zip(first..).collect();
        let model = BPE::builder().vocab_and_merges(vocabulary, merges.clone()).build();
        Ok(Self { characters, merges, learned, model: model.map_err(failed)? })
    }

    /// The mark and the characters, which are the first tokens.
    pub fn characters(&self) -> &Vocabulary {
        &self.characters
    }

    /// The pairs that became tokens, in the order in which they were learned.
    pub fn merges(&self) -> &[(String, String)] {
        &self.merges
    }

    /// How many tokens there are, the mark included.
    #[expect(clippy::len_without_is_empty, reason = "there are characters")]
    pub fn len(&self) -> usize {
        self.characters.len() + self.learned.len()
    }

    /// A token's text, the mark as it is shown; `None` beyond the end.
    pub fn piece(&self, id: i64) -> Option<String> {
        let single = self.characters.character(id).map(String::from);
        let beyond = usize::try_from(id).ok()?.checked_sub(self.characters.len());
        single.or_else(|| self.learned.get(beyond?).cloned())
    }

    /// The text's tokens, without marks.
    ///
    /// # Errors
    /// Where a character is not in the vocabulary.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>, DataError> {
        // The model leaves out what it does not know; the vocabulary says what that is.
        self.characters.encode(text)?;
        let mut ids = Vec::new();
        for word in words(text) {
            let tokens = self.model.tokenize(word).map_err(failed)?;
            ids.extend(tokens.into_iter().map(|token| i64::from(token.id)));
        }
        Ok(ids)
    }

    /// The tokens' text, marks as they are shown.
    ///
    /// # Errors
    /// Where a number is outside the vocabulary.
    pub fn decode(&self, ids: &[i64]) -> Result<String, DataError> {
        ids.iter().map(|&id| self.piece(id).ok_or(DataError::UnknownToken { id, size: self.len() })).collect()
    }
}

/// The model gives its merges away in its written form alone.
fn merges(model: &BPE) -> Result<Merges, DataError> {
    #[derive(Deserialize)]
    struct Written {
        merges: Merges,
    }
    let written = serde_json::to_value(model).and_then(Written::deserialize);
    written.map(|written| written.merges).map_err(|error| failed(Box::new(error)))
}

fn failed(error: tokenizers::Error) -> DataError {
    DataError::Tokenizer { what: format!("the byte pairs do not fit together: {error}") }
}
