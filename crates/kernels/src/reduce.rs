//! Folds along axes.
//!
//! The axes of an array are cut into three: `[outer, n, inner]`, where `n` is folded away. With `inner` 1 each
//! output is the fold of one run of memory; otherwise whole rows of `inner` numbers are folded into one another.
//! Both loops vectorise. Callers bring any set of axes into this form (see the tensor crate).

use crate::element::{Element, Float};
use crate::simd::{Isa, Kernel};
use crate::threads::for_chunks;

/// Numbers folded at once inside a run.
const LANES: usize = 32;
/// Length of the blocks whose sums are added up in `f64`.
const BLOCK: usize = 2048;

/// The sum of a run: 32 partial sums in blocks of 2048 numbers, the blocks' sums added in `f64`, so that the
/// rounding error stays small however long the run is.
pub fn sum<T: Float>(x: &[T]) -> T {
    struct Sum<'a, T>(&'a [T]);
    impl<T: Float> Kernel for Sum<'_, T> {
        type Output = T;
        #[inline(always)]
        fn run<I: Isa>(self, _: I) -> T {
            sum_run(self.0)
        }
    }
    T::dispatch(Sum(x))
}

/// Σ x², in blocks as [`sum`], in `f64` at the end.
pub fn square_sum<T: Float>(x: &[T]) -> f64 {
    struct Squares<'a, T>(&'a [T]);
    impl<T: Float> Kernel for Squares<'_, T> {
        type Output = f64;
        #[inline(always)]
        fn run<I: Isa>(self, _: I) -> f64 {
            let mut total = 0.0;
            for block in self.0.chunks(BLOCK) {
                let mut lanes = [T::ZERO; LANES];
                let (rows, rest) = block.as_chunks::<LANES>();
                for row in rows {
                    for i in 0..LANES {
                        lanes[i] = row[i].fma::<I>(row[i], lanes[i]);
                    }
                }
                for (lane, &x) in lanes.iter_mut().zip(rest) {
                    *lane += x * x;
                }
                total += fold_lanes(lanes, |a, b| a + b).to_f64();
            }
            total
        }
    }
    T::dispatch(Squares(x))
}

/// [`sum`], to be inlined into a [`Kernel`].
#[inline(always)]
pub fn sum_run<T: Float>(x: &[T]) -> T {
    if x.len() <= BLOCK {
        return sum_block(x);
    }
    let mut total = 0.0;
    for block in x.chunks(BLOCK) {
        total += sum_block(block).to_f64();
    }
    T::from_f64(total)
}

