//! The micro-kernel: one small tile of C kept in registers while k runs.

use super::vector::Vector;

/// A tile of C = base + A·B, as the micro-kernel sees it: pointers and strides, in elements.
pub(super) struct Tile<T> {
    /// Terms of each sum, at least 1.
    pub k: usize,
    /// A(0, 0), the step to the next row, the step to the next column.
    pub a: *const T,
    pub a_row: usize,
    pub a_col: usize,
    /// B(0, 0) and the step to the next row; columns are contiguous.
    pub b: *const T,
    pub b_row: usize,
    /// What the sums are added to: zeros or the bias (step 0), or C itself.
    pub base: *const T,
    pub base_row: usize,
    /// C(0, 0) and the step to the next row; columns are contiguous.
    pub c: *mut T,
    pub c_row: usize,
    /// Columns in the last vector, 1 to `LANES`.
    pub lanes: usize,
}

/// A micro-kernel for one size of tile.
pub(super) type TileFn<T> = unsafe fn(&Tile<T>);

/// Terms from which C is fetched into the cache while the sums run: there is time, and C may be far away.
const FAR: usize = 64;

/// Writes the body once for every row below `MR`, so that each `sum[i]` is a register whatever the compiler thinks
/// of unrolling.
macro_rules! each_row {
    ($i:ident, $body:block) => {
        each_row!($i, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    ($i:ident, $body:block, $($n:literal)*) => {
        $(if $n < MR {
            let $i = $n;
            $body
        })*
    };
}

/// Computes a tile of `MR` rows and `NV` vectors of columns; the last vector is cut to `lanes` where `CUT`.
///
/// Each element is summed in the order of k, from zero, and the base comes last: the size of the tile does not
/// change a bit of it.
///
/// # Safety
/// The processor has the instructions of `V`. A is readable at `MR × k`, B at `k ×` columns, the base at `MR ×`
/// columns; C is writable at `MR ×` columns and nobody else's meanwhile; columns are `(NV − 1)·LANES + lanes` where
/// `CUT`, else `NV·LANES`.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const MR: usize, const NV: usize, const CUT: bool>(t: &Tile<V::Scalar>) {
    // SAFETY: the caller's promise covers every access: terms below `k`, rows below `MR`, vectors below `NV`.
    unsafe {
        if t.k >= FAR {
            for i in 0..MR {
                for v in 0..NV {
                    V::prefetch(t.c.wrapping_add(i * t.c_row + v * V::LANES));
                }
            }
        }
        let mut sum = [[V::splat(V::ZERO); NV]; MR];
        let (mut a, mut b) = (t.a, t.b);
        let cut = V::cut(t.lanes);
        for _ in 2..t.k {
            let row = load::<V, NV, CUT>(b, cut);
            each_row!(i, {
                let x = V::splat(*a.wrapping_add(i * t.a_row));
                for v in 0..NV {
                    sum[i][v] = x.mul_add(row[v], sum[i][v]);
                }
            });
            a = a.wrapping_add(t.a_col);
            b = b.wrapping_add(t.b_row);
        }
        // The last two terms row by row, so that the stores of one row run beside the sums of the next.
        let last = load::<V, NV, CUT>(b, cut);
        if t.k >= 2 {
            let next = load::<V, NV, CUT>(b.add(t.b_row), cut);
            each_row!(i, {
                let a = a.wrapping_add(i * t.a_row);
                let (x, y) = (V::splat(*a), V::splat(*a.wrapping_add(t.a_col)));
                for v in 0..NV {
                    sum[i][v] = y.mul_add(next[v], x.mul_add(last[v], sum[i][v]));
                }
                finish::<V, NV, CUT>(t, i, &sum[i], cut);
            });
        } else {
            each_row!(i, {
                let x = V::splat(*a.wrapping_add(i * t.a_row));
                for v in 0..NV {
                    sum[i][v] = x.mul_add(last[v], sum[i][v]);
                }
                finish::<V, NV, CUT>(t, i, &sum[i], cut);
            });
        }
    }
}

/// The vectors of a row.
///
/// # Safety
/// The processor has the instructions of `V`; the row is readable.
#[inline(always)]
unsafe fn load<V: Vector, const NV: usize, const CUT: bool>(row: *const V::Scalar, cut: V::Cut) -> [V; NV] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut vectors = [V::splat(V::ZERO); NV];
        for v in 0..NV {
            let p = row.add(v * V::LANES);
            vectors[v] = if CUT && v == NV - 1 { V::load_cut(p, cut) } else { V::load(p) };
        }
        vectors
    }
}

/// Adds the base to row `i` and stores it.
///
/// # Safety
/// As [`tile`].
#[inline(always)]
unsafe fn finish<V: Vector, const NV: usize, const CUT: bool>(
    t: &Tile<V::Scalar>,
    i: usize,
    sum: &[V; NV],
    cut: V::Cut,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let base = load::<V, NV, CUT>(t.base.add(i * t.base_row), cut);
        let c = t.c.add(i * t.c_row);
        for v in 0..NV {
            let (x, c) = (sum[v].add(base[v]), c.add(v * V::LANES));
            if CUT && v == NV - 1 { x.store_cut(c, cut) } else { x.store(c) }
        }
    }
}
