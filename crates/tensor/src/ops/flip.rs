//! Axes in reverse order: a view with negative strides;  the gradient is turned back (see `slice.rs`).

use crate::array::Axes;
use crate::gradcheck::Case;
use crate::{Result, Tensor};

impl Tensor {
    /// A view that runs backwards along the axes `dims`.
    ///
    /// # Errors
    /// For an axis that is not there, or named twice.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// assert_eq!(Tensor::arange(3).flip(&[0])?.to_vec::<i64>(), [2, 1, 0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn flip(&self, dims: &[isize]) -> Result<Tensor> {
        Axes::new("flip", dims, self.ndim())?;
        dims.iter().try_fold(self.clone(), |x, &dim| x.slice(dim, None, None, -1))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(|x| x[0].flip(&[0, -1])).shapes(&[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]])]
}
