//! The largest (or smallest) number along axes;  the gradient goes to it, in equal parts to several equal ones. NaN wins.

use super::lanes::{folded, lane_length};
use crate::array::{Array, Axes, reduced_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_dtype, with_float};
use gradus_kernels::element::{Element, Float};
use gradus_kernels::reduce::{self, Fold};

struct Max(Chosen);

impl Op for Max {
    const NAME: &'static str = "max";
    const FORMULA: &'static str = "y = the largest x";
    const BACKWARD: &'static str = "dx = g at the largest (shared by equal ones), else 0";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => self.0.gradient::<T>(grad)));
    }
}

struct Min(Chosen);

impl Op for Min {
    const NAME: &'static str = "min";
    const FORMULA: &'static str = "y = the smallest x";
    const BACKWARD: &'static str = "dx = g at the smallest (shared by equal ones), else 0";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => self.0.gradient::<T>(grad)));
    }
}

struct Chosen {
    x: Array,
    /// With the folded axes kept.
    y: Array,
    axes: Axes,
}

impl Chosen {
    fn gradient<T: Float + Elem>(&self, grad: Array) -> Array {
        let chosen =
            self.x.fit(&self.y, |x: T, y: T| if x == y || (x.is_nan() && y.is_nan()) { T::ONE } else { T::ZERO });
        let count = chosen.reduce::<T>(self.axes, true, reduce::Add);
        let share = grad.reshaped(self.y.shape()).zip_owned(&count, |g: T, n: T| g / n);
        chosen.fit(&share, |c: T, g: T| if c == T::ZERO { T::ZERO } else { g })
    }
}

/// Number types with a lowest and a highest value.
pub(super) trait Bounds: Elem {
    const LOWEST: Self;
    const HIGHEST: Self;
}
impl Bounds for u8 {
    const LOWEST: u8 = u8::MIN;
    const HIGHEST: u8 = u8::MAX;
}
impl Bounds for i64 {
    const LOWEST: i64 = i64::MIN;
    const HIGHEST: i64 = i64::MAX;
}
impl Bounds for f32 {
    const LOWEST: f32 = f32::NEG_INFINITY;
    const HIGHEST: f32 = f32::INFINITY;
}
impl Bounds for f64 {
    const LOWEST: f64 = f64::NEG_INFINITY;
    const HIGHEST: f64 = f64::INFINITY;
}

/// The fold that keeps the largest number, or else the smallest. NaN, which no number equals or exceeds, wins.
#[derive(Clone, Copy)]
pub(super) struct Extreme {
    pub(super) largest: bool,
}

impl Extreme {
    /// Whether `a` is not a number.
    #[inline(always)]
    pub(super) fn is_nan<T: Element>(a: T) -> bool {
        a.partial_cmp(&a).is_none()
    }
}

impl<T: Bounds> Fold<T> for Extreme {
    #[inline(always)]
    fn init(&self) -> T {
        if self.largest { T::LOWEST } else { T::HIGHEST }
    }
    #[inline(always)]
    fn join(&self, a: T, b: T) -> T {
        let first = if self.largest { a > b } else { a < b };
        if first || Extreme::is_nan(a) { a } else { b }
    }
}

/// Refuses lanes of no numbers, which have no largest one.
pub(super) fn check_lanes(op: &'static str, shape: &[usize], axes: Axes) -> Result<()> {
    ensure!(
        lane_length(shape, axes) > 0,
        op,
        "{shape:?} has no numbers along the axes to search, and so no extreme; make sure that they are not empty"
    );
    Ok(())
}

impl Tensor {
    /// The largest of all numbers, of shape `[]`; NaN if one is NaN.
    ///
    /// # Errors
    /// When there is none.
    pub fn max(&self) -> Result<Tensor> {
        self.extreme(true, Axes::all(self.ndim()), false)
    }

    /// The smallest of all numbers, of shape `[]`; NaN if one is NaN.
    ///
    /// # Errors
    /// When there is none.
    pub fn min(&self) -> Result<Tensor> {
        self.extreme(false, Axes::all(self.ndim()), false)
    }

    /// The largest numbers along the axes `dims`; with `keepdim` these stay with size 1. Equal ones share the gradient.
    ///
    /// # Errors
    /// For an axis that is not there, is named twice or is empty.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0_f32, 5.0, 7.0, 2.0], &[2, 2])?;
    /// assert_eq!(x.max_dims(&[0], false)?.to_vec::<f32>(), [7.0, 5.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn max_dims(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        self.extreme(true, Axes::new("max", dims, self.ndim())?, keepdim)
    }

    /// The smallest numbers along the axes `dims`; with `keepdim` these stay with size 1. Equal ones share the gradient.
    ///
    /// # Errors
    /// For an axis that is not there, is named twice or is empty.
    pub fn min_dims(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        self.extreme(false, Axes::new("min", dims, self.ndim())?, keepdim)
    }

    fn extreme(&self, largest: bool, axes: Axes, keepdim: bool) -> Result<Tensor> {
        check_lanes(if largest { Max::NAME } else { Min::NAME }, self.shape(), axes)?;
        let x = self.array();
        let y = with_dtype!(x.dtype(), T => {
            folded(x.cut(axes).fold::<T>(Extreme { largest }), x.shape(), axes, true)
        });
        let value = y.reshaped(&reduced_shape(x.shape(), axes, keepdim));
        let chosen = || Chosen { x: x.clone(), y, axes };
        Ok(if largest { emit(&[self], value, || Max(chosen())) } else { emit(&[self], value, || Min(chosen())) })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let why = "nothing has no largest number";
    vec![
        Case::new(|x| x[0].max()).shapes(&[&[&[2, 3]], &[&[1, 1]]]).no_empty(why),
        Case::new(|x| x[0].min_dims(&[0, 2], true)).shapes(&[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]]),
        Case::new(|x| x[0].max_dims(&[-1], false)).shapes(&[&[&[2, 3]], &[&[3, 1]], &[&[0, 2]]]),
    ]
}
