//! What losses that compare number with number have in common: the reduction, and the way back through it.

use crate::array::{Array, Axes};
use crate::autograd::{Grads, Op, emit};
use crate::{Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::element::{Float, Number};
use gradus_kernels::map::Binary;
use gradus_kernels::reduce;
use gradus_kernels::simd::Isa;

/// What a loss does with the losses of single numbers (or rows).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their mean, of shape `[]`; NaN of none.
    #[default]
    Mean,
    /// Their sum, of shape `[]`.
    Sum,
    /// Nothing: the result has one loss for each.
    None,
}

/// The loss of one number x against its target t, and the derivatives beside it.
pub(super) trait PointwiseLoss: Copy + Send + Sync + 'static {
    const NAME: &'static str;
    const FORMULA: &'static str;
    const BACKWARD: &'static str;
    /// L(x, t).
    fn loss<T: Float, I: Isa>(&self, x: T, t: T) -> T;
    /// ∂L/∂x and ∂L/∂t.
    fn slopes<T: Float, I: Isa>(&self, x: T, t: T) -> [T; 2];
}

/// The loss of `x` against `target` of its shape.
pub(super) fn pointwise<L: PointwiseLoss>(
    x: &Tensor,
    target: &Tensor,
    loss: L,
    reduction: Reduction,
) -> Result<Tensor> {
    ensure!(
        x.shape() == target.shape(),
        L::NAME,
        "the target {:?} must have the shape of the input {:?}; expand or reshape one of them",
        target.shape(),
        x.shape()
    );
    let dtype = x.dtype().promote(target.dtype()).or_f32();
    let (x, target) = (x.to_dtype(dtype), target.to_dtype(dtype));
    let value = with_float!(dtype, T => {
        let losses = x.array().zip::<T, T, T>(L::NAME, target.array(), Losses(loss))?;
        reduced::<T>(losses, reduction, x.numel())
    });
    Ok(emit(&[&x, &target], value, || Compared {
        loss,
        x: x.array().clone(),
        target: target.array().clone(),
        reduction,
    }))
}

/// `losses`, their sum, or their sum over `count`.
pub(super) fn reduced<T: Float + Elem>(losses: Array, reduction: Reduction, count: usize) -> Array {
    if reduction == Reduction::None {
        return losses;
    }
    let sum = losses.reduce::<T>(Axes::all(losses.ndim()), false, reduce::Add);
    match reduction {
        Reduction::Mean => sum.map_owned(move |x: T| x / T::from_f64(count as f64)),
        _ => sum,
    }
}

/// What the gradient of a reduced loss is for each of the `count` losses that went in; for none, when each has its own.
pub(super) fn shared_grad(grad: &Array, reduction: Reduction, count: usize) -> Option<f64> {
    let whole = || with_float!(grad.dtype(), T => grad.dense::<T>().first().map_or(0.0, |g| g.to_f64()));
    match reduction {
        Reduction::Mean => Some(whole() / count as f64),
        Reduction::Sum => Some(whole()),
        Reduction::None => None,
    }
}

struct Compared<L> {
    loss: L,
    x: Array,
    target: Array,
    reduction: Reduction,
}

impl<L: PointwiseLoss> Op for Compared<L> {
    const NAME: &'static str = L::NAME;
    const FORMULA: &'static str = L::FORMULA;
    const BACKWARD: &'static str = L::BACKWARD;
    const IS_LOSS: bool = true;

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let shared = shared_grad(&grad, self.reduction, self.x.numel());
        for side in 0..2 {
            to.give_with(side, || {
                with_float!(grad.dtype(), T => {
                    let slope = Slopes { loss: self.loss, side, scale: T::from_f64(shared.unwrap_or(1.0)) };
                    let slopes = self.x.fit::<T, T, T>(&self.target, slope);
                    if shared.is_some() { slopes } else { slopes.zip_owned(&grad, |slope: T, g: T| slope * g) }
                })
            });
        }
    }
}

#[derive(Clone, Copy)]
struct Losses<L>(L);

impl<T: Float, L: PointwiseLoss> Binary<T, T, T> for Losses<L> {
    #[inline(always)]
    fn eval<I: Isa>(&self, x: T, t: T) -> T {
        self.0.loss::<T, I>(x, t)
    }
}

#[derive(Clone, Copy)]
struct Slopes<L, T> {
    loss: L,
    side: usize,
    scale: T,
}

impl<T: Float, L: PointwiseLoss> Binary<T, T, T> for Slopes<L, T> {
    #[inline(always)]
    fn eval<I: Isa>(&self, x: T, t: T) -> T {
        self.loss.slopes::<T, I>(x, t)[self.side] * self.scale
    }
}

/// ln(1 + x) for x ≥ −1, also where 1 + x rounds to 1: x · ln u / (u − 1) with u = 1 + x (Goldberg 1991, theorem 4).
#[inline(always)]
pub(super) fn ln_1p<T: Float, I: Isa>(x: T) -> T {
    let u = T::ONE + x;
    let scaled = x * u.ln::<I>() / (u - T::ONE);
    if u == T::ONE { x } else { scaled }
}
