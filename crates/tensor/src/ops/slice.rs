//! A part of an axis: a view;  the gradient is 0 outside the part.

use crate::array::{Array, Shape, axis, out_of_bounds};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor, ensure};
use gradus_kernels::layout::Layout;

struct Slice {
    input: Shape,
    /// The part, as a view of a dense gradient.
    part: Layout,
}

impl Op for Slice {
    const NAME: &'static str = "slice";
    const FORMULA: &'static str = "y = a part of x";
    const BACKWARD: &'static str = "dx = g in that part, else 0";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, grad.placed(&self.input, &self.part));
    }
}

impl Tensor {
    /// `len` indices of axis `dim` from `start` on: a view.
    ///
    /// # Errors
    /// When the range leaves the axis.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::arange(5);
    /// assert_eq!(x.narrow(0, 1, 3)?.to_vec::<i64>(), [1, 2, 3]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn narrow(&self, dim: isize, start: usize, len: usize) -> Result<Tensor> {
        let d = axis("narrow", dim, self.ndim())?;
        let n = self.shape()[d];
        ensure!(
            start.checked_add(len).is_some_and(|end| end <= n),
            "narrow",
            "{len} indices from {start} on leave axis {dim} of {:?}, which has {n}",
            self.shape()
        );
        Ok(self.sliced(d, start, len, 1))
    }

    /// Every `step`-th index of axis `dim` from `start` up to, not including, `end`: a view. As in Python, negative
    /// positions count from the end, positions beyond the ends are cut off, and a negative step walks backwards
    /// (from `start` down to, not including, `end`).
    ///
    /// # Errors
    /// For an axis that is not there, or a step of 0.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::arange(5);
    /// assert_eq!(x.slice(0, Some(1), None, 2)?.to_vec::<i64>(), [1, 3]);
    /// assert_eq!(x.slice(0, None, None, -1)?.to_vec::<i64>(), [4, 3, 2, 1, 0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn slice(&self, dim: isize, start: Option<isize>, end: Option<isize>, step: isize) -> Result<Tensor> {
        let d = axis("slice", dim, self.ndim())?;
        ensure!(step != 0, "slice", "a step of 0 never gets anywhere; use 1 or more, or a negative step to walk backwards");
        let n = self.shape()[d] as isize;
        let clamp = |at: isize, low: isize, high: isize| (if at < 0 { at.saturating_add(n) } else { at }).clamp(low, high);
        let (start, len) = if step > 0 {
            let (start, end) = (clamp(start.unwrap_or(0), 0, n), clamp(end.unwrap_or(n), 0, n));
            (start, (end - start).max(0).div_euclid(step) + isize::from((end - start).max(0).rem_euclid(step) != 0))
        } else {
            let start = start.map_or(n - 1, |at| clamp(at, -1, n - 1));
            let end = end.map_or(-1, |at| clamp(at, -1, n - 1));
            let (gap, back) = ((start - end).max(0), step.unsigned_abs());
            (start.max(0), (gap as usize).div_ceil(back) as isize)
        };
        Ok(self.sliced(d, start as usize, len as usize, step))
    }

    /// The part of axis `dim` at `index`, without that axis: a view. Negative positions count from the end.
    ///
    /// # Errors
    /// For an axis or an index that is not there.
    pub fn select(&self, dim: isize, index: isize) -> Result<Tensor> {
        let d = axis("select", dim, self.ndim())?;
        let n = self.shape()[d] as isize;
        if !(-n..n).contains(&index) {
            return Err(out_of_bounds("select", index as i64, d, n as usize));
        }
        self.sliced(d, index.rem_euclid(n) as usize, 1, 1).squeeze(d as isize)
    }

    fn sliced(&self, d: usize, start: usize, len: usize, step: isize) -> Tensor {
        let x = self.array();
        let value = x.with_layout(x.layout().slice(d, start, len, step));
        emit(&[self], value, || Slice { input: x.shape_copy(), part: dense(x.shape()).slice(d, start, len, step) })
    }
}

/// The dense layout of a shape that exists already.
pub(super) fn dense(shape: &[usize]) -> Layout {
    Layout::contiguous(shape).unwrap_or_else(|| unreachable!("an existing tensor's shape has a dense layout"))
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 5, 4]], &[&[1, 1, 1]], &[&[2, 0, 4]]];
    vec![
        Case::new(|x| x[0].slice(1, Some(1), None, 2)).shapes(shapes),
        Case::new(|x| x[0].slice(1, None, None, -2)).shapes(shapes),
        Case::new(|x| x[0].narrow(2, 0, 1)).shapes(shapes),
        Case::new(|x| x[0].select(0, -1)).shapes(shapes),
    ]
}
