//! y = (x − μ) / √(σ² + ε) · w + b, with the mean μ and the variance σ² of each channel (Ioffe and Szegedy 2015), fused.
//!
//! With x̂ = (x − μ) / √(σ² + ε), sums over the n numbers of a channel and σ² = Σ (x − μ)² / (n − correction):
//! ∂/∂x = w / √(σ² + ε) · (g − Σ g / n − x̂ · Σ g·x̂ / (n − correction)), ∂/∂w = Σ g·x̂, ∂/∂b = Σ g.
//! With given statistics, which are constants, ∂/∂x = w / √(σ² + ε) · g.

use super::channels::Channels;
use crate::array::{Array, axis};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Result, Tensor, ensure, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::{Float, Number};
use smallvec::SmallVec;

/// How [`Tensor::batch_norm`] sees its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// The axis of the channels; all others are averaged over. The default, −1, is for `[N, C]` and `[N, L, C]`; 1 is for
    /// `[N, C, L]`, which is PyTorch's order.
    pub axis: isize,
    /// ε, added to the variance; 1e-5 by default.
    pub eps: f64,
    /// What is taken from n in the variance that x is divided by the root of: 0, the default and PyTorch's choice, or 1,
    /// as in the makemore lectures.
    pub correction: usize,
}

impl Default for BatchNorm {
    fn default() -> Self {
        BatchNorm { axis: -1, eps: 1e-5, correction: 0 }
    }
}

/// The mean and the variance of each channel, `[C]` each. Gradients do not flow through them.
#[derive(Clone)]
pub struct BatchStatistics {
    /// The mean.
    pub mean: Tensor,
    /// The variance: a batch's is the unbiased one, Σ (x − μ)² / (n − 1).
    pub variance: Tensor,
}

struct Normalised {
    /// Dense.
    x: Array,
    weight: Option<Array>,
    /// μ and 1/√(σ² + ε): `[2, C]`.
    moments: Array,
    /// 1/n and 1/(n − correction), if the moments are the batch's own.
    own: Option<[f64; 2]>,
    sizes: Channels,
}

impl Op for Normalised {
    const NAME: &'static str = "batch_norm";
    const FORMULA: &'static str = "y = γ (x − mean) / √(var + ε) + β, over the batch";
    const BACKWARD: &'static str = "dβ = Σ g, dγ = Σ g · x̂, dx = γ/σ (g − mean(g) − x̂ · mean(g · x̂))";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let (x, [weight, bias]) = with_float!(grad.dtype(), T => self.gradients::<T>(&grad));
        to.give(0, x);
        if self.weight.is_some() {
            to.give(1, weight);
        }
        to.give(1 + usize::from(self.weight.is_some()), bias);
    }
}

impl Normalised {
    /// The gradients of x, and of weight and bias whether they are there or not.
    fn gradients<T: Float + Elem>(&self, grad: &Array) -> (Array, [Array; 2]) {
        let c = self.sizes.channels;
        let (x, grad, moments) = (self.x.dense::<T>(), grad.dense::<T>(), self.moments.dense::<T>());
        let (means, scales) = moments.split_at(c);
        let mut sums = self.sizes.sums([&grad, &x], means, |g, x, mean| [g, g * (x - mean)]);
        let (db, dw) = sums.split_at_mut(c);
        dw.iter_mut().zip(scales).for_each(|(sum, &scale)| *sum *= scale);
        // ∂/∂x = slope·g − level − tilt·(x − μ)
        let weight = self.weight.as_ref().map(|w| w.dense::<T>());
        let mut lines = Buffer::<T>::scratch(4 * c);
        for i in 0..c {
            let slope = scales[i] * weight.as_ref().map_or(T::ONE, |w| w[i]);
            let [level, tilt] = match self.own {
                Some([mean, spread]) => {
                    [slope * db[i] * T::from_f64(mean), slope * scales[i] * dw[i] * T::from_f64(spread)]
                }
                None => [T::ZERO; 2],
            };
            [lines[i], lines[c + i], lines[2 * c + i], lines[3 * c + i]] = [means[i], slope, level, tilt];
        }
        let dx = Array::build(self.x.shape(), |dx: &mut [T]| {
            self.sizes.map([&grad, &x], &lines, dx, |[g, x], [mean, slope, level, tilt]| {
                slope * g - level - tilt * (x - mean)
            });
        });
        let part = |numbers: &[T]| Array::from_buffer(Buffer::from_slice(numbers), &[c]);
        (dx, [part(dw), part(db)])
    }
}

