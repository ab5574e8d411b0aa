//! The loops around the micro-kernel: which blocks of A and B are copied into contiguous panels, and in what order
//! tiles are visited.
//!
//! Small products read A and B where they are. Large ones follow Goto and van de Geijn, *Anatomy of
//! High-Performance Matrix Multiplication* (2008): k is cut so that a panel of A stays in the first-level cache,
//! a block of B, copied panel by panel, in the second.

use super::pack::Panel;
use super::tile::Tile;
use super::vector::{MAX_VECTORS, Vector};
use std::cell::Cell;

/// C = A·B (or C + A·B, or A·B + bias), with checked sizes: the pointers are good for the shapes and strides.
#[derive(Clone, Copy)]
pub(super) struct Product<T> {
    pub m: usize,
    pub n: usize,
    /// At least 1.
    pub k: usize,
    pub a: *const T,
    pub a_row: usize,
    pub a_col: usize,
    pub b: *const T,
    pub b_row: usize,
    pub b_col: usize,
    pub c: *mut T,
    pub c_row: usize,
    /// Whether C is added to.
    pub add: bool,
    /// `[n]` values, or null.
    pub bias: *const T,
}

/// Bytes of one element times terms of a sum that are added up in registers before they go to C.
const K_BYTES: usize = 2048;
/// Bytes of the block of B that is to stay in the second-level cache.
const B_BYTES: usize = 512 << 10;
/// Bytes of the block of A that is to stay in the third-level cache.
const A_BYTES: usize = 2 << 20;

/// Runs of near-equal length that cover `0..len` in the fewest pieces of at most `most`.
fn balanced(len: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let pieces = len.div_ceil(most);
    (0..pieces).map(move |i| (i * len / pieces, (i + 1) * len / pieces - i * len / pieces))
}

/// Columns that go into one micro-kernel.
#[derive(Clone, Copy)]
struct Columns {
    start: usize,
    /// Vectors, the cut one included.
    vectors: usize,
    /// Columns in the last vector.
    lanes: usize,
    /// Whether the vector is a [`Vector::Half`].
    half: bool,
}

/// The panels of `n` columns: full ones of near-equal width, and a half vector where the rest fits into one.
fn panels<V: Vector>(n: usize) -> impl Iterator<Item = Columns> {
    let rest = n % V::LANES;
    let half = rest > 0 && rest <= V::Half::LANES && V::Half::LANES < V::LANES;
    let wide = if half { n - rest } else { n };
    balanced(wide.div_ceil(V::LANES), MAX_VECTORS)
        .map(move |(start, vectors)| {
            let start = start * V::LANES;
            let lanes = (wide - start - (vectors - 1) * V::LANES).min(V::LANES);
            Columns { start, vectors, lanes, half: false }
        })
        .chain(half.then_some(Columns { start: wide, vectors: 1, lanes: rest, half: true }))
}

