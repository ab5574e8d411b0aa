//! What is to be said about a text, and the place it is about.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// The widest piece of a line that is shown, in columns.
const WIDEST_LINE: usize = 100;

/// One line for a person (what is wrong, what to do), with the place in the text it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is wrong and what to do.
    pub text: String,
    /// The bytes of the source that this is about, if it is about a place.
    pub at: Option<Range<usize>>,
}

impl Message {
    pub(super) fn at(at: Range<usize>, text: impl Into<String>) -> Self {
        Self { text: text.into(), at: Some(at) }
    }

    pub(super) fn general(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }

    /// The message, and below it the [`quote`](Self::quote) if there is one.
    pub fn render(&self, source: &str) -> String {
        match self.quote(source) {
            Some(quote) => format!("{}\n{quote}", self.text),
            None => self.text.clone(),
        }
    }

    /// The line of `source` that the message is about, with carets under the place. Of a very long
    /// line the part around the place is shown.
    pub fn quote(&self, source: &str) -> Option<String> {
        let at = self.at.as_ref()?;
        let start = source.floor_char_boundary(at.start);
        let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |length| start + length);
        let line = source[line_start..line_end].trim_end_matches('\r');

        let cells: Vec<Cell> = cells(line, line_start).collect();
        let before: usize = cells.iter().take_while(|cell| cell.byte < start).map(|c| c.width).sum();
        let marked = cells.iter().filter(|cell| (start..at.end).contains(&cell.byte));
        let marked = marked.map(|cell| cell.width).sum::<usize>().max(1);

        // Two thirds of the window stand before the place.
        let total: usize = cells.iter().map(|cell| cell.width).sum();
        let first = if total <= WIDEST_LINE { 0 } else { before.saturating_sub(WIDEST_LINE * 2 / 3) };
        let mut shown = String::new();
        let (mut column, mut left) = (0, None);
        let mut cut = false;
        for cell in &cells {
            if column >= first + WIDEST_LINE {
                cut = true;
                break;
            }
            if column >= first {
                left.get_or_insert(column);
                shown.push(cell.shown);
            }
            column += cell.width;
        }
        let left = left.unwrap_or(0);
        let (head, tail) = (if left > 0 { "…" } else { "" }, if cut { "…" } else { "" });
        let indent = before.saturating_sub(left) + usize::from(left > 0);
        let carets = "^".repeat(marked.min((first + WIDEST_LINE).saturating_sub(before).max(1)));
        Some(format!("  {head}{shown}{tail}\n  {}{carets}", " ".repeat(indent)))
    }
}

/// A character as it is shown, and how many columns it takes.
struct Cell {
    byte: usize,
    shown: char,
    width: usize,
}

fn cells(line: &str, line_start: usize) -> impl Iterator<Item = Cell> {
    line.char_indices().map(move |(byte, c)| {
        let shown = match c {
            '\t' => ' ',
            c if c.is_control() => '\u{FFFD}',
            c => c,
        };
        Cell { byte: line_start + byte, shown, width: shown.width().unwrap_or(0) }
    })
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Message {}

/// The candidate that `word` was most likely meant to be, if one is near enough.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 2).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|&(edits, candidate)| edits <= allowed && edits < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance without regard to case: letters to change, add or take away.
fn edits(from: &str, to: &str) -> usize {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (from, to) = (lower(from), lower(to));
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
