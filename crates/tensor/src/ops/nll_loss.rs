//! Negative log-likelihood −x[target] of log-probabilities x;  ∂/∂xⱼ = −[j = target].

use super::embedding::check_indices;
use super::pointwise_loss::{Reduction, reduced, shared_grad};
use crate::array::{Array, Shape};
use crate::autograd::{Grads, Op, emit};
use crate::gradcheck::Case;
use crate::{DType, Elem, Error, Result, Tensor, ensure, with_float};
use gradus_kernels::element::Float;

struct NllLoss {
    targets: Array,
    ignored: Option<i64>,
    /// Rows that count.
    counted: usize,
    reduction: Reduction,
    input: Shape,
}

impl Op for NllLoss {
    const NAME: &'static str = "nll_loss";
    const FORMULA: &'static str = "L = mean of −logp[target]";
    const BACKWARD: &'static str = "dlogp[target] = −g / n";
    const IS_LOSS: bool = true;

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        to.give(0, with_float!(grad.dtype(), T => self.gradient::<T>(&grad)));
    }
}

impl NllLoss {
    fn gradient<T: Float + Elem>(&self, grad: &Array) -> Array {
        let classes = self.input[self.input.len() - 1];
        let shared = shared_grad(grad, self.reduction, self.counted).map(T::from_f64);
        let each = if shared.is_none() { Some(grad.dense::<T>()) } else { None };
        Array::build(&self.input, |out: &mut [T]| {
            out.fill(T::ZERO);
            let rows = out.chunks_exact_mut(classes.max(1));
            for (row, (out, &target)) in rows.zip(self.targets.dense::<i64>().iter()).enumerate() {
                if Some(target) != self.ignored {
                    let g = shared.unwrap_or_else(|| each.as_ref().map_or(T::ZERO, |each| each[row]));
                    out[target as usize] = -g;
                }
            }
        })
    }
}

/// Refuses targets that are neither a class nor `ignored`. Answers how many rows count.
fn check_targets(op: &'static str, targets: &Tensor, classes: usize, ignored: Option<i64>) -> Result<usize> {
    let Some(ignored) = ignored.filter(|_| targets.dtype() == DType::I64) else {
        check_indices(op, targets, classes, "classes")?;
        return Ok(targets.numel());
    };
    let kept: Vec<i64> = targets.to_vec::<i64>().into_iter().filter(|&t| t != ignored).collect();
    check_indices(op, &Tensor::from_slice(&kept, &[kept.len()])?, classes, "classes")?;
    Ok(kept.len())
}

impl Tensor {
    /// The negative log-likelihood of log-probabilities `[..., classes]` (this tensor, as `log_softmax` gives them)
    /// for `targets [...]` (`i64`). Rows whose target is `ignored` cost nothing and do not count in the mean.
    ///
    /// # Errors
    /// When the shapes do not fit, or a target is not a class.
    ///
    /// ```
    /// use gradus_tensor::{Tensor, ops::Reduction};
    /// let log_probs = Tensor::from_slice(&[0.25_f64.ln(), 0.75_f64.ln()], &[1, 2])?;
    /// let loss = log_probs.nll_loss(&Tensor::from_slice(&[1_i64], &[1])?, None, Reduction::Mean)?;
    /// assert_eq!(loss.item()?, -0.75_f64.ln());
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn nll_loss(&self, targets: &Tensor, ignored: Option<i64>, reduction: Reduction) -> Result<Tensor> {
        let x = self.to_float();
        let Some((&classes, batch)) = self.shape().split_last() else {
            return Err(Error::new("nll_loss", "the log-probabilities are a scalar; they need an axis of classes"));
        };
        ensure!(
            targets.shape() == batch,
            "nll_loss",
            "targets {:?} do not fit log-probabilities {:?}: without the last axis, which holds the classes, they must be {batch:?}",
            targets.shape(),
            self.shape()
        );
        let counted = check_targets("nll_loss", targets, classes, ignored)?;
        let value = with_float!(x.dtype(), T => {
            let (rows, picked) = (x.array().dense::<T>(), targets.array().dense::<i64>());
            let losses = Array::build(batch, |out: &mut [T]| {
                for (row, (out, &target)) in out.iter_mut().zip(picked.iter()).enumerate() {
                    *out = if Some(target) == ignored { 0.0 } else { -rows[row * classes + target as usize] };
                }
            });
            reduced::<T>(losses, reduction, counted)
        });
        let input = x.array().shape_copy();
        Ok(emit(&[&x], value, || NllLoss { targets: targets.array().clone(), ignored, counted, reduction, input }))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let of = |targets: &'static [i64], shape: &'static [usize], ignored, reduction| {
        Case::new(move |x| x[0].nll_loss(&Tensor::from_slice(targets, shape)?, ignored, reduction))
    };
    vec![
        of(&[1, 0, 2], &[3], None, Reduction::Mean).shapes(&[&[&[3, 4]]]),
        of(&[1, 0, 2, 1], &[2, 2], Some(1), Reduction::Mean).shapes(&[&[&[2, 2, 3]]]),
        of(&[1, -100, 2], &[3], Some(-100), Reduction::None).shapes(&[&[&[3, 4]]]),
        of(&[0], &[1], None, Reduction::Sum).shapes(&[&[&[1, 1]]]),
        of(&[], &[0], None, Reduction::Sum).shapes(&[&[&[0, 3]]]),
    ]
}
