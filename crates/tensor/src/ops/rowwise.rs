//! What functions along one axis have in common: they are written for rows, and any axis is brought there and back.

use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::{Elem, Tensor, with_dtype, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::map::GRAIN;
use gradus_kernels::simd::{Isa, Kernel};
use gradus_kernels::threads::for_chunks;
use std::marker::PhantomData;

/// A function of a row of numbers and its gradient, side by side.
pub(super) trait Rowwise: Send + Sync + 'static {
    const NAME: &'static str;
    const FORMULA: &'static str;
    const BACKWARD: &'static str;
    /// Writes y = f(x).
    fn forward<T: Float, I: Isa>(x: &[T], y: &mut [T]);
    /// Writes ∂loss/∂x, given the row's result y and g = ∂loss/∂y.
    fn backward<T: Float, I: Isa>(y: &[T], g: &[T], dx: &mut [T]);
}

/// Applies `F` to every row of `x` along `axis` (integers as `f32`).
pub(super) fn rowwise<F: Rowwise>(x: &Tensor, axis: usize) -> Tensor {
    let x = x.to_float();
    let y = with_float!(x.dtype(), T => forward::<T, F>(x.array(), axis));
    emit(&[&x], y.clone(), || Applied::<F> { y, axis, f: PhantomData })
}

struct Applied<F> {
    y: Array,
    axis: usize,
    f: PhantomData<F>,
}

impl<F: Rowwise> Op for Applied<F> {
    const NAME: &'static str = F::NAME;
    const FORMULA: &'static str = F::FORMULA;
    const BACKWARD: &'static str = F::BACKWARD;

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => backward::<T, F>(&self.y, &grad, self.axis)));
    }
}

fn forward<T: Float + Elem, F: Rowwise>(x: &Array, axis: usize) -> Array {
    let (n, rows) = (x.shape()[axis], as_rows(x, axis));
    let x = rows.dense::<T>();
    let y = Array::build(rows.shape(), |y: &mut [T]| {
        over_rows(y, n, |first, y| T::dispatch(Forward { x: &x[first * n..], y, n, f: PhantomData::<F> }));
    });
    from_rows(y, axis)
}

struct Forward<'a, T, F> {
    x: &'a [T],
    y: &'a mut [T],
    n: usize,
    f: PhantomData<F>,
}

impl<T: Float, F: Rowwise> Kernel for Forward<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for (x, y) in self.x.chunks_exact(self.n).zip(self.y.chunks_exact_mut(self.n)) {
            F::forward::<T, I>(x, y);
        }
    }
}

fn backward<T: Float + Elem, F: Rowwise>(y: &Array, g: &Array, axis: usize) -> Array {
    let (n, y, g) = (y.shape()[axis], as_rows(y, axis), as_rows(g, axis));
    let (shape, y, g) = (y.shape(), y.dense::<T>(), g.dense::<T>());
    let dx = Array::build(shape, |dx: &mut [T]| {
        over_rows(dx, n, |first, dx| {
            T::dispatch(Backward { y: &y[first * n..], g: &g[first * n..], dx, n, f: PhantomData::<F> });
        });
    });
    from_rows(dx, axis)
}

struct Backward<'a, T, F> {
    y: &'a [T],
    g: &'a [T],
    dx: &'a mut [T],
    n: usize,
    f: PhantomData<F>,
}

impl<T: Float, F: Rowwise> Kernel for Backward<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let rows = self.y.chunks_exact(self.n).zip(self.g.chunks_exact(self.n));
        for ((y, g), dx) in rows.zip(self.dx.chunks_exact_mut(self.n)) {
            F::backward::<T, I>(y, g, dx);
        }
    }
}

/// `axis` moved behind the others, dense: operations along one axis are written for rows.
pub(super) fn as_rows(x: &Array, axis: usize) -> Array {
    moved(x, axis, x.ndim() - 1)
}

/// The reverse of [`as_rows`].
pub(super) fn from_rows(rows: Array, axis: usize) -> Array {
    moved(&rows, rows.ndim() - 1, axis)
}

fn moved(x: &Array, from: usize, to: usize) -> Array {
    let x = x.contiguous();
    if from == to {
        return x;
    }
    let mut order: Vec<usize> = (0..x.ndim()).filter(|&d| d != from).collect();
    order.insert(to, from);
    let view = x.permuted(&order);
    // Either way it is many matrices transposed: [outer, n, inner] and [outer, inner, n].
    let columns = if from < to { x.shape()[from + 1..].iter().product() } else { x.shape()[from] };
    let rows = x.shape()[from.min(to)..].iter().product::<usize>().checked_div(columns).unwrap_or(0);
    with_dtype!(x.dtype(), T => Array::build(view.shape(), |out: &mut [T]| transpose(&x.dense::<T>(), [rows, columns], out)))
}

/// Transposes matrices `[rows, columns]` that lie one after the other, tile by tile so that what is read stays in the
/// cache until all of it is written.
fn transpose<T: Elem>(x: &[T], [rows, columns]: [usize; 2], out: &mut [T]) {
    const TILE: usize = 16;
    over_rows(out, rows, |first, out| {
        let (mut row, mut rest) = (first, out);
        while !rest.is_empty() {
            let (matrix, column) = (row / columns, row % columns);
            let count = TILE.min(columns - column).min(rest.len() / rows);
            let (tile, later) = rest.split_at_mut(count * rows);
            let x = &x[matrix * rows * columns + column..];
            for start in (0..rows).step_by(TILE) {
                for (i, out) in tile.chunks_exact_mut(rows).enumerate() {
                    let source = x[start * columns + i..].iter().step_by(columns);
                    for (out, &x) in out[start..].iter_mut().take(TILE).zip(source) {
                        *out = x;
                    }
                }
            }
            (row, rest) = (row + count, later);
        }
    });
}

/// Cuts rows of `n` numbers over the threads: `f(index of the first row, rows)`. Nothing happens for empty rows.
pub(super) fn over_rows<T: Send>(out: &mut [T], n: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    if n == 0 {
        return;
    }
    for_chunks(out, (GRAIN / n).max(1) * n, |start, rows| f(start / n, rows));
}
