//! Copying strips of A and B into contiguous panels.

use super::vector::Vector;

/// A strip of a matrix and the panel it is copied to: `to[p·width + j] = from[p·along + j·across]` for `p < k` and
/// `j < lanes`; columns from `lanes` to `width` are left alone.
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

/// Fills a panel, one vector of columns after the other. Where the last vector would stick out it starts earlier,
/// and writes some numbers a second time.
///
/// # Safety
/// The processor has the instructions of `V`; `from` is readable and `to` writable at the places [`Panel`] names.
#[inline(always)]
pub(super) unsafe fn pack<V: Vector>(panel: &Panel<V::Scalar>) {
    let Panel { to, width, from, along, across, lanes, k } = *panel;
    let blocks = along == 1 && across != 1;
    let narrow = lanes < V::LANES || (blocks && k < V::LANES);
    // SAFETY: every access is at a step below `k` and a column below `lanes`.
    unsafe {
        if narrow && V::Half::LANES < V::LANES {
            (V::Half::PACK)(panel);
        } else if across == 1 && narrow {
            let cut = V::cut(lanes);
            for p in 0..k {
                V::load_cut(from.add(p * along), cut).store_cut(to.add(p * width), cut);
            }
        } else if across == 1 {
            for j in starts(lanes, V::LANES) {
                for p in 0..k {
                    V::load(from.add(p * along + j)).store(to.add(p * width + j));
                }
            }
        } else if blocks && !narrow {
            for j in starts(lanes, V::LANES) {
                for p in starts(k, V::LANES) {
                    let columns = V::load_columns(from.add(j * across + p), across);
                    for q in 0..V::LANES {
                        columns[q].store(to.add((p + q) * width + j));
                    }
                }
            }
        } else {
            for p in 0..k {
                for j in 0..lanes {
                    *to.add(p * width + j) = *from.add(p * along + j * across);
                }
            }
        }
    }
}

/// Where runs of `step` start that cover `0..len` and stay inside; `len` is at least `step`.
#[inline(always)]
fn starts(len: usize, step: usize) -> impl Iterator<Item = usize> {
    (0..len.div_ceil(step)).map(move |i| (i * step).min(len - step))
}
