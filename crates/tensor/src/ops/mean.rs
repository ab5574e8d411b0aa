//! (1/n) Σ x along axes;  ∂/∂xᵢ = 1/n.

use crate::array::Axes;
use crate::gradcheck::Case;
use crate::{Result, Tensor};

impl Tensor {
    /// The mean of all numbers, of shape `[]`; NaN of none. Integers count as `f32`.
    #[must_use]
    pub fn mean(&self) -> Tensor {
        self.mean_over(Axes::all(self.ndim()), false)
    }

    /// The means along the axes `dims`; with `keepdim` these stay with size 1.
    ///
    /// # Errors
    /// For an axis that is not there, or named twice.
    pub fn mean_dims(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        Ok(self.mean_over(Axes::new("mean", dims, self.ndim())?, keepdim))
    }

    pub(crate) fn mean_over(&self, axes: Axes, keepdim: bool) -> Tensor {
        let n: usize = (0..self.ndim()).filter(|&d| axes.contains(d)).map(|d| self.shape()[d]).product();
        self.to_float().sum_over(axes, keepdim) / n as f64
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::unary(|x| x.mean_dims(&[-1], true)),
        Case::new(|x| x[0].mean_dims(&[0, 2], false)).shapes(&[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]]),
    ]
}
