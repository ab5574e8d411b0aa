//! Variance along axes: Σ (x − mean)² / (n − correction);  ∂/∂xᵢ = 2 (xᵢ − mean) / (n − correction).
//!
//! In two passes, the mean first: the difference of two large sums, Σ x² − n · mean², would lose the digits.

use super::elementwise::times;
use super::lanes::{folded, lane_length};
use crate::array::{Array, Axes, reduced_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::reduce;

/// What the gradients of variance and standard deviation need.
pub(super) struct Spread {
    x: Array,
    /// With the folded axes kept.
    mean: Array,
    axes: Axes,
    /// n − correction.
    degrees: f64,
}

impl Spread {
    /// Measures `x`: the variance (with the folded axes kept), and what its gradient needs.
    pub(super) fn measure(x: &Array, axes: Axes, correction: usize) -> (Array, Spread) {
        with_float!(x.dtype(), T => Spread::measure_as::<T>(x, axes, correction))
    }

    fn measure_as<T: Float + Elem>(x: &Array, axes: Axes, correction: usize) -> (Array, Spread) {
        let n = lane_length(x.shape(), axes);
        let degrees = n.saturating_sub(correction) as f64;
        let cut = x.cut(axes);
        let mut mean = cut.fold::<T>(reduce::Add);
        mean.iter_mut().for_each(|m| *m = *m / T::from_f64(n as f64));
        let mut variance = cut.sum_with(&mean, |x: T, mean: T| (x - mean) * (x - mean));
        variance.iter_mut().for_each(|v| *v = *v / T::from_f64(degrees));
        let mean = folded(mean, x.shape(), axes, true);
        (folded(variance, x.shape(), axes, true), Spread { x: x.clone(), mean, axes, degrees })
    }

    /// The gradient of x, given that of the variance.
    pub(super) fn gradient(&self, grad: Array) -> Array {
        let grad = grad.reshaped(&reduced_shape(self.x.shape(), self.axes, true));
        with_float!(grad.dtype(), T => {
            let scale = Array::scalar(2.0 / self.degrees, T::DTYPE);
            let scaled = grad.fit(&scale, times::<T>);
            self.x.fit(&self.mean, |x: T, mean: T| x - mean).fit(&scaled, times::<T>)
        })
    }
}

struct Var(Spread);

impl Op for Var {
    const NAME: &'static str = "var";
    const FORMULA: &'static str = "y = Σ (x − mean)² / (n − c), c = 1 for a sample, 0 for all there are";
    const BACKWARD: &'static str = "dx = g · 2 (x − mean) / (n − c)";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, self.0.gradient(grad));
    }
}

impl Tensor {
    /// The variance of all numbers, of shape `[]`. `correction` is 1 for the sample variance, which divides by
    /// n − 1, and 0 for that of a whole population.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0_f32, 3.0], &[2])?;
    /// assert_eq!((x.var(0).item()?, x.var(1).item()?), (1.0, 2.0));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    #[must_use]
    pub fn var(&self, correction: usize) -> Tensor {
        self.var_over(Axes::all(self.ndim()), correction, false)
    }

    /// The variances along the axes `dims`; with `keepdim` these stay with size 1. See [`Tensor::var`].
    ///
    /// # Errors
    /// For an axis that is not there, or named twice.
    pub fn var_dims(&self, dims: &[isize], correction: usize, keepdim: bool) -> Result<Tensor> {
        Ok(self.var_over(Axes::new("var", dims, self.ndim())?, correction, keepdim))
    }

    fn var_over(&self, axes: Axes, correction: usize, keepdim: bool) -> Tensor {
        let x = self.to_float();
        let (value, spread) = Spread::measure(x.array(), axes, correction);
        emit(&[&x], value.reshaped(&reduced_shape(x.shape(), axes, keepdim)), || Var(spread))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::unary(|x| Ok(x.var(0))),
        Case::new(|x| x[0].var_dims(&[-1], 1, true)).shapes(&[&[&[2, 3]], &[&[1, 4]], &[&[0, 3]]]),
        Case::new(|x| x[0].var_dims(&[0], 1, false)).shapes(&[&[&[3, 70]], &[&[3, 1]], &[&[3, 0]]]),
        Case::new(|x| x[0].var_dims(&[0, 2], 0, false)).shapes(&[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]]),
    ]
}
