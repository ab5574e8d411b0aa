//! The micro-kernel: one small tile of C kept in registers while k runs.

use super::vector::Vector;

/// A tile of C = A·B, as the micro-kernel sees it: pointers and strides, in elements.
pub(super) struct Tile<T> {
    /// Terms of each sum.
    pub k: usize,
    /// A(0, 0), the step to the next row, the step to the next column.
    pub a: *const T,
    pub a_row: usize,
    pub a_col: usize,
    /// B(0, 0) and the step to the next row; columns are contiguous.
    pub b: *const T,
    pub b_row: usize,
    /// C(0, 0) and the step to the next row; columns are contiguous.
    pub c: *mut T,
    pub c_row: usize,
    /// Columns in the last vector, 1 to `LANES`.
    pub lanes: usize,
    /// Whether C is added to (or overwritten).
    pub add: bool,
    /// One value a column to be added, or null.
    pub bias: *const T,
}

/// A micro-kernel for one size of tile.
pub(super) type TileFn<T> = unsafe fn(&Tile<T>);

/// Computes a tile of `MR` rows and `NV` vectors of columns; the last vector is cut to `lanes` where `CUT`.
///
/// Each element is summed in the order of k, from zero: the size of the tile does not change a bit of it.
///
/// # Safety
/// The processor has the instructions of `V`. A is readable at `MR × k`, B at `k ×` columns, C is writable at
/// `MR ×` columns and nobody else's meanwhile, `bias` is null or readable at the columns; columns are
/// `(NV − 1)·LANES + lanes` where `CUT`, else `NV·LANES`.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const MR: usize, const NV: usize, const CUT: bool>(t: &Tile<V::Scalar>) {
    // SAFETY: the caller's promise covers every access below: `p` stays below `k`, `i` below `MR`, `v` below `NV`.
    unsafe {
        let cut = V::cut(t.lanes);
        let mut sum = [[V::splat(V::ZERO); NV]; MR];
        let (mut a, mut b) = (t.a, t.b);
        for _ in 0..t.k {
            let mut row = [V::splat(V::ZERO); NV];
            for v in 0..NV {
                row[v] = load::<V, NV, CUT>(b, v, cut);
            }
            for i in 0..MR {
                let x = V::splat(*a.wrapping_add(i * t.a_row));
                for v in 0..NV {
                    sum[i][v] = x.mul_add(row[v], sum[i][v]);
                }
            }
            a = a.wrapping_add(t.a_col);
            b = b.wrapping_add(t.b_row);
        }
        if !t.bias.is_null() {
            for v in 0..NV {
                let bias = load::<V, NV, CUT>(t.bias, v, cut);
                for i in 0..MR {
                    sum[i][v] = sum[i][v].add(bias);
                }
            }
        }
        for i in 0..MR {
            let c = t.c.add(i * t.c_row);
            for v in 0..NV {
                let x = if t.add { load::<V, NV, CUT>(c, v, cut).add(sum[i][v]) } else { sum[i][v] };
                let c = c.add(v * V::LANES);
                if CUT && v == NV - 1 { x.store_cut(c, cut) } else { x.store(c) }
            }
        }
    }
}

/// Vector `v` of a row of `NV`.
///
/// # Safety
/// The processor has the instructions of `V`; `row` is readable there.
#[inline(always)]
unsafe fn load<V: Vector, const NV: usize, const CUT: bool>(row: *const V::Scalar, v: usize, cut: V::Cut) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let p = row.add(v * V::LANES);
        if CUT && v == NV - 1 { V::load_cut(p, cut) } else { V::load(p) }
    }
}
