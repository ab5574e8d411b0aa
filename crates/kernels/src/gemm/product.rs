//! The loops around the micro-kernel: which blocks of A and B are copied into contiguous panels, and in what order
//! tiles are visited.
//!
//! Small products read A where it is, and B too if its columns are contiguous. Large ones are cut into blocks for
//! the levels of cache, as in Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication* (2008), with
//! the parts of A and B exchanged, since C is stored by rows.
//!
//! Whatever the path, the tile and the number of threads, an element of C is the sum of its terms in the order of k,
//! in runs that depend on k alone: the bits are the same.

use super::pack::Panel;
use super::tile::Tile;
use super::vector::Vector;
use crate::threads::run_tasks;
use std::cell::Cell;

/// C = A·B (or C + A·B, or A·B + bias), with checked sizes: the pointers are good for the shapes and strides.
#[derive(Clone, Copy, Debug)]
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

/// Bytes of a row of A whose products are summed in registers before they go to C: a few such rows stay in the
/// first-level cache.
const K_BYTES: usize = 2048;
/// Bytes of the block of A that stays in the second-level cache.
const A_BYTES: usize = 384 << 10;
/// Bytes of the copied block of B, of which one panel at a time comes to the second-level cache.
const B_BYTES: usize = 4 << 20;

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

// SAFETY: the pointers may be used from any thread; threads that share a product write different parts of C.
unsafe impl<T: Sync> Sync for Product<T> {}

impl<T> Product<T> {
    /// The part of C with the given rows and columns.
    fn part(&self, (i, m): (usize, usize), (j, n): (usize, usize)) -> Self {
        let a = self.a.wrapping_add(i * self.a_row);
        let b = self.b.wrapping_add(j * self.b_col);
        let c = self.c.wrapping_add(i * self.c_row + j);
        let bias = if self.bias.is_null() { self.bias } else { self.bias.wrapping_add(j) };
        Product { m, n, a, b, c, bias, ..*self }
    }
}

/// Rows of C up to which B is read where it is: for so few, a copy costs more than it brings.
const READS: usize = 64;
/// Multiplications that are worth one more thread.
const SHARE: usize = 1 << 20;
/// Rows and vectors of columns that a thread's part is a multiple of, so that its tiles are whole.
const PART: (usize, usize) = (24, 6);

/// Computes a product with up to `threads` threads.
///
/// # Safety
/// The processor has the instructions of `V`, and `p` describes memory as [`Product`] says.
pub(super) unsafe fn spread<V: Vector>(p: &Product<V::Scalar>, threads: usize) {
    let work = p.m.saturating_mul(p.n).saturating_mul(p.k);
    let threads = threads.min(work / SHARE);
    if threads < 2 {
        // SAFETY: the caller's promise.
        return unsafe { product::<V>(p) };
    }
    // Two parts a thread even out what else the machine does. Of the ways to cut C into so many rectangles, take
    // the one that copies least: every row of parts copies B, every column of parts copies A.
    let (rows, columns) = (p.m.div_ceil(PART.0), p.n.div_ceil(PART.1 * V::LANES));
    let parts = if work / SHARE >= 4 * threads { 2 * threads } else { threads };
    let cut = (1..=parts).map(|down| (down.min(rows), parts.div_ceil(down).min(columns)));
    let (down, across) =
        cut.min_by_key(|&(down, across)| (down * across < parts, down * p.n + across * p.m)).unwrap_or((1, 1));
    run_tasks(threads, down * across, |part| {
        let (i, j) = (part / across, part % across);
        let stripe = |index: usize, parts: usize, units: usize, unit: usize, len: usize| {
            let (start, end) = (index * units / parts * unit, ((index + 1) * units / parts * unit).min(len));
            (start, end - start)
        };
        let part = p.part(stripe(i, down, rows, PART.0, p.m), stripe(j, across, columns, PART.1 * V::LANES, p.n));
        // SAFETY: the part lies inside the product, and no other part has its elements of C.
        unsafe { product::<V>(&part) };
    });
}

/// Computes a product on this thread.
///
/// # Safety
/// As [`spread`].
unsafe fn product<V: Vector>(p: &Product<V::Scalar>) {
    let a_bytes = p.m * p.k * size_of::<V::Scalar>();
    let once = p.k <= terms::<V>() && (p.n <= 8 * V::LANES || (p.m <= 64 && a_bytes <= 32 << 10));
    // SAFETY: the caller's promise.
    unsafe { if once { in_place::<V>(p) } else { blocked::<V>(p) } }
}

/// The most terms that are summed in one go.
fn terms<V: Vector>() -> usize {
    K_BYTES / size_of::<V::Scalar>()
}

