//! Gradients by hand, held against those of autograd.

#![allow(non_snake_case)]

use super::by_hand::{self, Parameters, Steps};
use gradus_tensor::{Error, Result, Tensor};

/// One gradient by hand beside the same from autograd.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Of what it is the gradient.
    pub name: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether all numbers are equal.
    pub exact: bool,
    /// Whether all are close: |a − b| ≤ 1e-8 + 1e-5·|b|, as `torch.allclose` has it.
    pub approximate: bool,
    /// The largest difference.
    pub maxdiff: f64,
}

impl Comparison {
    /// Compares gradients of `name`.
    ///
    /// # Errors
    /// When their shapes differ.
    pub fn new(name: &'static str, by_hand: &Tensor, autograd: &Tensor) -> Result<Comparison> {
        gradus_tensor::ensure!(
            by_hand.shape() == autograd.shape(),
            "compare",
            "the gradient of {name} by hand is {:?}, autograd's {:?}",
            by_hand.shape(),
            autograd.shape()
        );
        let (ours, theirs) = (by_hand.to_vec::<f64>(), autograd.to_vec::<f64>());
        let differences = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
        Ok(Comparison {
            name,
            shape: by_hand.shape().to_vec(),
            exact: ours == theirs,
            approximate: by_hand.all_close(autograd, 1e-5, 1e-8),
            // Not a number is the largest of all differences.
            maxdiff: differences.fold(0.0, |most, d| if d > most || d.is_nan() { d } else { most }),
        })
    }
}

/// The lecture's exercises 1 to 3.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercises {
    /// The loss of the batch.
    pub loss: f64,
    /// Exercise 1: the gradient of every step, from the loss back to the table.
    pub steps: Vec<Comparison>,
    /// Exercise 2: the gradient of the logits at once.
    pub cross_entropy: Comparison,
    /// Exercise 3: the gradient of what is normalised at once.
    pub batch_norm: Comparison,
}

/// Works the exercises on a batch: contexts `x [n, block]`, targets `y [n]`.
///
/// # Errors
/// When the shapes do not fit, or a symbol is not in the vocabulary.
pub fn exercises(parameters: &Parameters, x: &Tensor, y: &Tensor) -> Result<Exercises> {
    let leaf = Tensor::requires_grad;
    let Parameters { C, W1, b1, bngain, bnbias, W2, b2 } = parameters;
    let tracked = Parameters {
        C: leaf(C),
        W1: leaf(W1),
        b1: leaf(b1),
        bngain: leaf(bngain),
        bnbias: leaf(bnbias),
        W2: leaf(W2),
        b2: leaf(b2),
    };
    let (values, loss) = by_hand::forward(&tracked, x, y)?;
    values.named().iter().for_each(|(_, value)| value.retain_grad());
    loss.backward()?;

    let values_alone = detached(&values);
    let gradients = by_hand::backward(&values_alone, x, y)?;
    let autograd = |name: &'static str, value: &Tensor| {
        value.grad().ok_or_else(|| Error::new("compare", format!("autograd has no gradient of {name}")))
    };
    let steps = values.named().into_iter().zip(gradients.named());
    let steps = steps.map(|((name, value), (_, gradient))| Comparison::new(name, gradient, &autograd(name, value)?));
    let dlogits = by_hand::cross_entropy_backward(&values_alone.logits, y)?;
    let Steps { bngain, bnvar_inv, bnraw, .. } = &values_alone;
    let dhprebn = by_hand::batch_norm_backward(bngain, bnvar_inv, bnraw, &gradients.hpreact)?;
    Ok(Exercises {
        loss: loss.item()?,
        steps: steps.collect::<Result<_>>()?,
        cross_entropy: Comparison::new("logits", &dlogits, &autograd("logits", &values.logits)?)?,
        batch_norm: Comparison::new("hprebn", &dhprebn, &autograd("hprebn", &values.hprebn)?)?,
    })
}

/// The values without their history.
fn detached(steps: &Steps) -> Steps {
    let mut alone = steps.clone();
    alone.each_mut(|value| *value = value.detach());
    alone
}
