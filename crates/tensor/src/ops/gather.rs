//! Numbers picked along an axis, one index for each: y[i][j] = x[index[i][j]][j] along axis 0;  the gradient is added
//! up where its number was picked.

use super::embedding::check_on_axis;
use super::lanes::sizes_around;
use super::slice::dense;
use crate::array::{Array, Shape, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_dtype, with_float};
use gradus_kernels::element::Number;
use gradus_kernels::layout::Layout;
use gradus_kernels::map::GRAIN;
use gradus_kernels::threads::for_chunks;

struct Gather {
    index: Array,
    axis: usize,
    input: Shape,
}

impl Op for Gather {
    const NAME: &'static str = "gather";
    const FORMULA: &'static str = "y = x at the indices along an axis";
    const BACKWARD: &'static str = "dx[index] += g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => scattered::<T>(&grad, self.axis, &self.index, &self.input)));
    }
}

/// The part of `layout` that an index of shape `index` reaches: from the front, along all axes but `axis`.
pub(super) fn reach(layout: &Layout, axis: usize, index: &[usize]) -> Layout {
    let others = (0..index.len()).filter(|&d| d != axis);
    others.fold(*layout, |layout, d| layout.slice(d, 0, index[d], 1))
}

/// y[o, j, i] = x[o, index[o, j, i], i], the axis standing in the middle.
pub(super) fn gathered<T: Elem>(x: &Array, axis: usize, index: &Array) -> Array {
    let x = x.with_layout(reach(x.layout(), axis, index.shape()));
    let ([_, n, inner], m) = (sizes_around(x.shape(), axis), index.shape()[axis]);
    let (x, index_of) = (x.dense::<T>(), index.dense::<i64>());
    Array::build(index.shape(), |out: &mut [T]| {
        if out.is_empty() {
            return;
        }
        let block = m * inner;
        for_chunks(out, (GRAIN / block).max(1) * block, |start, out| {
            let blocks = out.chunks_exact_mut(block).zip(index_of[start..].chunks_exact(block));
            for (o, (out, index)) in (start / block..).zip(blocks) {
                let x = &x[o * n * inner..][..n * inner];
                for (out, index) in out.chunks_exact_mut(inner).zip(index.chunks_exact(inner)) {
                    for (i, (out, &at)) in out.iter_mut().zip(index).enumerate() {
                        *out = x[at as usize * inner + i];
                    }
                }
            }
        });
    })
}

/// Zeros of `shape`, to which g[o, j, i] is added at [o, index[o, j, i], i]; `g` has the shape of the index.
pub(super) fn scattered<T: Number + Elem>(g: &Array, axis: usize, index: &Array, shape: &[usize]) -> Array {
    let part = reach(&dense(shape), axis, index.shape());
    let ([_, n, inner], m) = (sizes_around(part.shape(), axis), index.shape()[axis]);
    let (g, index_of) = (g.dense::<T>(), index.dense::<i64>());
    let sums = Array::build(part.shape(), |out: &mut [T]| {
        out.fill(T::ZERO);
        if g.is_empty() {
            return;
        }
        let block = n * inner;
        for_chunks(out, (GRAIN / block).max(1) * block, |start, out| {
            let first = start / block * m * inner;
            let sources = g[first..].chunks_exact(m * inner).zip(index_of[first..].chunks_exact(m * inner));
            for (out, (g, index)) in out.chunks_exact_mut(block).zip(sources) {
                for (g, index) in g.chunks_exact(inner).zip(index.chunks_exact(inner)) {
                    for (i, (&g, &at)) in g.iter().zip(index).enumerate() {
                        let sum = &mut out[at as usize * inner + i];
                        *sum = *sum + g;
                    }
                }
            }
        });
    });
    if part.shape() == shape { sums } else { sums.placed(shape, &part) }
}

/// Refuses an index that does not fit `shape` along all axes but `axis`, or whose numbers leave that axis.
pub(super) fn check_index(op: &'static str, shape: &[usize], axis: usize, index: &Tensor) -> Result<()> {
    let i = index.shape();
    ensure!(
        i.len() == shape.len() && (0..i.len()).all(|d| d == axis || i[d] <= shape[d]),
        op,
        "the index {i:?} does not fit {shape:?}: it must have as many axes, none longer but for axis {axis}"
    );
    check_on_axis(op, index, axis, shape[axis])
}

impl Tensor {
    /// The numbers that `index` (`i64`) names along axis `dim`, one for each of its elements; it may be shorter than
    /// this along the other axes.
    ///
    /// # Errors
    /// When the index does not fit, or leaves the axis.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// // The log-probability of each row's class.
    /// let logp = Tensor::from_slice(&[-1.0_f32, -2.0, -3.0, -4.0], &[2, 2])?;
    /// let class = Tensor::from_slice(&[1_i64, 0], &[2, 1])?;
    /// assert_eq!(logp.gather(1, &class)?.to_vec::<f32>(), [-2.0, -3.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn gather(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let axis = axis("gather", dim, self.ndim())?;
        check_index("gather", self.shape(), axis, index)?;
        let value = with_dtype!(self.dtype(), T => gathered::<T>(self.array(), axis, index.array()));
        let input = self.array().shape_copy();
        Ok(emit(&[self], value, || Gather { index: index.array().clone(), axis, input }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let pick = |dim: isize, indices: &'static [i64], shape: &'static [usize]| {
        Case::new(move |x| x[0].gather(dim, &Tensor::from_slice(indices, shape)?))
    };
    vec![
        pick(1, &[2, 0, 0, 1, 1, 1, 0, 2], &[2, 4]).shapes(&[&[&[2, 3]], &[&[5, 3]]]),
        pick(0, &[1, 0, 1, 1, 0, 1], &[2, 1, 3]).shapes(&[&[&[2, 1, 3]], &[&[2, 2, 4]]]),
        pick(0, &[], &[0, 3]).shapes(&[&[&[2, 3]], &[&[0, 3]]]),
    ]
}
