//! Printing, as NumPy and PyTorch do it: nested brackets, aligned columns, the middle of large tensors left out; then
//! shape, dtype and where the tensor came from.
//!
//! ```
//! use gradus_tensor::Tensor;
//! let x = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0], &[2, 2])?;
//! assert_eq!(x.to_string(), "tensor([[1.0000, 2.0000],\n        [3.0000, 4.0000]], shape [2, 2], f32)");
//! // As many decimals as asked for.
//! assert_eq!(format!("{:.1}", x.mean()), "tensor(2.5, shape [], f32)");
//! # Ok::<(), gradus_tensor::Error>(())
//! ```

use crate::{DType, Tensor, with_float};
use gradus_kernels::element::Number;
use std::fmt::{self, Write};

/// Columns of a line.
const LINE: usize = 80;
/// Elements above which the middle is left out.
const MANY: usize = 1000;
/// Indices kept at each end of an axis whose middle is left out.
const EDGE: usize = 3;
const OPENING: &str = "tensor(";

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::from(OPENING);
        if self.numel() == 0 {
            text.push_str("[]");
        } else {
            let cells = Cells::of(self, f.precision().unwrap_or(4));
            write_axis(&mut text, self.shape(), cells.cut, OPENING.len(), cells.width, &mut cells.texts.into_iter())?;
        }
        let mut facts = format!("shape {:?}, {}", self.shape(), self.dtype());
        match self.operation() {
            Some(operation) => write!(facts, ", grad_fn {operation}")?,
            None if self.is_tracked() => facts.push_str(", requires_grad"),
            None => {}
        }
        let last_line = text.lines().last().map_or(0, |line| line.chars().count());
        let fits = last_line + facts.len() + 3 <= LINE;
        let space = if fits { " ".to_owned() } else { format!("\n{:1$}", "", OPENING.len()) };
        write!(f, "{text},{space}{facts})")
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The indices of an axis that are shown; `None` stands for those left out.
fn shown(n: usize, cut: bool) -> impl Iterator<Item = Option<usize>> {
    let gap = if cut && n > 2 * EDGE { EDGE..n - EDGE } else { n..n };
    let (before, after) = (gap.start, gap.end);
    (0..before).map(Some).chain((!gap.is_empty()).then_some(None)).chain((after..n).map(Some))
}

/// The shown elements as text.
struct Cells {
    texts: Vec<String>,
    /// Of the widest.
    width: usize,
    /// Whether the middle is left out.
    cut: bool,
}

impl Cells {
    fn of(tensor: &Tensor, decimals: usize) -> Cells {
        let cut = tensor.numel() > MANY;
        let mut places = vec![tensor.offset() as isize];
        for (&n, &stride) in tensor.shape().iter().zip(tensor.strides()) {
            let along: Vec<isize> = shown(n, cut).flatten().map(|i| i as isize * stride).collect();
            places = places.iter().flat_map(|place| along.iter().map(move |step| place + step)).collect();
        }
        let array = tensor.array();
        let texts: Vec<String> = match array.dtype() {
            DType::Bool => places.iter().map(|&at| (array.memory::<u8>()[at as usize] != 0).to_string()).collect(),
            DType::I64 => places.iter().map(|&at| array.memory::<i64>()[at as usize].to_string()).collect(),
            dtype => {
                let number = |&at: &isize| with_float!(dtype, T => array.memory::<T>()[at as usize].to_f64());
                let numbers: Vec<f64> = places.iter().map(number).collect();
                let scientific = wants_exponents(&numbers);
                numbers.into_iter().map(|x| float(x, decimals, scientific)).collect()
            }
        };
        let width = texts.iter().map(String::len).max().unwrap_or(0);
        Cells { texts, width, cut }
    }
}

/// Whether some of the numbers would lose most of their digits without exponents, or need very many: PyTorch's rule, but
/// that whole numbers are spared it up to 10⁸.
fn wants_exponents(numbers: &[f64]) -> bool {
    let sizes = || numbers.iter().map(|x| x.abs()).filter(|x| x.is_finite() && *x > 0.0);
    let (smallest, largest) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let whole = sizes().all(|x| x.fract() == 0.0);
    largest > 1e8 || (!whole && (smallest < 1e-4 || largest / smallest > 1000.0))
}

fn float(x: f64, decimals: usize, scientific: bool) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() || !scientific {
        return format!("{x:.decimals$}");
    }
    let text = format!("{x:.decimals$e}");
    match text.split_once('e') {
        // A sign and two digits at least, so that columns align.
        Some((digits, exponent)) => format!("{digits}e{:+03}", exponent.parse::<i32>().unwrap_or(0)),
        None => text,
    }
}

