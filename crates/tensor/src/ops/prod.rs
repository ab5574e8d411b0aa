//! Π x along an axis;  ∂/∂xᵢ = Πⱼ≠ᵢ xⱼ, the product of what comes before times that of what comes after: zeros do no harm.

use super::elementwise::times;
use super::rowwise::{as_rows, from_rows, over_rows};
use crate::array::{Array, Axes, axis, reduced_shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Elem, Result, Tensor, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::reduce::Fold;

struct Prod {
    x: Array,
    axis: usize,
}

impl Op for Prod {
    const NAME: &'static str = "prod";
    const FORMULA: &'static str = "y = Π x";
    const BACKWARD: &'static str = "dxᵢ = g · Π of the other x";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let grad = grad.reshaped(&reduced_shape(self.x.shape(), Axes::one(self.axis), true));
        to.give(
            0,
            with_float!(grad.dtype(), T => {
                products_of_others::<T>(&self.x, self.axis).fit(&grad, times::<T>)
            }),
        );
    }
}

fn products_of_others<T: Float + Elem>(x: &Array, axis: usize) -> Array {
    let rows = as_rows(x, axis);
    let n = x.shape()[axis];
    let x = rows.dense::<T>();
    let products = Array::build(rows.shape(), |out: &mut [T]| {
        over_rows(out, n, |first, out| {
            for (out, x) in out.chunks_exact_mut(n).zip(x[first * n..].chunks_exact(n)) {
                let mut before = T::ONE;
                for (out, &x) in out.iter_mut().zip(x) {
                    *out = before;
                    before *= x;
                }
                let mut after = T::ONE;
                for (out, &x) in out.iter_mut().zip(x).rev() {
                    *out *= after;
                    after *= x;
                }
            }
        });
    });
    from_rows(products, axis)
}

/// The fold that multiplies.
#[derive(Clone, Copy)]
struct Times;

macro_rules! times {
    ($t:ty, $one:expr, |$a:ident, $b:ident| $product:expr) => {
        impl Fold<$t> for Times {
            #[inline(always)]
            fn init(&self) -> $t {
                $one
            }
            #[inline(always)]
            fn join(&self, $a: $t, $b: $t) -> $t {
                $product
            }
        }
    };
}
times!(f32, 1.0, |a, b| a * b);
times!(f64, 1.0, |a, b| a * b);
times!(i64, 1, |a, b| a.wrapping_mul(b));

impl Tensor {
    /// The product of all numbers, of shape `[]`; 1 of none. Integers are multiplied as integers.
    #[must_use]
    pub fn prod(&self) -> Tensor {
        let flat = if self.ndim() == 1 { self.clone() } else { self.reshaped(self.array().reshaped(&[self.numel()])) };
        flat.prod_over(0, false)
    }

    /// The products along axis `dim`; with `keepdim` it stays with size 1.
    ///
    /// # Errors
    /// For an axis that is not there.
    pub fn prod_dim(&self, dim: isize, keepdim: bool) -> Result<Tensor> {
        Ok(self.prod_over(axis("prod", dim, self.ndim())?, keepdim))
    }

    fn prod_over(&self, d: usize, keepdim: bool) -> Tensor {
        let x = self.array();
        let value = match x.dtype() {
            DType::F64 => x.reduce::<f64>(Axes::one(d), keepdim, Times),
            DType::F32 => x.reduce::<f32>(Axes::one(d), keepdim, Times),
            _ => x.to_dtype(DType::I64).reduce::<i64>(Axes::one(d), keepdim, Times),
        };
        emit(&[self], value, || Prod { x: x.clone(), axis: d })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let shapes: &[&[&[usize]]] = &[&[&[2, 3, 2]], &[&[1, 3, 1]], &[&[2, 0, 4]]];
    vec![
        Case::new(|x| Ok(x[0].prod())).shapes(shapes),
        Case::new(|x| x[0].prod_dim(1, true)).shapes(shapes),
        // A zero in each lane: the other numbers' product is still the gradient there.
        Case::new(|x| (&x[0] * &Tensor::from_slice(&[1.0, 0.0, 2.0], &[3])?).prod_dim(-1, false)).shapes(&[&[&[2, 3]]]),
    ]
}
