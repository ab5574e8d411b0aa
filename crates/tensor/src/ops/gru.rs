//! Gated recurrent units over a whole sequence, fused (Cho et al. 2014, arXiv:1406.1078). With what the input brings,
//! xₜ = [xᶻ, xʳ, xᶜ], and W = [Wᶻ, Wʳ, Wᶜ]:
//!
//! z = σ(xᶻ + hₜ₋₁·Wᶻ), r = σ(xʳ + hₜ₋₁·Wʳ), c = tanh(xᶜ + (r∘hₜ₋₁)·Wᶜ), hₜ = (1 − z)∘hₜ₋₁ + z∘c.
//!
//! Backward through time, g being the gradient of hₜ, and d that of what stands in the brackets: dᶜ = g∘z∘(1 − c²),
//! dᶻ = g∘(c − hₜ₋₁)∘z∘(1 − z), q = dᶜ·Wᶜᵀ, dʳ = q∘hₜ₋₁∘r∘(1 − r); to hₜ₋₁ go g∘(1 − z) + q∘r + [dᶻ, dʳ]·[Wᶻ, Wʳ]ᵀ.

use super::matmul::transposed;
use super::recurrent::{Sizes, in_one_type, parts, parts_mut};
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::gemm::Store;
use gradus_kernels::simd::{Isa, Kernel, dispatch, vectorize};

struct Gru {
    weight: Array,
    /// h₀ to h_T, `[T + 1, B, H]`.
    states: Array,
    /// z, r, c: `[T, B, 3H]`.
    gates: Array,
    /// r∘hₜ₋₁, `[T, B, H]`.
    reset: Array,
    sizes: Sizes,
}

impl Op for Gru {
    const NAME: &'static str = "gru";
    const FORMULA: &'static str = "z, r = σ(x + h · W), c = tanh(x + (r · h) · W), h ← (1 − z) · h + z · c, for every t";
    const BACKWARD: &'static str = "from the last t to the first: dc = g z (1 − c²), dz = g (c − h) z (1 − z), dr = (dc · Wᵀ) h r (1 − r)";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let [x, weight, start] = with_float!(grad.dtype(), T => self.gradients::<T>(grad));
        to.give(0, x);
        to.give(1, weight);
        to.give(2, start);
    }
}

/// z and r from what stands in their brackets, and r∘h.
struct Gates<'a, T> {
    gates: &'a mut [T],
    last: &'a [T],
    reset: &'a mut [T],
    h: usize,
}

impl<T: Float> Kernel for Gates<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let h = self.h;
        let rows = self.last.chunks_exact(h).zip(self.reset.chunks_exact_mut(h));
        for (gates, (last, reset)) in self.gates.chunks_exact_mut(3 * h).zip(rows) {
            gates[..2 * h].iter_mut().for_each(|gate| *gate = gate.sigmoid::<I>());
            let [_, r, _] = parts(gates, h);
            for k in 0..h {
                reset[k] = r[k] * last[k];
            }
        }
    }
}

/// c from what stands in its brackets, and the new state.
struct Blend<'a, T> {
    gates: &'a mut [T],
    last: &'a [T],
    now: &'a mut [T],
    h: usize,
}

impl<T: Float> Kernel for Blend<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let h = self.h;
        let rows = self.last.chunks_exact(h).zip(self.now.chunks_exact_mut(h));
        for (gates, (last, now)) in self.gates.chunks_exact_mut(3 * h).zip(rows) {
            let [z, _, c] = parts_mut(gates, h);
            for k in 0..h {
                c[k] = c[k].tanh::<I>();
                now[k] = (T::ONE - z[k]) * last[k] + z[k] * c[k];
            }
        }
    }
}

/// The states, the gates, and r∘h.
fn forward<T: Float + Elem>(x: &Array, weight: &Array, start: &Array, sizes: Sizes) -> [Array; 3] {
    let Sizes { time, batch, state: h, .. } = sizes;
    let (weight, step) = (weight.dense::<T>(), sizes.step());
    let mut gates = x.copied();
    let mut reset = Buffer::<T>::scratch(time * step);
    let states = sizes.states::<T>(start, |states| {
        for (t, gates) in gates.make_mut::<T>().chunks_exact_mut(sizes.wide()).enumerate() {
            let (last, now) = states[t * step..(t + 2) * step].split_at_mut(step);
            let reset = &mut reset[t * step..(t + 1) * step];
            sizes.advance(last, &weight, 0..2 * h, gates);
            dispatch(Gates { gates, last, reset, h });
            sizes.advance(reset, &weight, 2 * h..3 * h, gates);
            dispatch(Blend { gates, last, now, h });
        }
    });
    [states, gates, Array::from_buffer(reset, &[time, batch, h])]
}

