//! One function over every element of strided arrays, written to a dense row-major output.
//!
//! Axes are merged as far as the strides allow, the innermost one becomes a plain loop over slices that the
//! compiler vectorises, and large outputs are cut over the threads.
//!
//! ```
//! use gradus_kernels::{layout::Layout, map};
//! let a = [1.0_f32, 2.0, 3.0];
//! let b = [10.0_f32, 20.0];
//! // [3] broadcast against [2, 1]
//! let shape = [2, 3];
//! let la = Layout::contiguous(&[3]).unwrap().broadcast_to(&shape).unwrap();
//! let lb = Layout::contiguous(&[2, 1]).unwrap().broadcast_to(&shape).unwrap();
//! let mut out = [0.0_f32; 6];
//! map::binary(&a, &la, &b, &lb, &mut out, |a, b| a + b);
//! assert_eq!(out, [11.0, 12.0, 13.0, 21.0, 22.0, 23.0]);
//! ```

use crate::element::Element;
use crate::layout::{Collapsed, Layout};
use crate::simd::{Isa, Kernel};
use crate::threads::for_chunks;

/// Elements below which an operation stays on one thread: waking another costs more than it brings.
pub const GRAIN: usize = 32 * 1024;

/// A function of one number. Closures are such functions; types implement it themselves when they need to know
/// the instruction set, as the elementary functions of [`crate::element::Float`] do.
pub trait Unary<A, R>: Copy + Sync {
    /// The function's value at `a`.
    fn eval<I: Isa>(&self, a: A) -> R;
}

impl<A, R, F: Fn(A) -> R + Copy + Sync> Unary<A, R> for F {
    #[inline(always)]
    fn eval<I: Isa>(&self, a: A) -> R {
        self(a)
    }
}

/// A function of two numbers; see [`Unary`].
pub trait Binary<A, B, R>: Copy + Sync {
    /// The function's value at `a`, `b`.
    fn eval<I: Isa>(&self, a: A, b: B) -> R;
}

impl<A, B, R, F: Fn(A, B) -> R + Copy + Sync> Binary<A, B, R> for F {
    #[inline(always)]
    fn eval<I: Isa>(&self, a: A, b: B) -> R {
        self(a, b)
    }
}

/// Cuts `out` into whole rows of `width` over the threads; a single row is cut anywhere.
/// `f(first row, first column, piece)`.
fn over_rows<R: Element>(out: &mut [R], width: usize, f: &(dyn Fn(usize, usize, &mut [R]) + Sync)) {
    if width == 0 || out.is_empty() {
        return;
    }
    if out.len() == width {
        for_chunks(out, GRAIN, |start, piece| f(0, start, piece));
    } else {
        let rows = (GRAIN / width).max(1);
        for_chunks(out, rows * width, |start, piece| f(start / width, 0, piece));
    }
}

/// `out[i] = f(a[i])`; `out` is dense in the shape of `la`.
pub fn unary<A: Element, R: Element>(a: &[A], la: &Layout, out: &mut [R], f: impl Unary<A, R>) {
    let c = Collapsed::new([la]);
    let (width, [sa]) = c.inner();
    debug_assert_eq!(out.len(), la.numel());
    over_rows(out, width, &|row, col, piece| A::dispatch(Rows1 { a, c: &c, row, col, sa, out: piece, f }));
}

struct Rows1<'a, A, R, F> {
    a: &'a [A],
    c: &'a Collapsed<1>,
    row: usize,
    col: usize,
    sa: isize,
    out: &'a mut [R],
    f: F,
}

impl<A: Element, R: Element, F: Unary<A, R>> Kernel for Rows1<'_, A, R, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Rows1 { a, c, row, col, sa, out, f } = self;
        let width = out.len().min(c.inner().0);
        let mut pieces = out.chunks_exact_mut(width);
        c.for_rows(row..row + pieces.len(), |_, [at]| {
            let Some(out) = pieces.next() else { return };
            let at = (at as isize + col as isize * sa) as usize;
            if sa == 1 {
                for (o, &x) in out.iter_mut().zip(&a[at..at + width]) {
                    *o = f.eval::<I>(x);
                }
            } else if sa == 0 {
                out.fill(f.eval::<I>(a[at]));
            } else {
                let mut at = at as isize;
                for o in out {
                    *o = f.eval::<I>(a[at as usize]);
                    at += sa;
                }
            }
        });
    }
}

/// `out[i] = f(a[i], b[i])`; both layouts have the same shape (broadcast them first), `out` is dense in it.
pub fn binary<A: Element, B: Element, R: Element>(
    a: &[A],
    la: &Layout,
    b: &[B],
    lb: &Layout,
    out: &mut [R],
    f: impl Binary<A, B, R>,
) {
    let c = Collapsed::new([la, lb]);
    let (width, strides) = c.inner();
    debug_assert_eq!(out.len(), la.numel());
    over_rows(out, width, &|row, col, piece| A::dispatch(Rows2 { a, b, c: &c, row, col, strides, out: piece, f }));
}

struct Rows2<'a, A, B, R, F> {
    a: &'a [A],
    b: &'a [B],
    c: &'a Collapsed<2>,
    row: usize,
    col: usize,
    strides: [isize; 2],
    out: &'a mut [R],
    f: F,
}

