//! A number where the mask holds, x elsewhere;  the gradient is 0 where the mask holds.

use super::where_::check_mask;
use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor, with_dtype, with_float};

struct MaskedFill {
    mask: Array,
    input: Shape,
}

impl Op for MaskedFill {
    const NAME: &'static str = "masked_fill";
    const FORMULA: &'static str = "y = value where masked, else x";
    const BACKWARD: &'static str = "dx = 0 where masked, else g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let kept = with_float!(grad.dtype(), T => grad.fit(&self.mask, |g: T, m: u8| if m != 0 { 0.0 } else { g }));
        to.give(0, kept.sum_to(&self.input));
    }
}

impl Tensor {
    /// `value` where `mask` holds, the number itself elsewhere; broadcast as in NumPy. In an integer tensor the value
    /// loses its fraction.
    ///
    /// # Errors
    /// When the shapes do not broadcast, or the mask is not boolean.
    ///
    /// ```
    /// use gradus_tensor::{DType, Tensor};
    /// // Causal attention: no step sees a later one.
    /// let later = Tensor::ones(&[2, 2]).triu(1)?.to_dtype(DType::Bool);
    /// let scores = Tensor::zeros(&[2, 2]).masked_fill(&later, f64::NEG_INFINITY)?;
    /// assert_eq!(scores.to_vec::<f32>(), [0.0, f32::NEG_INFINITY, 0.0, 0.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn masked_fill(&self, mask: &Tensor, value: f64) -> Result<Tensor> {
        check_mask("masked_fill", "the mask", mask)?;
        let (x, m) = (self.array(), mask.array());
        let filled = with_dtype!(self.dtype(), T => {
            let value = Array::scalar(value, self.dtype()).memory::<T>()[0];
            x.zip("masked_fill", m, move |x: T, m: u8| if m != 0 { value } else { x })?
        });
        Ok(emit(&[self, mask], filled, || MaskedFill { mask: m.clone(), input: x.shape_copy() }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::binary(|a, b| Ok(a.masked_fill(&b.gt(0.0)?, 1.5)? + b)),
        Case::unary(|x| x.masked_fill(&x.lt(0.0)?, -0.5)),
    ]
}
