//! A diagonal: a view, yᵢ = x[i, i + offset];  the gradient goes to the diagonal (see `as_strided.rs`).

use super::slice::dense;
use crate::array::axis;
use crate::autograd::{Grads, Op, emit};
use crate::array::{Array, Shape};
use crate::gradcheck::Case;
use crate::{Error, Result, Tensor, ensure};
use gradus_kernels::layout::Layout;

struct Diagonal {
    input: Shape,
    /// The diagonal, as a view of a dense gradient.
    places: Layout,
}

impl Op for Diagonal {
    const NAME: &'static str = "diagonal";
    const FORMULA: &'static str = "yᵢ = x[i, i + offset]";
    const BACKWARD: &'static str = "dx = g on that diagonal, else 0";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, grad.placed(&self.input, &self.places));
    }
}

impl Tensor {
    /// The numbers whose position along axis `dim2` is `offset` more than that along `dim1`, along a new last axis in
    /// place of these two: a view.
    ///
    /// # Errors
    /// For axes that are not there, or the same one twice.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::arange(6).reshape(&[2, 3])?;
    /// assert_eq!(x.diagonal(1, 0, 1)?.to_vec::<i64>(), [1, 5]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn diagonal(&self, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        let (a, b) = (axis("diagonal", dim1, self.ndim())?, axis("diagonal", dim2, self.ndim())?);
        ensure!(a != b, "diagonal", "axes {dim1} and {dim2} of {:?} are the same; name two", self.shape());
        let (rows, columns) = (self.shape()[a], self.shape()[b]);
        let (down, right) = (offset.min(0).unsigned_abs(), offset.max(0).unsigned_abs());
        let len = rows.saturating_sub(down).min(columns.saturating_sub(right));
        let of = |layout: &Layout| {
            // From its first number on, one step along both axes at a time.
            let start = if len == 0 { *layout } else { layout.slice(a, down, len, 1).slice(b, right, len, 1) };
            let others = (0..layout.ndim()).filter(|&d| d != a && d != b);
            let mut shape: Vec<usize> = others.clone().map(|d| layout.shape()[d]).collect();
            let mut strides: Vec<isize> = others.map(|d| layout.strides()[d]).collect();
            shape.push(len);
            strides.push(layout.strides()[a] + layout.strides()[b]);
            let offset = if shape.contains(&0) { 0 } else { start.offset() };
            Layout::from_parts(&shape, &strides, offset).ok_or_else(|| Error::new("diagonal", "more than eight axes"))
        };
        let (x, places) = (self.array(), of(&dense(self.shape()))?);
        let value = x.with_layout(of(x.layout())?);
        Ok(emit(&[self], value, || Diagonal { input: x.shape_copy(), places }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| x[0].diagonal(0, 0, 1)).shapes(&[&[&[3, 4]], &[&[1, 1]], &[&[0, 3]], &[&[2, 3, 2]]]),
        Case::new(|x| x[0].diagonal(-1, -1, 0)).shapes(&[&[&[3, 4]], &[&[2, 3, 4]]]),
        Case::new(|x| x[0].diagonal(9, 0, 1)).shapes(&[&[&[3, 4]]]),
    ]
}
