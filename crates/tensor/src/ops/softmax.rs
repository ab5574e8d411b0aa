//! softmax(x)ᵢ = e^xᵢ / Σⱼ e^xⱼ along an axis, fused;  with y the result, ∂/∂xᵢ = yᵢ (gᵢ − Σⱼ gⱼ yⱼ).
//!
//! The largest x is subtracted first, so that nothing overflows. A row of nothing but −∞ gives NaN, as in PyTorch.

use super::rowwise::{Rowwise, rowwise};
use crate::array::axis;
use crate::gradcheck::Case;
use crate::{Result, Tensor};
use gradus_kernels::element::Float;
use gradus_kernels::reduce::{fold_run, sum_run};
use gradus_kernels::simd::Isa;

struct Softmax;

impl Rowwise for Softmax {
    const NAME: &'static str = "softmax";
    const FORMULA: &'static str = "yᵢ = e^xᵢ / Σ e^xⱼ";
    const BACKWARD: &'static str = "dx = y · (g − Σ g·y)";

    #[inline(always)]
    fn forward<T: Float, I: Isa>(x: &[T], y: &mut [T]) {
        let highest = fold_run(x, T::NEG_INFINITY, T::max_nan);
        for (y, &x) in y.iter_mut().zip(x) {
            *y = (x - highest).exp::<I>();
        }
        let scale = T::ONE / sum_run(y);
        for y in y {
            *y *= scale;
        }
    }

    #[inline(always)]
    fn backward<T: Float, I: Isa>(y: &[T], g: &[T], dx: &mut [T]) {
        for ((dx, &y), &g) in dx.iter_mut().zip(y).zip(g) {
            *dx = g * y;
        }
        let dot = sum_run(dx);
        for ((dx, &y), &g) in dx.iter_mut().zip(y).zip(g) {
            *dx = y * (g - dot);
        }
    }
}

impl Tensor {
    /// The softmax along axis `dim`: positive numbers that sum to 1.
    ///
    /// # Errors
    /// For an axis that is not there.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let p = Tensor::from_slice(&[0.0_f32, 3_f32.ln()], &[2])?.softmax(-1)?;
    /// assert!(p.all_close(&Tensor::from_slice(&[0.25_f32, 0.75], &[2])?, 1e-6, 0.0));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn softmax(&self, dim: isize) -> Result<Tensor> {
        Ok(rowwise::<Softmax>(self, axis("softmax", dim, self.ndim())?))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]];
    vec![Case::new(|x| x[0].softmax(-1)).shapes(shapes), Case::new(|x| x[0].softmax(1)).shapes(shapes)]
}
