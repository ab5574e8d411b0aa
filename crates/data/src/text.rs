use crate::registry::Kind;
use crate::{DataError, Encode, Source, Vocabulary};
use gradus_tensor::random::Generator;

/// Running text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    label: String,
    content: String,
}

impl Text {
    /// Reads a text. It stays as it is, blanks and line ends included.
    ///
    /// # Errors
    /// Where the source cannot be read, is empty, not UTF-8, or holds a single kind of character.
    pub fn open(source: &Source) -> Result<Self, DataError> {
        source.expect(Kind::Text)?;
        Self::parse(&source.label(), source.read_text()?)
    }

    /// Takes a text at hand; `label` stands for it in messages.
    ///
    /// # Errors
    /// Where it is empty or holds a single kind of character.
    pub fn parse(label: &str, content: String) -> Result<Self, DataError> {
        let place = || label.to_owned();
        let mut characters = content.chars();
        let Some(character) = characters.next() else {
            return Err(DataError::Empty { place: place(), wanted: "it should hold some text" });
        };
        if characters.all(|other| other == character) {
            return Err(DataError::OneCharacter { place: place(), character });
        }
        Ok(Self { label: place(), content })
    }

    /// What messages call it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The text itself.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The characters that occur.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::of_text(&self.content)
    }

    /// The text as tokens, cut once: the first `share` of them to learn from, the rest to test on,
    /// as nanoGPT's `data[:int(n * 0.9)]`.
    ///
    /// # Errors
    /// Where a part would be empty, or a character is not in the vocabulary.
    pub fn split(&self, vocabulary: &impl Encode, share: f64) -> Result<(Vec<i64>, Vec<i64>), DataError> {
        if !(share > 0.0 && share < 1.0) {
            return Err(DataError::Shares { dev: 1.0 - share, test: 0.0 });
        }
        let mut train = vocabulary.encode(&self.content)?;
        let cut = (train.len() as f64 * share) as usize;
        let test = train.split_off(cut);
        if train.is_empty() || test.is_empty() {
            let (place, found) = (self.label.clone(), test.len() + train.len());
            return Err(DataError::TooFew { place, found, unit: "tokens", needed: (1.0 / share).ceil() as usize + 1 });
        }
        Ok((train, test))
    }
}

/// Fills a batch with windows that begin at random places: x (`[B, block_size]`) with the tokens of
/// each, y (`[B, block_size]`) with the tokens one place further on. B is what the slices hold.
///
/// # Errors
/// Where the text is shorter than a window and one token more, or the block size is 0.
///
/// # Panics
/// Where x and y are not of the same size, or not a multiple of the block size.
pub fn sample_windows(
    tokens: &[i64],
    block_size: usize,
    generator: &mut Generator,
    x: &mut [i64],
    y: &mut [i64],
) -> Result<(), DataError> {
    if block_size == 0 {
        return Err(DataError::NoContext);
    }
    assert!(x.len() == y.len() && x.len().is_multiple_of(block_size), "sizes of a batch");
    let short = DataError::ShortText { tokens: tokens.len(), block_size };
    let places = tokens.len().saturating_sub(block_size);
    let mut starts = vec![0; x.len() / block_size];
    if generator.fill_randint(0, places as i64, &mut starts).is_err() {
        return Err(short);
    }
    for ((x, y), start) in x.chunks_exact_mut(block_size).zip(y.chunks_exact_mut(block_size)).zip(starts) {
        let start = start as usize;
        x.copy_from_slice(&tokens[start..start + block_size]);
        y.copy_from_slice(&tokens[start + 1..start + 1 + block_size]);
    }
    Ok(())
}
