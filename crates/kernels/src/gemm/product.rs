//! The loops around the micro-kernel: which blocks of A and B are copied into contiguous panels, and in what order
//! tiles are visited.
//!
//! Small products read A where it is, and B too if its columns are contiguous. Large ones follow Goto and van de
//! Geijn, *Anatomy of High-Performance Matrix Multiplication* (2008): k is cut so that a panel of A stays in the
//! first-level cache and a block of B, copied panel by panel, in the second.

use super::pack::Panel;
use super::tile::Tile;
use super::vector::Vector;
use std::cell::Cell;

/// C = A·B (or C + A·B, or A·B + bias), with checked sizes: the pointers are good for the shapes and strides.
#[derive(Clone, Copy)]
pub(super) struct Product<T> {
    /// At least 1, as `n` and `k`.
    pub m: usize,
    pub n: usize,
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

/// Bytes of one element times the terms of a sum that are added up in registers before they go to C.
const K_BYTES: usize = 2048;
/// Bytes of the block of B that is to stay in the second-level cache.
const B_BYTES: usize = 4 << 20;
/// Bytes of the block of A that is to stay in the third-level cache.
const A_BYTES: usize = 384 << 10;

/// What a sum is added to: element (i, j) stands at `p + i·row + j·col`.
struct Base<T> {
    p: *const T,
    row: usize,
    col: usize,
}

impl<T> Product<T> {
    /// C itself, where it holds what is to be kept; else the bias, else zeros.
    fn base(&self, started: bool) -> Base<T> {
        /// One row of the widest tile.
        static ZEROS: [Line; 3] = [Line([0; 64]); 3];
        if self.add || started {
            Base { p: self.c, row: self.c_row, col: 1 }
        } else if self.bias.is_null() {
            Base { p: ZEROS.as_ptr().cast(), row: 0, col: 0 }
        } else {
            Base { p: self.bias, row: 0, col: 1 }
        }
    }
}

impl<T> Base<T> {
    /// Where element (i, j) stands.
    fn at(&self, i: usize, j: usize) -> *const T {
        self.p.wrapping_add(i * self.row + j * self.col)
    }
}

/// Computes a product on this thread.
///
/// # Safety
/// The processor has the instructions of `V`, and `p` describes memory as [`Product`] says.
pub(super) unsafe fn product<V: Vector>(p: &Product<V::Scalar>) {
    let size = size_of::<V::Scalar>();
    let small = p.k * size <= K_BYTES && (p.n <= 8 * V::LANES || p.m * p.k * size <= 32 << 10);
    // SAFETY: the caller's promise.
    unsafe { if small && (p.m <= 64 || p.n <= 8 * V::LANES) { in_place::<V>(p) } else { blocked::<V>(p) } }
}

/// Reads A in place, and B too unless its columns are scattered or it is read often.
///
/// # Safety
/// As [`product`].
unsafe fn in_place<V: Vector>(p: &Product<V::Scalar>) {
    let copy = p.b_col != 1 || p.m > 64;
    let b_len = if copy { p.n.next_multiple_of(V::LANES) * p.k } else { 0 };
    let base = p.base(false);
    // SAFETY: `p` is good at every index below `m`, `n`, `k`, and the panels lie inside the scratch.
    with_scratch::<V::Scalar>(b_len, |scratch| unsafe {
        for columns in columns::<V>(p.n) {
            let mut b = p.b.add(columns.start * p.b_col);
            let mut b_row = p.b_row;
            if copy {
                let to = scratch.add(columns.start * p.k);
                columns.pack::<V>(to, b, p.b_row, p.b_col, p.k);
                (b, b_row) = (to, columns.width::<V>());
            }
            let tiles = columns.tiles::<V>();
            let mut tile = Tile {
                k: p.k,
                a: p.a,
                a_row: p.a_row,
                a_col: p.a_col,
                b,
                b_row,
                base: base.p,
                base_row: base.row,
                c: p.c,
                c_row: p.c_row,
                lanes: columns.lanes,
            };
            for (i, rows) in balanced(p.m, tiles.len()) {
                tile.base = base.at(i, columns.start);
                tile.a = p.a.add(i * p.a_row);
                tile.c = p.c.add(i * p.c_row + columns.start);
                tiles[rows - 1](&tile);
            }
        }
    });
}

/// Copies A and B block by block.
///
/// # Safety
/// As [`product`].
unsafe fn blocked<V: Vector>(p: &Product<V::Scalar>) {
    let size = size_of::<V::Scalar>();
    let k_most = K_BYTES / size;
    let k_block = p.k.div_ceil(p.k.div_ceil(k_most));
    let rows_most = V::TILES[0][V::WIDEST.min(p.n.div_ceil(V::LANES)) - 1].len().min(12);
    let m_most = A_BYTES / size / k_block / rows_most;
    let n_most = (B_BYTES / size / k_block).next_multiple_of(V::WIDEST * V::LANES);
    let copy_a = p.k > k_most || p.a_col != 1;
    let a_len = if copy_a { (m_most * rows_most).min(p.m) * k_block } else { 0 };
    let b_len = n_most.min(p.n).next_multiple_of(V::LANES) * k_block;
    // SAFETY: `p` is good at every index below `m`, `n`, `k`, and the panels lie inside the scratch.
    with_scratch::<V::Scalar>(a_len + b_len, |scratch| unsafe {
        let (a_copy, b_copy) = (scratch.add(b_len), scratch);
        for (jc, nc) in balanced(p.n.div_ceil(V::LANES), n_most / V::LANES) {
            let jc = jc * V::LANES;
            let nc = (nc * V::LANES).min(p.n - jc);
            for (pc, kc) in balanced(p.k, k_most) {
                let base = p.base(pc > 0);
                let strip = if p.b_col == 1 { 16 } else { kc };
                for q in (0..kc).step_by(strip) {
                    for columns in columns::<V>(nc) {
                        let from = p.b.add((pc + q) * p.b_row + (jc + columns.start) * p.b_col);
                        let to = b_copy.add(columns.start * kc + q * columns.width::<V>());
                        columns.pack::<V>(to, from, p.b_row, p.b_col, strip.min(kc - q));
                    }
                }
                for (ic, mc) in balanced(p.m.div_ceil(rows_most), m_most) {
                    let ic = ic * rows_most;
                    let mc = (mc * rows_most).min(p.m - ic);
                    let a_block = p.a.add(ic * p.a_row + pc * p.a_col);
                    if copy_a {
                        let strip = if p.a_row == 1 { 16 } else { kc };
                        for q in (0..kc).step_by(strip) {
                            for i in (0..mc).step_by(rows_most) {
                                let rows = rows_most.min(mc - i);
                                let (to, from) =
                                    (a_copy.add(i * kc + q * rows), a_block.add(i * p.a_row + q * p.a_col));
                                let pack = if rows <= V::Half::LANES { V::Half::PACK } else { V::PACK };
                                pack(&Panel {
                                    to,
                                    width: rows,
                                    from,
                                    along: p.a_col,
                                    across: p.a_row,
                                    lanes: rows,
                                    k: strip.min(kc - q),
                                });
                            }
                        }
                    }
                    for columns in columns::<V>(nc) {
                        for i in (0..mc).step_by(rows_most) {
                            let rows = rows_most.min(mc - i);
                            let j = jc + columns.start;
                            let (a, a_row, a_col) = if copy_a {
                                (a_copy.cast_const().add(i * kc), 1, rows)
                            } else {
                                (a_block.add(i * p.a_row), p.a_row, p.a_col)
                            };
                            let tile = Tile {
                                k: kc,
                                a,
                                a_row,
                                a_col,
                                b: b_copy.add(columns.start * kc),
                                b_row: columns.width::<V>(),
                                base: base.at(ic + i, j),
                                base_row: base.row,
                                c: p.c.add((ic + i) * p.c_row + j),
                                c_row: p.c_row,
                                lanes: columns.lanes,
                            };
                            columns.tiles::<V>()[rows - 1](&tile);
                        }
                    }
                }
            }
        }
    });
}

/// Runs `(start, length)` of near-equal length that cover `0..len` in the fewest pieces of at most `most`.
fn balanced(len: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let pieces = if len <= most { 1 } else { len.div_ceil(most) };
    let (length, longer) = if pieces == 1 { (len, 0) } else { (len / pieces, len % pieces) };
    let mut next = 0;
    (0..pieces).map(move |i| {
        let start = next;
        next += length + usize::from(i < longer);
        (start, next - start)
    })
}

/// The columns of one micro-kernel.
#[derive(Clone, Copy)]
struct Columns {
    start: usize,
    /// How many vectors, a cut one included.
    vectors: usize,
    /// Columns in the last vector.
    lanes: usize,
    /// Whether the vector is a [`Vector::Half`].
    half: bool,
}

impl Columns {
    /// Columns in a packed panel.
    fn width<V: Vector>(&self) -> usize {
        if self.half { V::Half::LANES } else { self.vectors * V::LANES }
    }

