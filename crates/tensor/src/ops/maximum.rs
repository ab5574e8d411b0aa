//! The larger (or smaller) of a and b, number by number, broadcast;  the gradient goes to the one chosen, half to each
//! where they are equal. NaN wins.

use super::operators::promote;
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Result, Tensor, with_float};
use gradus_kernels::element::Float;

struct Maximum {
    a: Array,
    b: Array,
}

impl Op for Maximum {
    const NAME: &'static str = "maximum";
    const FORMULA: &'static str = "y = max(a, b)";
    const BACKWARD: &'static str = "da = g where a is the larger, db = g where b is, half each where equal";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        share::<true>(&self.a, &self.b, grad, to);
    }
}

struct Minimum {
    a: Array,
    b: Array,
}

impl Op for Minimum {
    const NAME: &'static str = "minimum";
    const FORMULA: &'static str = "y = min(a, b)";
    const BACKWARD: &'static str = "da = g where a is the smaller, db = g where b is, half each where equal";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        share::<false>(&self.a, &self.b, grad, to);
    }
}

/// Nothing for an operand that is beaten, half where the two are equal, all otherwise.
fn share<const LARGER: bool>(a: &Array, b: &Array, grad: Array, to: &mut Grads<'_>) {
    with_float!(grad.dtype(), T => {
        let part = |g: T, own: T, other: T| {
            if own == other {
                g * 0.5
            } else if if LARGER { own < other } else { own > other } {
                0.0
            } else {
                g
            }
        };
        to.give_with(0, || grad.fit3(a, b, part).sum_to(a.shape()));
        to.give_with(1, || grad.fit3(b, a, part).sum_to(b.shape()));
    });
}

impl Tensor {
    /// The larger of this and `other`, number by number, broadcast as in NumPy. NaN wins.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn maximum(&self, other: &Tensor) -> Result<Tensor> {
        let (a, b) = promote(self, other);
        let value = match a.dtype() {
            DType::F64 => a.array().zip("maximum", b.array(), <f64 as Float>::max_nan)?,
            DType::F32 => a.array().zip("maximum", b.array(), <f32 as Float>::max_nan)?,
            _ => a.array().zip("maximum", b.array(), |a: i64, b: i64| a.max(b))?,
        };
        Ok(emit(&[&a, &b], value, || Maximum { a: a.array().clone(), b: b.array().clone() }))
    }

    /// The smaller of this and `other`, number by number, broadcast as in NumPy. NaN wins.
    ///
    /// # Errors
    /// When the shapes do not broadcast.
    pub fn minimum(&self, other: &Tensor) -> Result<Tensor> {
        let (a, b) = promote(self, other);
        let value = match a.dtype() {
            DType::F64 => a.array().zip("minimum", b.array(), <f64 as Float>::min_nan)?,
            DType::F32 => a.array().zip("minimum", b.array(), <f32 as Float>::min_nan)?,
            _ => a.array().zip("minimum", b.array(), |a: i64, b: i64| a.min(b))?,
        };
        Ok(emit(&[&a, &b], value, || Minimum { a: a.array().clone(), b: b.array().clone() }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::binary(|a, b| a.maximum(b)), Case::binary(|a, b| a.minimum(b))]
}
