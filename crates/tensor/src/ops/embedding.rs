//! Rows of a table, picked by index: y[…, :] = table[index[…], :];  the gradient of a row is the sum of the gradients
//! of all places that picked it.

use crate::array::{Array, out_of_bounds};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Elem, Error, Result, Tensor, ensure, with_float};
use gradus_kernels::element::Float;

struct Embedding {
    index: Array,
    rows: usize,
}

impl Op for Embedding {
    const NAME: &'static str = "embedding";
    const FORMULA: &'static str = "y = table[index]: one row for each index";
    const BACKWARD: &'static str = "dtable[index] += g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let width = grad.shape()[grad.ndim() - 1];
        to.give(0, with_float!(grad.dtype(), T => scatter::<T>(&grad, &self.index, self.rows, width)));
    }
}

fn scatter<T: Float + Elem>(grad: &Array, index: &Array, rows: usize, width: usize) -> Array {
    let grad = grad.dense::<T>();
    Array::build(&[rows, width], |table: &mut [T]| {
        table.fill(T::ZERO);
        if width == 0 {
            return;
        }
        for (g, &row) in grad.chunks_exact(width).zip(index.dense::<i64>().iter()) {
            let out = &mut table[row as usize * width..][..width];
            for (o, &g) in out.iter_mut().zip(g) {
                *o += g;
            }
        }
    })
}

/// Refuses an index outside `0..n` on axis `axis`, naming the first.
pub(super) fn check_on_axis(op: &'static str, index: &Tensor, axis: usize, n: usize) -> Result<()> {
    ensure!(index.dtype() == DType::I64, op, "indices must be i64, and these are {}; convert them with to_dtype(DType::I64)", index.dtype());
    let values = index.array().dense::<i64>();
    let wrong = values.iter().find(|&&i| i < 0 || i as usize >= n);
    wrong.map_or(Ok(()), |&i| Err(out_of_bounds(op, i, axis, n)))
}

/// Refuses an index that is not one of `n` things, naming the first.
pub(super) fn check_indices(op: &'static str, index: &Tensor, n: usize, what: &str) -> Result<()> {
    ensure!(index.dtype() == DType::I64, op, "indices must be i64, and these are {}; convert them with to_dtype(DType::I64)", index.dtype());
    let values = index.array().dense::<i64>();
    match values.iter().position(|&i| i < 0 || i as usize >= n) {
        None => Ok(()),
        Some(at) => Err(Error::new(
            op,
            format!("index {} (element {at}) is not one of the {n} {what}; indices go from 0 to {}", values[at], n as i64 - 1),
        )),
    }
}

impl Tensor {
    /// The rows of this table `[n, c]` at `index [...]` (`i64`): `[..., c]`.
    ///
    /// # Errors
    /// When this is not a matrix, or an index is out of range.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let table = Tensor::from_slice(&[0.0_f32, 0.1, 1.0, 1.1], &[2, 2])?;
    /// let picked = table.embedding(&Tensor::from_slice(&[1_i64, 0, 1], &[3])?)?;
    /// assert_eq!(picked.to_vec::<f32>(), [1.0, 1.1, 0.0, 0.1, 1.0, 1.1]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn embedding(&self, index: &Tensor) -> Result<Tensor> {
        ensure!(self.ndim() == 2, "embedding", "the table {:?} must be a matrix [rows, columns]", self.shape());
        ensure!(index.ndim() < gradus_kernels::layout::MAX_DIMS, "embedding", "the index {:?} has too many axes", index.shape());
        let table = self.to_float();
        let (rows, width) = (self.shape()[0], self.shape()[1]);
        check_on_axis("embedding", index, 0, rows)?;
        let mut shape = index.array().shape_copy();
        shape.push(width);
        let value = with_float!(table.dtype(), T => {
            let (from, picked) = (table.array().dense::<T>(), index.array().dense::<i64>());
            Array::build(&shape, |out: &mut [T]| {
                for (out, &row) in out.chunks_exact_mut(width.max(1)).zip(picked.iter()) {
                    out.copy_from_slice(&from[row as usize * width..][..width]);
                }
            })
        });
        Ok(emit(&[&table], value, || Embedding { index: index.array().clone(), rows }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let pick = |indices: &'static [i64], shape: &'static [usize]| {
        Case::new(move |x| x[0].embedding(&Tensor::from_slice(indices, shape)?))
    };
    vec![
        pick(&[1, 0, 1, 1, 2, 1], &[2, 3]).shapes(&[&[&[3, 4]], &[&[3, 1]], &[&[3, 0]]]),
        pick(&[], &[0, 2]).shapes(&[&[&[2, 1]], &[&[0, 2]]]),
    ]
}
