//! Long short-term memory over a whole sequence, fused (Hochreiter & Schmidhuber 1997; with the forget gate of Gers et al.
//! 2000). With what the input brings to the four gates, xₜ, and the state's part, hₜ₋₁·W, added up in the brackets:
//!
//! i = σ(·), f = σ(·), c̃ = tanh(·), o = σ(·), cₜ = f∘cₜ₋₁ + i∘c̃, hₜ = o∘tanh cₜ, from c₀ = 0.
//!
//! Backward through time, g being the gradient of hₜ: e = ∂/∂cₜ = eₜ₊₁∘fₜ₊₁ + g∘o∘(1 − tanh² cₜ), and of what stands in the
//! brackets dⁱ = e∘c̃∘i∘(1 − i), dᶠ = e∘cₜ₋₁∘f∘(1 − f), dᶜ = e∘i∘(1 − c̃²), dᵒ = g∘tanh cₜ∘o∘(1 − o); d·Wᵀ goes to hₜ₋₁.

use super::matmul::transposed;
use super::recurrent::{Sizes, in_one_type, parts, parts_mut};
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::gemm::Store;
use gradus_kernels::simd::{Isa, Kernel, dispatch};

struct Lstm {
    weight: Array,
    /// h₀ to h_T, `[T + 1, B, H]`.
    states: Array,
    /// i, f, c̃, o: `[T, B, 4H]`.
    gates: Array,
    /// c₀ to c_T, `[T + 1, B, H]`.
    cells: Array,
    sizes: Sizes,
}

impl Op for Lstm {
    const NAME: &'static str = "lstm";
    const FORMULA: &'static str = "i, f, o = σ(x + h · W), c̃ = tanh(x + h · W), c ← f · c + i · c̃, h ← o · tanh c, for every t";
    const BACKWARD: &'static str = "from the last t to the first: dc = f · dcₜ₊₁ + g · o (1 − tanh² c), then to i, f, c̃, o and through Wᵀ to h";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let [x, weight, start] = with_float!(grad.dtype(), T => self.gradients::<T>(grad));
        to.give(0, x);
        to.give(1, weight);
        to.give(2, start);
    }
}

/// The gates from what stands in their brackets, the new cell and the new state.
struct Step<'a, T> {
    gates: &'a mut [T],
    last_cell: &'a [T],
    cell: &'a mut [T],
    state: &'a mut [T],
    h: usize,
}

impl<T: Float> Kernel for Step<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let h = self.h;
        let rows =
            self.last_cell.chunks_exact(h).zip(self.cell.chunks_exact_mut(h)).zip(self.state.chunks_exact_mut(h));
        for (gates, ((last, cell), state)) in self.gates.chunks_exact_mut(4 * h).zip(rows) {
            gates[..2 * h].iter_mut().for_each(|gate| *gate = gate.sigmoid::<I>());
            let [i, f, candidate, o] = parts_mut(gates, h);
            candidate.iter_mut().for_each(|gate| *gate = gate.tanh::<I>());
            o.iter_mut().for_each(|gate| *gate = gate.sigmoid::<I>());
            for k in 0..h {
                cell[k] = f[k] * last[k] + i[k] * candidate[k];
                state[k] = o[k] * cell[k].tanh::<I>();
            }
        }
    }
}

/// The states, the gates and the cells.
fn forward<T: Float + Elem>(x: &Array, weight: &Array, start: &Array, sizes: Sizes) -> [Array; 3] {
    let Sizes { time, batch, state: h, .. } = sizes;
    let (weight, step) = (weight.dense::<T>(), sizes.step());
    let mut gates = x.copied();
    let mut cells = Buffer::<T>::scratch((time + 1) * step);
    cells[..step].fill(T::ZERO);
    let states = sizes.states::<T>(start, |states| {
        for (t, gates) in gates.make_mut::<T>().chunks_exact_mut(sizes.wide()).enumerate() {
            let here = t * step..(t + 2) * step;
            let (last, state) = states[here.clone()].split_at_mut(step);
            let (last_cell, cell) = cells[here].split_at_mut(step);
            sizes.advance(last, &weight, 0..4 * h, gates);
            dispatch(Step { gates, last_cell, cell, state, h });
        }
    });
    [states, gates, Array::from_buffer(cells, &[time + 1, batch, h])]
}

/// From the gradients of state and cell: those of what stands in the brackets, and that of the last cell.
struct Back<'a, T> {
    g: &'a [T],
    gates: &'a [T],
    last_cell: &'a [T],
    cell: &'a [T],
    d: &'a mut [T],
    /// Of the cell; afterwards, of the last one.
    e: &'a mut [T],
    h: usize,
}

