//! Absolute error |x − t|;  ∂/∂x = sign(x − t) = −∂/∂t, and 0 where both are equal.

use super::pointwise_loss::{PointwiseLoss, Reduction, pointwise};
use crate::gradcheck::Case;
use crate::{Result, Tensor};
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct AbsoluteError;

impl PointwiseLoss for AbsoluteError {
    const NAME: &'static str = "l1_loss";
    const FORMULA: &'static str = "L = mean of |a − b|";
    const BACKWARD: &'static str = "da = g · sign(a − b) / n";

    #[inline(always)]
    fn loss<T: Float, I: Isa>(&self, x: T, t: T) -> T {
        (x - t).abs()
    }

    #[inline(always)]
    fn slopes<T: Float, I: Isa>(&self, x: T, t: T) -> [T; 2] {
        let sign = if x > t {
            T::ONE
        } else if x < t {
            -T::ONE
        } else {
            // 0, or NaN if either is.
            (x - t) * T::ZERO
        };
        [sign, -sign]
    }
}

impl Tensor {
    /// The absolute error against `target` of the same shape.
    ///
    /// # Errors
    /// When the shapes differ.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Reduction};
    /// let x = Tensor::from_slice(&[1.0, 4.0], &[2])?;
    /// let loss = x.l1_loss(&Tensor::ones(&[2]), Reduction::Sum)?;
    /// assert_eq!(loss.item()?, 3.0);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn l1_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        pointwise(self, target, AbsoluteError, reduction)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| x[0].l1_loss(&x[1], Reduction::Mean)).shapes(&[&[&[2, 3], &[2, 3]], &[&[1, 1], &[1, 1]]]),
        Case::new(|x| x[0].l1_loss(&x[1], Reduction::Sum)).shapes(&[&[&[2, 3], &[2, 3]], &[&[0, 2], &[0, 2]]]),
    ]
}
