use crate::registry::Kind;
use crate::{DataError, Source, Vocabulary};
use std::collections::HashSet;
use std::sync::Arc;

/// The longest line of a list. What is longer is running text that lacks its line ends.
const MAX_LINE: usize = 100_000;

/// A list with one thing a line: names, words, molecules.
///
/// Lines lose the blanks around them; blank lines are left out and counted.
#[derive(Clone, Debug)]
pub struct Lines {
    label: String,
    items: Vec<Arc<str>>,
    distinct: HashSet<Arc<str>>,
    blank: usize,
}

impl Lines {
    /// Reads a list.
    ///
    /// # Errors
    /// Where the source cannot be read, is empty, blank, not UTF-8, running text (a line above
    /// 100,000 characters), or holds a single kind of character.
    pub fn open(source: &Source) -> Result<Self, DataError> {
        source.expect(Kind::Lines)?;
        Self::parse(&source.label(), &source.read_text()?)
    }

    /// Takes a text apart; `label` stands for it in messages.
    ///
    /// # Errors
    /// As [`Lines::open`], but for those of reading.
    pub fn parse(label: &str, text: &str) -> Result<Self, DataError> {
        let place = || label.to_owned();
        if text.is_empty() {
            return Err(DataError::Empty { place: place(), wanted: "it should hold one thing a line, such as a name" });
        }
        let mut lines = Self { label: place(), items: Vec::new(), distinct: HashSet::new(), blank: 0 };
        for (number, line) in split_lines(text).enumerate() {
            let line = line.trim();
            if line.is_empty() {
                lines.blank += 1;
                continue;
            }
            let characters = line.chars().count();
            if characters > MAX_LINE {
                return Err(DataError::LongLine { place: place(), line: number + 1, characters, limit: MAX_LINE });
            }
            let item: Arc<str> = lines.distinct.get(line).map_or_else(|| line.into(), Arc::clone);
            lines.distinct.insert(Arc::clone(&item));
            lines.items.push(item);
        }
        let mut characters = lines.items.iter().flat_map(|item| item.chars());
        let Some(character) = characters.next() else {
            return Err(DataError::Blank { place: place(), count: lines.blank });
        };
        if characters.all(|other| other == character) {
            return Err(DataError::OneCharacter { place: place(), character });
        }
        Ok(lines)
    }

    /// What messages call it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The things, in the order of the source, duplicates included.
    pub fn items(&self) -> &[Arc<str>] {
        &self.items
    }

    /// How many there are; never 0.
    #[expect(clippy::len_without_is_empty, reason = "an empty list is an error when it is read")]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// How many blank lines were left out.
    pub fn blank(&self) -> usize {
        self.blank
    }

    /// How many things stand there once more than needed. A random split puts some of them on both
    /// sides, where they flatter the test; [`Lines::split_together`] does not.
    pub fn duplicates(&self) -> usize {
        self.items.len() - self.distinct.len()
    }

    /// Whether this very thing is in the list.
    pub fn contains(&self, item: &str) -> bool {
        self.distinct.contains(item)
    }

    /// The shortest and the longest thing's length in characters.
    pub fn lengths(&self) -> (usize, usize) {
        let lengths = || self.items.iter().map(|item| item.chars().count());
        (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))
    }

    /// The characters that occur, with a mark for start and end.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::of_lines(&self.items)
    }
}

/// Lines that end as any system ends them: LF, CR LF or CR. A final line end opens no further line.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(end) = rest.find(['\n', '\r']) else {
            return Some(std::mem::take(&mut rest));
        };
        let (line, after) = rest.split_at(end);
        let skip = if after.starts_with("\r\n") { 2 } else { 1 };
        rest = &after[skip..];
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::split_lines;

    #[test]
    fn every_system_ends_lines_its_own_way() {
        let lines = |text| split_lines(text).collect::<Vec<_>>();
        assert_eq!(lines("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines("a\n\nb\n"), ["a", "", "b"]);
        assert_eq!(lines("\r\n\r\n"), ["", ""]);
        assert_eq!(lines(""), [""; 0]);
    }
}