impl<A: Element, B: Element, R: Element, F: Binary<A, B, R>> Kernel for Rows2<'_, A, B, R, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Rows2 { a, b, c, row, col, strides: [sa, sb], out, f } = self;
        let width = out.len().min(c.inner().0);
        let mut pieces = out.chunks_exact_mut(width);
        c.for_rows(row..row + pieces.len(), |_, [pa, pb]| {
            let Some(out) = pieces.next() else { return };
            let (mut pa, mut pb) = (pa as isize + col as isize * sa, pb as isize + col as isize * sb);
            match (sa, sb) {
                (1, 1) => {
                    let (a, b) = (&a[pa as usize..pa as usize + width], &b[pb as usize..pb as usize + width]);
                    for ((o, &x), &y) in out.iter_mut().zip(a).zip(b) {
                        *o = f.eval::<I>(x, y);
                    }
                }
                (1, 0) => {
                    let y = b[pb as usize];
                    for (o, &x) in out.iter_mut().zip(&a[pa as usize..pa as usize + width]) {
                        *o = f.eval::<I>(x, y);
                    }
                }
                (0, 1) => {
                    let x = a[pa as usize];
                    for (o, &y) in out.iter_mut().zip(&b[pb as usize..pb as usize + width]) {
                        *o = f.eval::<I>(x, y);
                    }
                }
                _ => {
                    for o in out {
                        *o = f.eval::<I>(a[pa as usize], b[pb as usize]);
                        pa += sa;
                        pb += sb;
                    }
                }
            }
        });
    }
}

/// `out[i] = f(a[i], b[i], c[i])` over three layouts of one shape. Vectorised where all three are dense.
pub fn ternary<A: Element, B: Element, C: Element, R: Element>(
    a: (&[A], &Layout),
    b: (&[B], &Layout),
    c: (&[C], &Layout),
    out: &mut [R],
    f: impl Fn(A, B, C) -> R + Copy + Sync,
) {
    let walk = Collapsed::new([a.1, b.1, c.1]);
    let (width, strides) = walk.inner();
    debug_assert_eq!(out.len(), a.1.numel());
    over_rows(out, width, &|row, col, piece| {
        A::dispatch(Rows3 { a: a.0, b: b.0, d: c.0, c: &walk, row, col, strides, out: piece, f });
    });
}

struct Rows3<'a, A, B, C, R, F> {
    a: &'a [A],
    b: &'a [B],
    d: &'a [C],
    c: &'a Collapsed<3>,
    row: usize,
    col: usize,
    strides: [isize; 3],
    out: &'a mut [R],
    f: F,
}

impl<A: Element, B: Element, C: Element, R: Element, F: Fn(A, B, C) -> R> Kernel for Rows3<'_, A, B, C, R, F> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Rows3 { a, b, d, c, row, col, strides, out, f } = self;
        let width = out.len().min(c.inner().0);
        let mut pieces = out.chunks_exact_mut(width);
        c.for_rows(row..row + pieces.len(), |_, at| {
            let Some(out) = pieces.next() else { return };
            let mut at: [isize; 3] = std::array::from_fn(|i| at[i] as isize + col as isize * strides[i]);
            if strides == [1; 3] {
                let at = at.map(|p| p as usize);
                let (a, b, d) = (&a[at[0]..at[0] + width], &b[at[1]..at[1] + width], &d[at[2]..at[2] + width]);
                for (((o, &x), &y), &z) in out.iter_mut().zip(a).zip(b).zip(d) {
                    *o = f(x, y, z);
                }
            } else {
                for o in out {
                    *o = f(a[at[0] as usize], b[at[1] as usize], d[at[2] as usize]);
                    for i in 0..3 {
                        at[i] += strides[i];
                    }
                }
            }
        });
    }
}

/// `x[i] = f(x[i])`.
pub fn apply<A: Element>(x: &mut [A], f: impl Unary<A, A>) {
    struct Apply<'a, A, F>(&'a mut [A], F);
    impl<A: Element, F: Unary<A, A>> Kernel for Apply<'_, A, F> {
        type Output = ();
        #[inline(always)]
        fn run<I: Isa>(self, _: I) {
            for x in self.0 {
                *x = self.1.eval::<I>(*x);
            }
        }
    }
    for_chunks(x, GRAIN, |_, x| A::dispatch(Apply(x, f)));
}

/// `x[i] = f(x[i], b[i])` over two dense arrays of one length: accumulation and optimiser steps.
pub fn update<A: Element, B: Element>(x: &mut [A], b: &[B], f: impl Binary<A, B, A>) {
    struct Update<'a, A, B, F>(&'a mut [A], &'a [B], F);
    impl<A: Element, B: Element, F: Binary<A, B, A>> Kernel for Update<'_, A, B, F> {
        type Output = ();
        #[inline(always)]
        fn run<I: Isa>(self, _: I) {
            for (x, &b) in self.0.iter_mut().zip(self.1) {
                *x = self.2.eval::<I>(*x, b);
            }
        }
    }
    assert_eq!(x.len(), b.len(), "update: both arrays have one length");
    for_chunks(x, GRAIN, |start, x| A::dispatch(Update(x, &b[start..start + x.len()], f)));
}

/// Copies a view into a dense array of its shape.
pub fn copy<A: Element>(a: &[A], la: &Layout, out: &mut [A]) {
    if la.is_contiguous() {
        let at = la.offset();
        return for_chunks(out, GRAIN, |start, piece| {
            piece.copy_from_slice(&a[at + start..at + start + piece.len()]);
        });
    }
    unary(a, la, out, |x| x);
}

/// The reverse of [`copy`]: writes dense numbers into a view of `out`, whose other elements stay as they are.
pub fn place<A: Element>(a: &[A], out: &mut [A], at: &Layout) {
    let c = Collapsed::new([at]);
    let (width, [stride]) = c.inner();
    if a.is_empty() {
        return;
    }
    c.for_rows(0..c.rows(), |row, [start]| {
        let a = &a[row * width..][..width];
        if stride == 1 {
            out[start..start + width].copy_from_slice(a);
        } else {
            let mut to = start as isize;
            for &x in a {
                out[to as usize] = x;
                to += stride;
            }
        }
    });
}
