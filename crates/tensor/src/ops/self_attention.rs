//! Multi-head self-attention of packed rows: each row of x holds its query, key and value of all heads, as one linear
//! layer gives them, and each row of the result the values of all heads side by side.
//!
//! The same as cutting x in three and into heads, [`Tensor::scaled_dot_product_attention`], and joining the heads, without
//! any of the copies on the way back; see `attention.rs`.

use super::attention::{Attention, Place, Plan, position};
use super::matmul::forwards;
use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit, is_grad_enabled};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::element::Float;
use gradus_kernels::gemm::MatRef;

struct SelfAttention {
    x: Array,
    /// P of all heads, block by block.
    probabilities: Array,
    plan: Plan,
}

impl Op for SelfAttention {
    const NAME: &'static str = "self_attention";
    const FORMULA: &'static str = "y = softmax(QKᵀ / √d) · V in every head, later places masked";
    const BACKWARD: &'static str = "dV = Pᵀ · g, dP = g · Vᵀ, dS = P (dP − Σ P·dP) / √d, dQ = dS · K, dK = dSᵀ · Q";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let grad = forwards(&grad);
        to.give(0, with_float!(grad.dtype(), T => self.gradient::<T>(&grad)));
    }
}

impl SelfAttention {
    fn gradient<T: Float + Elem>(&self, grad: &Array) -> Array {
        let plan = &self.plan;
        let (row, width) = (3 * plan.heads * plan.size, plan.heads * plan.size);
        let places = [0, 1, 2].map(|part| Place {
            slice: 0,
            first: part * width,
            outer: plan.queries * row,
            head: plan.size,
            row,
        });
        Array::build(self.x.shape(), |dx: &mut [T]| {
            let of = |outer, head| (parts(plan, &self.x, outer, head), columns(grad, outer, head * plan.size));
            plan.backward(&self.probabilities.dense::<T>(), of, [dx, &mut [], &mut []], places);
        })
    }
}

/// The last two axes of `x` from column `first` on, at index `outer` of the others.
fn columns<T: Elem>(x: &Array, outer: usize, first: usize) -> MatRef<'_, T> {
    let [row_stride, col_stride] = [x.ndim() - 2, x.ndim() - 1].map(|d| x.layout().strides()[d].unsigned_abs());
    let at = position(x.layout(), 2, outer) + first * col_stride;
    MatRef { data: &x.memory::<T>()[at..], row_stride, col_stride }
}

/// Q, K and V of a head.
fn parts<'a, T: Elem>(plan: &Plan, x: &'a Array, outer: usize, head: usize) -> [MatRef<'a, T>; 3] {
    [0, 1, 2].map(|part| columns(x, outer, (part * plan.heads + head) * plan.size))
}

impl Tensor {
    /// Self-attention in `heads` heads over rows `[..., T, 3·C]` that hold queries, keys and values, C numbers each:
    /// `[..., T, C]`.
    ///
    /// # Errors
    /// When the rows cannot be cut into three times `heads` equal parts, or the scale is not positive.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Attention};
    /// let x = Tensor::zeros(&[4, 16, 3 * 64]);
    /// let y = x.self_attention(4, &Attention::causal())?;
    /// assert_eq!(y.shape(), [4, 16, 64]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn self_attention(&self, heads: usize, options: &Attention) -> Result<Tensor> {
        let op = SelfAttention::NAME;
        let x = self.to_float();
        let axes = x.ndim();
        ensure!(axes >= 2, op, "input {:?} needs the axes [..., positions, 3·channels]", x.shape());
        let (positions, row) = (x.shape()[axes - 2], x.shape()[axes - 1]);
        let parts_of_a_row = heads.saturating_mul(3);
        ensure!(
            heads > 0 && row.is_multiple_of(parts_of_a_row),
            op,
            "the last axis of {:?} is {row}, which is not queries, keys and values of {heads} heads; it must be a multiple of {parts_of_a_row}",
            x.shape()
        );
        let size = row / parts_of_a_row;
        let outer = x.shape()[..axes - 2].iter().product();
        let plan = Plan::new(op, [outer, heads], [positions; 2], [size; 2], options)?;
        let array = forwards(x.array());
        let mut shape = Shape::new(x.shape());
        shape[axes - 1] = row / 3;
        let keep = is_grad_enabled() && x.is_tracked();
        with_float!(x.dtype(), T => {
            let (out, p) = plan.forward::<T>(keep, |outer, head| parts(&plan, &array, outer, head));
            Ok(emit(&[&x], Array::from_buffer(out, &shape), || {
                let room = [p.len()];
                SelfAttention { x: array, probabilities: Array::from_buffer(p, &room), plan }
            }))
        })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |heads, options: Attention| Case::new(move |x| x[0].self_attention(heads, &options));
    vec![
        of(2, Attention::causal()).shapes(&[&[&[2, 3, 12]], &[&[4, 6]], &[&[1, 1, 6]], &[&[2, 0, 6]]]),
        of(1, Attention { scale: Some(0.3), ..Attention::default() }).shapes(&[&[&[3, 6]]]),
    ]
}
