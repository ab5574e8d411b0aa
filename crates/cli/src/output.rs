//! What goes to stdout: text, tables, or one JSON object.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::failure::Outcome;

/// Whether a file is written to stdout (`-o -`): then what is said goes to stderr.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A file will be written to stdout.
pub(crate) fn take_stdout() {
    TAKEN.store(true, Ordering::Relaxed);
}

/// Writes a text to stdout; a line end is added where it has none.
pub(crate) fn text(text: &str) -> Outcome {
    if TAKEN.load(Ordering::Relaxed) {
        note(text.trim_end_matches('\n'));
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Says something on stderr. Where nobody reads it (any more), there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Writes one JSON object to stdout.
pub(crate) fn json(value: &impl Serialize) -> Outcome {
    text(&serde_json::to_string_pretty(value)?)
}

/// Whether tables and paragraphs are left as wide as they are.
static WIDE: AtomicBool = AtomicBool::new(false);

/// Leaves tables and paragraphs as wide as they are.
pub(crate) fn stay_wide() {
    WIDE.store(true, Ordering::Relaxed);
}

/// The columns there are to write in; `None` where there is no limit: what goes into a file or another program is not
/// folded, unless `COLUMNS` says how wide it is to be.
fn width() -> Option<usize> {
    if WIDE.load(Ordering::Relaxed) {
        return None;
    }
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen =
        || terminal_size::terminal_size_of(io::stdout()).map(|(terminal_size::Width(columns), _)| usize::from(columns));
    said.or_else(seen).filter(|&columns| columns >= 20)
}

/// Whether there is less room than a table of this width needs.
pub(crate) fn is_narrower_than(columns: usize) -> bool {
    width().is_some_and(|width| width < columns)
}

/// Lines up rows in columns, the first row being the head. Columns in `right` hold numbers and
/// are flushed right. What does not fit into the terminal is folded: texts between words, and where that does not do,
/// columns go below each other, each time behind the first.
pub(crate) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    lay(rows, right, width())
}

/// Folds lines between words to the terminal's width; what follows is indented as far as the line, and behind a dash.
pub(crate) fn paragraphs(text: &str) -> String {
    match width() {
        Some(width) => text.lines().map(|line| fold(line, width) + "\n").collect(),
        None => text.to_string(),
    }
}

/// A text behind a head; what is folded stands below its beginning.
pub(crate) fn hanging(head: &str, text: &str) -> String {
    match width() {
        Some(width) => hang(head, text, width),
        None => format!("{head}{text}"),
    }
}

fn fold(line: &str, width: usize) -> String {
    let text = line.trim_start_matches([' ', '-']);
    hang(&line[..line.len() - text.len()], text, width)
}

fn hang(head: &str, text: &str, width: usize) -> String {
    let indent = head.width();
    if indent + text.width() <= width || indent + 10 > width {
        return format!("{head}{text}");
    }
    let mut out = head.to_string();
    for (number, part) in wrapped(text, width - indent).into_iter().enumerate() {
        if number > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&part);
    }
    out
}

/// A text in lines of at most `width` columns, cut between words. A word that is longer stays whole.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_string());
        }
    }
    lines
}

/// Between two columns.
const GAP: usize = 2;

/// Texts are not folded to less than this.
const NARROWEST: usize = 14;

