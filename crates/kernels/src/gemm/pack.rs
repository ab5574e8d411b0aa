//! Copying strips of A and B into contiguous panels.

use super::vector::{MAX_LANES, Vector};

/// A strip of a matrix and the panel it is copied to: `to[p·width + j] = from[p·along + j·across]` for `p < k` and
/// `j < lanes`; what stands in columns `lanes ≤ j < width` does not matter.
pub(super) struct Panel<T> {
    pub to: *mut T,
    pub width: usize,
    pub from: *const T,
    pub along: usize,
    pub across: usize,
    pub lanes: usize,
    pub k: usize,
}

/// [`pack`] for one vector type.
pub(super) type PackFn<T> = unsafe fn(&Panel<T>);

/// Fills a panel, one vector of columns after the other.
///
/// # Safety
/// The processor has the instructions of `V`; `from` is readable and `to` writable at the places [`Panel`] names.
#[inline(always)]
pub(super) unsafe fn pack<V: Vector>(s: &Panel<V::Scalar>) {
    let Panel { to, width, from, along, across, lanes, k } = *s;
    for j in (0..width).step_by(V::LANES) {
        let (wide, have) = ((width - j).min(V::LANES), lanes.saturating_sub(j).min(V::LANES));
        // SAFETY: reads `have` lanes, which end by `lanes`, writes `wide`, which end by `width`, at steps below `k`.
        unsafe {
            let to = to.add(j);
            if across == 1 {
                let from = from.wrapping_add(j);
                if have == V::LANES {
                    for p in 0..k {
                        put(V::load(from.add(p * along)), to.add(p * width), wide);
                    }
                } else {
                    let cut = V::cut(have);
                    for p in 0..k {
                        put(V::load_cut(from.wrapping_add(p * along), cut), to.add(p * width), wide);
                    }
                }
            } else if along == 1 && have > 0 {
                // Lanes beyond `lanes` repeat the last run: they are never stored in C.
                let mut runs = [from; MAX_LANES];
                for i in 0..V::LANES {
                    runs[i] = from.add((j + i.min(have - 1)) * across);
                }
                let mut p = 0;
                while p + V::LANES <= k {
                    let columns = V::load_columns(&runs, V::LANES);
                    for q in 0..V::LANES {
                        put(columns[q], to.add((p + q) * width), wide);
                    }
                    for i in 0..V::LANES {
                        runs[i] = runs[i].wrapping_add(V::LANES);
                    }
                    p += V::LANES;
                }
                let columns = V::load_columns(&runs, k - p);
                for q in 0..V::LANES {
                    if p + q < k {
                        put(columns[q], to.add((p + q) * width), wide);
                    }
                }
            } else {
                for p in 0..k {
                    for i in 0..wide {
                        let x = if i < have { *from.add(p * along + (j + i) * across) } else { V::ZERO };
                        *to.add(p * width + i) = x;
                    }
                }
            }
        }
    }
}

/// Stores the first `wide` lanes.
///
/// # Safety
/// The processor has the instructions of `V`; `to` is writable there.
#[inline(always)]
unsafe fn put<V: Vector>(x: V, to: *mut V::Scalar, wide: usize) {
    // SAFETY: the caller's promise.
    unsafe { if wide == V::LANES { x.store(to) } else { x.store_cut(to, V::cut(wide)) } }
}
