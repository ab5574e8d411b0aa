//! C = A·B;  ∂/∂A = G·Bᵀ, ∂/∂B = Aᵀ·G, each summed over the batch axes along which its operand was broadcast.

use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Elem, Error, Result, Tensor, ensure, with_float};
use gradus_kernels::gemm::{MatRef, Store, gemm};
use gradus_kernels::layout::{Collapsed, Layout, broadcast_shapes};
use gradus_kernels::threads::for_chunks;

struct MatMul {
    a: Array,
    b: Array,
}

impl Op for MatMul {
    const NAME: &'static str = "matmul";
    const FORMULA: &'static str = "y = a · b (matrix product)";
    const BACKWARD: &'static str = "da = g · bᵀ, db = aᵀ · g";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let (a, b) = (&self.a, &self.b);
        to.give_with(0, || product(&grad, &transposed(b)).sum_to(a.shape()));
        to.give_with(1, || {
            if b.ndim() == 2 && a.ndim() > 2 {
                // The batch and the rows of A are one long axis.
                product(&transposed(&rows(a)), &rows(&grad))
            } else {
                product(&transposed(a), &grad).sum_to(b.shape())
            }
        });
    }
}

/// All axes but the last as one: `[…, n]` → `[rows, n]`.
pub(super) fn rows(x: &Array) -> Array {
    let n = x.shape()[x.ndim() - 1];
    let count = x.shape()[..x.ndim() - 1].iter().product();
    x.reshaped(&[count, n])
}

/// The last two axes exchanged.
pub(super) fn transposed(x: &Array) -> Array {
    let mut order = Shape::new(&[]);
    (0..x.ndim()).for_each(|d| order.push(d));
    order.swap(x.ndim() - 2, x.ndim() - 1);
    x.permuted(&order)
}

/// A matrix of a view, as the kernel wants it: `[…, m, k]` at memory position `at`.
pub(super) fn matrix<T: Elem>(x: &Array, at: usize) -> MatRef<'_, T> {
    let s = x.layout().strides();
    MatRef { data: &x.memory::<T>()[at..], row_stride: s[x.ndim() - 2] as usize, col_stride: s[x.ndim() - 1] as usize }
}

/// The view itself, or a copy of it where it walks backwards.
pub(super) fn forwards(x: &Array) -> Array {
    if x.layout().strides().iter().all(|&s| s >= 0) { x.clone() } else { x.copied() }
}

/// A·B of `[…, m, k]` and `[…, k, n]`, batch axes broadcast; both have the same type, a float or integers.
pub(super) fn product(a: &Array, b: &Array) -> Array {
    match a.dtype() {
        DType::I64 => product_of(a, b, &whole),
        d => with_float!(d, T => product_of(a, b, &|[m, n, k], a, b, c: &mut [T]| gemm(m, n, k, a, b, c, n, Store::Set))),
    }
}

/// The product of an `[m, k]` and a `[k, n]` matrix, written to `c`.
type Kernel<'a, T> = &'a (dyn Fn([usize; 3], MatRef<'_, T>, MatRef<'_, T>, &mut [T]) + Sync);

/// Of integers, which wrap around on overflow.
fn whole([m, n, k]: [usize; 3], a: MatRef<'_, i64>, b: MatRef<'_, i64>, c: &mut [i64]) {
    for row in 0..m {
        let c = &mut c[row * n..][..n];
        c.fill(0);
        for i in 0..k {
            let x = a.data[row * a.row_stride + i * a.col_stride];
            for (column, c) in c.iter_mut().enumerate() {
                *c = c.wrapping_add(x.wrapping_mul(b.data[i * b.row_stride + column * b.col_stride]));
            }
        }
    }
}

