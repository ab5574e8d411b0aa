//! hₜ = tanh(xₜ + hₜ₋₁·W) over a whole sequence, fused (Elman 1990): xₜ is what the input brings, h₀ the first state.
//!
//! Backward through time, the last step first: dₜ = (gₜ + dₜ₊₁·Wᵀ)·(1 − hₜ²);  ∂/∂xₜ = dₜ, ∂/∂h₀ = d₁·Wᵀ,
//! ∂/∂W = Σ hₜ₋₁ᵀ·dₜ.

use super::matmul::transposed;
use super::recurrent::{Sizes, in_one_type};
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::gemm::Store;
use gradus_kernels::map;
use gradus_kernels::simd::Isa;

struct Rnn {
    weight: Array,
    /// h₀ to h_T, `[T + 1, B, H]`.
    states: Array,
    sizes: Sizes,
}

impl Op for Rnn {
    const NAME: &'static str = "rnn";
    const FORMULA: &'static str = "hₜ = tanh(xₜ + hₜ₋₁ · W), for every t";
    const BACKWARD: &'static str = "from the last t to the first: dxₜ = (gₜ + dxₜ₊₁ · Wᵀ) · (1 − hₜ²), dW = Σ hₜ₋₁ᵀ · dxₜ";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let [x, weight, start] = with_float!(grad.dtype(), T => self.gradients::<T>(grad));
        to.give(0, x);
        to.give(1, weight);
        to.give(2, start);
    }
}

#[derive(Clone, Copy)]
struct Tanh;

impl<T: Float> map::Unary<T, T> for Tanh {
    #[inline(always)]
    fn eval<I: Isa>(&self, x: T) -> T {
        x.tanh::<I>()
    }
}

fn forward<T: Float + Elem>(x: &Array, weight: &Array, start: &Array, sizes: Sizes) -> Array {
    let (x, weight, step) = (x.dense::<T>(), weight.dense::<T>(), sizes.step());
    sizes.states::<T>(start, |states| {
        states[step..].copy_from_slice(&x);
        for t in 0..sizes.time {
            let (done, now) = states[t * step..(t + 2) * step].split_at_mut(step);
            sizes.advance(done, &weight, 0..sizes.state, now);
            map::apply(now, Tanh);
        }
    })
}

impl Rnn {
    fn gradients<T: Float + Elem>(&self, grad: Array) -> [Array; 3] {
        let (sizes, step, h) = (self.sizes, self.sizes.step(), self.sizes.state);
        let (states, back) = (self.states.dense::<T>(), transposed(&self.weight).contiguous());
        let back = back.dense::<T>();
        let mut grad = grad.contiguous();
        let d = grad.make_mut::<T>();
        let start = Array::build(&[sizes.batch, h], |d_start: &mut [T]| {
            d_start.fill(T::ZERO);
            for t in (0..sizes.time).rev() {
                let (earlier, now) = d[..(t + 1) * step].split_at_mut(t * step);
                map::update(now, &states[(t + 1) * step..][..step], |g: T, h: T| g * (T::ONE - h * h));
                let last = if t == 0 { &mut *d_start } else { &mut earlier[(t - 1) * step..] };
                sizes.retreat(now, &back, 0..h, last, Store::Add);
            }
        });
        let weight = Array::build(&[h, h], |dw: &mut [T]| sizes.weight_gradient(&states, d, 0..h, dw));
        [grad, weight, start]
    }
}

impl Tensor {
    /// The states hₜ = tanh(xₜ + hₜ₋₁·W), `[T, B, H]`, of a recurrent layer. This is what the input brings, x·W + b for
    /// all steps at once, `[T, B, H]`; `weight [H, H]` leads from state to state; `start [B, H]` is the first state.
    ///
    /// # Errors
    /// When the shapes do not fit.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[0.5, 0.0], &[2, 1, 1])?;
    /// let h = x.rnn(&Tensor::from_slice(&[2.0], &[1, 1])?, &Tensor::from_slice(&[0.0], &[1, 1])?)?;
    /// let first = 0.5_f64.tanh();
    /// assert_eq!(h.to_vec::<f64>(), [first, (2.0 * first).tanh()]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn rnn(&self, weight: &Tensor, start: &Tensor) -> Result<Tensor> {
        let sizes = Sizes::check(Rnn::NAME, self, weight, start, 1)?;
        let (dtype, [x, weight, start]) = in_one_type([self, weight, start]);
        let states = with_float!(dtype, T => forward::<T>(x.array(), weight.array(), start.array(), sizes));
        let op = || Rnn { weight: weight.array().clone(), states: states.clone(), sizes };
        Ok(emit(&[&x, &weight, &start], sizes.after(&states), op))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(|x| x[0].rnn(&x[1], &x[2])).shapes(&[
        &[&[3, 2, 4], &[4, 4], &[2, 4]],
        &[&[1, 1, 1], &[1, 1], &[1, 1]],
        &[&[2, 0, 2], &[2, 2], &[0, 2]],
        &[&[0, 2, 2], &[2, 2], &[2, 2]],
        &[&[2, 2, 0], &[0, 0], &[2, 0]],
    ])]
}
