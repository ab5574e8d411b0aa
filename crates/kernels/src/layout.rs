//! How a view reads its memory: shape, strides and offset.

/// The most axes a tensor can have.
pub const MAX_DIMS: usize = 8;

/// Shape, strides and offset of a view, all in elements. Strides may be 0 (a broadcast axis) or negative
/// (a reversed one).
#[derive(Clone, Copy)]
pub struct Layout {
    ndim: u8,
    shape: [usize; MAX_DIMS],
    strides: [isize; MAX_DIMS],
    offset: usize,
}

impl Layout {
    /// The row-major layout of `shape`, from element 0 on. `None` for more than [`MAX_DIMS`] axes or where the
    /// number of elements overflows.
    pub fn contiguous(shape: &[usize]) -> Option<Self> {
        if shape.len() > MAX_DIMS {
            return None;
        }
        let mut l = Layout { ndim: shape.len() as u8, shape: [1; MAX_DIMS], strides: [0; MAX_DIMS], offset: 0 };
        l.shape[..shape.len()].copy_from_slice(shape);
        let mut stride = 1usize;
        for d in (0..shape.len()).rev() {
            l.strides[d] = isize::try_from(stride).ok()?;
            stride = stride.checked_mul(shape[d].max(1))?;
        }
        isize::try_from(stride).ok()?;
        Some(l)
    }

    /// A layout from its parts. The caller vouches that it stays inside its memory.
    pub fn from_parts(shape: &[usize], strides: &[isize], offset: usize) -> Option<Self> {
        if shape.len() > MAX_DIMS || shape.len() != strides.len() {
            return None;
        }
        let mut l = Layout { ndim: shape.len() as u8, shape: [1; MAX_DIMS], strides: [0; MAX_DIMS], offset };
        l.shape[..shape.len()].copy_from_slice(shape);
        l.strides[..shape.len()].copy_from_slice(strides);
        Some(l)
    }

