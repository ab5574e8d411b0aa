//! Hinge loss max(0, 1 − t·x) of a score x for a label t ∈ {−1, 1} (Cortes and Vapnik 1995);  where it is positive,
//! ∂/∂x = −t and ∂/∂t = −x, else both are 0.

use super::pointwise_loss::{PointwiseLoss, Reduction, pointwise};
use crate::gradcheck::Case;
use crate::{Result, Tensor};
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Hinge;

impl PointwiseLoss for Hinge {
    const NAME: &'static str = "hinge_loss";
    const FORMULA: &'static str = "L = mean of max(0, 1 − y · score)";
    const BACKWARD: &'static str = "dscore = −g · y / n where y · score < 1";

    #[inline(always)]
    fn loss<T: Float, I: Isa>(&self, x: T, t: T) -> T {
        (T::ONE - t * x).max_nan(T::ZERO)
    }

    #[inline(always)]
    fn slopes<T: Float, I: Isa>(&self, x: T, t: T) -> [T; 2] {
        if t * x >= T::ONE { [T::ZERO; 2] } else { [-t, -x] }
    }
}

impl Tensor {
    /// The hinge loss of scores against labels −1 and 1 (`target`, of the same shape).
    ///
    /// # Errors
    /// When the shapes differ.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Reduction};
    /// let scores = Tensor::from_slice(&[2.0, 0.5, -0.5], &[3])?;
    /// let labels = Tensor::from_slice(&[1.0, 1.0, 1.0], &[3])?;
    /// let losses = scores.hinge_loss(&labels, Reduction::None)?;
    /// assert_eq!(losses.to_vec::<f64>(), [0.0, 0.5, 1.5]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn hinge_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        pointwise(self, target, Hinge, reduction)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| x[0].hinge_loss(&x[1], Reduction::Mean)).shapes(&[&[&[3, 4], &[3, 4]], &[&[1, 1], &[1, 1]]]),
        Case::new(|x| x[0].hinge_loss(&x[1], Reduction::None)).shapes(&[&[&[2, 3], &[2, 3]], &[&[0, 2], &[0, 2]]]),
    ]
}
