//! The p-norm along axes: y = (Σ |x|ᵖ)^(1/p), for p = ∞ the largest |x|;  ∂y/∂xᵢ = sign xᵢ · (|xᵢ| / y)^(p − 1), for p = ∞
//! sign xᵢ at the largest |xᵢ|, in equal parts at several equal ones. 0 where the norm is 0.

use super::abs::sign;
use super::elementwise::times;
use super::lanes::folded;
use crate::array::{Array, Axes, reduced_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::reduce::{self, Fold};

struct Norm {
    x: Array,
    /// With the folded axes kept.
    y: Array,
    axes: Axes,
    p: f64,
}

impl Op for Norm {
    const NAME: &'static str = "norm";
    const FORMULA: &'static str = "y = (Σ |x|ᵖ)^(1/p)";
    const BACKWARD: &'static str = "dx = g · sign(x) · (|x| / y)ᵖ⁻¹";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let grad = grad.reshaped(self.y.shape());
        to.give(0, with_float!(grad.dtype(), T => self.gradient::<T>(grad)));
    }
}

impl Norm {
    fn gradient<T: Float + Elem>(&self, grad: Array) -> Array {
        // 1 / y, or 0 where the norm is 0.
        let inverse = || self.y.map(|y: T| if y == T::ZERO { y } else { T::ONE / y });
        match self.p {
            1.0 => self.x.map(|x: T| sign(x)).fit(&grad, times::<T>),
            2.0 => self.x.fit(&grad.fit(&inverse(), times::<T>), times::<T>),
            f64::INFINITY => {
                let signs = self.x.fit(&self.y, |x: T, y: T| if x.abs() == y { sign(x) } else { T::ZERO });
                // The largest |x| is there at least once, or everything is 0.
                let count = signs.fit(&signs, times::<T>).reduce::<T>(self.axes, true, reduce::Add);
                signs.fit(&grad.fit(&count.map(|n: T| T::ONE / n.max_nan(T::ONE)), times::<T>), times::<T>)
            }
            p => {
                let e = T::from_f64(p - 1.0);
                let share = self.x.fit(&inverse(), times::<T>);
                let slope = share.map_owned(move |s: T| if s == T::ZERO { s } else { sign(s) * s.abs().powf(e) });
                slope.fit(&grad, times::<T>)
            }
        }
    }
}

/// Keeps the largest |x|: 0 of nothing.
#[derive(Clone, Copy)]
struct LargestSize;

impl<T: Float> Fold<T> for LargestSize {
    #[inline(always)]
    fn init(&self) -> T {
        T::ZERO
    }
    #[inline(always)]
    fn join(&self, a: T, b: T) -> T {
        a.abs().max_nan(b.abs())
    }
}

fn forward<T: Float + Elem>(x: &Array, axes: Axes, p: f64) -> Array {
    let cut = x.cut(axes);
    let [outer, _, inner] = cut.sizes;
    let unused = vec![T::ZERO; outer * inner];
    let e = T::from_f64(p);
    let y = match p {
        f64::INFINITY => cut.fold::<T>(LargestSize),
        1.0 => cut.sum_with(&unused, |x: T, _: T| x.abs()),
        2.0 => cut.sum_with(&unused, |x: T, _: T| x * x),
        _ => cut.sum_with(&unused, move |x: T, _: T| x.abs().powf(e)),
    };
    let y = folded(y, x.shape(), axes, true);
    match p {
        f64::INFINITY | 1.0 => y,
        2.0 => y.map_owned(|y: T| y.sqrt()),
        _ => y.map_owned(move |y: T| y.powf(T::ONE / e)),
    }
}

impl Tensor {
    /// The p-norm of all numbers, of shape `[]`: 2 for the Euclidean length, 1 for the sum of sizes,
    /// `f64::INFINITY` for the largest size.
    ///
    /// # Errors
    /// When `p` is not above 0.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[3.0_f32, -4.0], &[2])?;
    /// assert_eq!((x.norm(2.0)?.item()?, x.norm(1.0)?.item()?), (5.0, 7.0));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn norm(&self, p: f64) -> Result<Tensor> {
        self.norm_over(p, Axes::all(self.ndim()), false)
    }

    /// The p-norms along the axes `dims`; with `keepdim` these stay with size 1. See [`Tensor::norm`].
    ///
    /// # Errors
    /// When `p` is not above 0, or an axis is not there or named twice.
    pub fn norm_dims(&self, p: f64, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        self.norm_over(p, Axes::new("norm", dims, self.ndim())?, keepdim)
    }

    fn norm_over(&self, p: f64, axes: Axes, keepdim: bool) -> Result<Tensor> {
        ensure!(!p.is_nan() && p > 0.0, "norm", "p is {p} and must be above 0; 2 gives the Euclidean length");
        let x = self.to_float();
        let y = with_float!(x.dtype(), T => forward::<T>(x.array(), axes, p));
        let value = y.reshaped(&reduced_shape(x.shape(), axes, keepdim));
        Ok(emit(&[&x], value, || Norm { x: x.array().clone(), y, axes, p }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for p in [1.0, 2.0, 3.0, f64::INFINITY] {
        all.push(Case::new(move |x| x[0].norm(p)).shapes(&[&[&[2, 3]], &[&[1, 1]], &[&[0, 3]]]));
        all.push(Case::new(move |x| x[0].norm_dims(p, &[0, 2], true)).shapes(&[
            &[&[2, 3, 4]],
            &[&[1, 3, 1]],
            &[&[2, 0, 4]],
        ]));
    }
    all
}