impl Gru {
    fn gradients<T: Float + Elem>(&self, grad: Array) -> [Array; 3] {
        let (sizes, step, h) = (self.sizes, self.sizes.step(), self.sizes.state);
        let (states, gates) = (self.states.dense::<T>(), self.gates.dense::<T>());
        let back = transposed(&self.weight).contiguous();
        let back = back.dense::<T>();
        let mut grad = grad.contiguous();
        let g = grad.make_mut::<T>();
        let mut q = Buffer::<T>::scratch(step);
        let mut start = Buffer::<T>::filled(step, T::ZERO);
        let mut x = Array::build(self.gates.shape(), |dx: &mut [T]| {
            for (t, d) in dx.chunks_exact_mut(sizes.wide()).enumerate().rev() {
                let (earlier, g) = g[..(t + 1) * step].split_at_mut(t * step);
                let to_last = if t == 0 { &mut *start } else { &mut earlier[(t - 1) * step..] };
                let (last, gates) = (&states[t * step..][..step], &gates[t * sizes.wide()..][..sizes.wide()]);
                vectorize(|| blend_back(h, g, gates, last, d, to_last));
                sizes.retreat(d, &back, 2 * h..3 * h, &mut q, Store::Set);
                vectorize(|| reset_back(h, &q, gates, last, d, to_last));
                sizes.retreat(d, &back, 0..2 * h, to_last, Store::Add);
            }
        });
        let weight = Array::build(&[h, 3 * h], |dw: &mut [T]| {
            let d = x.make_mut::<T>();
            sizes.weight_gradient(&states, d, 0..2 * h, dw);
            sizes.weight_gradient(&self.reset.dense::<T>(), d, 2 * h..3 * h, dw);
        });
        [x, weight, Array::from_buffer(start, &[sizes.batch, h])]
    }
}

/// dᶻ and dᶜ from the gradient of the state, and what goes to the last one directly.
#[inline(always)]
fn blend_back<T: Float>(h: usize, g: &[T], gates: &[T], last: &[T], d: &mut [T], to_last: &mut [T]) {
    let rows = g.chunks_exact(h).zip(last.chunks_exact(h)).zip(to_last.chunks_exact_mut(h));
    for ((gates, d), ((g, last), to_last)) in gates.chunks_exact(3 * h).zip(d.chunks_exact_mut(3 * h)).zip(rows) {
        let ([z, _, c], [dz, _, dc]) = (parts(gates, h), parts_mut(d, h));
        for k in 0..h {
            dz[k] = g[k] * (c[k] - last[k]) * z[k] * (T::ONE - z[k]);
            dc[k] = g[k] * z[k] * (T::ONE - c[k] * c[k]);
            to_last[k] += g[k] * (T::ONE - z[k]);
        }
    }
}

/// dʳ from q, and what goes to the last state through r∘h.
#[inline(always)]
fn reset_back<T: Float>(h: usize, q: &[T], gates: &[T], last: &[T], d: &mut [T], to_last: &mut [T]) {
    let rows = q.chunks_exact(h).zip(last.chunks_exact(h)).zip(to_last.chunks_exact_mut(h));
    for ((gates, d), ((q, last), to_last)) in gates.chunks_exact(3 * h).zip(d.chunks_exact_mut(3 * h)).zip(rows) {
        let ([_, r, _], [_, dr, _]) = (parts(gates, h), parts_mut(d, h));
        for k in 0..h {
            dr[k] = q[k] * last[k] * r[k] * (T::ONE - r[k]);
            to_last[k] += q[k] * r[k];
        }
    }
}

impl Tensor {
    /// The states `[T, B, H]` of gated recurrent units, and their gates z, r, c side by side, `[T, B, 3H]`, to look at: no
    /// gradient flows through these. This is what the input brings to the gates, x·W + b for all steps at once,
    /// `[T, B, 3H]`; `weight [H, 3H]` leads from the state to the gates; `start [B, H]` is the first state.
    ///
    /// z = σ(xᶻ + h·Wᶻ) says how much is new, r = σ(xʳ + h·Wʳ) what of the state the candidate c = tanh(xᶜ + (r∘h)·Wᶜ)
    /// sees; h' = (1 − z)∘h + z∘c. (PyTorch's own layer takes r∘(h·Wᶜ) instead.)
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn gru(&self, weight: &Tensor, start: &Tensor) -> Result<(Tensor, Tensor)> {
        let sizes = Sizes::check(Gru::NAME, self, weight, start, 3)?;
        let (dtype, [x, weight, start]) = in_one_type([self, weight, start]);
        let [states, gates, reset] =
            with_float!(dtype, T => forward::<T>(x.array(), weight.array(), start.array(), sizes));
        let op = || Gru { weight: weight.array().clone(), states: states.clone(), gates: gates.clone(), reset, sizes };
        Ok((emit(&[&x, &weight, &start], sizes.after(&states), op), Tensor::from_array(gates)))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(|x| Ok(x[0].gru(&x[1], &x[2])?.0)).shapes(&[
        &[&[3, 2, 9], &[3, 9], &[2, 3]],
        &[&[1, 1, 3], &[1, 3], &[1, 1]],
        &[&[2, 0, 6], &[2, 6], &[0, 2]],
        &[&[0, 2, 6], &[2, 6], &[2, 2]],
        &[&[2, 2, 0], &[0, 0], &[2, 0]],
    ])]
}
