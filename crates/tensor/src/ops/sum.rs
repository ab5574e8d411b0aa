//! Σ x along axes;  ∂/∂xᵢ = 1: the gradient is repeated along the folded axes.

use crate::array::{Array, Axes, Shape, reduced_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Result, Tensor, with_float};
use gradus_kernels::reduce;

struct Sum {
    input: Shape,
    axes: Axes,
}

impl Op for Sum {
    const NAME: &'static str = "sum";
    const FORMULA: &'static str = "y = Σ x";
    const BACKWARD: &'static str = "dx = g, at every place";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, spread(grad, &self.input, self.axes));
    }
}

/// Repeats `grad`, the gradient of a fold over `axes`, to the `input`'s shape.
pub(super) fn spread(grad: Array, input: &[usize], axes: Axes) -> Array {
    let kept = reduced_shape(input, axes, true);
    grad.reshaped(&kept).broadcast_to(input).unwrap_or_else(|| unreachable!("a folded shape broadcasts to its own input"))
}

impl Tensor {
    /// The sum of all numbers, of shape `[]`. Integers are added as integers.
    #[must_use]
    pub fn sum(&self) -> Tensor {
        self.sum_over(Axes::all(self.ndim()), false)
    }

    /// The sums along the axes `dims`; with `keepdim` these stay with size 1.
    ///
    /// # Errors
    /// For an axis that is not there, or named twice.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::ones(&[2, 3]);
    /// assert_eq!(x.sum_dims(&[-1], false)?.to_vec::<f32>(), [3.0, 3.0]);
    /// assert_eq!(x.sum_dims(&[0], true)?.shape(), [1, 3]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn sum_dims(&self, dims: &[isize], keepdim: bool) -> Result<Tensor> {
        Ok(self.sum_over(Axes::new("sum", dims, self.ndim())?, keepdim))
    }

    pub(crate) fn sum_over(&self, axes: Axes, keepdim: bool) -> Tensor {
        let x = self.array();
        let value = if x.dtype().is_float() {
            with_float!(x.dtype(), T => x.reduce::<T>(axes, keepdim, reduce::Add))
        } else {
            x.to_dtype(DType::I64).reduce::<i64>(axes, keepdim, Count)
        };
        emit(&[self], value, || Sum { input: x.shape_copy(), axes })
    }
}

/// Adds integers.
#[derive(Clone, Copy)]
struct Count;

impl reduce::Fold<i64> for Count {
    fn init(&self) -> i64 {
        0
    }
    #[inline(always)]
    fn join(&self, a: i64, b: i64) -> i64 {
        a.wrapping_add(b)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::unary(|x| Ok(x.sum())),
        Case::unary(|x| x.sum_dims(&[0], false)),
        Case::unary(|x| x.sum_dims(&[-1], true)),
        Case::new(|x| x[0].sum_dims(&[0, 2], false)).shapes(&[&[&[2, 3, 4]], &[&[1, 3, 1]], &[&[2, 0, 4]]]),
    ]
}
