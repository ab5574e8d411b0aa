//! −log softmax(x)[target], averaged over the rows, fused: with p = softmax(x), ∂/∂xⱼ = (pⱼ − [j = target]) / rows.

use super::embedding::check_indices;
use crate::array::Array;
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{Elem, Error, Result, Tensor, ensure, with_float};
use gradus_kernels::buffer::Buffer;
use gradus_kernels::element::Float;
use gradus_kernels::map::GRAIN;
use gradus_kernels::reduce;
use gradus_kernels::simd::{Isa, Kernel, dispatch};
use gradus_kernels::threads::for_chunks;

struct CrossEntropy {
    /// softmax(x), `[rows, classes]`.
    probabilities: Array,
    targets: Array,
    ignored: Option<i64>,
    /// Rows that count.
    counted: usize,
    input: crate::array::Shape,
}

impl Op for CrossEntropy {
    const NAME: &'static str = "cross_entropy";
    const FORMULA: &'static str = "L = mean of −ln softmax(logits)[target]";
    const BACKWARD: &'static str = "dlogits = g · (softmax(logits) − one_hot(target)) / n";
    const IS_LOSS: bool = true;

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let scale = grad.item().unwrap_or(0.0) / self.counted as f64;
        let grad = with_float!(grad.dtype(), T => self.gradient::<T>(gradus_kernels::element::Number::from_f64(scale)));
        to.give(0, grad.reshaped(&self.input));
    }
}


impl CrossEntropy {
    fn gradient<T: Float + Elem>(&self, scale: T) -> Array {
        let classes = self.probabilities.shape()[1];
        let (p, targets) = (self.probabilities.dense::<T>(), self.targets.dense::<i64>());
        Array::build(self.probabilities.shape(), |out: &mut [T]| {
            let rows = (GRAIN / classes.max(1)).max(1);
            for_chunks(out, rows * classes, |start, piece| {
                gradus_kernels::simd::vectorize(|| {
                    for (o, &p) in piece.iter_mut().zip(&p[start..]) {
                        *o = p * scale;
                    }
                });
                for (row, out) in piece.chunks_exact_mut(classes).enumerate() {
                    match targets[start / classes + row] {
                        t if Some(t) == self.ignored => out.fill(T::ZERO),
                        t => out[t as usize] -= scale,
                    }
                }
            });
        })
    }
}

/// Softmax of rows of `x` into `p`, and each row's log of the sum of exponentials into `log_sums`.
struct SoftmaxRows<'a, T> {
    x: &'a [T],
    p: &'a mut [T],
    log_sums: &'a mut [T],
    classes: usize,
}

impl<T: Float> Kernel for SoftmaxRows<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let SoftmaxRows { x, p, log_sums, classes } = self;
        for ((x, p), log_sum) in x.chunks_exact(classes).zip(p.chunks_exact_mut(classes)).zip(log_sums) {
            let highest = reduce::fold_run(x, T::NEG_INFINITY, T::max_nan);
            for (p, &x) in p.iter_mut().zip(x) {
                *p = (x - highest).exp::<I>();
            }
            let sum = reduce::sum_run(p);
            let scale = T::ONE / sum;
            for p in p.iter_mut() {
                *p *= scale;
            }
            *log_sum = highest + sum.ln::<I>();
        }
    }
}

