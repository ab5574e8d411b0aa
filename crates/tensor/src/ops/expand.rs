//! Axes of size 1 repeated: a view with stride 0;  the gradient is summed over the repeats.

use crate::array::{Array, Shape, check_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Error, Result, Tensor};

struct Expand {
    input: Shape,
}

impl Op for Expand {
    const NAME: &'static str = "expand";
    const FORMULA: &'static str = "y = x repeated along axes of size 1";
    const BACKWARD: &'static str = "dx = Σ g along those axes";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, grad.sum_to(&self.input));
    }
}

impl Tensor {
    /// A view of `shape` in which axes of size 1 are repeated; there may be more axes in front. Takes no memory.
    ///
    /// # Errors
    /// When an axis has neither the wanted size nor 1.
    pub fn expand(&self, shape: &[usize]) -> Result<Tensor> {
        check_shape("expand", shape)?;
        let value = self.array().broadcast_to(shape).ok_or_else(|| {
            Error::new("expand", format!("{:?} does not expand to {shape:?}; counted from the last axis, each size must be equal or 1", self.shape()))
        })?;
        Ok(emit(&[self], value, || Expand { input: self.array().shape_copy() }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| x[0].expand(&[2, 3, 4])).shapes(&[&[&[3, 1]], &[&[1, 1]], &[&[2, 1, 4]]]).no_empty("an empty axis has its own case"),
        Case::new(|x| x[0].expand(&[2, 0, 4])).shapes(&[&[&[1, 4]], &[&[0, 1]]]),
    ]
}
