//! Tensors one after the other along an axis;  each gets its part of the gradient.

use super::slice::dense;
use crate::array::{Array, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Error, Result, Tensor, ensure, with_dtype};
use gradus_kernels::map;

struct Cat {
    axis: usize,
    /// Size of each part along the axis.
    sizes: Vec<usize>,
}

impl Op for Cat {
    const NAME: &'static str = "cat";
    const FORMULA: &'static str = "y = the inputs one after another";
    const BACKWARD: &'static str = "each input gets its part of g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let mut start = 0;
        for (i, &len) in self.sizes.iter().enumerate() {
            to.give_with(i, || grad.with_layout(grad.layout().slice(self.axis, start, len, 1)));
            start += len;
        }
    }
}

impl Tensor {
    /// The tensors one after the other along axis `dim`; integers become floats beside floats.
    ///
    /// # Errors
    /// When there are none, or their other axes differ.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::cat(&[&Tensor::zeros(&[2, 3]), &Tensor::ones(&[2, 1])], 1)?;
    /// assert_eq!(x.to_vec::<f32>(), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn cat(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        join("cat", tensors, dim)
    }

    /// The tensors, all of one shape, one after the other along a new axis `dim`; −1 puts that last.
    ///
    /// # Errors
    /// When there are none, or their shapes differ.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::arange(3);
    /// assert_eq!(Tensor::stack(&[&x, &x], 0)?.shape(), [2, 3]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn stack(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        if let Some((first, rest)) = tensors.split_first()
            && let Some(other) = rest.iter().position(|t| t.shape() != first.shape())
        {
            let (x, y) = (first.shape(), rest[other].shape());
            let text = format!("tensor {} has shape {y:?}, tensor 0 {x:?}; all must have one shape", other + 1);
            return Err(Error::new("stack", text));
        }
        let parts = tensors.iter().map(|t| t.unsqueeze(dim)).collect::<Result<Vec<_>>>()?;
        join("stack", &parts.iter().collect::<Vec<_>>(), dim)
    }
}

fn join(op: &'static str, tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
    let Some(first) = tensors.first() else {
        return Err(Error::new(op, "there are no tensors to join; give at least one"));
    };
    let d = axis(op, dim, first.ndim())?;
    for (i, t) in tensors.iter().enumerate() {
        let fits = t.ndim() == first.ndim() && (0..t.ndim()).all(|a| a == d || t.shape()[a] == first.shape()[a]);
        ensure!(
            fits,
            op,
            "tensor {i} has shape {:?}, tensor 0 {:?}; all axes but {dim} must have one size",
            t.shape(),
            first.shape()
        );
    }
    let dtype = tensors.iter().fold(DType::Bool, |dtype, t| dtype.promote(t.dtype()));
    let tensors: Vec<Tensor> = tensors.iter().map(|t| t.to_dtype(dtype)).collect();
    let sizes: Vec<usize> = tensors.iter().map(|t| t.shape()[d]).collect();
    let mut shape = first.array().shape_copy();
    shape[d] = sizes.iter().sum();
    crate::array::check_shape(op, &shape)?;
    let value = with_dtype!(dtype, T => Array::build(&shape, |out: &mut [T]| {
        let mut start = 0;
        for t in &tensors {
            let part = dense(&shape).slice(d, start, t.shape()[d], 1);
            map::place(&t.array().dense::<T>(), out, &part);
            start += t.shape()[d];
        }
    }));
    Ok(emit(&tensors.iter().collect::<Vec<_>>(), value, || Cat { axis: d, sizes }))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| Tensor::cat(&[&x[0], &x[1]], 1)).shapes(&[
            &[&[2, 3], &[2, 2]],
            &[&[1, 1], &[1, 4]],
            &[&[2, 0, 2], &[2, 3, 2]],
            &[&[0, 2], &[0, 3]],
        ]),
        Case::new(|x| Tensor::cat(&[&x[0], &x[1], &x[0]], -2)).shapes(&[&[&[2, 3], &[1, 3]], &[&[1, 1], &[1, 1]]]),
        Case::new(|x| Tensor::stack(&[&x[0], &x[1]], -1)).shapes(&[
            &[&[2, 3], &[2, 3]],
            &[&[], &[]],
            &[&[0, 2], &[0, 2]],
        ]),
    ]
}
