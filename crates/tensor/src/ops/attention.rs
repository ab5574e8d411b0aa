//! What the attention operations share: O = softmax(Q·Kᵀ·scale)·V, head by head, in blocks of queries.
//!
//! A block of queries meets only the keys that one of them may see, so that causal attention leaves out nearly half of
//! the work. Its probabilities P stay in the nearest cache between the two products, and are kept for the way back:
//! with G = ∂/∂O and dP = G·Vᵀ,
//!
//! dS = P ∘ (dP − Σ P ∘ dP over the keys) · scale,  ∂/∂Q = dS·K,  ∂/∂K = dSᵀ·Q,  ∂/∂V = Pᵀ·G.
//!
//! P and dS are held transposed, `[keys, queries]`: the softmax runs down the columns then, where vectors add and compare
//! number by number and never within themselves.

use super::channels::{array, strips};
use crate::{Elem, Result, ensure};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::gemm::{MatRef, Store, gemm};
use gradus_kernels::layout::Layout;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::for_pieces;
use smallvec::SmallVec;
use std::ops::Range;

/// How queries attend to keys.
///
/// ```
/// use gradus_tensor::ops::Attention;
/// // A prompt; then one token whose keys and values join 40 cached ones.
/// let (prompt, next) = (Attention::causal(), Attention { offset: 40, ..Attention::causal() });
/// assert!(prompt.causal && prompt.scale.is_none() && next.offset == 40);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attention {
    /// Whether query i sees the keys 0 … i + offset alone, and not all of them.
    pub causal: bool,
    /// How many keys come before that of the first query: 0 as in PyTorch, or the number of cached ones.
    pub offset: usize,
    /// What the products of queries and keys are multiplied with: 1/√head_size where nothing is said.
    pub scale: Option<f64>,
}

impl Attention {
    /// Each query sees the keys up to its own.
    pub fn causal() -> Self {
        Attention { causal: true, ..Attention::default() }
    }
}

/// Queries of a block.
const BLOCK: usize = 64;
/// Multiplications below which a thread is not worth waking.
const WORK: usize = 512 * 1024;

/// The sizes of one call and its blocks. Results are `[outer, queries, heads, value_size]` in memory.
pub(super) struct Plan {
    pub(super) outer: usize,
    pub(super) heads: usize,
    pub(super) queries: usize,
    pub(super) keys: usize,
    pub(super) size: usize,
    pub(super) value_size: usize,
    options: Attention,
    scale: f64,
    blocks: SmallVec<[Block; 4]>,
    /// Numbers of P for one head.
    room: usize,
    /// Numbers of P for the largest block.
    largest: usize,
}

struct Block {
    queries: Range<usize>,
    /// How many keys the last of the queries sees.
    keys: usize,
    /// Where its Pᵀ begins.
    at: usize,
}

/// Where the rows of one head's gradient stand: head h of the o-th outer index of a thread's share begins at
/// `first + o·outer + h·head` of slice `slice`, and rows are `row` apart.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) slice: usize,
    pub(super) first: usize,
    pub(super) outer: usize,
    pub(super) head: usize,
    pub(super) row: usize,
}

/// The gradients of Q, K and V of one head.
struct Target<'a, 'b, T> {
    slices: &'a mut [&'b mut [T]; 3],
    places: &'a [Place; 3],
    outer: usize,
    head: usize,
}

impl<T> Target<'_, '_, T> {
    /// Gradient `which` from row `row` on, and the step between rows.
    fn rows(&mut self, which: usize, row: usize) -> (&mut [T], usize) {
        let place = self.places[which];
        let at = place.first + self.outer * place.outer + self.head * place.head + row * place.row;
        (&mut self.slices[place.slice][at..], place.row)
    }
}

impl Plan {
    /// A plan for operation `op`, with `[outer, heads]`, `[queries, keys]` and `[size, value_size]`.
    pub(super) fn new(
        op: &'static str,
        [outer, heads]: [usize; 2],
        [queries, keys]: [usize; 2],
        [size, value_size]: [usize; 2],
        options: &Attention,
    ) -> Result<Plan> {
        ensure!(size > 0, op, "the heads have size 0; queries and keys need at least one number");
        let scale = options.scale.unwrap_or(1.0 / (size as f64).sqrt());
        ensure!(scale > 0.0 && scale.is_finite(), op, "the scale is {scale}; it must be a positive number");
        let (blocks, room, largest) = (SmallVec::new(), 0, 0);
        let mut plan =
            Plan { outer, heads, queries, keys, size, value_size, options: *options, scale, blocks, room, largest };
        for first in (0..queries).step_by(BLOCK) {
            let queries = first..(first + BLOCK).min(queries);
            let keys = plan.visible(queries.end - 1);
            plan.largest = plan.largest.max(keys * queries.len());
            let at = plan.room;
            plan.room += keys * queries.len();
            plan.blocks.push(Block { queries, keys, at });
        }
        Ok(plan)
    }

