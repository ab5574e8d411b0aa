//! Copying strips of A and B into contiguous panels.

use super::vector::Vector;

/// A strip of a matrix and the panel it is copied to: `to[p·width + j] = from[p·along + j·across]` for `p < k` and
/// `j < lanes`, and 0 for `lanes ≤ j < width`.
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

/// Fills a panel.
///
/// # Safety
/// The processor has the instructions of `V`; `from` is readable and `to` writable at the places [`Panel`] names.
#[inline(always)]
pub(super) unsafe fn pack<V: Vector>(s: &Panel<V::Scalar>) {
    let Panel { to, width, from, along, across, lanes, k } = *s;
    // SAFETY: `j + LANES ≤ width` or cut to what is left of it, `j < lanes` for reads, `p < k`.
    unsafe {
        if across == 1 {
            for p in 0..k {
                let (to, from) = (to.add(p * width), from.add(p * along));
                for j in (0..width).step_by(V::LANES) {
                    let left = lanes.saturating_sub(j);
                    let x = if left >= V::LANES {
                        V::load(from.add(j))
                    } else {
                        V::load_cut(from.wrapping_add(j), V::cut(left))
                    };
                    if width - j >= V::LANES { x.store(to.add(j)) } else { x.store_cut(to.add(j), V::cut(width - j)) }
                }
            }
        } else if along == 1 {
            for j in (0..width).step_by(V::LANES) {
                let runs = lanes.saturating_sub(j).min(V::LANES);
                for p in (0..k).step_by(V::LANES) {
                    let steps = (k - p).min(V::LANES);
                    let from = from.wrapping_add(j * across + p);
                    let columns = if runs == V::LANES && steps == V::LANES {
                        V::load_columns(from, across, V::LANES, V::LANES)
                    } else {
                        V::load_columns(from, across, runs, steps)
                    };
                    for q in 0..V::LANES {
                        if q < steps {
                            let to = to.add((p + q) * width + j);
                            if width - j >= V::LANES {
                                columns[q].store(to)
                            } else {
                                columns[q].store_cut(to, V::cut(width - j))
                            }
                        }
                    }
                }
            }
        } else {
            for p in 0..k {
                for j in 0..width {
                    *to.add(p * width + j) = if j < lanes { *from.add(p * along + j * across) } else { V::ZERO };
                }
            }
        }
    }
}