fn product_of<T: Elem>(a: &Array, b: &Array, multiply: Kernel<'_, T>) -> Array {
    let (a, b) = (forwards(a), forwards(b));
    let [m, k] = [a.shape()[a.ndim() - 2], a.shape()[a.ndim() - 1]];
    let n = b.shape()[b.ndim() - 1];
    if b.ndim() == 2 && a.ndim() > 2 {
        // One long product instead of a batch of short ones.
        let mut shape = a.shape_copy();
        let last = shape.len() - 1;
        shape[last] = n;
        return product_of::<T>(&rows(&a), &b, multiply).reshaped(&shape);
    }
    if a.ndim() == 2 && b.ndim() == 2 {
        return Array::build(&[m, n], |c: &mut [T]| {
            multiply([m, n, k], matrix(&a, a.layout().offset()), matrix(&b, b.layout().offset()), c);
        });
    }
    let (batch_a, batch_b) = (batch(&a), batch(&b));
    let Some((batch, axes)) = broadcast_shapes(batch_a.shape(), batch_b.shape()) else {
        unreachable!("matmul checks its batch axes first")
    };
    let batch = &batch[..axes];
    let fitted = |l: &Layout| l.broadcast_to(batch).unwrap_or_else(|| unreachable!("matmul checks its batch axes first"));
    let walk = Collapsed::new([&fitted(&batch_a), &fitted(&batch_b)]);
    let ([width, _], strides) = ([walk.inner().0, 0], walk.inner().1);
    let mut shape = Shape::new(batch);
    shape.push(m);
    shape.push(n);
    Array::build(&shape, |c: &mut [T]| {
        if k == 0 {
            // A sum of nothing; such an operand has no memory to point to.
            c.fill(T::default());
        }
        if m * n * k == 0 {
            return;
        }
        // Whole matrices a thread, enough of them to be worth waking it.
        let matrices = (256 * 1024 / (m * n * k).max(1)).max(1);
        for_chunks(c, matrices * m * n, |start, piece| {
            for (i, c) in piece.chunks_exact_mut(m * n).enumerate() {
                let index = start / (m * n) + i;
                let (row, col) = (index / width, index % width);
                walk.for_rows(row..row + 1, |_, [at, bt]| {
                    let at = at + col * strides[0] as usize;
                    let bt = bt + col * strides[1] as usize;
                    multiply([m, n, k], matrix(&a, at), matrix(&b, bt), c);
                });
            }
        });
    })
}

/// The batch axes of a stack of matrices.
fn batch(x: &Array) -> Layout {
    let d = x.ndim() - 2;
    let l = x.layout();
    Layout::from_parts(&l.shape()[..d], &l.strides()[..d], l.offset()).unwrap_or_else(|| unreachable!("fewer axes than before"))
}

impl Tensor {
    /// The matrix product of `[…, m, k]` and `[…, k, n]`, batch axes broadcast as in NumPy. A vector on the left
    /// counts as a row, one on the right as a column, and its axis is gone from the result. Integers stay integers.
    ///
    /// # Errors
    /// When the shapes do not fit, or one operand is a scalar.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let a = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0], &[2, 2])?;
    /// let x = Tensor::from_slice(&[1.0_f32, 1.0], &[2])?;
    /// assert_eq!(a.matmul(&x)?.to_vec::<f32>(), [3.0, 7.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn matmul(&self, other: &Tensor) -> Result<Tensor> {
        let (x, y) = (self.shape(), other.shape());
        ensure!(
            !x.is_empty() && !y.is_empty(),
            "matmul",
            "{x:?} times {y:?}: a scalar is no matrix; multiply by it with *"
        );
        match (x.len(), y.len()) {
            (1, 1) => return self.unsqueeze(0)?.matmul(&other.unsqueeze(1)?).map_err(|_| misfit(x, y))?.reshape(&[]),
            (1, _) => return self.unsqueeze(0)?.matmul(other).map_err(|_| misfit(x, y))?.squeeze(-2),
            (_, 1) => return self.matmul(&other.unsqueeze(1)?).map_err(|_| misfit(x, y))?.squeeze(-1),
            _ => {}
        }
        let dtype = self.dtype().promote(other.dtype()).max(DType::I64);
        let (a, b) = (self.to_dtype(dtype), other.to_dtype(dtype));
        let (p, q) = (x.len() - 2, y.len() - 2);
        if x[p + 1] != y[q] || broadcast_shapes(&x[..p], &y[..q]).is_none() {
            return Err(misfit(x, y));
        }
        let value = product(a.array(), b.array());
        Ok(emit(&[&a, &b], value, || MatMul { a: a.array().clone(), b: b.array().clone() }))
    }
}

fn misfit(x: &[usize], y: &[usize]) -> Error {
    let (k, l) = (x[x.len() - 1], y[y.len().saturating_sub(2)]);
    let why = if k != l {
        format!("the left has {k} columns, the right {l} rows; transpose or reshape one of them")
    } else {
        "the batch axes differ; sizes must be equal or one of them 1, counted from the last batch axis".to_owned()
    };
    Error::new("matmul", format!("{x:?} does not fit {y:?}: {why}"))
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(|x| x[0].matmul(&x[1])).shapes(&[
        &[&[2, 3], &[3, 4]],
        &[&[1, 1], &[1, 1]],
        &[&[2, 0], &[0, 3]],
        &[&[0, 2], &[2, 3]],
        &[&[3], &[3, 2]],
        &[&[2, 3], &[3]],
        &[&[3], &[3]],
        &[&[2, 2, 3], &[3, 2]],
        &[&[2, 3], &[2, 3, 2]],
        &[&[2, 1, 2, 3], &[3, 3, 2]],
        &[&[0], &[2, 0, 3]],
        &[&[2, 0, 3], &[2, 3, 1]],
        &[&[2, 3, 0], &[0, 4]],
        &[&[0, 2, 3], &[3, 2]],
        &[&[0, 2, 3], &[1, 3, 2]],
        &[&[3, 2], &[0, 2, 4]],
    ])]
}
