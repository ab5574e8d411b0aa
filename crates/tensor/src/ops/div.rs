//! a / b, number by number, broadcast;  ∂/∂a = 1/b, ∂/∂b = −(a/b)/b.

use super::operators::promote;
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor, with_float};

struct Div {
    /// Shape of a only: the gradient needs the quotient instead of its values.
    a: crate::array::Shape,
    b: Array,
    y: Array,
}

impl Op for Div {
    const NAME: &'static str = "div";
    const FORMULA: &'static str = "y = a / b";
    const BACKWARD: &'static str = "da = g / b, db = −g · a / b²";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let grad = with_float!(grad.dtype(), T => grad.fit(&self.b, |g: T, b: T| g / b));
        to.give_with(1, || with_float!(grad.dtype(), T => grad.fit(&self.y, |g: T, y: T| -g * y)).sum_to(self.b.shape()));
        to.give_with(0, || grad.sum_to(&self.a));
    }
}

impl Tensor {
    /// a / b, number by number, broadcast as in NumPy; integers are divided as `f32`. The operator `/` without its
    /// panic.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn try_div(&self, other: &Tensor) -> Result<Tensor> {
        let (a, b) = promote(&self.to_float(), other);
        let y = with_float!(a.dtype(), T => a.array().zip("div", b.array(), |a: T, b: T| a / b))?;
        Ok(emit(&[&a, &b], y.clone(), || Div { a: a.array().shape_copy(), b: b.array().clone(), y }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::binary(|a, b| a.try_div(b))]
}
