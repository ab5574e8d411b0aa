//! What the recurrent layers have in common. Time comes first, `[T, B, n]`, so that one step's numbers lie together: a
//! step is a small product with the state before it, and whatever does not depend on the state (the input's part, the
//! gradient of the weights) is one large product over all steps.

use crate::array::Array;
use crate::{DType, Elem, Result, Tensor, ensure};
use gradus_kernels::element::Float;
use gradus_kernels::gemm::{MatRef, Store, gemm};
use std::ops::Range;

/// The sizes of a layer whose cell has so many gates for each number of its state.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) time: usize,
    pub(super) batch: usize,
    pub(super) state: usize,
    pub(super) gates: usize,
}

impl Sizes {
    /// Checks what the input brings `[T, B, gates·H]`, the weight from state to gates `[H, gates·H]`, and the first state
    /// `[B, H]`.
    pub(super) fn check(op: &'static str, x: &Tensor, weight: &Tensor, start: &Tensor, gates: usize) -> Result<Sizes> {
        let (x, w, first) = (x.shape(), weight.shape(), start.shape());
        ensure!(w.len() == 2 && w[1] == gates * w[0], op, "the weight {w:?} must be a matrix [state, {gates}·state]");
        ensure!(
            x.len() == 3 && x[2] == w[1],
            op,
            "input {x:?} does not fit weight {w:?}: it must be [time, batch, {}]",
            w[1]
        );
        ensure!(
            first == [x[1], w[0]],
            op,
            "the first state {first:?} must be [{}, {}], a row for each of the batch",
            x[1],
            w[0]
        );
        Ok(Sizes { time: x[0], batch: x[1], state: w[0], gates })
    }

    /// Numbers in a step of states.
    pub(super) fn step(&self) -> usize {
        self.batch * self.state
    }

    /// Numbers in a step of gates; 1 where there are none, for `chunks_exact`.
    pub(super) fn wide(&self) -> usize {
        (self.gates * self.step()).max(1)
    }

    /// Memory for the states before the first step and after each one, `[T + 1, B, H]`, which `fill` writes, the first
    /// being there already.
    pub(super) fn states<T: Float + Elem>(&self, start: &Array, fill: impl FnOnce(&mut [T])) -> Array {
        Array::build(&[self.time + 1, self.batch, self.state], |states: &mut [T]| {
            states[..self.step()].copy_from_slice(&start.dense::<T>());
            fill(states);
        })
    }

    /// The states after each step, `[T, B, H]`: a view.
    pub(super) fn after(&self, states: &Array) -> Array {
        states.with_layout(states.layout().slice(0, 1, self.time, 1))
    }

    /// now ← now + last·W for the gates `columns`: `last [B, H]`, `weight [H, gates·H]`, `now [B, gates·H]`.
    pub(super) fn advance<T: Float>(&self, last: &[T], weight: &[T], columns: Range<usize>, now: &mut [T]) {
        let (h, row) = (self.state, self.gates * self.state);
        let weight = MatRef { data: &weight[columns.start..], row_stride: row, col_stride: 1 };
        let now = &mut now[columns.start..];
        gemm(self.batch, columns.len(), h, MatRef::rows(last, h), weight, now, row, Store::Add);
    }

    /// The way back: last ← d·Wᵀ, or last + d·Wᵀ, for the gates `columns`: `d [B, gates·H]`, `back` = Wᵀ `[gates·H, H]`.
    pub(super) fn retreat<T: Float>(
        &self,
        d: &[T],
        back: &[T],
        columns: Range<usize>,
        last: &mut [T],
        store: Store<'_, T>,
    ) {
        let (h, row) = (self.state, self.gates * self.state);
        let d = MatRef { data: &d[columns.start..], row_stride: row, col_stride: 1 };
        gemm(self.batch, h, columns.len(), d, MatRef::rows(&back[columns.start * h..], h), last, h, store);
    }

    /// dw ← Σₜ stateₜᵀ·dₜ for the gates `columns`: `states [T·B, H]`, `d [T·B, gates·H]`, `dw [H, gates·H]`.
    pub(super) fn weight_gradient<T: Float>(&self, states: &[T], d: &[T], columns: Range<usize>, dw: &mut [T]) {
        let (h, row, rows) = (self.state, self.gates * self.state, self.time * self.batch);
        if rows == 0 || h == 0 {
            return dw.fill(T::ZERO);
        }
        let d = MatRef { data: &d[columns.start..], row_stride: row, col_stride: 1 };
        gemm(h, columns.len(), rows, MatRef::rows(states, h).t(), d, &mut dw[columns.start..], row, Store::Set);
    }
}

/// All of them in the type in which they are computed.
pub(super) fn in_one_type<const N: usize>(tensors: [&Tensor; N]) -> (DType, [Tensor; N]) {
    let dtype = tensors.iter().fold(tensors[0].dtype(), |d, t| d.promote(t.dtype())).or_f32();
    (dtype, tensors.map(|t| t.to_dtype(dtype)))
}

/// The gates of a row.
#[inline(always)]
pub(super) fn parts<T, const N: usize>(row: &[T], h: usize) -> [&[T]; N] {
    std::array::from_fn(|i| &row[i * h..][..h])
}

/// [`parts`] to write to.
#[inline(always)]
pub(super) fn parts_mut<T, const N: usize>(row: &mut [T], h: usize) -> [&mut [T]; N] {
    let mut rest = row;
    std::array::from_fn(|_| {
        let (part, others) = std::mem::take(&mut rest).split_at_mut(h);
        rest = others;
        part
    })
}
