//! The lower (or upper) triangle of matrices, 0 outside;  the gradient's triangle.

use super::rowwise::over_rows;
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_dtype};

struct Tril {
    diagonal: isize,
}

impl Op for Tril {
    const NAME: &'static str = "tril";
    const FORMULA: &'static str = "y = x on and below the diagonal, else 0";
    const BACKWARD: &'static str = "dx = g on and below the diagonal";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, triangle(&grad, self.diagonal, true));
    }
}

struct Triu {
    diagonal: isize,
}

impl Op for Triu {
    const NAME: &'static str = "triu";
    const FORMULA: &'static str = "y = x on and above the diagonal, else 0";
    const BACKWARD: &'static str = "dx = g on and above the diagonal";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, triangle(&grad, self.diagonal, false));
    }
}

/// Keeps column c of row r where c − r ≤ diagonal (`lower`), or where c − r ≥ diagonal.
fn triangle(x: &Array, diagonal: isize, lower: bool) -> Array {
    with_dtype!(x.dtype(), T => triangle_of::<T>(x, diagonal, lower))
}

fn triangle_of<T: Elem>(x: &Array, diagonal: isize, lower: bool) -> Array {
    let [rows, columns] = [x.shape()[x.ndim() - 2], x.shape()[x.ndim() - 1]];
    let from = x.dense::<T>();
    Array::build(x.shape(), |out: &mut [T]| {
        over_rows(out, columns, |first, out| {
            for (row, out) in (first..).zip(out.chunks_exact_mut(columns)) {
                let x = &from[row * columns..][..columns];
                // The columns before this one are kept in a lower triangle, the others in an upper one.
                let edge = ((row % rows) as isize).saturating_add(diagonal).saturating_add(isize::from(lower));
                let edge = edge.clamp(0, columns as isize) as usize;
                let (kept, cut) = if lower { (0..edge, edge..columns) } else { (edge..columns, 0..edge) };
                out[kept.clone()].copy_from_slice(&x[kept]);
                out[cut].fill(T::default());
            }
        });
    })
}

impl Tensor {
    /// The matrices `[..., rows, columns]` with zeros above a diagonal: 0 is the main one, 1 the one above it, −1 the one
    /// below.
    ///
    /// # Errors
    /// With fewer than two axes.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// assert_eq!(Tensor::ones(&[2, 3]).tril(0)?.to_vec::<f32>(), [1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn tril(&self, diagonal: isize) -> Result<Tensor> {
        self.check_matrix("tril")?;
        Ok(emit(&[self], triangle(self.array(), diagonal, true), || Tril { diagonal }))
    }

    /// The matrices `[..., rows, columns]` with zeros below a diagonal; see [`Tensor::tril`].
    ///
    /// # Errors
    /// With fewer than two axes.
    pub fn triu(&self, diagonal: isize) -> Result<Tensor> {
        self.check_matrix("triu")?;
        Ok(emit(&[self], triangle(self.array(), diagonal, false), || Triu { diagonal }))
    }

    fn check_matrix(&self, op: &'static str) -> Result<()> {
        ensure!(
            self.ndim() >= 2,
            op,
            "{:?} has fewer than two axes, and a triangle needs rows and columns",
            self.shape()
        );
        Ok(())
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[3, 4]], &[&[2, 3, 2]], &[&[1, 1]], &[&[0, 3]], &[&[3, 0]]];
    vec![
        Case::new(|x| x[0].tril(0)).shapes(shapes),
        Case::new(|x| x[0].tril(-1)).shapes(shapes),
        Case::new(|x| x[0].triu(1)).shapes(shapes),
    ]
}
