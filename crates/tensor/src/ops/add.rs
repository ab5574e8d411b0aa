//! a + b, broadcast;  ∂/∂a = 1, ∂/∂b = 1.

use super::operators::{promote, zip_numbers};
use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor};

struct Add {
    a: Shape,
    b: Shape,
}

impl Op for Add {
    const NAME: &'static str = "add";
    const FORMULA: &'static str = "y = a + b";
    const BACKWARD: &'static str = "da = g, db = g (summed where broadcast)";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give_with(1, || grad.clone().sum_to(&self.b));
        to.give_with(0, || grad.sum_to(&self.a));
    }
}

impl Tensor {
    /// a + b, broadcast as in NumPy; the operator `+` without its panic.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn try_add(&self, other: &Tensor) -> Result<Tensor> {
        let (a, b) = promote(self, other);
        let y = zip_numbers!("add", a, b, |a, b| a + b);
        Ok(emit(&[&a, &b], y, || Add { a: a.array().shape_copy(), b: b.array().shape_copy() }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::binary(|a, b| a.try_add(b))]
}