impl Tensor {
    /// Brings each channel to mean 0 and variance 1, then scales it by `weight [C]` and shifts it by `bias [C]`. The
    /// statistics of the batch come with the result: a layer keeps running ones for [`Tensor::batch_norm_with`].
    ///
    /// # Errors
    /// When there is no such axis, weight or bias do not fit, or a channel has fewer than two numbers.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::BatchNorm};
    /// let x = Tensor::from_slice(&[1.0, 10.0, 3.0, 30.0], &[2, 2])?; // [N, C]
    /// let (y, batch) = x.batch_norm(None, None, &BatchNorm { eps: 0.0, ..Default::default() })?;
    /// assert_eq!(y.to_vec::<f64>(), [-1.0, -1.0, 1.0, 1.0]);
    /// assert_eq!(batch.mean.to_vec::<f64>(), [2.0, 20.0]);
    /// assert_eq!(batch.variance.to_vec::<f64>(), [2.0, 200.0]);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn batch_norm(
        &self,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        options: &BatchNorm,
    ) -> Result<(Tensor, BatchStatistics)> {
        let sizes = self.channels(options.axis)?;
        let n = sizes.count();
        ensure!(
            n > 1 || sizes.channels == 0,
            Normalised::NAME,
            "input {:?} has {n} numbers a channel, whose variance is not defined; use a larger batch, or given statistics (batch_norm_with)",
            self.shape()
        );
        ensure!(
            options.correction < n.max(1),
            Normalised::NAME,
            "a correction of {} leaves nothing of {n} numbers",
            options.correction
        );
        let x = self.to_float().array().contiguous();
        let c = sizes.channels;
        let moments = with_float!(x.dtype(), T => sizes.moments(&x.dense::<T>()));
        let (means, squares) = moments.split_at(c);
        let own = [n, n - options.correction.min(n)].map(|n| 1.0 / n as f64);
        let variances: Buffer<f64> = scaled(squares, own[1]);
        let y = self.normalised(weight, bias, options, [means, &variances], Some(own))?;
        let of = |numbers: &[f64]| {
            Tensor::from_array(Array::from_buffer(Buffer::from_slice(numbers), &[c]).to_dtype(y.dtype()))
        };
        let variance = of(&scaled(squares, 1.0 / (n.max(2) - 1) as f64));
        let mean = of(means);
        Ok((y, BatchStatistics { mean, variance }))
    }

    /// [`Tensor::batch_norm`] with given statistics, such as a layer's running ones, in place of the batch's.
    ///
    /// # Errors
    /// When there is no such axis, or the statistics, weight or bias do not fit.
    pub fn batch_norm_with(
        &self,
        statistics: &BatchStatistics,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        options: &BatchNorm,
    ) -> Result<Tensor> {
        let c = self.channels(options.axis)?.channels;
        for (name, numbers) in [("mean", &statistics.mean), ("variance", &statistics.variance)] {
            ensure!(
                numbers.shape() == [c],
                Normalised::NAME,
                "the {name} {:?} must be [{c}], a number for each channel of {:?}",
                numbers.shape(),
                self.shape()
            );
        }
        let [means, variances] = [&statistics.mean, &statistics.variance].map(Tensor::to_vec::<f64>);
        self.normalised(weight, bias, options, [&means, &variances], None)
    }

    fn channels(&self, channel_axis: isize) -> Result<Channels> {
        Ok(Channels::new(self.shape(), axis(Normalised::NAME, channel_axis, self.ndim())?))
    }

    fn normalised(
        &self,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        options: &BatchNorm,
        [means, variances]: [&[f64]; 2],
        own: Option<[f64; 2]>,
    ) -> Result<Tensor> {
        let sizes = self.channels(options.axis)?;
        let c = sizes.channels;
        for (name, parameter) in [("weight", weight), ("bias", bias)] {
            if let Some(p) = parameter {
                ensure!(
                    p.shape() == [c],
                    Normalised::NAME,
                    "the {name} {:?} must be [{c}], a number for each channel of {:?}",
                    p.shape(),
                    self.shape()
                );
            }
        }
        let dtype = [weight, bias].into_iter().flatten().fold(self.dtype(), |d, p| d.promote(p.dtype())).or_f32();
        let x = self.to_dtype(dtype);
        let (weight, bias) = (weight.map(|w| w.to_dtype(dtype)), bias.map(|b| b.to_dtype(dtype)));
        let dense = x.array().contiguous();
        let (w, b) = (weight.as_ref().map(Tensor::array), bias.as_ref().map(Tensor::array));
        let (value, moments) = with_float!(dtype, T => {
            let (numbers, w, b) = (dense.dense::<T>(), w.map(|w| w.dense::<T>()), b.map(|b| b.dense::<T>()));
            let mut lines = Buffer::<T>::scratch(4 * c);
            let mut moments = Buffer::<T>::scratch(2 * c);
            for i in 0..c {
                let scale = 1.0 / (variances[i] + options.eps).sqrt();
                [moments[i], moments[c + i]] = [means[i], scale].map(T::from_f64);
                [lines[i], lines[c + i]] = [moments[i], moments[c + i]];
                lines[2 * c + i] = w.as_ref().map_or(1.0, |w| w[i]);
                lines[3 * c + i] = b.as_ref().map_or(0.0, |b| b[i]);
            }
            let y = Array::build(dense.shape(), |y: &mut [T]| {
                sizes.map([&numbers, &numbers], &lines, y, |[x, _], [mean, scale, w, b]| (x - mean) * scale * w + b);
            });
            (y, Array::from_buffer(moments, &[2, c]))
        });
        let inputs: SmallVec<[&Tensor; 3]> = [Some(&x), weight.as_ref(), bias.as_ref()].into_iter().flatten().collect();
        Ok(emit(&inputs, value, || Normalised { x: dense, weight: w.cloned(), moments, own, sizes }))
    }
}

