//! What a model is shown in training: inputs, and what should have come out.
//!
//! By what the data are (a list, running text, measurements, words of several lists) and what the model takes (a context
//! of fixed length, a whole sequence). All are numbered, so that a batch is a list of numbers whatever the form.

use std::sync::Arc;

use gradus_data::{Contexts, Samples, Sequences, Targets};
use gradus_tensor::{Array, Elem, Tensor};

/// Numbered examples: inputs and targets.
pub trait Examples: Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many tokens or measurements an input holds.
    fn width(&self) -> usize;

    /// The examples of these numbers: inputs `[B, width]` (tokens) or `[B, shape…]` (measurements, pictures), and
    /// targets `[B]` (a token, a class), `[B, width]` (a token each) or `[B, values]`.
    ///
    /// # Panics
    /// Where there is no such number.
    fn batch(&self, rows: &[i64]) -> (Tensor, Tensor);

    /// The examples that together ask for every prediction once.
    fn once(&self) -> Vec<i64> {
        (0..self.len() as i64).collect()
    }
}

/// Two arrays of tokens, filled together: `[B, width]`, and `[B]` or `[B, width]`.
fn filled(rows: usize, width: usize, each: bool, fill: impl FnOnce(&mut [i64], &mut [i64])) -> (Tensor, Tensor) {
    let mut y = vec![0; if each { rows * width } else { rows }];
    let x = Array::build(&[rows, width], |x: &mut [i64]| fill(x, &mut y));
    let shape: &[usize] = if each { &[rows, width] } else { &[rows] };
    let y = Array::build(shape, |out: &mut [i64]| out.copy_from_slice(&y));
    (Tensor::from_array(x), Tensor::from_array(y))
}

/// A list, for models of contexts: each character of each line, and the mark at its end, with what comes before it.
impl Examples for Contexts {
    fn len(&self) -> usize {
        self.y.len()
    }

    fn width(&self) -> usize {
        self.block_size
    }

    fn batch(&self, rows: &[i64]) -> (Tensor, Tensor) {
        filled(rows.len(), self.block_size, false, |x, y| self.gather(rows, x, y))
    }
}

/// A list, for models of sequences: a line each, filled up with places that do not count.
impl Examples for Sequences {
    fn len(&self) -> usize {
        self.x.len() / self.length.max(1)
    }

    fn width(&self) -> usize {
        self.length
    }

    fn batch(&self, rows: &[i64]) -> (Tensor, Tensor) {
        let n = self.length;
        filled(rows.len(), n, true, |x, y| {
            for ((x, y), &row) in x.chunks_exact_mut(n).zip(y.chunks_exact_mut(n)).zip(rows) {
                let start = row as usize * n;
                x.copy_from_slice(&self.x[start..start + n]);
                y.copy_from_slice(&self.y[start..start + n]);
            }
        })
    }
}

/// Running text: a window for every place one can begin at.
pub struct Windows {
    /// The text.
    pub tokens: Arc<[i64]>,
    /// Tokens in a window.
    pub width: usize,
    /// Whether what follows is asked for at each place (models of sequences) or at the last (models of contexts).
    pub each: bool,
}

impl Examples for Windows {
    fn len(&self) -> usize {
        self.tokens.len().saturating_sub(self.width)
    }

    fn width(&self) -> usize {
        self.width
    }

    fn batch(&self, rows: &[i64]) -> (Tensor, Tensor) {
        let n = self.width;
        filled(rows.len(), n, self.each, |x, y| {
            for (i, &row) in rows.iter().enumerate() {
                let window = &self.tokens[row as usize..row as usize + n + 1];
                x[i * n..][..n].copy_from_slice(&window[..n]);
                if self.each {
                    y[i * n..][..n].copy_from_slice(&window[1..]);
                } else {
                    y[i] = window[n];
                }
            }
        })
    }

    /// Of sequences, windows side by side; each still sees its own tokens only.
    fn once(&self) -> Vec<i64> {
        let step = if self.each { self.width.max(1) } else { 1 };
        (0..self.len() as i64).step_by(step).collect()
    }
}

/// Measurements, points and pictures, with the class or the values of each.
impl Examples for Samples {
    fn len(&self) -> usize {
        Samples::len(self)
    }

    fn width(&self) -> usize {
        Samples::width(self)
    }

    fn batch(&self, rows: &[i64]) -> (Tensor, Tensor) {
        let shape = [&[rows.len()], &self.shape[..]].concat();
        let features = gathered(&self.features, Samples::width(self), rows, &shape);
        let targets = match &self.targets {
            Targets::Classes { labels, .. } => gathered(labels, 1, rows, &[rows.len()]),
            Targets::Values { values, names } => gathered(values, names.len(), rows, &[rows.len(), names.len()]),
        };
        (features, targets)
    }
}

/// The rows of `[N, width]` with these numbers, in this shape.
fn gathered<T: Elem>(values: &[T], width: usize, rows: &[i64], shape: &[usize]) -> Tensor {
    Tensor::from_array(Array::build(shape, |out: &mut [T]| {
        for (out, &row) in out.chunks_exact_mut(width.max(1)).zip(rows) {
            out.copy_from_slice(&values[row as usize * width..][..width]);
        }
    }))
}

/// Words, and the list that each stands in.
pub(crate) struct Words {
    /// Their tokens, filled up with 0 at the end: `[N, longest]`.
    pub(crate) tokens: Vec<i64>,
    /// Tokens of the longest.
    pub(crate) longest: usize,
    /// The list of each: `[N]`.
    pub(crate) labels: Vec<i64>,
}

impl Examples for Words {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn width(&self) -> usize {
        self.longest
    }

    fn batch(&self, rows: &[i64]) -> (Tensor, Tensor) {
        let tokens = gathered(&self.tokens, self.longest, rows, &[rows.len(), self.longest]);
        (tokens, gathered(&self.labels, 1, rows, &[rows.len()]))
    }
}

/// No examples.
pub(crate) struct Nothing;

impl Examples for Nothing {
    fn len(&self) -> usize {
        0
    }

    fn width(&self) -> usize {
        0
    }

    fn batch(&self, _: &[i64]) -> (Tensor, Tensor) {
        filled(0, 0, false, |_, _| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_data::{Vocabulary, sequences};

    fn rows(t: &Tensor) -> Vec<i64> {
        t.to_vec()
    }

    #[test]
    fn windows_of_a_text() {
        let tokens: Arc<[i64]> = (0..8).collect();
        let each = Windows { tokens: tokens.clone(), width: 3, each: true };
        let (x, y) = each.batch(&[0, 4]);
        assert_eq!((rows(&x), rows(&y)), (vec![0, 1, 2, 4, 5, 6], vec![1, 2, 3, 5, 6, 7]));
        // The last window that has something after it begins at 4; side by side there are 0.. and 3...
        assert_eq!((each.len(), each.once()), (5, vec![0, 3]));
        let last = Windows { tokens, width: 3, each: false };
        let (x, y) = last.batch(&[4]);
        assert_eq!((rows(&x), rows(&y)), (vec![4, 5, 6], vec![7]));
        assert_eq!(last.once(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_line_is_a_sequence() {
        let examples = sequences(&["ab", "b"], &Vocabulary::of_lines(&["ab"]), 4).unwrap();
        assert_eq!((Examples::len(&examples), examples.width()), (2, 4));
        let (x, y) = examples.batch(&[1, 0]);
        assert_eq!(rows(&x), [0, 2, 0, 0, 0, 1, 2, 0]);
        assert_eq!(rows(&y), [2, 0, -1, -1, 1, 2, 0, -1]);
    }
}
