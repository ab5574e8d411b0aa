//! a where the condition holds, b elsewhere, broadcast;  each gradient flows where its operand was chosen.

use super::operators::promote;
use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Result, Tensor, ensure, with_dtype, with_float};

struct Where {
    condition: Array,
    a: Shape,
    b: Shape,
}

impl Op for Where {
    const NAME: &'static str = "where";
    const FORMULA: &'static str = "y = a where the condition holds, else b";
    const BACKWARD: &'static str = "da = g where it holds, db = g where not";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        with_float!(grad.dtype(), T => {
            let chosen = |g: T, c: u8| if c != 0 { g } else { 0.0 };
            let rest = |g: T, c: u8| if c != 0 { 0.0 } else { g };
            to.give_with(1, || grad.fit(&self.condition, chosen).sum_to(&self.a));
            to.give_with(2, || grad.fit(&self.condition, rest).sum_to(&self.b));
        });
    }
}

impl Tensor {
    /// `a` where `condition` holds, `b` elsewhere; all three broadcast as in NumPy. What is not chosen leaves no trace,
    /// not even where it is NaN.
    ///
    /// # Errors
    /// When the shapes do not broadcast, or the condition is not boolean.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[-1.0_f32, 4.0], &[2])?;
    /// let root = Tensor::where_(&x.gt(0.0)?, &x.sqrt(), &Tensor::scalar(0.0))?;
    /// assert_eq!(root.to_vec::<f32>(), [0.0, 2.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn where_(condition: &Tensor, a: &Tensor, b: &Tensor) -> Result<Tensor> {
        check_mask("where", "the condition", condition)?;
        let (a, b) = if a.dtype() == b.dtype() { (a.clone(), b.clone()) } else { promote(a, b) };
        let c = condition.array();
        let value = with_dtype!(a.dtype(), T => {
            c.zip3("where", a.array(), b.array(), |c: u8, a: T, b: T| if c != 0 { a } else { b })?
        });
        Ok(emit(&[condition, &a, &b], value, || Where {
            condition: c.clone(),
            a: a.array().shape_copy(),
            b: b.array().shape_copy(),
        }))
    }
}

/// Refuses a mask that is not boolean.
pub(super) fn check_mask(op: &'static str, what: &str, mask: &Tensor) -> Result<()> {
    ensure!(
        mask.dtype() == DType::Bool,
        op,
        "{what} must be boolean, and this is {}; compare it, as in mask.ne(0.0), or convert it with to_dtype(DType::Bool)",
        mask.dtype()
    );
    Ok(())
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::binary(|a, b| Tensor::where_(&a.gt(0.0)?, a, b)), Case::binary(|a, b| Tensor::where_(&b.gt(0.0)?, a, b))]
}