/// Computes a product on this thread.
///
/// # Safety
/// The processor has the instructions of `V`, and `p` describes memory as [`Product`] says.
pub(super) unsafe fn product<V: Vector>(p: &Product<V::Scalar>) {
    let size = size_of::<V::Scalar>();
    let k_most = K_BYTES / size;
    let copy_b = p.b_col != 1 || p.m > 64;
    let copy_a = p.m * p.k * size > (32 << 10) && p.n > 8 * V::LANES;
    let widest = p.n.div_ceil(V::LANES).min(MAX_VECTORS);
    let n_most = if copy_b { (B_BYTES / size / p.k.min(k_most)).next_multiple_of(MAX_VECTORS * V::LANES) } else { p.n };
    let m_most = if copy_a { (A_BYTES / size / p.k.min(k_most)).next_multiple_of(24) } else { p.m };
    let rows_most = V::TILES[0][widest - 1].len().min(12);

    let k_block = p.k.div_ceil(p.k.div_ceil(k_most));
    let a_len = if copy_a { m_most.min(p.m) * k_block } else { 0 };
    let b_len = if copy_b { n_most.min(p.n).next_multiple_of(V::LANES) * k_block } else { 0 };
    // SAFETY: `p` is good at every index below `m`, `n`, `k`, and the panels lie inside the scratch.
    with_scratch::<V::Scalar, _>(a_len, b_len, |a_copy, b_copy| unsafe {
        for (ic, mc) in balanced(p.m, m_most) {
            for (pc, kc) in balanced(p.k, k_most) {
                let a_block = p.a.add(ic * p.a_row + pc * p.a_col);
                if copy_a {
                    for (i, rows) in balanced(mc, rows_most) {
                        let from = a_block.add(i * p.a_row);
                        V::PACK(&Panel {
                            to: a_copy.add(i * kc),
                            width: rows,
                            from,
                            along: p.a_col,
                            across: p.a_row,
                            lanes: rows,
                            k: kc,
                        });
                    }
                }
                let add = p.add || pc > 0;
                let last = pc + kc == p.k;
                for (jc, nc) in balanced(p.n.div_ceil(V::LANES), n_most.div_ceil(V::LANES)) {
                    let (jc, nc) = (jc * V::LANES, (nc * V::LANES).min(p.n - jc * V::LANES));
                    let b_block = p.b.add(pc * p.b_row + jc * p.b_col);
                    if copy_b {
                        for panel in panels::<V>(nc) {
                            let from = b_block.add(panel.start * p.b_col);
                            let lanes = (panel.vectors - 1) * V::LANES + panel.lanes;
                            let width = if panel.half { V::Half::LANES } else { panel.vectors * V::LANES };
                            V::PACK(&Panel {
                                to: b_copy.add(panel.start * kc),
                                width,
                                from,
                                along: p.b_row,
                                across: p.b_col,
                                lanes,
                                k: kc,
                            });
                        }
                    }
                    let run = |i: usize, rows: usize, panel: Columns| {
                        let (a, a_row, a_col) = if copy_a {
                            (a_copy.cast_const().add(i * kc), 1, rows)
                        } else {
                            (a_block.add(i * p.a_row), p.a_row, p.a_col)
                        };
                        let width = if panel.half { V::Half::LANES } else { panel.vectors * V::LANES };
                        let (b, b_row) = if copy_b {
                            (b_copy.cast_const().add(panel.start * kc), width)
                        } else {
                            (b_block.add(panel.start), p.b_row)
                        };
                        let j = jc + panel.start;
                        let bias = if last && !p.bias.is_null() { p.bias.add(j) } else { std::ptr::null() };
                        let c = p.c.add((ic + i) * p.c_row + j);
                        let c_row = p.c_row;
                        let tile = Tile { k: kc, a, a_row, a_col, b, b_row, c, c_row, lanes: panel.lanes, add, bias };
                        if panel.half {
                            V::Half::TILES[(panel.lanes < V::Half::LANES) as usize][0][rows - 1](&tile);
                        } else {
                            V::TILES[(panel.lanes < V::LANES) as usize][panel.vectors - 1][rows - 1](&tile);
                        }
                    };
                    if copy_a {
                        for (i, rows) in balanced(mc, rows_most) {
                            for panel in panels::<V>(nc) {
                                run(i, rows, panel);
                            }
                        }
                    } else {
                        for panel in panels::<V>(nc) {
                            let most = if panel.half {
                                V::Half::TILES[0][0].len()
                            } else {
                                V::TILES[0][panel.vectors - 1].len()
                            };
                            for (i, rows) in balanced(mc, most) {
                                run(i, rows, panel);
                            }
                        }
                    }
                }
            }
        }
    });
}

/// A cache line, which aligns the scratch.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Lends two arrays that this thread keeps from product to product.
fn with_scratch<T, R>(a_len: usize, b_len: usize, f: impl FnOnce(*mut T, *mut T) -> R) -> R {
    thread_local!(static SCRATCH: Cell<Vec<Line>> = const { Cell::new(Vec::new()) });
    let lines = |len: usize| (len * size_of::<T>()).div_ceil(size_of::<Line>()) + 1;
    let mut scratch = SCRATCH.take();
    let needed = lines(a_len) + lines(b_len);
    if scratch.len() < needed {
        scratch.resize(needed, Line([0; 64]));
    }
    let a: *mut Line = scratch.as_mut_ptr();
    let out = f(a.cast(), a.wrapping_add(lines(a_len)).cast());
    SCRATCH.set(scratch);
    out
}
