//! Running sums along an axis: yᵢ = x₀ + … + xᵢ;  the gradient of xᵢ is the running sum from the other end, gᵢ + … + gₙ₋₁.

use super::rowwise::{as_rows, from_rows, over_rows};
use crate::array::{Array, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Elem, Result, Tensor, with_float};
use gradus_kernels::element::Number;

struct CumSum {
    axis: usize,
}

impl Op for CumSum {
    const NAME: &'static str = "cumsum";
    const FORMULA: &'static str = "yᵢ = x₁ + … + xᵢ";
    const BACKWARD: &'static str = "dxᵢ = gᵢ + … + gₙ";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let d = self.axis;
        to.give(0, with_float!(grad.dtype(), T => scan::<T>(&grad, d, |row| accumulate(0.0, row.iter_mut().rev()))));
    }
}

/// Replaces numbers by the sums up to and including them, added in `f64` as PyTorch does.
fn accumulate<'a, T: Number>(start: f64, numbers: impl Iterator<Item = &'a mut T>) {
    let mut sum = start;
    for x in numbers {
        sum += x.to_f64();
        *x = T::from_f64(sum);
    }
}

/// `f` of every row along `axis`.
fn scan<T: Elem>(x: &Array, axis: usize, f: impl Fn(&mut [T]) + Sync) -> Array {
    let rows = as_rows(x, axis);
    let n = x.shape()[axis];
    let from = rows.dense::<T>();
    let y = Array::build(rows.shape(), |out: &mut [T]| {
        over_rows(out, n, |first, out| {
            out.copy_from_slice(&from[first * n..][..out.len()]);
            out.chunks_exact_mut(n).for_each(&f);
        });
    });
    from_rows(y, axis)
}

impl Tensor {
    /// The sums of the numbers up to and including each along axis `dim`. Integers are added as integers.
    ///
    /// # Errors
    /// For an axis that is not there.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// assert_eq!(Tensor::arange(4).cumsum(0)?.to_vec::<i64>(), [0, 1, 3, 6]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn cumsum(&self, dim: isize) -> Result<Tensor> {
        let d = axis("cumsum", dim, self.ndim())?;
        let x = self.array();
        let value = if x.dtype().is_float() {
            with_float!(x.dtype(), T => scan::<T>(x, d, |row| accumulate(0.0, row.iter_mut())))
        } else {
            scan::<i64>(&x.to_dtype(DType::I64), d, |row| {
                let mut sum = 0i64;
                for x in row {
                    sum = sum.wrapping_add(*x);
                    *x = sum;
                }
            })
        };
        Ok(emit(&[self], value, || CumSum { axis: d }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[1, 1, 4]], &[&[2, 0, 4]]];
    vec![Case::new(|x| x[0].cumsum(1)).shapes(shapes), Case::new(|x| x[0].cumsum(-1)).shapes(shapes)]
}
