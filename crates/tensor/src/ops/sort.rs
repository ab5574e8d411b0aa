//! The numbers along an axis in order, and where each stood;  the gradient goes back to where its number stood. Equal
//! numbers keep their order; NaN counts as the largest, as in PyTorch.

use super::rowwise::{as_rows, from_rows, over_rows};
use crate::array::{Array, axis};
use crate::autograd::{Formula, emit_constant};
use crate::gradcheck::Case;
use crate::{DType, Elem, Result, Tensor, ensure, with_dtype};
use std::cmp::Ordering;

fn order<T: Elem>(a: &T, b: &T) -> Ordering {
    // Only what is no number is not equal to itself.
    #[allow(clippy::eq_op)]
    let nan = |x: &T| x != x;
    a.partial_cmp(b).unwrap_or_else(|| nan(a).cmp(&nan(b)))
}

/// For each row, where its numbers stand in order.
fn places<T: Elem>(x: &Array, axis: usize, descending: bool) -> Array {
    let rows = as_rows(x, axis);
    let n = x.shape()[axis];
    let from = rows.dense::<T>();
    let places = Array::build(rows.shape(), |out: &mut [i64]| {
        over_rows(out, n, |first, out| {
            for (out, x) in out.chunks_exact_mut(n).zip(from[first * n..].chunks_exact(n)) {
                out.iter_mut().zip(0..).for_each(|(o, i)| *o = i);
                out.sort_by(|&a, &b| {
                    let up = order(&x[a as usize], &x[b as usize]);
                    if descending { up.reverse() } else { up }
                });
            }
        });
    });
    from_rows(places, axis)
}

impl Tensor {
    /// Where the numbers along axis `dim` stand in order (`i64`).
    ///
    /// # Errors
    /// For an axis that is not there.
    pub fn argsort(&self, dim: isize, descending: bool) -> Result<Tensor> {
        if self.ndim() == 0 {
            return Ok(Tensor::full(&[], 0.0, DType::I64));
        }
        let d = axis("sort", dim, self.ndim())?;
        let value = with_dtype!(self.dtype(), T => places::<T>(self.array(), d, descending));
        Ok(emit_constant(Formula::constant("argsort", "y = where the numbers stand in order"), &[self], value))
    }

    /// The numbers along axis `dim` in order, and where each stood (`i64`).
    ///
    /// # Errors
    /// For an axis that is not there.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let (sorted, places) = Tensor::from_slice(&[2.0_f32, 3.0, 1.0], &[3])?.sort(0, false)?;
    /// assert_eq!((sorted.to_vec::<f32>(), places.to_vec::<i64>()), (vec![1.0, 2.0, 3.0], vec![2, 0, 1]));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn sort(&self, dim: isize, descending: bool) -> Result<(Tensor, Tensor)> {
        let places = self.argsort(dim, descending)?;
        let sorted = if self.ndim() == 0 { self.clone() } else { self.gather(dim, &places)? };
        Ok((sorted, places))
    }

    /// The `k` largest numbers along axis `dim`, the largest first (or the smallest), and where each stood (`i64`).
    ///
    /// # Errors
    /// For an axis that is not there or has fewer numbers.
    pub fn topk(&self, k: usize, dim: isize, largest: bool) -> Result<(Tensor, Tensor)> {
        let d = axis("topk", dim, self.ndim())?;
        let n = self.shape()[d];
        ensure!(k <= n, "topk", "{k} numbers along axis {dim} of {:?}, which has {n}", self.shape());
        let places = self.argsort(dim, largest)?.narrow(dim, 0, k)?;
        Ok((self.gather(dim, &places)?, places))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]];
    vec![
        Case::new(|x| Ok(x[0].sort(1, false)?.0)).shapes(shapes),
        Case::new(|x| Ok(x[0].sort(-1, true)?.0)).shapes(shapes),
        Case::new(|x| Ok(x[0].topk(2, 0, true)?.0)).shapes(&[&[&[3, 4]], &[&[2, 1]]]),
    ]
}
