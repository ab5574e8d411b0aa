//! min(max(x, low), high);  the derivative is 1 between the bounds and 0 elsewhere, on a bound too, as in PyTorch 2.15.

use super::elementwise::{Elementwise, Saves, elementwise, integers};
use crate::Tensor;
use crate::gradcheck::Case;
use gradus_kernels::element::Float;
use gradus_kernels::simd::Isa;

#[derive(Clone, Copy)]
struct Clamp {
    low: f64,
    high: f64,
}

impl Elementwise for Clamp {
    const NAME: &'static str = "clamp";
    const FORMULA: &'static str = "y = min(max(x, low), high)";
    const BACKWARD: &'static str = "dx = g where low < x < high, else 0";
    const SAVES: Saves = Saves::Input;
    const FLAT: bool = true;

    #[inline(always)]
    fn forward<T: Float, I: Isa>(&self, x: T) -> T {
        // Written so that NaN stays NaN, and that the upper bound holds where the two are crossed.
        let (low, high) = (T::from_f64(self.low), T::from_f64(self.high));
        let x = if x < low { low } else { x };
        if x > high { high } else { x }
    }

    #[inline(always)]
    fn derivative<T: Float, I: Isa>(&self, x: T) -> T {
        if x > T::from_f64(self.low) && x < T::from_f64(self.high) { T::ONE } else { T::ZERO }
    }
}

impl Tensor {
    /// Every number, but `min` for lower and `max` for higher ones; `None` sets no bound. Integers stay integers
    /// between whole bounds.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[-3.0_f32, 0.5, 3.0], &[3])?;
    /// assert_eq!(x.clamp(Some(-1.0), Some(1.0)).to_vec::<f32>(), [-1.0, 0.5, 1.0]);
    /// assert_eq!(x.clamp(Some(0.0), None).to_vec::<f32>(), [0.0, 0.5, 3.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    #[must_use]
    pub fn clamp(&self, min: Option<f64>, max: Option<f64>) -> Tensor {
        let (low, high) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
        let whole = |bound: f64| bound.fract() == 0.0 || bound.is_infinite();
        if self.dtype().is_float() || !whole(low) || !whole(high) {
            return elementwise(self, Clamp { low, high });
        }
        let (low, high) = (low as i64, high as i64);
        integers::<Clamp>(self, move |x| x.max(low).min(high))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::unary(|x| Ok(x.clamp(Some(-0.5), Some(0.8)))), Case::unary(|x| Ok(x.clamp(Some(0.1), None)))]
}
