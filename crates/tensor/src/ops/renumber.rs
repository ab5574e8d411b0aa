//! Other numbers in the place of a result's, unrecorded: y = v;  the gradient passes as it is, for what was put in knows
//! nothing of where it is. See [`Tensor::with_numbers`].

use crate::Tensor;
use crate::array::Array;
use crate::autograd::{Grads, Op, record};
use crate::gradcheck::Case;

struct Renumber;

impl Op for Renumber {
    const NAME: &'static str = "renumber";
    const FORMULA: &'static str = "y = other numbers, put in the place of x unrecorded";
    const BACKWARD: &'static str = "dx = g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, grad);
    }
}

impl Tensor {
    /// Other numbers of the same shape and type with the history of these: what changing numbers unrecorded means. Of a
    /// leaf it is the same leaf at a later time, whose gradient is added up in the same place; of a result, a result whose
    /// gradient is that of this one. Recorded inside of [`no_grad`](crate::no_grad) too.
    ///
    /// ```
    /// use gradus_tensor::{Array, DType, Tensor};
    /// let w = Tensor::scalar(3.0).requires_grad();
    /// let y = &w * &w;
    /// let later = w.with_numbers(Array::scalar(5.0, DType::F32));
    /// y.backward()?;
    /// assert_eq!(later.grad().unwrap().item()?, 6.0);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    ///
    /// # Panics
    /// When shape or type are others.
    #[must_use]
    #[track_caller]
    pub fn with_numbers(&self, value: Array) -> Tensor {
        assert_eq!((value.shape(), value.dtype()), (self.shape(), self.dtype()), "other numbers of the same kind");
        if !self.is_leaf() {
            return renumbered(self, value);
        }
        self.leaf_of(value)
    }
}

/// `value` with the history of `x`. Not through the gate: nothing was computed.
fn renumbered(x: &Tensor, value: Array) -> Tensor {
    Tensor::from_parts(value, record(&[x], Renumber))
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| {
        let y = x.tanh();
        Ok(y.with_numbers(y.array().copied()))
    })]
}