/// Goes through B once, panel by panel, and reads A in place. A panel is copied if its columns are scattered or it
/// is read often.
///
/// # Safety
/// As [`product`]; `k` is at most [`terms`].
unsafe fn in_place<V: Vector>(p: &Product<V::Scalar>) {
    let copy = p.b_col != 1 || p.m > READS;
    let base = p.base(false);
    // SAFETY: `p` is good at every index below `m`, `n`, `k`, and a panel fits into the scratch.
    with_scratch::<V::Scalar>(if copy { V::WIDEST * V::LANES * p.k } else { 0 }, |scratch| unsafe {
        for columns in columns::<V>(p.n) {
            let mut b = p.b.add(columns.start * p.b_col);
            let mut b_row = p.b_row;
            if copy {
                columns.pack::<V>(scratch, b, p.b_row, p.b_col, p.k);
                (b, b_row) = (scratch, columns.width::<V>());
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
                tile.a = p.a.add(i * p.a_row);
                tile.base = base.at(i, columns.start);
                tile.c = p.c.add(i * p.c_row + columns.start);
                tiles[rows - 1](&tile);
            }
        }
    });
}

/// Cuts the product into blocks of A and B that fit the caches, and copies them.
///
/// # Safety
/// As [`product`].
unsafe fn blocked<V: Vector>(p: &Product<V::Scalar>) {
    let size = size_of::<V::Scalar>();
    let k_most = terms::<V>();
    let k_block = p.k.div_ceil(p.k.div_ceil(k_most));
    // Rows of a tile in every panel of columns.
    let height = V::TILES[0][V::WIDEST.min(p.n.div_ceil(V::LANES)) - 1].len().min(12);
    let m_most = A_BYTES / size / k_block / height;
    let n_most = (B_BYTES / size / k_block / V::LANES).next_multiple_of(V::WIDEST);
    // Rows of A are read where they are, and all of it if there are few columns; B if there are few rows.
    let copy_a = p.a_col != 1 && p.n > 8 * V::LANES;
    let copy_b = p.b_col != 1 || p.m > READS;
    let a_len = if copy_a { (m_most * height).min(p.m) * k_block } else { 0 };
    let b_len = if copy_b { (n_most * V::LANES).min(p.n.next_multiple_of(V::LANES)) * k_block } else { 0 };
    // SAFETY: `p` is good at every index below `m`, `n`, `k`, and the panels lie inside the scratch.
    with_scratch::<V::Scalar>(a_len + b_len, |scratch| unsafe {
        let (b_copy, a_copy) = (scratch, scratch.wrapping_add(b_len));
        for (jc, nc) in blocks(p.n, V::LANES, n_most) {
            for (pc, kc) in balanced(p.k, k_most) {
                let base = p.base(pc > 0);
                if copy_b {
                    // A few rows at a time where they are contiguous, so that memory is read in its order.
                    let strip = if p.b_col == 1 { 16 } else { kc };
                    for q in (0..kc).step_by(strip) {
                        for columns in columns::<V>(nc) {
                            let from = p.b.add((pc + q) * p.b_row + (jc + columns.start) * p.b_col);
                            let to = b_copy.add(columns.start * kc + q * columns.width::<V>());
                            columns.pack::<V>(to, from, p.b_row, p.b_col, strip.min(kc - q));
                        }
                    }
                }
                for (ic, mc) in blocks(p.m, height, m_most) {
                    let a_block = p.a.add(ic * p.a_row + pc * p.a_col);
                    if copy_a {
                        let strip = if p.a_row == 1 { 16 } else { kc };
                        for q in (0..kc).step_by(strip) {
                            for i in (0..mc).step_by(height) {
                                let rows = height.min(mc - i);
                                let from = a_block.add(i * p.a_row + q * p.a_col);
                                let to = a_copy.add(i * kc + q * rows);
                                let (along, across, k) = (p.a_col, p.a_row, strip.min(kc - q));
                                V::PACK(&Panel { to, width: rows, from, along, across, lanes: rows, k });
                            }
                        }
                    }
                    for columns in columns::<V>(nc) {
                        let j = jc + columns.start;
                        let (b, b_row) = if copy_b {
                            (b_copy.cast_const().add(columns.start * kc), columns.width::<V>())
                        } else {
                            (p.b.add(pc * p.b_row + j), p.b_row)
                        };
                        let tiles = columns.tiles::<V>();
                        for i in (0..mc).step_by(height) {
                            let rows = height.min(mc - i);
                            let (a, a_row, a_col) = if copy_a {
                                (a_copy.cast_const().add(i * kc), 1, rows)
                            } else {
                                (a_block.add(i * p.a_row), p.a_row, p.a_col)
                            };
                            tiles[rows - 1](&Tile {
                                k: kc,
                                a,
                                a_row,
                                a_col,
                                b,
                                b_row,
                                base: base.at(ic + i, j),
                                base_row: base.row,
                                c: p.c.add((ic + i) * p.c_row + j),
                                c_row: p.c_row,
                                lanes: columns.lanes,
                            });
                        }
                    }
                }
            }
        }
    });
}

/// Runs of near-equal length that cover `0..len` in pieces of at most `most` units.
fn blocks(len: usize, unit: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    balanced(len.div_ceil(unit), most).map(move |(start, units)| (start * unit, (units * unit).min(len - start * unit)))
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
