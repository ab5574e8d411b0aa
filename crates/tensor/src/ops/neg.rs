//! −x;  d(−x)/dx = −1.

use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Tensor};

struct Neg;

impl Op for Neg {
    const NAME: &'static str = "neg";
    const FORMULA: &'static str = "y = −x";
    const BACKWARD: &'static str = "dx = −g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, negated(grad));
    }
}

pub(super) fn negated(x: Array) -> Array {
    match x.dtype() {
        DType::F64 => x.map_owned(|x: f64| -x),
        DType::F32 => x.map_owned(|x: f32| -x),
        _ => x.to_dtype(DType::I64).map_owned(|x: i64| x.wrapping_neg()),
    }
}

impl Tensor {
    /// Every number with the other sign; also the operator `-`.
    #[must_use]
    pub fn neg(&self) -> Tensor {
        emit(&[self], negated(self.array().clone()), || Neg)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.neg()))]
}