fn scaled(numbers: &[f64], by: f64) -> Buffer<f64> {
    let mut out = Buffer::from_slice(numbers);
    out.iter_mut().for_each(|x| *x *= by);
    out
}

pub(super) fn cases() -> Vec<Case> {
    let batch = |options: BatchNorm| Case::new(move |x| Ok(x[0].batch_norm(x.get(1), x.get(2), &options)?.0));
    let last = BatchNorm { eps: 0.01, ..Default::default() };
    let given = |x: &[Tensor], axis| {
        let c = x[1].numel();
        let numbers = |from: f64| Tensor::from_slice(&(0..c).map(|i| from + 0.3 * i as f64).collect::<Vec<_>>(), &[c]);
        let statistics = BatchStatistics { mean: numbers(-0.2)?, variance: numbers(0.5)? };
        x[0].batch_norm_with(&statistics, Some(&x[1]), x.get(2), &BatchNorm { axis, ..Default::default() })
    };
    vec![
        batch(last).shapes(&[
            &[&[4, 3], &[3], &[3]],
            &[&[2, 3, 2], &[2], &[2]],
            &[&[3, 1], &[1], &[1]],
            &[&[3, 0], &[0], &[0]],
        ]),
        batch(BatchNorm { axis: 1, ..last }).shapes(&[&[&[2, 3, 4]], &[&[2, 2, 3], &[2]]]),
        batch(BatchNorm { correction: 1, ..last }).shapes(&[&[&[5, 2], &[2], &[2]]]),
        Case::new(move |x| given(x, -1)).shapes(&[&[&[4, 3], &[3], &[3]], &[&[1, 2], &[2]], &[&[0, 2], &[2], &[2]]]),
        Case::new(move |x| given(x, 1)).shapes(&[&[&[2, 3, 4], &[3], &[3]]]),
    ]
}
