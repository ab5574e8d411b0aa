//! What all functions of one number have in common.

use crate::array::Array;
use crate::autograd::{Formula, Grads, Op, emit, emit_constant};
use crate::{DType, Tensor, with_float};
use gradus_kernels::element::{Float, Number};
use gradus_kernels::map::{Binary, Unary};
use gradus_kernels::simd::Isa;

/// What the derivative is written in terms of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Saves {
    /// The input x.
    Input,
    /// The output y: the input's memory need not be kept.
    Output,
}

/// A function of one number and its derivative, side by side.
pub(super) trait Elementwise: Copy + Send + Sync + 'static {
    const NAME: &'static str;
    const FORMULA: &'static str;
    const BACKWARD: &'static str;
    const SAVES: Saves;
    /// Whether f is flat over whole intervals: there an infinite gradient is cut off instead of becoming ∞ · 0 = NaN.
    const FLAT: bool = false;
    /// y = f(x).
    fn forward<T: Float, I: Isa>(&self, x: T) -> T;
    /// dy/dx, given what [`Elementwise::SAVES`] names.
    fn derivative<T: Float, I: Isa>(&self, saved: T) -> T;
}

/// Applies `f` to every number of `x` (integers as `f32`).
pub(super) fn elementwise<F: Elementwise>(x: &Tensor, f: F) -> Tensor {
    let x = x.to_float();
    let y = with_float!(x.dtype(), T => x.array().map::<T, T>(Forward(f)));
    emit(&[&x], y.clone(), || Applied {
        f,
        saved: match F::SAVES {
            Saves::Input => x.array().clone(),
            Saves::Output => y,
        },
    })
}

struct Applied<F> {
    f: F,
    saved: Array,
}

impl<F: Elementwise> Op for Applied<F> {
    const NAME: &'static str = F::NAME;
    const FORMULA: &'static str = F::FORMULA;
    const BACKWARD: &'static str = F::BACKWARD;

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => grad.zip_owned::<T, T>(&self.saved, Backward(self.f))));
    }
}

#[derive(Clone, Copy)]
struct Forward<F>(F);

impl<T: Float, F: Elementwise> Unary<T, T> for Forward<F> {
    #[inline(always)]
    fn eval<I: Isa>(&self, x: T) -> T {
        self.0.forward::<T, I>(x)
    }
}

#[derive(Clone, Copy)]
struct Backward<F>(F);

impl<T: Float, F: Elementwise> Binary<T, T, T> for Backward<F> {
    #[inline(always)]
    fn eval<I: Isa>(&self, grad: T, saved: T) -> T {
        let slope = self.0.derivative::<T, I>(saved);
        if F::FLAT && slope == T::ZERO { T::ZERO } else { grad * slope }
    }
}

/// a · b: one name, so that it is compiled once for all operations that multiply arrays.
#[inline(always)]
pub(super) fn times<T: Number>(a: T, b: T) -> T {
    a * b
}

/// What `F` does with whole numbers where it gives whole ones: `f` of every integer of `x` (booleans count as 0 and 1). No gradient flows through integers.
pub(super) fn integers<F: Elementwise>(x: &Tensor, f: impl Fn(i64) -> i64 + Copy + Sync) -> Tensor {
    emit_constant(Formula::of::<Applied<F>>(), &[x], x.array().to_dtype(DType::I64).map_owned(f))
}