    /// The micro-kernels, by rows.
    fn tiles<V: Vector>(&self) -> &'static [super::tile::TileFn<V::Scalar>] {
        if self.half {
            V::Half::TILES[usize::from(self.lanes < V::Half::LANES)][0]
        } else {
            V::TILES[usize::from(self.lanes < V::LANES)][self.vectors - 1]
        }
    }

    /// Copies these columns of B.
    ///
    /// # Safety
    /// As [`super::pack::pack`].
    unsafe fn pack<V: Vector>(
        &self,
        to: *mut V::Scalar,
        from: *const V::Scalar,
        along: usize,
        across: usize,
        k: usize,
    ) {
        let lanes = (self.vectors - 1) * V::LANES + self.lanes;
        // SAFETY: the caller's promise.
        unsafe { V::PACK(&Panel { to, width: self.width::<V>(), from, along, across, lanes, k }) }
    }
}

/// Splits `n` columns: whole vectors in near-equal numbers, and a half vector where the rest fits into one.
fn columns<V: Vector>(n: usize) -> impl Iterator<Item = Columns> {
    let rest = n % V::LANES;
    let half = rest > 0 && rest <= V::Half::LANES && V::Half::LANES < V::LANES;
    let wide = if half { n - rest } else { n };
    let vectors = wide.div_ceil(V::LANES);
    balanced(vectors, V::WIDEST)
        .filter(|&(_, vectors)| vectors > 0)
        .map(move |(start, count)| {
            let lanes = if start + count == vectors { wide - (vectors - 1) * V::LANES } else { V::LANES };
            Columns { start: start * V::LANES, vectors: count, lanes, half: false }
        })
        .chain(half.then_some(Columns { start: wide, vectors: 1, lanes: rest, half: true }))
}

/// A cache line, which aligns the scratch.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Lends an array of `len` numbers that this thread keeps from product to product.
fn with_scratch<T>(len: usize, f: impl FnOnce(*mut T)) {
    thread_local!(static SCRATCH: Cell<Vec<Line>> = const { Cell::new(Vec::new()) });
    if len == 0 {
        return f(std::ptr::null_mut());
    }
    let mut scratch = SCRATCH.take();
    let lines = (len * size_of::<T>()).div_ceil(size_of::<Line>());
    if scratch.len() < lines {
        scratch.resize(lines, Line([0; 64]));
    }
    f(scratch.as_mut_ptr().cast());
    SCRATCH.set(scratch);
}
