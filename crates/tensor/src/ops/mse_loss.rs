//! Squared error (x − t)²;  ∂/∂x = 2(x − t) = −∂/∂t.

use super::pointwise_loss::{PointwiseLoss, Reduction, pointwise};
use crate::gradcheck::Case;
use crate::{Result, Tensor};
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct SquaredError;

impl PointwiseLoss for SquaredError {
    const NAME: &'static str = "mse_loss";
    const FORMULA: &'static str = "L = mean of (a − b)²";
    const BACKWARD: &'static str = "da = g · 2 (a − b) / n";

    #[inline(always)]
    fn loss<T: Float, I: Isa>(&self, x: T, t: T) -> T {
        (x - t) * (x - t)
    }

    #[inline(always)]
    fn slopes<T: Float, I: Isa>(&self, x: T, t: T) -> [T; 2] {
        let twice = (x - t) + (x - t);
        [twice, -twice]
    }
}

impl Tensor {
    /// The squared error against `target` of the same shape.
    ///
    /// # Errors
    /// When the shapes differ.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Reduction};
    /// let x = Tensor::from_slice(&[1.0, 4.0], &[2])?;
    /// let loss = x.mse_loss(&Tensor::ones(&[2]), Reduction::Mean)?;
    /// assert_eq!(loss.item()?, 4.5);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn mse_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        pointwise(self, target, SquaredError, reduction)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3], &[2, 3]], &[&[1, 1], &[1, 1]]];
    vec![
        Case::new(|x| x[0].mse_loss(&x[1], Reduction::Mean)).shapes(shapes).no_empty("the mean of nothing is NaN"),
        Case::new(|x| x[0].mse_loss(&x[1], Reduction::Sum)).shapes(&[&[&[2, 3], &[2, 3]], &[&[2, 0], &[2, 0]]]),
        Case::new(|x| x[0].mse_loss(&x[1], Reduction::None)).shapes(&[&[&[2, 3], &[2, 3]], &[&[0], &[0]]]),
    ]
}
