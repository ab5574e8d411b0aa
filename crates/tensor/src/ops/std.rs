//! Standard deviation along axes: the root of the variance;  ∂/∂xᵢ = (xᵢ − mean) / ((n − correction) · std), 0 where
//! the deviation is 0.

use super::var::Spread;
use crate::array::{Array, Axes, reduced_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Result, Tensor, with_float};

struct Std {
    spread: Spread,
    y: Array,
}

impl Op for Std {
    const NAME: &'static str = "std";
    const FORMULA: &'static str = "y = √(Σ (x − mean)² / (n − c)), c = 1 for a sample, 0 for all there are";
    const BACKWARD: &'static str = "dx = g · (x − mean) / ((n − c) · y)";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        // From the deviation to the variance: d√v / dv = 1 / (2√v).
        let variance = with_float!(grad.dtype(), T => {
            grad.zip_owned(&self.y, |g: T, y: T| if y == 0.0 { 0.0 } else { 0.5 * g / y })
        });
        to.give(0, self.spread.gradient(variance));
    }
}

impl Tensor {
    /// The standard deviation of all numbers, of shape `[]`; `correction` as in [`Tensor::var`].
    #[must_use]
    pub fn std(&self, correction: usize) -> Tensor {
        self.std_over(Axes::all(self.ndim()), correction, false)
    }

    /// The standard deviations along the axes `dims`; with `keepdim` these stay with size 1.
    ///
    /// # Errors
    /// For an axis that is not there, or named twice.
    pub fn std_dims(&self, dims: &[isize], correction: usize, keepdim: bool) -> Result<Tensor> {
        Ok(self.std_over(Axes::new("std", dims, self.ndim())?, correction, keepdim))
    }

    fn std_over(&self, axes: Axes, correction: usize, keepdim: bool) -> Tensor {
        let x = self.to_float();
        let (variance, spread) = Spread::measure(x.array(), axes, correction);
        let variance = variance.reshaped(&reduced_shape(x.shape(), axes, keepdim));
        let y = with_float!(x.dtype(), T => variance.map_owned(|v: T| v.sqrt()));
        emit(&[&x], y.clone(), || Std { spread, y })
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| Ok(x[0].std(0))).shapes(&[&[&[2, 3]], &[&[3, 1]], &[&[0, 3]]]),
        Case::new(|x| x[0].std_dims(&[-1], 1, true)).shapes(&[&[&[2, 3]], &[&[1, 4]], &[&[0, 3]]]),
        Case::new(|x| x[0].std_dims(&[0, 2], 1, false)).shapes(&[&[&[2, 3, 4]], &[&[2, 3, 1]], &[&[2, 0, 4]]]),
    ]
}