impl<T: Float> Kernel for Back<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let h = self.h;
        let cells = self.last_cell.chunks_exact(h).zip(self.cell.chunks_exact(h));
        let rows = self.g.chunks_exact(h).zip(cells).zip(self.e.chunks_exact_mut(h));
        let wide = self.gates.chunks_exact(4 * h).zip(self.d.chunks_exact_mut(4 * h));
        for ((gates, d), ((g, (last, cell)), e)) in wide.zip(rows) {
            let ([i, f, candidate, o], [di, df, dc, d_o]) = (parts(gates, h), parts_mut(d, h));
            for k in 0..h {
                let y = cell[k].tanh::<I>();
                let ek = e[k] + g[k] * o[k] * (T::ONE - y * y);
                di[k] = ek * candidate[k] * i[k] * (T::ONE - i[k]);
                df[k] = ek * last[k] * f[k] * (T::ONE - f[k]);
                dc[k] = ek * i[k] * (T::ONE - candidate[k] * candidate[k]);
                d_o[k] = g[k] * y * o[k] * (T::ONE - o[k]);
                e[k] = ek * f[k];
            }
        }
    }
}

impl Lstm {
    fn gradients<T: Float + Elem>(&self, grad: Array) -> [Array; 3] {
        let (sizes, step, h) = (self.sizes, self.sizes.step(), self.sizes.state);
        let (states, gates, cells) = (self.states.dense::<T>(), self.gates.dense::<T>(), self.cells.dense::<T>());
        let back = transposed(&self.weight).contiguous();
        let back = back.dense::<T>();
        let mut grad = grad.contiguous();
        let g = grad.make_mut::<T>();
        let mut e = Buffer::<T>::filled(step, T::ZERO);
        let mut start = Buffer::<T>::filled(step, T::ZERO);
        let mut x = Array::build(self.gates.shape(), |dx: &mut [T]| {
            for (t, d) in dx.chunks_exact_mut(sizes.wide()).enumerate().rev() {
                let (earlier, g) = g[..(t + 1) * step].split_at_mut(t * step);
                let to_last = if t == 0 { &mut *start } else { &mut earlier[(t - 1) * step..] };
                let (last_cell, cell) = cells[t * step..(t + 2) * step].split_at(step);
                let gates = &gates[t * sizes.wide()..][..sizes.wide()];
                dispatch(Back { g, gates, last_cell, cell, d, e: &mut e, h });
                sizes.retreat(d, &back, 0..4 * h, to_last, Store::Add);
            }
        });
        let weight =
            Array::build(&[h, 4 * h], |dw: &mut [T]| sizes.weight_gradient(&states, x.make_mut::<T>(), 0..4 * h, dw));
        [x, weight, Array::from_buffer(start, &[sizes.batch, h])]
    }
}

impl Tensor {
    /// The states `[T, B, H]` of a layer with long short-term memory, and its gates i, f, c̃, o side by side, `[T, B, 4H]`,
    /// to look at: no gradient flows through these. This is what the input brings to the gates, x·W + b for all steps at
    /// once, `[T, B, 4H]`; `weight [H, 4H]` leads from the state to the gates; `start [B, H]` is the first state.
    ///
    /// c' = f∘c + i∘c̃ is the memory, from 0 on: i lets in, f keeps, and o lets out, h' = o∘tanh c'.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn lstm(&self, weight: &Tensor, start: &Tensor) -> Result<(Tensor, Tensor)> {
        let sizes = Sizes::check(Lstm::NAME, self, weight, start, 4)?;
        let (dtype, [x, weight, start]) = in_one_type([self, weight, start]);
        let [states, gates, cells] =
            with_float!(dtype, T => forward::<T>(x.array(), weight.array(), start.array(), sizes));
        let op = || Lstm { weight: weight.array().clone(), states: states.clone(), gates: gates.clone(), cells, sizes };
        Ok((emit(&[&x, &weight, &start], sizes.after(&states), op), Tensor::from_array(gates)))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(|x| Ok(x[0].lstm(&x[1], &x[2])?.0)).shapes(&[
        &[&[3, 2, 12], &[3, 12], &[2, 3]],
        &[&[1, 1, 4], &[1, 4], &[1, 1]],
        &[&[2, 0, 8], &[2, 8], &[0, 2]],
        &[&[0, 2, 8], &[2, 8], &[2, 2]],
        &[&[2, 2, 0], &[0, 0], &[2, 0]],
    ])]
}
