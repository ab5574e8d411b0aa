//! −t·ln x − (1 − t)·ln(1 − x) of a probability x, with logarithms not let below −100, as in PyTorch;
//! ∂/∂x = (x − t) / (x(1 − x)), ∂/∂t = ln(1 − x) − ln x.

use super::pointwise_loss::{PointwiseLoss, Reduction, ln_1p, pointwise};
use crate::gradcheck::Case;
use crate::{Error, Result, Tensor};
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct BinaryCrossEntropy;

/// ln x and ln(1 − x), at least −100.
#[inline(always)]
fn logarithms<T: Float, I: Isa>(x: T) -> [T; 2] {
    let lowest = T::from_f64(-100.0);
    [x.ln::<I>().max_nan(lowest), ln_1p::<T, I>(-x).max_nan(lowest)]
}

impl PointwiseLoss for BinaryCrossEntropy {
    const NAME: &'static str = "binary_cross_entropy";
    const FORMULA: &'static str = "L = mean of −(t ln p + (1 − t) ln(1 − p))";
    const BACKWARD: &'static str = "dp = g · (p − t) / (p (1 − p) n)";

    #[inline(always)]
    fn loss<T: Float, I: Isa>(&self, x: T, t: T) -> T {
        let [ln_x, ln_rest] = logarithms::<T, I>(x);
        (t - T::ONE) * ln_rest - t * ln_x
    }

    #[inline(always)]
    fn slopes<T: Float, I: Isa>(&self, x: T, t: T) -> [T; 2] {
        let [ln_x, ln_rest] = logarithms::<T, I>(x);
        let steepness = (x * (T::ONE - x)).max_nan(T::from_f64(1e-12));
        [(x - t) / steepness, ln_rest - ln_x]
    }
}

impl Tensor {
    /// The binary cross-entropy, in nats, of probabilities against `target` (0, 1 or between) of the same shape.
    /// Where there are logits, [`Tensor::binary_cross_entropy_with_logits`] is exact far from 0 too.
    ///
    /// # Errors
    /// When the shapes differ, or a number is no probability.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Reduction};
    /// let p = Tensor::from_slice(&[0.5, 1.0, 0.0], &[3])?;
    /// let t = Tensor::from_slice(&[1_i64, 1, 1], &[3])?;
    /// let losses = p.binary_cross_entropy(&t, Reduction::None)?.to_vec::<f64>();
    /// assert!((losses[0] - 2_f64.ln()).abs() < 1e-12);
    /// assert_eq!(losses[1..], [0.0, 100.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn binary_cross_entropy(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        if let Some((at, x)) = self.to_vec::<f64>().into_iter().enumerate().find(|(_, x)| !(0.0..=1.0).contains(x)) {
            let name = BinaryCrossEntropy::NAME;
            return Err(Error::new(
                name,
                format!(
                    "{x} (element {at}) is no probability; take the sigmoid first, or give the logits to {name}_with_logits"
                ),
            ));
        }
        pointwise(self, target, BinaryCrossEntropy, reduction)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |reduction| Case::new(move |x| x[0].binary_cross_entropy(&x[1], reduction)).range(0.05, 0.95);
    vec![
        of(Reduction::Mean).shapes(&[&[&[3, 4], &[3, 4]], &[&[1, 1], &[1, 1]]]),
        of(Reduction::Sum).shapes(&[&[&[2, 3], &[2, 3]], &[&[0, 2], &[0, 2]]]),
    ]
}
