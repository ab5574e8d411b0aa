//! What goes to stdout: text, tables, or one JSON object.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

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

/// Lines up rows in columns, the first row being the head. Columns in `right` hold numbers and
/// are flushed right.
pub(crate) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            if right.contains(&column) {
                line.push_str(&pad);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&pad);
            }
            line.push_str("  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
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
        assert_eq!(table(&rows, &[1]), "a      n\nżółw  12\n");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(1.25), "1.2 s");
        assert_eq!(duration(75.2), "1 min 15 s");
        assert_eq!(duration(7300.0), "2 h 1 min");
    }
}