    /// How many keys query `i` sees.
    fn visible(&self, i: usize) -> usize {
        if self.options.causal { self.keys.min((i + 1).saturating_add(self.options.offset)) } else { self.keys }
    }

    /// Whether there is nothing to compute: results and gradients are 0.
    fn is_empty(&self) -> bool {
        [self.outer, self.heads, self.queries, self.keys, self.value_size].contains(&0)
    }

    /// How many outer indices a thread takes at once.
    fn share(&self) -> usize {
        let work = self.queries * self.keys * (self.size + self.value_size) * self.heads;
        (WORK / work.max(1)).max(1)
    }

    /// O, and P of all heads if it is to be kept. `of(outer, head)` gives Q, K and V of a head.
    pub(super) fn forward<'a, T: Float + Elem>(
        &self,
        keep: bool,
        of: impl Fn(usize, usize) -> [MatRef<'a, T>; 3] + Sync,
    ) -> (Buffer<T>, Buffer<T>) {
        let length = self.queries * self.heads * self.value_size;
        if self.is_empty() {
            return (Buffer::filled(self.outer * length, T::ZERO), Buffer::scratch(0));
        }
        let share = self.share();
        let mut out = Buffer::scratch(self.outer * length);
        let (room, p_share) = if keep { (self.room, share * self.heads * self.room) } else { (0, self.largest) };
        let p_len = if keep { self.outer * self.heads * room } else { self.outer.div_ceil(share) * p_share };
        let mut p = Buffer::scratch(p_len);
        for_pieces(out.chunks_mut(share * length).zip(p.chunks_mut(p_share)), |i, (out, p)| {
            for (outer, out) in out.chunks_exact_mut(length).enumerate() {
                for head in 0..self.heads {
                    let p = &mut p[(outer * self.heads + head) * room..];
                    self.forward_head(of(i * share + outer, head), keep, p, &mut out[head * self.value_size..]);
                }
            }
        });
        (out, if keep { p } else { Buffer::scratch(0) })
    }

