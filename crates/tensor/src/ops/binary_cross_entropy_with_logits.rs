//! −t·ln σ(x) − (1 − t)·ln(1 − σ(x)) of a logit x, as max(x, 0) − t·x + ln(1 + e^−|x|), which neither overflows nor
//! cancels;  ∂/∂x = σ(x) − t, ∂/∂t = −x.

use super::pointwise_loss::{PointwiseLoss, Reduction, ln_1p, pointwise};
use crate::gradcheck::Case;
use crate::{Result, Tensor};
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct BinaryCrossEntropyWithLogits;

impl PointwiseLoss for BinaryCrossEntropyWithLogits {
    const NAME: &'static str = "binary_cross_entropy_with_logits";
    const FORMULA: &'static str = "L = binary cross-entropy of sigmoid(x)";
    const BACKWARD: &'static str = "dx = g · (sigmoid(x) − t) / n";

    #[inline(always)]
    fn loss<T: Float, I: Isa>(&self, x: T, t: T) -> T {
        x.max_nan(T::ZERO) - t * x + ln_1p::<T, I>((-x.abs()).exp::<I>())
    }

    #[inline(always)]
    fn slopes<T: Float, I: Isa>(&self, x: T, t: T) -> [T; 2] {
        [x.sigmoid::<I>() - t, -x]
    }
}

impl Tensor {
    /// The binary cross-entropy, in nats, of the probabilities σ(x) against `target` (0, 1 or between) of the same
    /// shape.
    ///
    /// # Errors
    /// When the shapes differ.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Reduction};
    /// let logits = Tensor::from_slice(&[0.0, 1000.0], &[2])?;
    /// let t = Tensor::from_slice(&[1_i64, 0], &[2])?;
    /// let losses = logits.binary_cross_entropy_with_logits(&t, Reduction::None)?.to_vec::<f64>();
    /// assert!((losses[0] - 2_f64.ln()).abs() < 1e-12);
    /// assert_eq!(losses[1], 1000.0);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn binary_cross_entropy_with_logits(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        pointwise(self, target, BinaryCrossEntropyWithLogits, reduction)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |reduction| Case::new(move |x| x[0].binary_cross_entropy_with_logits(&x[1], reduction));
    vec![
        of(Reduction::Mean).shapes(&[&[&[3, 4], &[3, 4]], &[&[1, 1], &[1, 1]]]),
        of(Reduction::Sum).shapes(&[&[&[2, 3], &[2, 3]], &[&[0, 2], &[0, 2]]]),
    ]
}
