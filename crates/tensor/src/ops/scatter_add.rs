//! x + numbers added at places along an axis, the reverse of gather: y[index[i][j]][j] += src[i][j] along axis 0;  ∂/∂x is
//! the gradient itself, ∂/∂src what gather picks from it.

use super::gather::{check_index, gathered, reach, scattered};
use super::operators::promote;
use super::slice::dense;
use crate::array::{Array, Shape, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Result, Tensor, ensure, with_float};

struct ScatterAdd {
    index: Array,
    axis: usize,
    src: Shape,
}

impl Op for ScatterAdd {
    const NAME: &'static str = "scatter_add";
    const FORMULA: &'static str = "y = x, with values added at the indices";
    const BACKWARD: &'static str = "dx = g, dvalues = g[index]";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give_with(1, || {
            let picked = with_float!(grad.dtype(), T => gathered::<T>(&grad, self.axis, &self.index));
            if picked.shape() == &*self.src {
                return picked;
            }
            let (src, m) = (dense(&self.src), self.index.shape()[self.axis]);
            picked.placed(&self.src, &reach(&src, self.axis, self.index.shape()).slice(self.axis, 0, m, 1))
        });
        to.give(0, grad);
    }
}

impl Tensor {
    /// This with the numbers of `src` added where `index` (`i64`) says along axis `dim`; equal indices add up. The index
    /// may be shorter than `src`, whose rest is not used.
    ///
    /// # Errors
    /// When the index does not fit, or leaves the axis.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let votes = Tensor::from_slice(&[2_i64, 0, 2], &[3])?;
    /// let count = Tensor::zeros(&[3]).scatter_add(0, &votes, &Tensor::ones(&[3]))?;
    /// assert_eq!(count.to_vec::<f32>(), [1.0, 0.0, 2.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn scatter_add(&self, dim: isize, index: &Tensor, src: &Tensor) -> Result<Tensor> {
        let axis = axis("scatter_add", dim, self.ndim())?;
        check_index("scatter_add", self.shape(), axis, index)?;
        let (i, s) = (index.shape(), src.shape());
        ensure!(
            s.len() == i.len() && s.iter().zip(i).all(|(s, i)| s >= i),
            "scatter_add",
            "the index {i:?} reaches beyond the source {s:?}; it may be shorter, not longer"
        );
        let (x, src) = promote(self, src);
        let used = reach(src.array().layout(), axis, i).slice(axis, 0, i[axis], 1);
        let used = src.array().with_layout(used);
        let sums = match x.dtype() {
            DType::I64 => scattered::<i64>(&used, axis, index.array(), x.shape()),
            d => with_float!(d, T => scattered::<T>(&used, axis, index.array(), x.shape())),
        };
        let src_shape = src.array().shape_copy();
        Ok(emit(&[&x, &src], sums.plus(x.array()), || ScatterAdd {
            index: index.array().clone(),
            axis,
            src: src_shape,
        }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let add = |dim: isize, indices: &'static [i64], shape: &'static [usize]| {
        Case::new(move |x| x[0].scatter_add(dim, &Tensor::from_slice(indices, shape)?, &x[1]))
    };
    vec![
        add(1, &[2, 0, 0, 1, 1, 1], &[2, 3]).shapes(&[&[&[2, 4], &[2, 3]], &[&[3, 3], &[4, 4]]]),
        add(0, &[1, 0, 1, 1, 0, 1], &[2, 1, 3]).shapes(&[&[&[2, 1, 3], &[2, 1, 3]]]),
        add(0, &[], &[0, 3]).shapes(&[&[&[2, 3], &[0, 3]]]),
    ]
}
