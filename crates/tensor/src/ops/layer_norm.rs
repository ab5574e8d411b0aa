//! y = (x − μ) / √(σ² + ε) · w + b, with the mean μ and the variance σ² of each row (Ba, Kiros and Hinton 2016), fused.
//!
//! With x̂ = (x − μ) / √(σ² + ε) and ĝ = g·w, means over the row: ∂/∂x = (ĝ − mean ĝ − x̂·mean(ĝ·x̂)) / √(σ² + ε),
//! ∂/∂w = Σ g·x̂ and ∂/∂b = Σ g over the rows.

use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::map::GRAIN;
use gradus_kernels::reduce;
use gradus_kernels::runs::Runs;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::for_pieces;

struct LayerNorm {
    /// Dense.
    x: Array,
    weight: Option<Array>,
    /// μ and 1/√(σ² + ε) of each row, `[rows, 2]`.
    moments: Array,
    /// The axes of one row.
    row: Shape,
}

impl Op for LayerNorm {
    const NAME: &'static str = "layer_norm";
    const FORMULA: &'static str = "y = γ (x − mean) / √(var + ε) + β, over the last axis";
    const BACKWARD: &'static str = "dβ = Σ g, dγ = Σ g · x̂, dx = 1/σ (γg − mean(γg) − x̂ · mean(γg · x̂))";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let (x, [weight, bias]) = with_float!(grad.dtype(), T => self.gradients::<T>(&grad));
        to.give(0, x);
        if self.weight.is_some() {
            to.give(1, weight);
        }
        to.give(1 + usize::from(self.weight.is_some()), bias);
    }
}

impl LayerNorm {
    /// The gradients of x, and of weight and bias whether they are there or not.
    fn gradients<T: Float + Elem + Runs>(&self, grad: &Array) -> (Array, [Array; 2]) {
        let n = self.row.iter().product();
        let (x, grad, moments) = (self.x.dense::<T>(), grad.dense::<T>(), self.moments.dense::<T>());
        let weight = self.weight.as_ref().map(|w| w.dense::<T>());
        let block = rows_in_a_block(n);
        let blocks = (moments.len() / 2).div_ceil(block);
        // Each block of rows adds up its share of ∂/∂w and ∂/∂b: [blocks, 2, n].
        let mut shares = Buffer::<T>::scratch(blocks * 2 * n);
        let dx = Array::build(self.x.shape(), |dx: &mut [T]| {
            let pieces = dx.chunks_mut((block * n).max(1)).zip(shares.chunks_mut((2 * n).max(1)));
            for_pieces(pieces, |i, (dx, shares)| {
                let range = i * block * n..i * block * n + dx.len();
                let (x, grad, moments) = (&x[range.clone()], &grad[range], &moments[i * block * 2..]);
                let (dw, db) = shares.split_at_mut(n);
                dispatch(Backward { x, grad, moments, weight: weight.as_deref(), dx, dw, db });
            });
        });
        let mut sums = Buffer::<T>::scratch(2 * n);
        reduce::middle(&shares, [1, blocks, 2 * n], &mut sums, reduce::Add);
        let part = |i: usize| Array::from_buffer(Buffer::from_slice(&sums[i * n..][..n]), &self.row);
        (dx, [part(0), part(1)])
    }
}

/// How many rows of `n` numbers a thread takes at once.
fn rows_in_a_block(n: usize) -> usize {
    (GRAIN / n.max(1)).max(1)
}

struct Forward<'a, T> {
    x: &'a [T],
    weight: Option<&'a [T]>,
    bias: Option<&'a [T]>,
    eps: T,
    n: usize,
    y: &'a mut [T],
    /// μ and 1/√(σ² + ε) by turns.
    moments: &'a mut [T],
}

impl<T: Float + Runs> Kernel for Forward<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Forward { x, weight, bias, eps, n, y, moments } = self;
        let one_nth = T::ONE / T::from_f64(n as f64);
        for ((x, y), moments) in x.chunks_exact(n).zip(y.chunks_exact_mut(n)).zip(moments.chunks_exact_mut(2)) {
            let mean = T::sum(x) * one_nth;
            let variance = T::squares_about(x, mean) * one_nth;
            let scale = T::ONE / (variance + eps).sqrt();
            match (weight, bias) {
                (Some(weight), Some(bias)) => {
                    for (((y, &x), &w), &b) in y.iter_mut().zip(x).zip(weight).zip(bias) {
                        *y = ((x - mean) * scale).fma::<I>(w, b);
                    }
                }
                (Some(weight), None) => {
                    for ((y, &x), &w) in y.iter_mut().zip(x).zip(weight) {
                        *y = (x - mean) * scale * w;
                    }
                }
                (None, Some(bias)) => {
                    for ((y, &x), &b) in y.iter_mut().zip(x).zip(bias) {
                        *y = (x - mean).fma::<I>(scale, b);
                    }
                }
                (None, None) => {
                    for (y, &x) in y.iter_mut().zip(x) {
                        *y = (x - mean) * scale;
                    }
                }
            }
            moments.copy_from_slice(&[mean, scale]);
        }
    }
}

struct Backward<'a, T> {
    x: &'a [T],
    grad: &'a [T],
    moments: &'a [T],
    weight: Option<&'a [T]>,
    dx: &'a mut [T],
    dw: &'a mut [T],
    db: &'a mut [T],
}

