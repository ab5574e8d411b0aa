use crate::{DataError, Encode};
use std::fmt;

/// The characters a model knows, each with its number.
///
/// Characters are any Unicode scalar values, in the order of their code points. A vocabulary of a
/// list has a mark besides, number 0, which stands before the first and after the last character of
/// each thing: `.` is 0, `a` is 1, …, as in makemore. Where the data hold dots themselves ("st. john"),
/// the dot is a character like any other and the mark is shown as `|` (or the next sign that is free).
///
/// ```
/// use gradus_data::{Lines, Source};
///
/// let names = Lines::open(&Source::text("names", "st. john\nanna"))?;
/// let vocabulary = names.vocabulary();
/// assert_eq!(vocabulary.mark(), Some('|'));
/// let tokens = vocabulary.encode("st. john")?;
/// assert_eq!(vocabulary.decode(&tokens)?, "st. john");
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// How the mark is shown; it takes number 0.
    mark: Option<char>,
    /// Ascending, without repetition.
    characters: Vec<char>,
}

/// Signs for the mark, in order of preference.
const MARKS: [char; 6] = ['.', '|', '#', '¶', '§', '␄'];

impl Vocabulary {
    /// The vocabulary of a list, with a mark.
    pub fn of_lines<S: AsRef<str>>(lines: &[S]) -> Self {
        let characters = distinct(lines.iter().flat_map(|line| line.as_ref().chars()));
        let free = |mark: &char| characters.binary_search(mark).is_err();
        // Should all six be taken: the private-use area is larger than any text's share of it.
        let mark = MARKS.into_iter().chain('\u{e000}'..='\u{f8ff}').find(free);
        Self { mark: Some(mark.unwrap_or('\u{fffd}')), characters }
    }

    /// The vocabulary of running text, which needs no mark.
    pub fn of_text(text: &str) -> Self {
        Self { mark: None, characters: distinct(text.chars()) }
    }

    /// The vocabulary that [`Vocabulary::mark`] and [`Vocabulary::characters`] describe, for
    /// checkpoints.
    ///
    /// # Errors
    /// Where the characters are not in ascending order, repeat, or hold the mark.
    pub fn new(mark: Option<char>, characters: &str) -> Result<Self, DataError> {
        let characters: Vec<char> = characters.chars().collect();
        if !characters.is_sorted_by(|a, b| a < b) {
            return Err(DataError::Vocabulary("they are not in ascending order, or one comes twice"));
        }
        if mark.is_some_and(|mark| characters.binary_search(&mark).is_ok()) {
            return Err(DataError::Vocabulary("the mark is one of them"));
        }
        Ok(Self { mark, characters })
    }

    /// How many tokens there are, the mark included.
    pub fn len(&self) -> usize {
        self.first() + self.characters.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the start and end mark, number 0, is shown; `None` for running text.
    pub fn mark(&self) -> Option<char> {
        self.mark
    }

    /// The characters in the order of their numbers, without the mark.
    pub fn characters(&self) -> String {
        self.characters.iter().collect()
    }

    /// The number of a character; `None` for one that is not there. The mark has no character.
    pub fn id(&self, character: char) -> Option<i64> {
        let position = self.characters.binary_search(&character).ok()?;
        Some((self.first() + position) as i64)
    }

    /// The character with this number, the mark as it is shown; `None` beyond the end.
    pub fn character(&self, id: i64) -> Option<char> {
        let id = usize::try_from(id).ok()?;
        match id.checked_sub(self.first()) {
            Some(position) => self.characters.get(position).copied(),
            None => self.mark,
        }
    }

    /// The characters' numbers, without marks.
    ///
    /// # Errors
    /// Where a character is not in the vocabulary.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>, DataError> {
        text.chars().map(|character| self.id(character).ok_or_else(|| self.unknown(character))).collect()
    }

    /// The numbers' characters, marks as they are shown.
    ///
    /// # Errors
    /// Where a number is outside the vocabulary.
    pub fn decode(&self, ids: &[i64]) -> Result<String, DataError> {
        let size = self.len();
        ids.iter().map(|&id| self.character(id).ok_or(DataError::UnknownToken { id, size })).collect()
    }

    /// The number of the first character: 1 where 0 is the mark.
    fn first(&self) -> usize {
        usize::from(self.mark.is_some())
    }

    fn unknown(&self, character: char) -> DataError {
        DataError::UnknownCharacter { character, size: self.len(), sample: self.to_string() }
    }
}

impl Encode for Vocabulary {
    fn mark_id(&self) -> Option<i64> {
        self.mark.map(|_| 0)
    }

    fn encode(&self, text: &str) -> Result<Vec<i64>, DataError> {
        self.encode(text)
    }
}

/// The tokens in a row, the first sixty of them where there are more.
impl fmt::Display for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = self.mark.iter().chain(&self.characters);
        for token in tokens.clone().take(60) {
            write!(f, "{}", token.escape_debug())?;
        }
        if tokens.count() > 60 { f.write_str("…") } else { Ok(()) }
    }
}

fn distinct(characters: impl Iterator<Item = char>) -> Vec<char> {
    let set: std::collections::BTreeSet<char> = characters.collect();
    set.into_iter().collect()
}
