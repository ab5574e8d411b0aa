//! An axis cut into parts: views;  each part's gradient goes to its place (see `slice.rs`).

use crate::array::axis;
use crate::gradcheck::Case;
use crate::{Result, Tensor, ensure};

impl Tensor {
    /// Axis `dim` cut into views of `size` indices each; the last may have fewer.
    ///
    /// # Errors
    /// For an axis that is not there, or a size of 0.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let parts = Tensor::arange(5).split(2, 0)?;
    /// assert_eq!(parts.iter().map(|p| p.numel()).collect::<Vec<_>>(), [2, 2, 1]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn split(&self, size: usize, dim: isize) -> Result<Vec<Tensor>> {
        let n = self.shape()[axis("split", dim, self.ndim())?];
        ensure!(size > 0, "split", "parts of size 0 never fill axis {dim} of {:?}; use 1 or more", self.shape());
        if n == 0 {
            return Ok(vec![self.clone()]);
        }
        (0..n).step_by(size).map(|start| self.narrow(dim, start, size.min(n - start))).collect()
    }

    /// Axis `dim` cut into views of the given sizes.
    ///
    /// # Errors
    /// For an axis that is not there, or when the sizes do not sum to that of the axis.
    pub fn split_sizes(&self, sizes: &[usize], dim: isize) -> Result<Vec<Tensor>> {
        let n = self.shape()[axis("split", dim, self.ndim())?];
        let total = sizes.iter().try_fold(0usize, |a, &b| a.checked_add(b));
        ensure!(
            total == Some(n),
            "split",
            "the sizes {sizes:?} do not fill axis {dim} of {:?}; they must sum to {n}",
            self.shape()
        );
        let mut start = 0;
        let mut next = |len: usize| {
            start += len;
            self.narrow(dim, start - len, len)
        };
        sizes.iter().map(|&len| next(len)).collect()
    }

    /// Axis `dim` cut into `parts` views of one size, but that the last may have fewer indices. Fewer parts where
    /// the axis is too short for so many.
    ///
    /// # Errors
    /// For an axis that is not there, or no parts.
    pub fn chunk(&self, parts: usize, dim: isize) -> Result<Vec<Tensor>> {
        let n = self.shape()[axis("chunk", dim, self.ndim())?];
        ensure!(parts > 0, "chunk", "axis {dim} of {:?} cannot be cut into 0 parts; use 1 or more", self.shape());
        self.split(n.div_ceil(parts).max(1), dim)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 5, 3]], &[&[1, 5, 1]], &[&[0, 5, 2]]];
    vec![
        Case::new(|x| Tensor::cat(&x[0].split(2, 1)?.iter().rev().collect::<Vec<_>>(), 1)).shapes(shapes),
        Case::new(|x| x[0].split_sizes(&[1, 0, 4], 1)?[2].try_add(&x[0].chunk(2, 1)?[0].sum_dims(&[1], true)?))
            .shapes(shapes),
    ]
}
