//! 1 at the class, 0 elsewhere: y[…, c] = [index[…] = c]. A step function of integers: no gradient flows.

use super::embedding::check_indices;
use crate::array::{Array, check_shape};
use crate::autograd::{Formula, emit_constant};
use crate::{Result, Tensor, ensure};
use gradus_kernels::layout::MAX_DIMS;

impl Tensor {
    /// Classes `[...]` (`i64`) as rows `[..., classes]` (`i64`) that are 1 at the class and 0 elsewhere.
    ///
    /// # Errors
    /// When a class is not one of `0..classes`.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// assert_eq!(Tensor::arange(2).one_hot(3)?.to_vec::<i64>(), [1, 0, 0, 0, 1, 0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn one_hot(&self, classes: usize) -> Result<Tensor> {
        check_indices("one_hot", self, classes, "classes")?;
        ensure!(self.ndim() < MAX_DIMS, "one_hot", "{:?} has eight axes already, the most there can be", self.shape());
        let mut shape = self.array().shape_copy();
        shape.push(classes);
        check_shape("one_hot", &shape)?;
        let value = Array::build(&shape, |out: &mut [i64]| {
            out.fill(0);
            for (row, &class) in out.chunks_exact_mut(classes.max(1)).zip(self.array().dense::<i64>().iter()) {
                row[class as usize] = 1;
            }
        });
        Ok(emit_constant(Formula::constant("one_hot", "y = 1 at the index, 0 elsewhere"), &[self], value))
    }
}
