//! ln Σ eˣ along axes, safe from overflow: with m = max x, y = m + ln Σ e^(x − m);  ∂y/∂xᵢ = e^(xᵢ − y), the softmax.

use super::elementwise::times;
use super::lanes::folded;
use crate::array::{Array, Axes, reduced_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::map::Binary;
use gradus_kernels::reduce;
use gradus_kernels::simd::{Baseline, Isa};

struct LogSumExp {
    x: Array,
    /// With the folded axes kept.
    y: Array,
}

impl Op for LogSumExp {
    const NAME: &'static str = "logsumexp";
    const FORMULA: &'static str = "y = ln Σ eˣ";
    const BACKWARD: &'static str = "dx = g · softmax(x)";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let grad = grad.reshaped(self.y.shape());
        with_float!(grad.dtype(), T => {
            let softmax: Array = self.x.fit::<T, T, T>(&self.y, ExpOfDifference);
            to.give(0, softmax.fit(&grad, times::<T>));
        });
    }
}

/// e^(x − m), where m = −∞ counts as 0: nothing but −∞ has that maximum, and each e^x is then 0.
#[derive(Clone, Copy)]
struct ExpOfDifference;

impl<T: Float> Binary<T, T, T> for ExpOfDifference {
    #[inline(always)]
    fn eval<I: Isa>(&self, x: T, m: T) -> T {
        (x - if m == T::NEG_INFINITY { T::ZERO } else { m }).exp::<I>()
    }
}

fn forward<T: Float + Elem>(x: &Array, axes: Axes) -> Array {
    let cut = x.cut(axes);
    let mut highest = cut.fold::<T>(reduce::Max);
    // Infinite maxima would give ∞ − ∞.
    highest.iter_mut().filter(|m| **m == T::INFINITY || **m == T::NEG_INFINITY).for_each(|m| *m = T::ZERO);
    let mut y = cut.sum_with(&highest, ExpOfDifference);
    y.iter_mut().zip(highest.iter()).for_each(|(y, &m)| *y = m + y.ln::<Baseline>());
    folded(y, x.shape(), axes, true)
}

impl Tensor {
    /// ln Σ eˣ along the axes `dims`, without overflow on the way; with `keepdim` these stay with size 1. −∞ of nothing,
    /// and of nothing but −∞.
    ///
    /// # Errors
    /// For an axis that is not there, or named twice.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1000.0_f32, 1000.0], &[2])?;
    /// assert_eq!(x.logsumexp(&[0], false)?.item()?, f64::from(1000.0 + 2_f32.ln()));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn logsumexp(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        let axes = Axes::new("logsumexp", dims, self.ndim())?;
        let x = self.to_float();
        let y = with_float!(x.dtype(), T => forward::<T>(x.array(), axes));
        let value = y.reshaped(&reduced_shape(x.shape(), axes, keepdim));
        Ok(emit(&[&x], value, || LogSumExp { x: x.array().clone(), y }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::unary(|x| x.logsumexp(&[-1], false)),
        Case::new(|x| x[0].logsumexp(&[0, 2], true)).shapes(&[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]]),
    ]
}
