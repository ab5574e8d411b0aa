//! softmax(Q·Kᵀ·scale)·V (Vaswani et al. 2017), fused; see `attention.rs` for the way there and back.

use super::attention::{Attention, Place, Plan, position};
use super::matmul::{forwards, matrix};
use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit, is_grad_enabled};
use crate::gradcheck::Case;
use crate::{Elem, Error, Result, Tensor, ensure, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::layout::broadcast_shapes;

struct ScaledDotProductAttention {
    qkv: [Array; 3],
    /// P of all heads, block by block.
    probabilities: Array,
    plan: Plan,
    batch: Batch,
}

/// The axes before the last two, and how results lie in memory.
#[derive(Clone, Copy)]
struct Batch {
    shape: Shape,
    /// Whether the last batch axis, that of the heads, stands within each row: `[B, T, heads, size]`, as when the heads
    /// are cut from one wide result. What comes out then lies so too, and joining the heads again costs nothing.
    interleaved: bool,
}

impl Batch {
    fn of(q: &Array) -> Batch {
        let n = q.ndim() - 2;
        let strides = q.layout().strides();
        Batch { shape: Shape::new(&q.shape()[..n]), interleaved: n > 0 && strides[n - 1].abs() < strides[n].abs() }
    }

    /// Numbers of outer indices and of heads.
    fn sizes(&self) -> [usize; 2] {
        let outer = self.shape.len() - usize::from(self.interleaved);
        [self.shape[..outer].iter().product(), self.shape[outer..].iter().product()]
    }

    /// `numbers` as `[batch…, rows, width]`.
    fn array<T: Elem>(&self, numbers: Buffer<T>, rows: usize, width: usize) -> Array {
        let n = self.shape.len();
        let mut shape = self.shape;
        shape.push(rows);
        shape.push(width);
        if !self.interleaved {
            return Array::from_buffer(numbers, &shape);
        }
        shape.swap(n - 1, n);
        let mut order = Shape::new(&[]);
        (0..n + 2).for_each(|d| order.push(d));
        order.swap(n - 1, n);
        Array::from_buffer(numbers, &shape).permuted(&order)
    }
}

impl Op for ScaledDotProductAttention {
    const NAME: &'static str = "scaled_dot_product_attention";
    const FORMULA: &'static str = "y = softmax(QKᵀ / √d) · V";
    const BACKWARD: &'static str = "dV = Pᵀ · g, dP = g · Vᵀ, dS = P (dP − Σ P·dP) / √d, dQ = dS · K, dK = dSᵀ · Q";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let grad = forwards(&grad);
        let gradients = with_float!(grad.dtype(), T => self.gradients::<T>(&grad));
        for (i, gradient) in gradients.into_iter().enumerate() {
            to.give(i, gradient);
        }
    }
}

impl ScaledDotProductAttention {
    fn gradients<T: Float + Elem>(&self, grad: &Array) -> [Array; 3] {
        let Plan { outer, heads, queries, keys, size, value_size, .. } = self.plan;
        let sizes = [[queries, size], [keys, size], [keys, value_size]];
        let mut numbers = sizes.map(|[rows, width]| Buffer::<T>::scratch(outer * heads * rows * width));
        let mut which = 0..;
        let places = sizes.map(|[rows, width]| {
            let (slice, row) = (which.next().unwrap_or(0), heads * width);
            Place { slice, first: 0, outer: rows * row, head: width, row }
        });
        let of = |outer: usize, head: usize| {
            let index = outer * heads + head;
            let head = |x| matrix::<T>(x, position(x.layout(), 2, index));
            (self.qkv.each_ref().map(head), head(grad))
        };
        let slices = numbers.each_mut().map(|n| &mut n[..]);
        self.plan.backward(&self.probabilities.dense::<T>(), of, slices, places);
        let mut sizes = sizes.into_iter();
        numbers.map(|numbers| {
            let [rows, width] = sizes.next().unwrap_or_default();
            self.batch.array(numbers, rows, width)
        })
    }
}

/// The three tensors with their batch axes broadcast against each other.
fn broadcast(qkv: [Tensor; 3]) -> Result<[Tensor; 3]> {
    let batch = |t: &Tensor| Shape::new(&t.shape()[..t.ndim() - 2]);
    let [q, k, v] = qkv.each_ref().map(batch);
    if *q == *k && *k == *v {
        return Ok(qkv);
    }
    let joined = broadcast_shapes(&q, &k).and_then(|(shape, n)| broadcast_shapes(&shape[..n], &v));
    let Some((shape, n)) = joined else {
        let text = format!(
            "the axes before the last two, {:?}, {:?} and {:?}, do not broadcast; make them equal or 1",
            &*q, &*k, &*v
        );
        return Err(Error::new(ScaledDotProductAttention::NAME, text));
    };
    let [q, k, v] = qkv.each_ref().map(|t| {
        let mut full = Shape::new(&shape[..n]);
        t.shape()[t.ndim() - 2..].iter().for_each(|&n| full.push(n));
        t.expand(&full)
    });
    Ok([q?, k?, v?])
}