    fn forward_head<T: Float>(&self, [q, k, v]: [MatRef<'_, T>; 3], keep: bool, p: &mut [T], out: &mut [T]) {
        let row = self.heads * self.value_size;
        for Block { queries, keys, at } in &self.blocks {
            let (n, keys) = (queries.len(), *keys);
            let p = &mut p[if keep { *at } else { 0 }..][..keys * n];
            gemm(keys, n, self.size, k, below(q, queries.start).t(), p, n, Store::Set);
            // Key j is hidden from the queries before j − offset.
            let hidden =
                if self.options.causal { Some(queries.start.saturating_add(self.options.offset)) } else { None };
            dispatch(Softmax { p, n, first_hidden: hidden, scale: T::from_f64(self.scale) });
            gemm(n, self.value_size, keys, MatRef::rows(p, n).t(), v, &mut out[queries.start * row..], row, Store::Set);
        }
    }

    /// Writes the gradients of Q, K and V into `slices`, which hold `outer` equal parts each, at `places`. `of(outer,
    /// head)` gives Q, K, V and G of a head; `p` is what [`Plan::forward`] kept.
    pub(super) fn backward<'a, T: Float + Elem>(
        &self,
        p: &[T],
        of: impl Fn(usize, usize) -> ([MatRef<'a, T>; 3], MatRef<'a, T>) + Sync,
        mut slices: [&mut [T]; 3],
        places: [Place; 3],
    ) {
        if self.is_empty() {
            return slices.iter_mut().for_each(|s| s.fill(T::ZERO));
        }
        let share = self.share();
        let lengths = slices.each_ref().map(|s| s.len() / self.outer);
        let pieces: Vec<[&mut [T]; 3]> = (0..self.outer.div_ceil(share))
            .map(|i| {
                let outer = share.min(self.outer - i * share);
                let mut cut = 0;
                slices.each_mut().map(|slice| {
                    let (piece, rest) = std::mem::take(slice).split_at_mut(outer * lengths[cut]);
                    (*slice, cut) = (rest, cut + 1);
                    piece
                })
            })
            .collect();
        for_pieces(pieces.into_iter(), |i, mut slices| {
            let mut ds = Buffer::scratch(self.largest);
            for outer in 0..share.min(self.outer - i * share) {
                for head in 0..self.heads {
                    let index = i * share + outer;
                    let p = &p[(index * self.heads + head) * self.room..][..self.room];
                    let target = Target { slices: &mut slices, places: &places, outer, head };
                    self.backward_head(of(index, head), p, &mut ds, target);
                }
            }
        });
    }

    fn backward_head<T: Float>(
        &self,
        ([q, k, v], g): ([MatRef<'_, T>; 3], MatRef<'_, T>),
        p: &[T],
        ds: &mut [T],
        mut target: Target<'_, '_, T>,
    ) {
        let (size, value_size) = (self.size, self.value_size);
        // The last block sees the most keys: it writes the gradients of K and V, the others add to them.
        let mut store = Store::Set;
        let seen = self.blocks.last().map_or(0, |block| block.keys);
        for unseen in seen..self.keys {
            target.rows(1, unseen).0[..size].fill(T::ZERO);
            target.rows(2, unseen).0[..value_size].fill(T::ZERO);
        }
        for Block { queries, keys, at } in self.blocks.iter().rev() {
            let (n, keys) = (queries.len(), *keys);
            let (p, ds) = (&p[*at..][..keys * n], &mut ds[..keys * n]);
            let (q, g) = (below(q, queries.start), below(g, queries.start));
            gemm(keys, n, value_size, v, g.t(), ds, n, Store::Set);
            dispatch(SoftmaxBackward { p, ds, n, scale: T::from_f64(self.scale) });
            let (dq, row) = target.rows(0, queries.start);
            gemm(n, size, keys, MatRef::rows(ds, n).t(), k, dq, row, Store::Set);
            let (dk, row) = target.rows(1, 0);
            gemm(keys, size, n, MatRef::rows(ds, n), q, dk, row, store);
            let (dv, row) = target.rows(2, 0);
            gemm(keys, value_size, n, MatRef::rows(p, n), g, dv, row, store);
            store = Store::Add;
        }
    }
}

/// The matrix without its first `rows` rows, some of which are left.
fn below<T>(m: MatRef<'_, T>, rows: usize) -> MatRef<'_, T> {
    MatRef { data: &m.data[rows * m.row_stride..], ..m }
}

/// The position of element `index` of the leading axes of `layout`, counted in row-major order; the last `rest` axes
/// stand at 0.
pub(super) fn position(layout: &Layout, rest: usize, mut index: usize) -> usize {
    let mut at = layout.offset();
    for d in (0..layout.ndim() - rest).rev() {
        let n = layout.shape()[d];
        // `forwards` arrays have no negative strides.
        at += index % n * layout.strides()[d].unsigned_abs();
        index /= n;
    }
    at
}

/// Columns of products into columns of probabilities, in place.
struct Softmax<'a, T> {
    /// `[keys, n]`.
    p: &'a mut [T],
    n: usize,
    /// With causal attention, the first key that the first query does not see, less 1: key j is hidden from the first
    /// j − `first_hidden` queries.
    first_hidden: Option<usize>,
    scale: T,
}

impl<T: Float> Kernel for Softmax<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Softmax { p, n, first_hidden, scale } = self;
        if let Some(first) = first_hidden {
            for (key, row) in p.chunks_exact_mut(n).enumerate().skip(first) {
                row[..(key - first).min(n)].fill(T::NEG_INFINITY);
            }
        }
        let (mut highest, mut shares) = ([T::NEG_INFINITY; BLOCK], [T::ZERO; BLOCK]);
        strips!(n, |at, W| {
            let mut high = [T::NEG_INFINITY; W];
            for row in p.chunks_exact(n) {
                let row: [T; W] = array(&row[at..]);
                for i in 0..W {
                    // Not a number is passed over, and met again in the sum.
                    high[i] = if row[i] > high[i] { row[i] } else { high[i] };
                }
            }
            highest[at..][..W].copy_from_slice(&high);
        });
        for row in p.chunks_exact_mut(n) {
            for (s, &highest) in row.iter_mut().zip(&highest) {
                *s = (*s - highest) * scale;
            }
        }
        // One long run: narrow blocks fill the vectors too.
        for s in p.iter_mut() {
            *s = s.exp::<I>();
        }
        strips!(n, |at, W| {
            let mut sums = [T::ZERO; W];
            for row in p.chunks_exact(n) {
                let row: [T; W] = array(&row[at..]);
                for i in 0..W {
                    sums[i] += row[i];
                }
            }
            shares[at..][..W].copy_from_slice(&sums.map(|sum| T::ONE / sum));
        });
        for row in p.chunks_exact_mut(n) {
            for (p, &share) in row.iter_mut().zip(&shares) {
                *p *= share;
            }
        }
    }
}

/// Columns of dPᵀ into columns of dSᵀ, in place.
struct SoftmaxBackward<'a, T> {
    /// Both `[keys, n]`.
    p: &'a [T],
    ds: &'a mut [T],
    n: usize,
    scale: T,
}

impl<T: Float> Kernel for SoftmaxBackward<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let SoftmaxBackward { p, ds, n, scale } = self;
        let mut totals = [T::ZERO; BLOCK];
        strips!(n, |at, W| {
            let mut sums = [T::ZERO; W];
            for (p, d) in p.chunks_exact(n).zip(ds.chunks_exact(n)) {
                let (p, d): ([T; W], [T; W]) = (array(&p[at..]), array(&d[at..]));
                for i in 0..W {
                    sums[i] = p[i].fma::<I>(d[i], sums[i]);
                }
            }
            totals[at..][..W].copy_from_slice(&sums);
        });
        for (p, d) in p.chunks_exact(n).zip(ds.chunks_exact_mut(n)) {
            for ((d, &p), &sum) in d.iter_mut().zip(p).zip(&totals) {
                *d = p * (*d - sum) * scale;
            }
        }
    }
}