/// Writes the axes of `shape`, taking one text of `cells` for each shown element. `indent` is the column it begins in.
fn write_axis(
    out: &mut String,
    shape: &[usize],
    cut: bool,
    indent: usize,
    width: usize,
    cells: &mut impl Iterator<Item = String>,
) -> fmt::Result {
    let Some((&n, inner)) = shape.split_first() else {
        return write!(out, "{}", cells.next().unwrap_or_default());
    };
    out.push('[');
    let in_a_line = (LINE.saturating_sub(indent) / (width + 2)).max(1);
    for (k, index) in shown(n, cut).enumerate() {
        let breaks = match inner {
            [] => usize::from(k % in_a_line == 0),
            _ => inner.len(),
        };
        match (k, breaks) {
            (0, _) => {}
            (_, 0) => out.push_str(", "),
            _ => write!(out, ",{:\n<breaks$}{:2$}", "", "", indent + 1)?,
        }
        match (index, inner) {
            (None, _) => out.push('…'),
            (Some(_), []) => write!(out, "{:>width$}", cells.next().unwrap_or_default())?,
            (Some(_), _) => write_axis(out, inner, cut, indent + 1, width, cells)?,
        }
    }
    out.push(']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;

    fn check(tensor: &Tensor, expected: &str) {
        assert_eq!(format!("\n{tensor}"), expected.trim_end());
    }

    #[test]
    fn matrices_are_aligned() -> Result<()> {
        check(
            &Tensor::from_slice(&[1.0_f32, -2.5, 100.123_46, 0.25], &[2, 2])?,
            "
tensor([[  1.0000,  -2.5000],
        [100.1235,   0.2500]], shape [2, 2], f32)",
        );
        check(
            &Tensor::from_slice(&[1_i64, -20, 300, 4], &[2, 2])?,
            "
tensor([[  1, -20],
        [300,   4]], shape [2, 2], i64)",
        );
        check(
            &Tensor::from_slice(&[1_u8, 0], &[2])?,
            "
tensor([ true, false], shape [2], bool)",
        );
        Ok(())
    }

    #[test]
    fn deeper_axes_are_set_apart_by_empty_lines() -> Result<()> {
        check(
            &Tensor::arange(8).reshape(&[2, 2, 2])?,
            "
tensor([[[0, 1],
         [2, 3]],

        [[4, 5],
         [6, 7]]], shape [2, 2, 2], i64)",
        );
        Ok(())
    }

    #[test]
    fn views_print_what_they_show() -> Result<()> {
        check(
            &Tensor::arange(6).reshape(&[2, 3])?.t()?.flip(&[0])?,
            "
tensor([[2, 5],
        [1, 4],
        [0, 3]], shape [3, 2], i64)",
        );
        Ok(())
    }

    #[test]
    fn exponents_where_digits_would_be_lost() -> Result<()> {
        check(
            &Tensor::from_slice(&[1.0_f64, 0.000_012_345, f64::NAN, f64::NEG_INFINITY], &[4])?,
            "
tensor([1.0000e+00, 1.2345e-05,        nan,       -inf], shape [4], f64)",
        );
        check(
            &Tensor::from_slice(&[1.5e-120_f64, -1.0], &[2])?,
            "
tensor([1.5000e-120, -1.0000e+00], shape [2], f64)",
        );
        // Whole numbers keep their plain form, and zeros do not count.
        check(
            &Tensor::from_slice(&[0.0_f32, 1.0, 6763.0], &[3])?,
            "
tensor([   0.0000,    1.0000, 6763.0000], shape [3], f32)",
        );
        check(
            &Tensor::from_slice(&[0.0_f32, 0.5, 400.0], &[3])?,
            "
tensor([  0.0000,   0.5000, 400.0000], shape [3], f32)",
        );
        Ok(())
    }

    #[test]
    fn scalars_and_empty_tensors() {
        check(
            &Tensor::scalar(-0.5),
            "
tensor(-0.5000, shape [], f32)",
        );
        check(
            &Tensor::zeros(&[2, 0, 3]),
            "
tensor([], shape [2, 0, 3], f32)",
        );
    }

    #[test]
    fn long_rows_are_wrapped() {
        check(
            &Tensor::linspace(0.0, 1.0, 11),
            "
tensor([0.0000, 0.1000, 0.2000, 0.3000, 0.4000, 0.5000, 0.6000, 0.7000, 0.8000,
        0.9000, 1.0000], shape [11], f32)",
        );
    }

    #[test]
    fn large_tensors_are_cut_in_the_middle() -> Result<()> {
        check(
            &Tensor::arange(1001),
            "
tensor([   0,    1,    2, …,  998,  999, 1000], shape [1001], i64)",
        );
        check(
            &Tensor::arange(2000).reshape(&[50, 40])?,
            "
tensor([[   0,    1,    2, …,   37,   38,   39],
        [  40,   41,   42, …,   77,   78,   79],
        [  80,   81,   82, …,  117,  118,  119],
        …,
        [1880, 1881, 1882, …, 1917, 1918, 1919],
        [1920, 1921, 1922, …, 1957, 1958, 1959],
        [1960, 1961, 1962, …, 1997, 1998, 1999]], shape [50, 40], i64)",
        );
        // An axis too short to cut is shown whole.
        check(
            &Tensor::arange(2400).reshape(&[2, 400, 3])?.narrow(2, 0, 2)?,
            "
tensor([[[   0,    1],
         [   3,    4],
         [   6,    7],
         …,
         [1191, 1192],
         [1194, 1195],
         [1197, 1198]],

        [[1200, 1201],
         [1203, 1204],
         [1206, 1207],
         …,
         [2391, 2392],
         [2394, 2395],
         [2397, 2398]]], shape [2, 400, 2], i64)",
        );
        Ok(())
    }

    #[test]
    fn gradients_leave_a_hint() {
        let x = Tensor::zeros(&[2]).requires_grad();
        check(
            &x,
            "
tensor([0.0000, 0.0000], shape [2], f32, requires_grad)",
        );
        check(
            &x.tanh(),
            "
tensor([0.0000, 0.0000], shape [2], f32, grad_fn tanh)",
        );
        check(
            &Tensor::zeros(&[7]).requires_grad().tanh(),
            "
tensor([0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000],
       shape [7], f32, grad_fn tanh)",
        );
    }
}