impl Tensor {
    /// softmax(Q·Kᵀ·scale)·V for queries `[..., T, size]` (this tensor), `key [..., S, size]` and
    /// `value [..., S, value_size]`: `[..., T, value_size]`. Axes before the last two are broadcast.
    ///
    /// Queries that are heads cut from a wide row (`[B, T, heads, size]`, transposed to `[B, heads, T, size]`) are read
    /// where they are, and the result lies the same way: to transpose it back and to join the heads copies nothing.
    ///
    /// # Errors
    /// When the shapes do not fit, or the scale is not positive.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Attention};
    /// let (q, k) = (Tensor::zeros(&[2, 4]), Tensor::zeros(&[2, 4]));
    /// let v = Tensor::from_slice(&[1.0_f32, 3.0], &[2, 1])?;
    /// // All keys fit equally well, and the first query sees the first key alone.
    /// let y = q.scaled_dot_product_attention(&k, &v, &Attention::causal())?;
    /// assert_eq!(y.to_vec::<f32>(), [1.0, 2.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn scaled_dot_product_attention(&self, key: &Tensor, value: &Tensor, options: &Attention) -> Result<Tensor> {
        let op = ScaledDotProductAttention::NAME;
        for (name, t) in [("queries", self), ("keys", key), ("values", value)] {
            ensure!(t.ndim() >= 2, op, "the {name} {:?} need the axes [..., positions, size]", t.shape());
        }
        let last = |t: &Tensor| [t.shape()[t.ndim() - 2], t.shape()[t.ndim() - 1]];
        let ([queries, size], [keys, key_size], [values, value_size]) = (last(self), last(key), last(value));
        let (q, k, v) = (self.shape(), key.shape(), value.shape());
        ensure!(
            size == key_size,
            op,
            "queries {q:?} do not fit keys {k:?}: the last axes are {size} and {key_size}, and must be equal"
        );
        ensure!(
            keys == values,
            op,
            "keys {k:?} do not fit values {v:?}: there are {keys} keys and {values} values, and each key has one"
        );
        let dtype = self.dtype().promote(key.dtype()).promote(value.dtype()).or_f32();
        let qkv = broadcast([self, key, value].map(|t| t.to_dtype(dtype)))?;
        let arrays = qkv.each_ref().map(|t| forwards(t.array()));
        let batch = Batch::of(&arrays[0]);
        let plan = Plan::new(op, batch.sizes(), [queries, keys], [size, value_size], options)?;
        let keep = is_grad_enabled() && qkv.iter().any(Tensor::is_tracked);
        with_float!(dtype, T => {
            let (out, p) = plan.forward::<T>(keep, |outer, head| {
                let index = outer * plan.heads + head;
                arrays.each_ref().map(|x| matrix(x, position(x.layout(), 2, index)))
            });
            let value = batch.array(out, queries, value_size);
            let [q, k, v] = &qkv;
            Ok(emit(&[q, k, v], value, || {
                let room = [p.len()];
                ScaledDotProductAttention { qkv: arrays, probabilities: Array::from_buffer(p, &room), plan, batch }
            }))
        })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |options: Attention| Case::new(move |x| x[0].scaled_dot_product_attention(&x[1], &x[2], &options));
    let causal = Attention::causal();
    vec![
        of(Attention::default()).shapes(&[
            &[&[2, 3, 4], &[2, 5, 4], &[2, 5, 2]],
            &[&[1, 1], &[1, 1], &[1, 1]],
            &[&[2, 1, 3, 2], &[3, 2, 2], &[1, 2, 3]],
            &[&[2, 0, 3], &[2, 4, 3], &[2, 4, 2]],
            &[&[2, 3], &[0, 3], &[0, 2]],
        ]),
        of(causal).shapes(&[
            &[&[2, 2, 4, 3], &[2, 2, 4, 3], &[2, 2, 4, 3]],
            &[&[2, 3], &[5, 3], &[5, 2]],
            &[&[5, 2], &[2, 2], &[2, 2]],
        ]),
        of(Attention { offset: 2, scale: Some(0.7), ..causal })
            .shapes(&[&[&[2, 3], &[4, 3], &[4, 3]], &[&[1, 2], &[3, 2], &[3, 1]]]),
        // The heads stand within the rows.
        Case::new(move |x| {
            let [q, k, v] = [x[0].transpose(1, 2)?, x[1].transpose(1, 2)?, x[2].transpose(1, 2)?];
            q.scaled_dot_product_attention(&k, &v, &causal)
        })
        .shapes(&[&[&[2, 3, 2, 2], &[2, 3, 2, 2], &[2, 3, 2, 1]]]),
        // More than one block of queries.
        of(causal).shapes(&[&[&[66, 1], &[67, 1], &[67, 1]]]),
    ]
}
