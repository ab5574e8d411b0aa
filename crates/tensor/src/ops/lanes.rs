//! What folds along axes have in common. The numbers that are folded into one form a *lane*: an array cut into
//! `[outer, n, inner]` has outer · inner lanes of n numbers.

use crate::Elem;
use crate::array::{Array, Axes, Cut, reduced_shape};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::map::{Binary, GRAIN};
use gradus_kernels::reduce::{self, Fold, sum_run};
use gradus_kernels::simd::{Isa, Kernel};
use gradus_kernels::threads::for_chunks;

/// How many numbers each lane has.
pub(super) fn lane_length(shape: &[usize], axes: Axes) -> usize {
    shape.iter().enumerate().filter(|&(d, _)| axes.contains(d)).map(|(_, n)| n).product()
}

/// The sizes `[outer, n, inner]` of the axes before `axis`, of itself, and behind it.
pub(super) fn sizes_around(shape: &[usize], axis: usize) -> [usize; 3] {
    [shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product()]
}

impl Cut {
    /// Folds every lane.
    pub(super) fn fold<T: Elem>(&self, fold: impl Fold<T>) -> Buffer<T> {
        let [outer, _, inner] = self.sizes;
        let mut out = Buffer::scratch(outer * inner);
        reduce::middle(&self.array.dense::<T>(), self.sizes, &mut out, fold);
        out
    }

    /// Σ f(x, v) over every lane, v being the lane's own number in `values`. Small arrays, and lanes that lie one after
    /// the other, are summed pairwise as in [`reduce::sum`].
    pub(super) fn sum_with<T: Float + Elem>(&self, values: &[T], f: impl Binary<T, T, T>) -> Buffer<T> {
        let [outer, n, inner] = self.sizes;
        let x = self.array.dense::<T>();
        let mut out = Buffer::filled(outer * inner, T::ZERO);
        if n == 0 {
            return out;
        }
        let fewest = if inner == 1 { 1 } else { 64 };
        for_chunks(&mut out, (GRAIN / n).max(fewest), |start, out| {
            if inner == 1 {
                let (x, values) = (&x[start * n..], &values[start..]);
                return T::dispatch(Runs { x, n, values, out, f });
            }
            // The piece may begin and end inside of an outer index.
            let mut at = start;
            let mut rest = out;
            while !rest.is_empty() {
                let (o, column) = (at / inner, at % inner);
                let (now, later) = rest.split_at_mut((inner - column).min(rest.len()));
                let x = &x[o * n * inner + column..(o + 1) * n * inner];
                T::dispatch(Columns { x, inner, values: &values[at..], out: now, f });
                at += now.len();
                rest = later;
            }
        });
        out
    }
}

/// Lanes that lie one after the other.
struct Runs<'a, T, F> {
    x: &'a [T],
    n: usize,
    values: &'a [T],
    out: &'a mut [T],
    f: F,
}

impl<T: Float, F: Binary<T, T, T>> Kernel for Runs<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        const LANES: usize = 32;
        const BLOCK: usize = 2048;
        for ((out, x), &value) in self.out.iter_mut().zip(self.x.chunks_exact(self.n)).zip(self.values) {
            let mut total = 0.0;
            for block in x.chunks(BLOCK) {
                let mut sums = [T::ZERO; LANES];
                let (rows, rest) = block.as_chunks::<LANES>();
                for row in rows {
                    for i in 0..LANES {
                        sums[i] += self.f.eval::<I>(row[i], value);
                    }
                }
                for (sum, &x) in sums.iter_mut().zip(rest) {
                    *sum += self.f.eval::<I>(x, value);
                }
                total += sum_run(&sums).to_f64();
            }
            *out = T::from_f64(total);
        }
    }
}

/// Lanes side by side: `x` begins with the first number of the first lane, the second ones stand `inner` further on.
struct Columns<'a, T, F> {
    x: &'a [T],
    inner: usize,
    values: &'a [T],
    out: &'a mut [T],
    f: F,
}

impl<T: Float, F: Binary<T, T, T>> Kernel for Columns<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for row in self.x.chunks(self.inner) {
            for ((sum, &x), &value) in self.out.iter_mut().zip(row).zip(self.values) {
                *sum += self.f.eval::<I>(x, value);
            }
        }
    }
}

/// An array of the lanes' numbers, in the shape that folding `axes` of `shape` gives.
pub(super) fn folded<T: Elem>(lanes: Buffer<T>, shape: &[usize], axes: Axes, keepdim: bool) -> Array {
    Array::from_buffer(lanes, &reduced_shape(shape, axes, keepdim))
}
