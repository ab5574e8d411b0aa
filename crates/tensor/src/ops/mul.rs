//! a · b, number by number, broadcast;  ∂/∂a = b, ∂/∂b = a.

use super::operators::{promote, zip_numbers};
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor, with_float};

struct Mul {
    a: Array,
    b: Array,
}

impl Op for Mul {
    const NAME: &'static str = "mul";
    const FORMULA: &'static str = "y = a · b";
    const BACKWARD: &'static str = "da = g · b, db = g · a";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let times = |x: &Array| with_float!(grad.dtype(), T => grad.fit(x, |g: T, x: T| g * x));
        to.give_with(0, || times(&self.b).sum_to(self.a.shape()));
        to.give_with(1, || times(&self.a).sum_to(self.b.shape()));
    }
}

impl Tensor {
    /// a · b, number by number, broadcast as in NumPy; the operator `*` without its panic.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn try_mul(&self, other: &Tensor) -> Result<Tensor> {
        let (a, b) = promote(self, other);
        let y = zip_numbers!("mul", a, b, |a, b| a * b);
        Ok(emit(&[&a, &b], y, || Mul { a: a.array().clone(), b: b.array().clone() }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::binary(|a, b| a.try_mul(b))]
}
