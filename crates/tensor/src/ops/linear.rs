//! y = x·W + b, fused;  ∂/∂x = G·Wᵀ, ∂/∂W = xᵀ·G, ∂/∂b = Σ G over all rows.

use super::matmul::{forwards, matrix, product, rows, transposed};
use crate::array::{Array, Axes};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::gemm::{Store, gemm};
use gradus_kernels::reduce;

struct Linear {
    x: Array,
    weight: Array,
}

impl Op for Linear {
    const NAME: &'static str = "linear";
    const FORMULA: &'static str = "y = x · W + b";
    const BACKWARD: &'static str = "dx = g · Wᵀ, dW = xᵀ · g, db = Σ g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let g = rows(&grad);
        to.give_with(0, || product(&g, &transposed(&self.weight)).reshaped(self.x.shape()));
        to.give_with(1, || product(&transposed(&rows(&self.x)), &g));
        if to.wants(2) {
            to.give(2, with_float!(g.dtype(), T => g.reduce::<T>(Axes::one(0), false, reduce::Add)));
        }
    }
}

fn forward<T: Float + Elem>(x: &Array, weight: &Array, bias: Option<&Array>) -> Array {
    let (x, weight) = (forwards(&rows(x)), forwards(weight));
    let ([m, k], n) = ([x.shape()[0], x.shape()[1]], weight.shape()[1]);
    let bias = bias.map(|b| b.dense::<T>());
    Array::build(&[m, n], |y: &mut [T]| {
        let store = bias.as_deref().map_or(Store::Set, Store::Bias);
        gemm(m, n, k, matrix(&x, x.layout().offset()), matrix(&weight, weight.layout().offset()), y, n, store);
    })
}

impl Tensor {
    /// x·W + b for `x [..., fan_in]`, `weight [fan_in, fan_out]`, `bias [fan_out]`, in one pass.
    ///
    /// # Errors
    /// When the shapes or types do not fit.
    pub fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let (x, w) = (self.shape(), weight.shape());
        ensure!(w.len() == 2, "linear", "the weight {w:?} must be a matrix [fan_in, fan_out]");
        ensure!(!x.is_empty(), "linear", "the input is a scalar; it needs an axis of size {}", w[0]);
        let last = x[x.len() - 1];
        ensure!(last == w[0], "linear", "input {x:?} does not fit weight {w:?}: the last axis is {last}, the weight wants {}", w[0]);
        if let Some(b) = bias {
            ensure!(b.shape() == [w[1]], "linear", "bias {:?} does not fit weight {w:?}: it must be [{}]", b.shape(), w[1]);
        }
        let dtype = self.dtype().promote(weight.dtype()).or_f32();
        let (input, weight) = (self.to_dtype(dtype), weight.to_dtype(dtype));
        let bias = bias.map(|b| b.to_dtype(dtype));
        let mut shape = self.array().shape_copy();
        let axes = shape.len();
        shape[axes - 1] = w[1];
        let value = with_float!(dtype, T => forward::<T>(input.array(), weight.array(), bias.as_ref().map(Tensor::array)));
        let op = || Linear { x: input.array().clone(), weight: weight.array().clone() };
        Ok(match &bias {
            Some(bias) => emit(&[&input, &weight, bias], value.reshaped(&shape), op),
            None => emit(&[&input, &weight], value.reshaped(&shape), op),
        })
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| x[0].linear(&x[1], Some(&x[2]))).shapes(&[
            &[&[4, 3], &[3, 2], &[2]],
            &[&[1, 1], &[1, 1], &[1]],
            &[&[2, 2, 3], &[3, 4], &[4]],
            &[&[0, 3], &[3, 2], &[2]],
            &[&[2, 0], &[0, 2], &[2]],
        ]),
        Case::new(|x| x[0].linear(&x[1], None)).shapes(&[&[&[3], &[3, 2]], &[&[1, 1], &[1, 1]], &[&[0, 3], &[3, 2]]]),
    ]
}