#[inline(always)]
fn sum_block<T: Float>(x: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (rows, rest) = x.as_chunks::<LANES>();
    for row in rows {
        for i in 0..LANES {
            lanes[i] += row[i];
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += x;
    }
    fold_lanes(lanes, |a, b| a + b)
}

#[inline(always)]
fn fold_lanes<T: Copy>(mut lanes: [T; LANES], f: impl Fn(T, T) -> T) -> T {
    let mut n = LANES;
    while n > 1 {
        n /= 2;
        for i in 0..n {
            lanes[i] = f(lanes[i], lanes[i + n]);
        }
    }
    lanes[0]
}

/// The fold of a run with an associative, commutative `f` (such as max), to be inlined into a [`Kernel`].
#[inline(always)]
pub fn fold_run<T: Element>(x: &[T], init: T, f: impl Fn(T, T) -> T + Copy) -> T {
    let mut lanes = [init; LANES];
    let (rows, rest) = x.as_chunks::<LANES>();
    for row in rows {
        for i in 0..LANES {
            lanes[i] = f(lanes[i], row[i]);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = f(*lane, x);
    }
    fold_lanes(lanes, f)
}

/// A fold along an axis: its start, and how one number joins.
pub trait Fold<T: Element>: Copy + Sync {
    /// The value for no numbers.
    fn init(&self) -> T;
    /// Joins two values.
    fn join(&self, a: T, b: T) -> T;
    /// Folds a run of memory.
    #[inline(always)]
    fn run(&self, x: &[T]) -> T {
        fold_run(x, self.init(), |a, b| self.join(a, b))
    }
}

/// The fold that adds.
#[derive(Clone, Copy, Debug)]
pub struct Add;

impl<T: Float> Fold<T> for Add {
    #[inline(always)]
    fn init(&self) -> T {
        T::ZERO
    }
    #[inline(always)]
    fn join(&self, a: T, b: T) -> T {
        a + b
    }
    #[inline(always)]
    fn run(&self, x: &[T]) -> T {
        sum_run(x)
    }
}

/// The fold that keeps the largest; NaN wins.
#[derive(Clone, Copy, Debug)]
pub struct Max;

impl<T: Float> Fold<T> for Max {
    #[inline(always)]
    fn init(&self) -> T {
        T::NEG_INFINITY
    }
    #[inline(always)]
    fn join(&self, a: T, b: T) -> T {
        a.max_nan(b)
    }
}

/// The fold that keeps the smallest; NaN wins.
#[derive(Clone, Copy, Debug)]
pub struct Min;

impl<T: Float> Fold<T> for Min {
    #[inline(always)]
    fn init(&self) -> T {
        T::INFINITY
    }
    #[inline(always)]
    fn join(&self, a: T, b: T) -> T {
        a.min_nan(b)
    }
}

/// Folds the middle axis of dense `x [outer, n, inner]` into `out [outer, inner]`.
///
/// # Panics
/// When a slice's length does not fit the shape.
pub fn middle<T: Element, F: Fold<T>>(x: &[T], [outer, n, inner]: [usize; 3], out: &mut [T], fold: F) {
    assert_eq!(x.len(), outer * n * inner, "reduce: the input does not fit its shape");
    assert_eq!(out.len(), outer * inner, "reduce: the output does not fit its shape");
    if out.is_empty() {
        return;
    }
    if n == 0 {
        return out.fill(fold.init());
    }
    if inner == 1 {
        let piece = (crate::map::GRAIN / n).max(1);
        for_chunks(out, piece, |start, out| T::dispatch(Runs { x: &x[start * n..], n, out, fold }));
    } else if outer == 1 {
        // One long column of rows: cut the columns, so that each output is still folded in one order.
        let piece = (crate::map::GRAIN / n).max(64);
        for_chunks(out, piece, |start, out| T::dispatch(Columns { x, n, inner, start, out, fold }));
    } else {
        let rows = (crate::map::GRAIN / (n * inner)).max(1);
        for_chunks(out, rows * inner, |start, out| {
            let first = start / inner;
            for (i, out) in out.chunks_exact_mut(inner).enumerate() {
                let x = &x[(first + i) * n * inner..][..n * inner];
                T::dispatch(Columns { x, n, inner, start: 0, out, fold });
            }
        });
    }
}

struct Runs<'a, T, F> {
    x: &'a [T],
    n: usize,
    out: &'a mut [T],
    fold: F,
}

impl<T: Element, F: Fold<T>> Kernel for Runs<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for (out, x) in self.out.iter_mut().zip(self.x.chunks_exact(self.n)) {
            *out = self.fold.run(x);
        }
    }
}

struct Columns<'a, T, F> {
    x: &'a [T],
    n: usize,
    inner: usize,
    start: usize,
    out: &'a mut [T],
    fold: F,
}

impl<T: Element, F: Fold<T>> Kernel for Columns<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Columns { x, n, inner, start, out, fold } = self;
        // Sixty-four columns at a time stay in registers while the rows go by.
        let mut column = start;
        let (blocks, rest) = out.as_chunks_mut::<64>();
        for out in blocks {
            let mut sums = [fold.init(); 64];
            for r in 0..n {
                let row = &x[r * inner + column..][..64];
                for i in 0..64 {
                    sums[i] = fold.join(sums[i], row[i]);
                }
            }
            *out = sums;
            column += 64;
        }
        let width = rest.len();
        if width > 0 {
            rest.fill(fold.init());
            for r in 0..n {
                let row = &x[r * inner + column..][..width];
                for (o, &x) in rest.iter_mut().zip(row) {
                    *o = fold.join(*o, x);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_every_form() {
        let x: Vec<f64> = (0..2 * 70 * 131).map(|i| (i as f64 * 0.37).sin()).collect();
        for shape @ [outer, n, inner] in [[2, 70, 131], [2 * 70, 131, 1], [1, 140, 131], [1, 2 * 70 * 131, 1]] {
            let mut out = vec![0.0; outer * inner];
            middle(&x, shape, &mut out, Add);
            for o in 0..outer {
                for i in 0..inner {
                    let expected: f64 = (0..n).map(|k| x[(o * n + k) * inner + i]).sum();
                    assert!((out[o * inner + i] - expected).abs() < 1e-10);
                }
            }
        }
    }

    #[test]
    fn a_long_single_precision_sum_is_exact_enough() {
        let x = vec![0.1_f32; 10_000_000];
        assert!((sum(&x) / 1e6 - 1.0).abs() < 1e-6);
    }

    #[test]
    fn nan_is_the_largest_and_the_smallest() {
        let x = [1.0, f32::NAN, 3.0];
        let mut out = [0.0];
        middle(&x, [1, 3, 1], &mut out, Max);
        assert!(out[0].is_nan());
        middle(&x, [1, 3, 1], &mut out, Min);
        assert!(out[0].is_nan());
    }
}