impl<T: Float + Runs> Kernel for Backward<'_, T> {
    type Output = ();
    // Many short loops over a row that is in the nearest cache: with few slices each, the compiler can tell that they do
    // not overlap, and uses vectors.
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Backward { x, grad, moments, weight, dx, dw, db } = self;
        let n = dw.len();
        let one_nth = T::ONE / T::from_f64(n as f64);
        dw.fill(T::ZERO);
        db.fill(T::ZERO);
        let mut normalised = Buffer::<T>::scratch(n);
        let rows = x.chunks_exact(n).zip(grad.chunks_exact(n)).zip(dx.chunks_exact_mut(n));
        for (((x, g), dx), moments) in rows.zip(moments.chunks_exact(2)) {
            let [mean, scale] = [moments[0], moments[1]];
            for (hat, &x) in normalised.iter_mut().zip(x) {
                *hat = (x - mean) * scale;
            }
            for ((dw, &g), &hat) in dw.iter_mut().zip(g).zip(normalised.iter()) {
                *dw = g.fma::<I>(hat, *dw);
            }
            for (db, &g) in db.iter_mut().zip(g) {
                *db += g;
            }
            // dx holds ĝ until its means are known.
            match weight {
                Some(weight) => {
                    for ((dx, &g), &w) in dx.iter_mut().zip(g).zip(weight) {
                        *dx = g * w;
                    }
                }
                None => dx.copy_from_slice(g),
            }
            let mean_grad = T::sum(dx) * one_nth;
            let mean_product = T::dot(dx, &normalised) * one_nth;
            for (dx, &hat) in dx.iter_mut().zip(normalised.iter()) {
                *dx = scale * (*dx - mean_grad - hat * mean_product);
            }
        }
    }
}

fn forward<T: Float + Elem + Runs>(
    x: &Array,
    weight: Option<&Array>,
    bias: Option<&Array>,
    n: usize,
    eps: f64,
) -> (Array, Array) {
    let x_numbers = x.dense::<T>();
    let (weight, bias) = (weight.map(|w| w.dense::<T>()), bias.map(|b| b.dense::<T>()));
    let rows = x_numbers.len() / n.max(1);
    let block = rows_in_a_block(n);
    let mut moments = Buffer::<T>::scratch(2 * rows);
    let y = Array::build(x.shape(), |y: &mut [T]| {
        let pieces = y.chunks_mut((block * n).max(1)).zip(moments.chunks_mut(2 * block));
        for_pieces(pieces, |i, (y, moments)| {
            let x = &x_numbers[i * block * n..][..y.len()];
            let (weight, bias) = (weight.as_deref(), bias.as_deref());
            dispatch(Forward { x, weight, bias, eps: T::from_f64(eps), n, y, moments });
        });
    });
    (y, Array::from_buffer(moments, &[rows, 2]))
}

impl Tensor {
    /// Brings each row to mean 0 and variance 1, then scales it by `weight` and shifts it by `bias`. A row is what the
    /// last axes hold, whose sizes are `row`; `weight` and `bias` have that shape too.
    ///
    /// # Errors
    /// When `row` is not the end of the input's shape, or weight or bias do not have it.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1.0, 3.0, -5.0, 5.0], &[2, 2])?;
    /// let y = x.layer_norm(&[2], None, Some(&Tensor::ones(&[2])), 0.0)?;
    /// assert!(y.all_close(&Tensor::from_slice(&[0.0, 2.0, 0.0, 2.0], &[2, 2])?, 0.0, 1e-12));
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn layer_norm(
        &self,
        row: &[usize],
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        eps: f64,
    ) -> Result<Tensor> {
        let op = LayerNorm::NAME;
        ensure!(!row.is_empty(), op, "a row needs at least one axis; name the last axes of {:?}", self.shape());
        ensure!(
            self.shape().ends_with(row),
            op,
            "input {:?} does not end with the axes {row:?} of a row",
            self.shape()
        );
        for (name, parameter) in [("weight", weight), ("bias", bias)] {
            if let Some(p) = parameter {
                ensure!(p.shape() == row, op, "the {name} {:?} must have the shape of a row, {row:?}", p.shape());
            }
        }
        let dtype = [weight, bias].into_iter().flatten().fold(self.dtype(), |d, p| d.promote(p.dtype())).or_f32();
        let x = self.to_dtype(dtype);
        let (weight, bias) = (weight.map(|w| w.to_dtype(dtype)), bias.map(|b| b.to_dtype(dtype)));
        let dense = x.array().contiguous();
        let n = row.iter().product();
        let (w, b) = (weight.as_ref().map(Tensor::array), bias.as_ref().map(Tensor::array));
        let (y, moments) = with_float!(dtype, T => forward::<T>(&dense, w, b, n, eps));
        let inputs: smallvec::SmallVec<[&Tensor; 3]> =
            [Some(&x), weight.as_ref(), bias.as_ref()].into_iter().flatten().collect();
        Ok(emit(&inputs, y, || LayerNorm { x: dense, weight: w.cloned(), moments, row: Shape::new(row) }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(|x| x[0].layer_norm(x[1].shape(), Some(&x[1]), Some(&x[2]), 1e-3)).shapes(&[
            &[&[3, 5], &[5], &[5]],
            &[&[2, 2, 3], &[2, 3], &[2, 3]],
            &[&[2, 1], &[1], &[1]],
            &[&[0, 3], &[3], &[3]],
            &[&[3, 0], &[0], &[0]],
        ]),
        Case::new(|x| x[0].layer_norm(&[4], Some(&x[1]), None, 0.1)).shapes(&[&[&[2, 4], &[4]]]),
        Case::new(|x| x[0].layer_norm(&[4], None, Some(&x[1]), 0.1)).shapes(&[&[&[2, 4], &[4]]]),
        Case::new(|x| x[0].layer_norm(&[4], None, None, 0.1)).shapes(&[&[&[1, 4]], &[&[2, 3, 4]]]),
    ]
}
