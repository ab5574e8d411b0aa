//! Which class is taken for which.

use gradus_plot::{Heatmap, Picture, Shade, text_width};
use schemars::JsonSchema;
use serde::Serialize;

/// How often each class was taken for each.
///
/// ```
/// use gradus_insight::explain::Confusion;
///
/// let names = ["cat", "dog"].map(String::from);
/// let seen = Confusion::of(&[0, 0, 0, 1], &[0, 0, 1, 1], &names);
/// assert_eq!((seen.matrix[0].as_slice(), seen.accuracy), (&[2, 1][..], Some(0.75)));
/// assert_eq!((seen.of_class[1].precision, seen.of_class[1].recall), (Some(0.5), Some(1.0)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ConfusionMatrix")]
pub struct Confusion {
    /// What the classes are called.
    pub classes: Vec<String>,
    /// How many examples of class `row` were taken for class `column`.
    pub matrix: Vec<Vec<u64>>,
    /// The share that was taken for what it is; `None` where there are no examples.
    pub accuracy: Option<f64>,
    /// What holds for each class.
    pub of_class: Vec<OfClass>,
}

/// What holds for one class. A share is `None` where there is nothing to take it of.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OfClass {
    /// What it is called.
    pub class: String,
    /// Of all that were taken for it, the share that was it.
    pub precision: Option<f64>,
    /// Of all that were it, the share that was taken for it.
    pub recall: Option<f64>,
    /// The harmonic mean of both, 2·p·r / (p + r).
    pub f1: Option<f64>,
    /// How many there were of it.
    pub support: u64,
}

/// Classes whose cells can still hold their numbers.
const MOST_WITH_NUMBERS: usize = 24;
/// Mistakes that are told one by one.
const TOLD: usize = 5;

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Confusion {
    /// Of examples with these classes, which were taken for those, by their numbers. A number that is no class is left out.
    pub fn of(labels: &[i64], predictions: &[i64], classes: &[String]) -> Self {
        let n = classes.len();
        let mut matrix = vec![vec![0_u64; n]; n];
        let class = |number: &i64| usize::try_from(*number).ok().filter(|&class| class < n);
        for (label, prediction) in labels.iter().zip(predictions) {
            if let (Some(label), Some(prediction)) = (class(label), class(prediction)) {
                matrix[label][prediction] += 1;
            }
        }
        let right = |i: usize| matrix[i][i];
        let of_class = |i: usize| {
            let support: u64 = matrix[i].iter().sum();
            let taken: u64 = matrix.iter().map(|row| row[i]).sum();
            let (precision, recall) = (share(right(i), taken), share(right(i), support));
            let f1 = share(2 * right(i), support + taken);
            OfClass { class: classes[i].clone(), precision, recall, f1, support }
        };
        Confusion {
            classes: classes.to_vec(),
            accuracy: share((0..n).map(right).sum(), matrix.iter().flatten().sum()),
            of_class: (0..n).map(of_class).collect(),
            matrix,
        }
    }

    /// The pairs that were taken for each other most often: what it is, what it was taken for, how often.
    pub fn mistakes(&self) -> Vec<(&str, &str, u64)> {
        let cells =
            self.matrix.iter().enumerate().flat_map(|(i, row)| row.iter().enumerate().map(move |(j, n)| (i, j, *n)));
        let mut mistakes: Vec<_> = cells.filter(|&(i, j, n)| i != j && n > 0).collect();
        mistakes.sort_by_key(|&(i, j, n)| (std::cmp::Reverse(n), i, j));
        mistakes.into_iter().map(|(i, j, n)| (&*self.classes[i], &*self.classes[j], n)).collect()
    }

    /// The matrix (unless there are very many classes), precision, recall and F1 of each class, and the mistakes that are made
    /// most often, for a terminal.
    pub fn text(&self) -> String {
        let percent = |v: Option<f64>| v.map_or_else(|| "-".to_string(), |v| format!("{:.1} %", 100.0 * v));
        let mut out = String::new();
        if self.classes.len() <= MOST_WITH_NUMBERS {
            let mut rows = vec![[&["is \\ taken for".to_string()], &self.classes[..]].concat()];
            for (class, row) in self.classes.iter().zip(&self.matrix) {
                rows.push(std::iter::once(class.clone()).chain(row.iter().map(u64::to_string)).collect());
            }
            out.push_str(&aligned(&rows));
            out.push('\n');
        }
        let mut rows = vec![["class", "precision", "recall", "F1", "examples"].map(str::to_string).to_vec()];
        rows.extend(self.of_class.iter().map(|c| {
            vec![c.class.clone(), percent(c.precision), percent(c.recall), percent(c.f1), c.support.to_string()]
        }));
        out.push_str(&aligned(&rows));
        let mistakes = self.mistakes();
        if !mistakes.is_empty() {
            let told: Vec<String> =
                mistakes.iter().take(TOLD).map(|(is, as_, n)| format!("{is} for {as_} ({n})")).collect();
            out.push_str(&format!("\ntaken for another most often: {}\n", told.join(", ")));
        }
        out
    }

    /// The matrix as a picture: the darker, the larger the share of the row; the numbers in the cells, where there are not too many.
    pub fn picture(&self, title: &str) -> Picture {
        let n = self.classes.len();
        let shares = self.matrix.iter().flat_map(|row| {
            let all: u64 = row.iter().sum();
            row.iter().map(move |&count| share(count, all).unwrap_or(0.0))
        });
        let shares: Vec<f64> = shares.collect();
        // Where there is nothing a bare 0 is enough.
        let percent = |v: f64| match v {
            0.0 => String::new(),
            v if v < 0.1 => format!("{:.1} %", 100.0 * v),
            v => format!("{:.0} %", 100.0 * v),
        };
        let cell = |(count, &share): (&u64, &f64)| (count.to_string(), percent(share));
        let cells: Vec<(String, String)> = self.matrix.iter().flatten().zip(&shares).map(cell).collect();
        let map = Heatmap::new(title, n, &shares)
            .names(&self.classes, &self.classes)
            .axes("is", "was taken for")
            .unit("share of the row")
            .shade(Shade::between(0.0, 1.0));
        if n > MOST_WITH_NUMBERS {
            return map.picture();
        }
        // Names stand over their columns, so these are as wide as the widest.
        let widest = self.classes.iter().map(|class| text_width(class, 11.5) + 8.0).fold(0.0, f64::max);
        let side = (520.0 / n.max(1) as f64).clamp(46.0, 96.0);
        map.cell_size(side.max(widest), side.min(64.0)).cells(&cells).picture()
    }
}