    /// The sizes of the axes.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        &self.shape[..self.ndim as usize]
    }

    /// The distance from one index to the next along each axis.
    #[inline]
    pub fn strides(&self) -> &[isize] {
        &self.strides[..self.ndim as usize]
    }

    /// Where element (0, …, 0) stands.
    #[inline]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The number of axes.
    #[inline]
    pub fn ndim(&self) -> usize {
        self.ndim as usize
    }

    /// The number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether the elements stand one after the other in row-major order.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1isize;
        for d in (0..self.ndim()).rev() {
            if self.shape[d] == 1 {
                continue;
            }
            if self.shape[d] == 0 {
                return true;
            }
            if self.strides[d] != expected {
                return false;
            }
            expected *= self.shape[d] as isize;
        }
        true
    }

    /// Whether an axis tells the same places again and again, as those of an expanded view do.
    pub fn repeats(&self) -> bool {
        self.numel() > 0 && self.shape().iter().zip(self.strides()).any(|(&n, &stride)| n > 1 && stride == 0)
    }

    /// The axes in the order `axes` (a permutation of all axes).
    pub fn permute(&self, axes: &[usize]) -> Self {
        let mut l = *self;
        for (to, &from) in axes.iter().enumerate() {
            l.shape[to] = self.shape[from];
            l.strides[to] = self.strides[from];
        }
        l
    }

    /// `len` indices of axis `d`, from `start` on, every `step`-th. The caller has checked the range.
    pub fn slice(&self, d: usize, start: usize, len: usize, step: isize) -> Self {
        let mut l = *self;
        l.shape[d] = len;
        l.strides[d] *= step;
        // A view of nothing stays at the front: its memory may have no other place.
        l.offset = if l.numel() == 0 { 0 } else { (self.offset as isize + start as isize * self.strides[d]) as usize };
        l
    }

    /// The view in which axes of size 1 are repeated to `shape`, which may have more axes in front.
    /// `None` where an axis fits neither.
    pub fn broadcast_to(&self, shape: &[usize]) -> Option<Self> {
        if shape.len() > MAX_DIMS || shape.len() < self.ndim() {
            return None;
        }
        let lead = shape.len() - self.ndim();
        let mut l = Layout::from_parts(shape, &[0; MAX_DIMS][..shape.len()], self.offset)?;
        for d in 0..self.ndim() {
            if self.shape[d] == shape[lead + d] {
                l.strides[lead + d] = self.strides[d];
            } else if self.shape[d] != 1 {
                return None;
            }
        }
        Some(l)
    }

    /// Without axis `d`, which has size 1.
    pub fn squeeze(&self, d: usize) -> Self {
        let mut l = *self;
        l.shape.copy_within(d + 1.., d);
        l.strides.copy_within(d + 1.., d);
        l.ndim -= 1;
        l
    }

    /// With a new axis of size 1 before axis `d`. `None` at [`MAX_DIMS`] axes.
    pub fn unsqueeze(&self, d: usize) -> Option<Self> {
        if self.ndim() == MAX_DIMS {
            return None;
        }
        let mut l = *self;
        l.shape.copy_within(d..MAX_DIMS - 1, d + 1);
        l.strides.copy_within(d..MAX_DIMS - 1, d + 1);
        l.shape[d] = 1;
        l.strides[d] = 1;
        l.ndim += 1;
        Some(l)
    }

    /// The same elements in the same order under another shape, without moving them; `None` where strides cannot
    /// say that (or the number of elements differs).
    pub fn reshape(&self, shape: &[usize]) -> Option<Self> {
        let mut new = Layout::contiguous(shape)?;
        if new.numel() != self.numel() {
            return None;
        }
        new.offset = self.offset;
        if self.is_contiguous() {
            return Some(new);
        }
        // Walk both shapes from the left in groups of equal size; inside a group the old axes must be one run.
        let (old_shape, old_strides) = (self.shape(), self.strides());
        let (mut i, mut j) = (0, 0);
        while j < shape.len() || i < old_shape.len() {
            let (start_i, start_j) = (i, j);
            let (mut a, mut b) = (1, 1);
            if i < old_shape.len() {
                a = old_shape[i];
                i += 1;
            }
            if j < shape.len() {
                b = shape[j];
                j += 1;
            }
            while a != b {
                if a < b {
                    a *= old_shape.get(i)?;
                    i += 1;
                } else {
                    b *= shape.get(j)?;
                    j += 1;
                }
            }
            let mut stride = None;
            for d in (start_i..i).rev() {
                if old_shape[d] == 1 {
                    continue;
                }
                match stride {
                    None => stride = Some((old_strides[d], old_strides[d] * old_shape[d] as isize)),
                    Some((last, run)) if old_strides[d] == run => stride = Some((last, run * old_shape[d] as isize)),
                    Some(_) => return None,
                }
            }
            let mut s = stride.map_or(1, |(last, _)| last);
            for d in (start_j..j).rev() {
                new.strides[d] = s;
                s *= shape[d] as isize;
            }
        }
        Some(new)
    }

    /// The elements that this view may touch, as a range of positions; empty for no elements.
    pub fn span(&self) -> std::ops::Range<usize> {
        if self.numel() == 0 {
            return self.offset..self.offset;
        }
        let (mut low, mut high) = (self.offset as isize, self.offset as isize);
        for (&n, &s) in self.shape().iter().zip(self.strides()) {
            let reach = (n as isize - 1) * s;
            if reach < 0 { low += reach } else { high += reach }
        }
        low as usize..high as usize + 1
    }
}

impl std::fmt::Debug for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} strides {:?} offset {}", self.shape(), self.strides(), self.offset)
    }
}

/// The shape that NumPy's rule gives two operands: aligned at the last axis, equal or one of them 1.
/// `None` where they do not fit.
pub fn broadcast_shapes(a: &[usize], b: &[usize]) -> Option<([usize; MAX_DIMS], usize)> {
    let ndim = a.len().max(b.len());
    if ndim > MAX_DIMS {
        return None;
    }
    let mut out = [1; MAX_DIMS];
    for d in 0..ndim {
        let from_end = ndim - d;
        let x = if from_end <= a.len() { a[a.len() - from_end] } else { 1 };
        let y = if from_end <= b.len() { b[b.len() - from_end] } else { 1 };
        out[d] = match (x, y) {
            _ if x == y => x,
            (1, y) => y,
            (x, 1) => x,
            _ => return None,
        };
    }
    Some((out, ndim))
}

/// Several layouts of one shape with neighbouring axes merged wherever all of them allow it: the fewest, longest
/// loops. Always has at least one axis.
#[derive(Clone, Copy, Debug)]
pub struct Collapsed<const N: usize> {
    /// Number of axes left, at least 1.
    pub ndim: usize,
    /// Their sizes.
    pub shape: [usize; MAX_DIMS],
    /// Each operand's strides.
    pub strides: [[isize; MAX_DIMS]; N],
    /// Each operand's first element.
    pub offsets: [usize; N],
}

