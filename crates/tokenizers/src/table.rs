//! The bytes of a GPT vocabulary's tokens, and how text is taken apart into them.

use gradus_data::DataError;
use tiktoken_rs::{CoreBPE, cl100k_base_singleton, o200k_base_singleton, r50k_base_singleton};

/// What stands for a token that is a part of a character, or that was never given out.
const NO_CHARACTER: &str = "\u{fffd}";

/// The longest run of characters of one class (blanks, letters, …): the expressions that find words
/// give up at about a million steps.
const LONGEST_RUN: usize = 100_000;

/// The table of a vocabulary by its name in recipes, read from the program once.
fn table(vocabulary: &str) -> &'static CoreBPE {
    match vocabulary {
        "gpt2" => r50k_base_singleton(),
        "cl100k_base" => cl100k_base_singleton(),
        _ => o200k_base_singleton(),
    }
}

pub(crate) fn encode(vocabulary: &str, text: &str) -> Result<Vec<i64>, DataError> {
    check_runs(text)?;
    Ok(table(vocabulary).encode_ordinary(text).into_iter().map(i64::from).collect())
}

pub(crate) fn decode(vocabulary: &str, size: usize, ids: &[i64]) -> Result<String, DataError> {
    let mut bytes = Vec::with_capacity(4 * ids.len());
    for &id in ids {
        let token = u32::try_from(id).ok().filter(|&token| (token as usize) < size);
        let token = token.ok_or(DataError::UnknownToken { id, size })?;
        match table(vocabulary).decode_bytes(&[token]) {
            Ok(piece) => bytes.extend(piece),
            Err(_) => bytes.extend(NO_CHARACTER.as_bytes()),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn check_runs(text: &str) -> Result<(), DataError> {
    // 0 blank, 1 letter or mark, 2 the rest: coarser than the expressions' classes.
    let class = |c: char| {
        if c.is_whitespace() {
            0
        } else if c.is_alphanumeric() {
            1
        } else {
            2
        }
    };
    let (mut last, mut run) = (u8::MAX, 0);
    for c in text.chars() {
        run = if class(c) == last { run + 1 } else { 1 };
        last = class(c);
        if run > LONGEST_RUN {
            return Err(DataError::Tokenizer {
                what: format!(
                    "the text holds more than {LONGEST_RUN} characters without a word's end; the gpt vocabularies take \
                     text apart by words: break it up, or use the tokenizer characters"
                ),
            });
        }
    }
    Ok(())
}