/// Rows in columns: the first flush left, the others right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, &width))| match i {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::classifier::tests::names;

    #[test]
    fn shares_as_by_hand() {
        let classes = names(&["a", "b", "c"]);
        let seen = Confusion::of(&[0, 0, 0, 1, 1, 1, 1, -1], &[0, 0, 1, 1, 1, 1, 0, 0], &classes);
        assert_eq!(seen.matrix, [[2, 1, 0], [1, 3, 0], [0, 0, 0]]);
        assert_eq!(seen.accuracy, Some(5.0 / 7.0));
        let a = &seen.of_class[0];
        assert_eq!((a.precision, a.recall, a.f1, a.support), (Some(2.0 / 3.0), Some(2.0 / 3.0), Some(2.0 / 3.0), 3));
        let c = &seen.of_class[2];
        assert_eq!((c.precision, c.recall, c.f1, c.support), (None, None, None, 0));
        assert_eq!(seen.mistakes(), [("a", "b", 1), ("b", "a", 1)]);
        assert_eq!(Confusion::of(&[], &[], &classes).accuracy, None);
    }

    #[test]
    fn a_terminal_shows_it_in_columns() {
        let seen = Confusion::of(&[0, 1, 1], &[0, 0, 1], &names(&["setosa", "b"]));
        let expected = "\
is \\ taken for  setosa  b
setosa               1  0
b                    1  1

class   precision   recall      F1  examples
setosa     50.0 %  100.0 %  66.7 %         1
b         100.0 %   50.0 %  66.7 %         2

taken for another most often: b for setosa (1)
";
        assert_eq!(seen.text(), expected);
        let svg = seen.picture("Confusion").to_svg();
        assert!(svg.contains(">was taken for<") && svg.contains(">100 %<") && svg.contains(">setosa<"));
    }
}
