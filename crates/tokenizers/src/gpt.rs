use gradus_data::DataError;
use tiktoken_rs::{CoreBPE, cl100k_base_singleton, o200k_base_singleton, r50k_base_singleton};

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

/// What stands for a token that is a part of a character, or that was never given out.
const NO_CHARACTER: &str = "\u{fffd}";

/// The longest run of characters of one class (blanks, letters, …): the expressions that find words
/// give up at about a million steps.
const LONGEST_RUN: usize = 100_000;

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

    /// The table, read from the program once.
    fn table(self) -> &'static CoreBPE {
        match self {
            Self::Gpt2 => r50k_base_singleton(),
            Self::Cl100kBase => cl100k_base_singleton(),
            Self::O200kBase => o200k_base_singleton(),
        }
    }

    /// The text's tokens. What looks like `<|endoftext|>` in it is text like any other.
    ///
    /// # Errors
    /// Where blanks or letters follow each other in a row of more than 100,000.
    pub fn encode(self, text: &str) -> Result<Vec<i64>, DataError> {
        check_runs(text)?;
        Ok(self.table().encode_ordinary(text).into_iter().map(i64::from).collect())
    }

    /// The tokens' text; parts that are no whole character are shown as `�`.
    ///
    /// # Errors
    /// Where a number is outside the vocabulary.
    pub fn decode(self, ids: &[i64]) -> Result<String, DataError> {
        let mut bytes = Vec::with_capacity(4 * ids.len());
        for &id in ids {
            let size = self.len();
            let token = u32::try_from(id).ok().filter(|&token| (token as usize) < size);
            let token = token.ok_or(DataError::UnknownToken { id, size })?;
            match self.table().decode_bytes(&[token]) {
                Ok(piece) => bytes.extend(piece),
                Err(_) => bytes.extend(NO_CHARACTER.as_bytes()),
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
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
