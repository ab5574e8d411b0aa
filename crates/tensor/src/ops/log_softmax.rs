//! ln softmax(x)ᵢ = xᵢ − ln Σⱼ e^xⱼ along an axis, fused;  with y the result, ∂/∂xᵢ = gᵢ − e^yᵢ Σⱼ gⱼ.
//!
//! Exact where the softmax itself would round to 0.

use super::rowwise::{Rowwise, rowwise};
use crate::array::axis;
use crate::gradcheck::Case;
use crate::{Result, Tensor};
use gradus_kernels::element::Float;
use gradus_kernels::reduce::{fold_run, sum_run};
use gradus_kernels::simd::Isa;

struct LogSoftmax;

impl Rowwise for LogSoftmax {
    const NAME: &'static str = "log_softmax";
    const FORMULA: &'static str = "yᵢ = xᵢ − ln Σ e^xⱼ";
    const BACKWARD: &'static str = "dx = g − softmax(x) · Σ g";

    #[inline(always)]
    fn forward<T: Float, I: Isa>(x: &[T], y: &mut [T]) {
        let highest = fold_run(x, T::NEG_INFINITY, T::max_nan);
        for (y, &x) in y.iter_mut().zip(x) {
            *y = (x - highest).exp::<I>();
        }
        let log_sum = sum_run(y).ln::<I>();
        for (y, &x) in y.iter_mut().zip(x) {
            *y = (x - highest) - log_sum;
        }
    }

    #[inline(always)]
    fn backward<T: Float, I: Isa>(y: &[T], g: &[T], dx: &mut [T]) {
        let sum = sum_run(g);
        for ((dx, &y), &g) in dx.iter_mut().zip(y).zip(g) {
            *dx = g - y.exp::<I>() * sum;
        }
    }
}

impl Tensor {
    /// The logarithm of the softmax along axis `dim`: log-probabilities.
    ///
    /// # Errors
    /// For an axis that is not there.
    pub fn log_softmax(&self, dim: isize) -> Result<Tensor> {
        Ok(rowwise::<LogSoftmax>(self, axis("log_softmax", dim, self.ndim())?))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]];
    vec![Case::new(|x| x[0].log_softmax(-1)).shapes(shapes), Case::new(|x| x[0].log_softmax(1)).shapes(shapes)]
}
