use std::fmt;
use std::sync::Arc;

use gradus_data::DataError;
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::ModelWrapper;
use tokenizers::models::bpe::{BPE, Merges, Vocab};

/// Byte pairs as Hugging Face's `tokenizer.json` holds them: runs of bytes, so that any text whatever has tokens.
///
/// ```
/// use gradus_tokenizers::HuggingFace;
///
/// // What `vocab.json` and `merges.txt` hold.
/// let tokenizer = HuggingFace::of_vocabulary(br#"{"a": 0, "n": 1, "an": 2}"#, b"#version: 0.2\na n\n")?;
/// assert_eq!(tokenizer.encode("anna")?, [2, 1, 0]);
/// assert_eq!(tokenizer.decode(&[2, 1, 0])?, "anna");
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone)]
pub struct HuggingFace {
    /// The file, which says all there is to say.
    json: Arc<str>,
    tokenizer: Arc<tokenizers::Tokenizer>,
    len: usize,
    mark: Option<i64>,
}

/// What stands between texts, by custom.
const MARKS: [&str; 3] = ["<|endoftext|>", "</s>", "<eos>"];

impl HuggingFace {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// Where it is none, or one of another kind than byte pairs.
    pub fn new(json: &str) -> Result<Self, DataError> {
        plain_pairs(json)?;
        let mut tokenizer: tokenizers::Tokenizer = json.parse().map_err(failed)?;
        let ModelWrapper::BPE(_) = tokenizer.get_model() else {
            return Err(refused("it is not of byte pairs (BPE), which is the kind that can be read here"));
        };
        // These would change the number of tokens.
        let _ = tokenizer.with_padding(None).with_truncation(None).map_err(failed)?;
        let tokens = tokenizer.get_vocab(true);
        let len = tokens.len();
        if len == 0 || tokens.values().any(|&id| id as usize >= len) {
            return Err(refused("its tokens are not numbered from 0 on without a gap"));
        }
        let mark = MARKS.iter().find_map(|mark| tokens.get(*mark)).map(|&id| i64::from(id));
        Ok(Self { json: json.into(), tokenizer: Arc::new(tokenizer), len, mark })
    }

    /// From the older pair of files, `vocab.json` and `merges.txt`.
    ///
    /// # Errors
    /// Where they are none, or do not fit each other.
    pub fn of_vocabulary(vocabulary: &[u8], merges: &[u8]) -> Result<Self, DataError> {
        let vocabulary: std::collections::HashMap<String, u32> =
            serde_json::from_slice(vocabulary).map_err(|e| refused(&format!("its vocabulary cannot be read: {e}")))?;
        let merges = std::str::from_utf8(merges).map_err(|_| refused("merges.txt is not UTF-8 text"))?;
        let lines = merges.lines().filter(|line| !line.starts_with("#version") && !line.is_empty());
        let pair = |line: &str| line.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
        let merges: Option<Merges> = lines.map(pair).collect();
        let merges = merges.ok_or_else(|| refused("a line of merges.txt is no pair"))?;
        check_merges(&serde_json::json!(vocabulary), &serde_json::json!(merges))?;
        let model = BPE::builder().vocab_and_merges(vocabulary.into_iter().collect::<Vocab>(), merges);
        let mut tokenizer = tokenizers::Tokenizer::new(model.build().map_err(failed)?);
        let bytes = ByteLevel::new(false, true, true);
        tokenizer.with_pre_tokenizer(Some(bytes)).with_decoder(Some(bytes));
        Self::new(&tokenizer.to_string(false).map_err(failed)?)
    }

    /// The file.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// How many tokens there are.
    #[expect(clippy::len_without_is_empty, reason = "none is empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The token that stands between texts, where there is one.
    pub fn mark(&self) -> Option<i64> {
        self.mark
    }

    /// The text's tokens.
    ///
    /// # Errors
    /// Where the tokenizer has no token for something in it.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>, DataError> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(failed)?;
        Ok(encoding.get_ids().iter().map(|&id| i64::from(id)).collect())
    }

    /// The tokens' text; parts that are no whole character are shown as `�`.
    ///
    /// # Errors
    /// Where a number is outside the vocabulary.
    pub fn decode(&self, ids: &[i64]) -> Result<String, DataError> {
        let size = self.len;
        let token = |&id: &i64| {
            let token = u32::try_from(id).ok().filter(|&token| (token as usize) < size);
            token.ok_or(DataError::UnknownToken { id, size })
        };
        let ids = ids.iter().map(token).collect::<Result<Vec<_>, _>>()?;
        self.tokenizer.decode(&ids, false).map_err(failed)
    }
}

impl PartialEq for HuggingFace {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl fmt::Debug for HuggingFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HuggingFace({} tokens)", self.len)
    }
}

/// Refuses what byte-level pairs never have, and the library that reads them stumbles over.
fn plain_pairs(json: &str) -> Result<(), DataError> {
    let file: serde_json::Value = serde_json::from_str(json).map_err(|e| refused(&format!("it is no JSON: {e}")))?;
    let model = &file["model"];
    let said = |key: &str| model.get(key).is_some_and(|value| !value.is_null() && value != "" && value != 0);
    match ["continuing_subword_prefix", "end_of_word_suffix", "dropout"].into_iter().find(|key| said(key)) {
        Some(key) => Err(refused(&format!("its model has a {key}"))),
        None => check_merges(&model["vocab"], &model["merges"]),
    }
}

/// Refuses merges that make what is no token.
fn check_merges(vocabulary: &serde_json::Value, merges: &serde_json::Value) -> Result<(), DataError> {
    for merge in merges.as_array().into_iter().flatten() {
        // Written as a pair, or as a text with a blank between the two.
        let joined = match merge {
            serde_json::Value::String(pair) => pair.split_once(' ').map(|(left, right)| format!("{left}{right}")),
            pair => pair[0].as_str().zip(pair[1].as_str()).map(|(left, right)| format!("{left}{right}")),
        };
        let known = joined.is_some_and(|joined| vocabulary.get(joined).is_some());
        if !known {
            return Err(refused(&format!("the pair {merge} makes what is no token")));
        }
    }
    Ok(())
}

fn refused(what: &str) -> DataError {
    DataError::Tokenizer { what: format!("the tokenizer is of no kind that Gradus reads: {what}") }
}

fn failed(error: tokenizers::Error) -> DataError {
    refused(&error.to_string().replace('\n', " "))
}
