//! The same numbers in the same order under another shape;  the gradient is reshaped back.

use crate::array::{Array, Shape, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Error, Result, Tensor, ensure};

struct Reshape {
    input: Shape,
}

impl Op for Reshape {
    const NAME: &'static str = "reshape";
    const FORMULA: &'static str = "y = x in another shape";
    const BACKWARD: &'static str = "dx = g in the shape of x";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, grad.reshaped(&self.input));
    }
}

impl Tensor {
    /// The numbers under another shape, one of whose sizes may be −1: what is left over. A view of the same memory
    /// where strides can say it, else a copy.
    ///
    /// # Errors
    /// When the number of elements differs.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::arange(6).reshape(&[2, -1])?;
    /// assert_eq!(x.shape(), [2, 3]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn reshape(&self, shape: &[isize]) -> Result<Tensor> {
        let shape = resolve("reshape", shape, self.shape())?;
        Ok(self.reshaped(self.array().reshaped(&shape)))
    }

    /// [`Tensor::reshape`] that never copies.
    ///
    /// # Errors
    /// When the number of elements differs, or strides cannot express the shape.
    pub fn view(&self, shape: &[isize]) -> Result<Tensor> {
        let shape = resolve("view", shape, self.shape())?;
        let layout = self.array().layout().reshape(&shape).ok_or_else(|| {
            let strides = self.strides();
            Error::new("view", format!("a tensor of shape {:?} with strides {strides:?} cannot be seen as {:?} without copying; use reshape, or contiguous() first", self.shape(), &*shape))
        })?;
        Ok(self.reshaped(self.array().with_layout(layout)))
    }

    /// Without axis `dim`, which must have size 1.
    ///
    /// # Errors
    /// When there is no such axis or its size is not 1.
    pub fn squeeze(&self, dim: isize) -> Result<Tensor> {
        let d = axis("squeeze", dim, self.ndim())?;
        ensure!(self.shape()[d] == 1, "squeeze", "axis {dim} of {:?} has size {}, not 1; only axes of size 1 can go", self.shape(), self.shape()[d]);
        Ok(self.reshaped(self.array().with_layout(self.array().layout().squeeze(d))))
    }

    /// With a new axis of size 1 before axis `dim`; −1 puts it last.
    ///
    /// # Errors
    /// When the position is out of range, or there are eight axes already.
    pub fn unsqueeze(&self, dim: isize) -> Result<Tensor> {
        let d = axis("unsqueeze", dim, self.ndim() + 1)?;
        let layout = self.array().layout().unsqueeze(d);
        let layout = layout.ok_or_else(|| Error::new("unsqueeze", format!("{:?} has eight axes already, the most there can be", self.shape())))?;
        Ok(self.reshaped(self.array().with_layout(layout)))
    }

    /// With the axes from `first` to `last`, both included, joined into one.
    ///
    /// # Errors
    /// For axes that are not there, or in the wrong order.
    pub fn flatten(&self, first: isize, last: isize) -> Result<Tensor> {
        if self.ndim() == 0 {
            return self.unsqueeze(0);
        }
        let (a, b) = (axis("flatten", first, self.ndim())?, axis("flatten", last, self.ndim())?);
        ensure!(a <= b, "flatten", "axis {first} comes after axis {last}; name the earlier one first");
        let mut shape = Shape::new(&self.shape()[..a]);
        shape.push(self.shape()[a..=b].iter().product());
        self.shape()[b + 1..].iter().for_each(|&n| shape.push(n));
        Ok(self.reshaped(self.array().reshaped(&shape)))
    }

    /// The same values, dense in memory of row-major order: the tensor itself where it is so already.
    #[must_use]
    pub fn contiguous(&self) -> Tensor {
        if self.is_contiguous() { self.clone() } else { self.reshaped(self.array().contiguous()) }
    }

    pub(super) fn reshaped(&self, value: Array) -> Tensor {
        emit(&[self], value, || Reshape { input: self.array().shape_copy() })
    }
}

/// A shape with its −1 worked out.
fn resolve(op: &'static str, shape: &[isize], from: &[usize]) -> Result<Shape> {
    ensure!(shape.len() <= gradus_kernels::layout::MAX_DIMS, op, "shape {shape:?} has more than eight axes");
    let total: usize = from.iter().product();
    let known = shape.iter().filter(|&&n| n >= 0).try_fold(1usize, |a, &n| a.checked_mul(n as usize));
    let mut out = Shape::new(&[]);
    let open = shape.iter().filter(|&&n| n < 0).count();
    let fits = match (open, known) {
        (_, None) => false,
        (0, Some(known)) => known == total,
        (1, Some(known)) => shape.iter().all(|&n| n >= -1) && known > 0 && total.is_multiple_of(known),
        _ => false,
    };
    ensure!(
        fits,
        op,
        "{from:?} has {total} elements, which do not fill {shape:?}; sizes must multiply to {total}, and one may be -1"
    );
    for &n in shape {
        out.push(if n < 0 { total / known.unwrap_or(1) } else { n as usize });
    }
    Ok(out)
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[1, 1, 4]], &[&[2, 0, 4]]];
    vec![
        Case::new(|x| x[0].reshape(&[4, x[0].numel() as isize / 4])).shapes(shapes),
        Case::new(|x| x[0].flatten(0, 1)).shapes(shapes),
        Case::new(|x| x[0].unsqueeze(1)?.squeeze(1)).shapes(shapes),
        Case::new(|x| Ok(x[0].transpose(0, 1)?.contiguous())).shapes(shapes),
    ]
}
