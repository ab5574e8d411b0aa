//! Indices of an axis in another order, left out or repeated: y[…, j, …] = x[…, index[j], …];  the gradient is added up
//! where its part was picked.

use super::embedding::check_on_axis;
use super::lanes::sizes_around;
use crate::array::{Array, Shape, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_dtype, with_float};
use gradus_kernels::element::Number;
use gradus_kernels::map::GRAIN;
use gradus_kernels::threads::for_chunks;

struct IndexSelect {
    index: Array,
    axis: usize,
    input: Shape,
}

impl Op for IndexSelect {
    const NAME: &'static str = "index_select";
    const FORMULA: &'static str = "y = the rows of x at the indices";
    const BACKWARD: &'static str = "dx[index] += g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let sizes = sizes_around(&self.input, self.axis);
        to.give(
            0,
            with_float!(grad.dtype(), T => Array::build(&self.input, |out: &mut [T]| {
                out.fill(0.0);
                add_parts(&grad.dense::<T>(), &self.index.dense::<i64>(), out, sizes);
            })),
        );
    }
}

/// y[o, j, :] = x[o, index[j], :] for `x [outer, n, inner]`.
pub(super) fn pick_parts<T: Elem>(x: &[T], index: &[i64], y: &mut [T], [_, n, inner]: [usize; 3]) {
    if y.is_empty() {
        return;
    }
    for_chunks(y, (GRAIN / inner).max(1) * inner, |start, y| {
        for (part, y) in (start / inner..).zip(y.chunks_exact_mut(inner)) {
            let (o, j) = (part / index.len(), part % index.len());
            y.copy_from_slice(&x[(o * n + index[j] as usize) * inner..][..inner]);
        }
    });
}

/// x[o, index[j], :] += y[o, j, :] for `x [outer, n, inner]`.
pub(super) fn add_parts<T: Number>(y: &[T], index: &[i64], x: &mut [T], [_, n, inner]: [usize; 3]) {
    if y.is_empty() {
        return;
    }
    let block = n * inner;
    for_chunks(x, (GRAIN / block).max(1) * block, |start, x| {
        let blocks = x.chunks_exact_mut(block).zip(y.chunks_exact(index.len() * inner).skip(start / block));
        for (x, y) in blocks {
            for (y, &at) in y.chunks_exact(inner).zip(index) {
                let x = &mut x[at as usize * inner..][..inner];
                for (x, &y) in x.iter_mut().zip(y) {
                    *x = *x + y;
                }
            }
        }
    });
}

impl Tensor {
    /// The indices of axis `dim` that `index [k]` (`i64`) names, in its order.
    ///
    /// # Errors
    /// When the index is not a vector, or leaves the axis.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::arange(4).reshape(&[2, 2])?;
    /// let swapped = x.index_select(1, &Tensor::from_slice(&[1_i64, 0], &[2])?)?;
    /// assert_eq!(swapped.to_vec::<i64>(), [1, 0, 3, 2]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn index_select(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let d = axis("index_select", dim, self.ndim())?;
        ensure!(index.ndim() == 1, "index_select", "the index {:?} must be a vector [k]; flatten it", index.shape());
        check_on_axis("index_select", index, d, self.shape()[d])?;
        let sizes = sizes_around(self.shape(), d);
        let mut shape = self.array().shape_copy();
        shape[d] = index.numel();
        crate::array::check_shape("index_select", &shape)?;
        let places = index.array().contiguous();
        let value = with_dtype!(self.dtype(), T => Array::build(&shape, |y: &mut [T]| {
            pick_parts(&self.array().dense::<T>(), &places.dense::<i64>(), y, sizes);
        }));
        let input = self.array().shape_copy();
        Ok(emit(&[self], value, || IndexSelect { index: places, axis: d, input }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let pick = |dim: isize, indices: &'static [i64]| {
        Case::new(move |x| x[0].index_select(dim, &Tensor::from_slice(indices, &[indices.len()])?))
    };
    vec![
        pick(1, &[1, 0, 1, 2]).shapes(&[&[&[2, 3, 2]], &[&[1, 3]], &[&[0, 3]], &[&[2, 3, 0]]]),
        pick(0, &[]).shapes(&[&[&[2, 3]], &[&[0, 1]]]),
    ]
}