fn lay(rows: &[Vec<String>], right: &[usize], limit: Option<usize>) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let natural: Vec<usize> = (0..columns).map(|c| cells(c).map(|cell| cell.width()).max().unwrap_or(0)).collect();
    let all: Vec<usize> = (0..columns).collect();
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let Some(limit) = limit.filter(|&limit| total(&natural) > limit) else {
        return band(rows, right, &all, &natural);
    };
    // How narrow a column can be: a number as it is, a text down to its longest word.
    let least: Vec<usize> = all
        .iter()
        .map(|&c| match right.contains(&c) {
            true => natural[c],
            false => {
                let word = |cell: &String| cell.split(' ').map(|word| word.width()).max().unwrap_or(0);
                cells(c).map(word).max().unwrap_or(0).max(NARROWEST.min(natural[c]))
            }
        })
        .collect();
    let mut out = String::new();
    let mut rest = &all[1.min(columns)..];
    while !rest.is_empty() {
        let fits =
            |count: &usize| total(&[0].iter().chain(&rest[..*count]).map(|&c| least[c]).collect::<Vec<_>>()) <= limit;
        let count = (1..=rest.len()).take_while(fits).last().unwrap_or(1);
        let shown: Vec<usize> = [0].into_iter().chain(rest[..count].iter().copied()).collect();
        rest = &rest[count..];
        // What is left is given to texts, to the one that wants most last.
        let mut widths: Vec<usize> = shown.iter().map(|&c| least[c]).collect();
        let mut left = limit.saturating_sub(total(&widths));
        let mut wanting: Vec<usize> = (0..shown.len()).collect();
        wanting.sort_by_key(|&i| natural[shown[i]] - least[shown[i]]);
        for (served, &i) in wanting.iter().enumerate() {
            let share = left / (wanting.len() - served);
            let more =
                (natural[shown[i]] - widths[i]).min(share.max(if served + 1 == wanting.len() { left } else { 0 }));
            widths[i] += more;
            left -= more;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&band(rows, right, &shown, &widths));
    }
    out
}

/// Some columns of a table, each in so much room.
fn band(rows: &[Vec<String>], right: &[usize], shown: &[usize], widths: &[usize]) -> String {
    let mut out = String::new();
    for row in rows {
        let cell = |&c: &usize| row.get(c).map_or("", String::as_str);
        let cells: Vec<Vec<String>> = shown.iter().zip(widths).map(|(c, &width)| wrapped(cell(c), width)).collect();
        for number in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = String::new();
            for ((cell, &width), column) in cells.iter().zip(widths).zip(shown) {
                let part = cell.get(number).map_or("", String::as_str);
                let pad = " ".repeat(width.saturating_sub(part.width()));
                let (first, second) = if right.contains(column) { (pad.as_str(), part) } else { (part, pad.as_str()) };
                line.push_str(first);
                line.push_str(second);
                line.push_str("  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

/// `200000` → `200,000`.
pub(crate) fn grouped(n: u64) -> String {
    gradus_plot::grouped(&n.to_string())
}

/// `75.2` → `1 min 15 s`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(11897), "11,897");
        assert_eq!(grouped(10_646_784), "10,646,784");
    }

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_string(), "n".to_string()], vec!["żółw".into(), "12".into()]];
        assert_eq!(lay(&rows, &[1], None), "a      n\nżółw  12\n");
    }

    #[test]
    fn tables_fit_and_lose_nothing() {
        let texts = ["key", "wanted", "what it means to whoever reads it, in one sentence", "1,234", "0.125"];
        let rows: Vec<Vec<String>> = ["first", "second.longer", "a", "third"]
            .iter()
            .map(|name| std::iter::once(name).chain(&texts).map(|text| text.to_string()).collect())
            .collect();
        for limit in (30..140).map(Some).chain([None]) {
            let out = lay(&rows, &[4, 5], limit);
            assert!(out.lines().all(|line| line.width() <= limit.unwrap_or(200)), "{limit:?}\n{out}");
            // Every word stands there whole, as often as there are rows; the names stand before each part.
            let words: Vec<&str> = out.split_whitespace().collect();
            for word in texts.iter().flat_map(|text| text.split(' ')) {
                let times = texts.iter().flat_map(|text| text.split(' ')).filter(|other| *other == word).count();
                assert_eq!(
                    words.iter().filter(|other| *other == &word).count(),
                    rows.len() * times,
                    "{limit:?} {word}\n{out}"
                );
            }
            assert!(words.contains(&"second.longer"));
        }
    }

    #[test]
    fn paragraphs_are_cut_between_words() {
        let text = fold("- weights of a layer, as they are drawn before the first step of training", 30);
        assert_eq!(text, "- weights of a layer, as they\n  are drawn before the first\n  step of training");
        assert_eq!(
            fold("a-very-long-word-that-stays-whole and more", 20),
            "a-very-long-word-that-stays-whole\nand more"
        );
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(1.25), "1.2 s");
        assert_eq!(duration(75.2), "1 min 15 s");
        assert_eq!(duration(7300.0), "2 h 1 min");
    }
}