impl<const N: usize> Collapsed<N> {
    /// Merges the axes of `layouts`, which all have the same shape.
    #[inline]
    pub fn new(layouts: [&Layout; N]) -> Self {
        let shape = layouts[0].shape();
        let mut c = Collapsed {
            ndim: 0,
            shape: [1; MAX_DIMS],
            strides: [[0; MAX_DIMS]; N],
            offsets: std::array::from_fn(|i| layouts[i].offset),
        };
        for d in 0..shape.len() {
            debug_assert!(layouts.iter().all(|l| l.shape()[d] == shape[d]));
            if shape[d] == 1 {
                continue;
            }
            if c.ndim > 0 {
                let last = c.ndim - 1;
                if (0..N).all(|i| c.strides[i][last] == layouts[i].strides[d] * shape[d] as isize) {
                    c.shape[last] *= shape[d];
                    for i in 0..N {
                        c.strides[i][last] = layouts[i].strides[d];
                    }
                    continue;
                }
            }
            c.shape[c.ndim] = shape[d];
            for i in 0..N {
                c.strides[i][c.ndim] = layouts[i].strides[d];
            }
            c.ndim += 1;
        }
        if c.ndim == 0 {
            c.ndim = 1;
            c.strides = [[1; MAX_DIMS]; N];
        }
        c
    }

    /// The innermost axis: its length and each operand's stride.
    #[inline]
    pub fn inner(&self) -> (usize, [isize; N]) {
        let d = self.ndim - 1;
        (self.shape[d], std::array::from_fn(|i| self.strides[i][d]))
    }

    /// How many times the innermost axis is walked.
    #[inline]
    pub fn rows(&self) -> usize {
        self.shape[..self.ndim - 1].iter().product()
    }

    /// Calls `f(row, positions)` for the rows in `range`, with each operand's position of the row's first element.
    #[inline(always)]
    pub fn for_rows(&self, range: std::ops::Range<usize>, mut f: impl FnMut(usize, [usize; N])) {
        let outer = self.ndim - 1;
        let mut index = [0usize; MAX_DIMS];
        let mut at: [isize; N] = std::array::from_fn(|i| self.offsets[i] as isize);
        let mut rest = range.start;
        for d in (0..outer).rev() {
            index[d] = rest % self.shape[d];
            rest /= self.shape[d];
            for i in 0..N {
                at[i] += index[d] as isize * self.strides[i][d];
            }
        }
        for row in range {
            f(row, std::array::from_fn(|i| at[i] as usize));
            for d in (0..outer).rev() {
                index[d] += 1;
                for i in 0..N {
                    at[i] += self.strides[i][d];
                }
                if index[d] < self.shape[d] {
                    break;
                }
                for i in 0..N {
                    at[i] -= self.strides[i][d] * self.shape[d] as isize;
                }
                index[d] = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reshape_of_views() {
        let l = Layout::contiguous(&[4, 6]).unwrap();
        let t = l.permute(&[1, 0]);
        assert!(t.reshape(&[24]).is_none());
        assert_eq!(t.reshape(&[2, 3, 4]).unwrap().strides(), [3, 1, 6]);
        let s = l.slice(1, 2, 3, 1);
        assert_eq!(s.reshape(&[2, 2, 3]).unwrap().strides(), [12, 6, 1]);
        assert!(s.reshape(&[12]).is_none());
        assert_eq!(l.reshape(&[2, 12]).unwrap().strides(), [12, 1]);
        assert_eq!(Layout::contiguous(&[]).unwrap().reshape(&[1, 1]).unwrap().numel(), 1);
        assert_eq!(t.reshape(&[6, 4, 1]).unwrap().shape(), [6, 4, 1]);
        assert!(Layout::contiguous(&[0, 3]).unwrap().permute(&[1, 0]).reshape(&[5, 0]).is_some());
    }

    #[test]
    fn rows_of_a_broadcast_pair() {
        let a = Layout::contiguous(&[2, 3, 4]).unwrap();
        let b = Layout::contiguous(&[3, 1]).unwrap().broadcast_to(&[2, 3, 4]).unwrap();
        let c = Collapsed::new([&a, &b]);
        assert_eq!((c.ndim, c.rows(), c.inner()), (3, 6, (4, [1, 0])));
        let mut seen = Vec::new();
        c.for_rows(1..6, |row, at| seen.push((row, at)));
        assert_eq!(seen, [(1, [4, 1]), (2, [8, 2]), (3, [12, 0]), (4, [16, 1]), (5, [20, 2])]);
    }

    #[test]
    fn overflowing_shapes_are_refused() {
        assert!(Layout::contiguous(&[usize::MAX, 2]).is_none());
        assert!(Layout::contiguous(&[1; 9]).is_none());
    }
}