impl Tensor {
    /// The cross-entropy of logits `[..., classes]` against `targets [...]` (`i64`): the mean of `−log softmax(x)[target]`,
    /// in nats.
    ///
    /// # Errors
    /// When the shapes do not fit, or a target is not a class.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// // 27 equally likely letters cost ln 27 = 3.2958 nats.
    /// let loss = Tensor::zeros(&[2, 27]).cross_entropy(&Tensor::from_slice(&[0_i64, 5], &[2])?)?;
    /// assert!((loss.item()? - 27_f64.ln()).abs() < 1e-6);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn cross_entropy(&self, targets: &Tensor) -> Result<Tensor> {
        self.cross_entropy_ignoring(targets, None)
    }

    /// [`Tensor::cross_entropy`] that leaves rows whose target is `ignored` out of the mean. NaN if none is left.
    ///
    /// # Errors
    /// As [`Tensor::cross_entropy`].
    pub fn cross_entropy_ignoring(&self, targets: &Tensor, ignored: Option<i64>) -> Result<Tensor> {
        let (logits, classes) = self.checked_logits(targets, ignored)?;
        let (total, probabilities, counted) =
            with_float!(logits.dtype(), T => forward::<T>(logits.array(), targets.array(), ignored, classes));
        let value = with_float!(logits.dtype(), T => Array::scalar(total / counted as f64, T::DTYPE));
        Ok(emit(&[&logits], value, || CrossEntropy {
            probabilities,
            targets: targets.array().contiguous(),
            ignored,
            counted,
            input: logits.array().shape_copy(),
        }))
    }

    /// The sum of the losses that [`Tensor::cross_entropy_ignoring`] takes the mean of, added up in `f64`, and how many they
    /// are: for means over more rows than are computed at once. Without a history.
    ///
    /// # Errors
    /// As [`Tensor::cross_entropy`].
    pub fn cross_entropy_total(&self, targets: &Tensor, ignored: Option<i64>) -> Result<(f64, usize)> {
        let (logits, classes) = self.checked_logits(targets, ignored)?;
        let (total, _, counted) =
            with_float!(logits.dtype(), T => forward::<T>(logits.array(), targets.array(), ignored, classes));
        Ok((total, counted))
    }

    /// These logits as floats, and how many classes there are, once the targets fit.
    fn checked_logits(&self, targets: &Tensor, ignored: Option<i64>) -> Result<(Tensor, usize)> {
        let logits = self.to_float();
        let x = self.shape();
        let Some((&classes, batch)) = x.split_last() else {
            return Err(Error::new("cross_entropy", "the logits are a scalar; they need an axis of classes"));
        };
        ensure!(
            targets.shape() == batch,
            "cross_entropy",
            "targets {:?} do not fit logits {x:?}: without the last axis, which holds the classes, they must be {batch:?}",
            targets.shape()
        );
        match ignored {
            None => check_indices("cross_entropy", targets, classes, "classes")?,
            Some(ignored) => {
                let kept: Vec<i64> = targets.to_vec::<i64>().into_iter().filter(|&t| t != ignored).collect();
                check_indices("cross_entropy", &Tensor::from_slice(&kept, &[kept.len()])?, classes, "classes")?;
            }
        }
        Ok((logits, classes))
    }
}

/// The sum of the losses, softmax and the number of rows that count.
fn forward<T: Float + Elem>(x: &Array, targets: &Array, ignored: Option<i64>, classes: usize) -> (f64, Array, usize) {
    let (x, targets) = (x.dense::<T>(), targets.dense::<i64>());
    let rows = targets.len();
    let mut log_sums = Buffer::<T>::scratch(rows);
    let probabilities = Array::build(&[rows, classes], |p: &mut [T]| {
        let step = (GRAIN / classes.max(1)).max(1);
        // Rows are cut over the threads together with their sums.
        if gradus_kernels::threads::threads() == 1 || rows <= step {
            dispatch(SoftmaxRows { x: &x, p, log_sums: &mut log_sums, classes });
        } else {
            let pairs: Vec<_> = p.chunks_mut(step * classes).zip(log_sums.chunks_mut(step)).map(|pair| std::sync::Mutex::new(Some(pair))).collect();
            gradus_kernels::threads::run_tasks(gradus_kernels::threads::threads(), pairs.len(), |i| {
                let pair = pairs[i].lock().unwrap_or_else(|e| e.into_inner()).take();
                if let Some((p, log_sums)) = pair {
                    dispatch(SoftmaxRows { x: &x[i * step * classes..], p, log_sums, classes });
                }
            });
        }
    });
    let mut counted = 0;
    let mut total = 0.0;
    for (row, (&target, log_sum)) in targets.iter().zip(log_sums.iter()).enumerate() {
        if Some(target) != ignored {
            counted += 1;
            total += log_sum.to_f64() - x[row * classes + target as usize].to_f64();
        }
    }
    (total, probabilities, counted)
}

pub(super) fn cases() -> Vec<Case> {
    let targets = |t: &'static [i64], shape: &'static [usize], ignored: Option<i64>| {
        Case::new(move |x| x[0].cross_entropy_ignoring(&Tensor::from_slice(t, shape)?, ignored))
    };
    vec![
        targets(&[1, 0, 2], &[3], None).shapes(&[&[&[3, 4]]]),
        targets(&[1, 0, 2, 1], &[2, 2], Some(1)).shapes(&[&[&[2, 2, 3]]]),
        targets(&[0], &[1], None).shapes(&[&[&[1, 1]]]).no_empty("the mean over no rows is NaN"),
    ]
}
