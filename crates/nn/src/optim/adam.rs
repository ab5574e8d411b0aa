//! Adam (Kingma & Ba 2015, arXiv:1412.6980): m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;
//! w ← w − lr·m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
//! AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) first shrinks w by lr·λ·w instead of adding λw to g.

use super::{Optimizer, load_slots, save_slots, wide};
use crate::Param;
use gradus_kernels::optim;
use gradus_tensor::{Array, DType, Error, Result, Tensor, precision, with_float};

/// Adam and AdamW.
///
/// ```
/// use gradus_nn::{Adam, Optimizer, Param};
/// use gradus_tensor::Tensor;
/// let w = Param::new(Tensor::scalar(5.0));
/// let mut adam = Adam::new(vec![("w".into(), w.clone())]);
/// for _ in 0..2000 {
///     let w = w.value();
///     (&w * &w).into_backward()?;
///     drop(w);
///     adam.step(0.01);
/// }
/// assert!(w.value().item()?.abs() < 1e-3);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub struct Adam {
    parameters: Vec<(String, Param)>,
    /// Whether a parameter decays.
    decays: Vec<bool>,
    mean: Vec<Option<Array>>,
    square: Vec<Option<Array>>,
    /// Steps so far, each parameter's own: one that got no gradient has taken none.
    steps: Vec<u64>,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
    decoupled: bool,
}

impl Adam {
    /// How it moves a parameter p by its gradient g, in a line.
    pub const FORMULA: &str = "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p − lr · m̂ / (√v̂ + ε)";
    /// The same with decoupled decay.
    pub const DECOUPLED_FORMULA: &str = "p ← p − lr · λ p, then p ← p − lr · m̂ / (√v̂ + ε)";

    /// Adam with β = (0.9, 0.999), ε = 1e-8 and no decay.
    pub fn new(parameters: Vec<(String, Param)>) -> Adam {
        let n = parameters.len();
        Adam {
            parameters,
            decays: vec![true; n],
            mean: vec![None; n],
            square: vec![None; n],
            steps: vec![0; n],
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled: false,
        }
    }

    /// AdamW: like [`Adam::new`], with a decoupled decay of 0.01.
    pub fn w(parameters: Vec<(String, Param)>) -> Adam {
        Adam { decoupled: true, weight_decay: 0.01, ..Adam::new(parameters) }
    }

    /// Other decay rates of the two running means.
    #[must_use]
    pub fn betas(mut self, beta1: f64, beta2: f64) -> Adam {
        self.betas = (beta1, beta2);
        self
    }

    /// Another ε.
    #[must_use]
    pub fn eps(mut self, eps: f64) -> Adam {
        self.eps = eps;
        self
    }

    /// Another λ.
    #[must_use]
    pub fn weight_decay(mut self, weight_decay: f64) -> Adam {
        self.weight_decay = weight_decay;
        self
    }

    /// Lets only matrices and tables decay, not biases and the weights of normalisations.
    #[must_use]
    pub fn decay_only_matrices(mut self) -> Adam {
        self.decays = self.parameters.iter().map(|(_, p)| p.value().ndim() >= 2).collect();
        self
    }
}

impl Optimizer for Adam {
    fn step_scaled(&mut self, lr: f64, grad_scale: f64) {
        let (beta1, beta2) = self.betas;
        for (i, (_, param)) in self.parameters.iter().enumerate() {
            let weight_decay = if self.decays[i] { self.weight_decay } else { 0.0 };
            let options =
                optim::Adam { lr, beta1, beta2, eps: self.eps, weight_decay, decoupled: self.decoupled, grad_scale };
            let (mean, square, steps) = (&mut self.mean[i], &mut self.square[i], &mut self.steps[i]);
            param.update(|value, grad| {
                let zeros = || Array::full(value.shape(), 0.0, value.dtype());
                let (mean, square) = (mean.get_or_insert_with(zeros), square.get_or_insert_with(zeros));
                *steps += 1;
                with_float!(value.dtype(), T => {
                    optim::adam(value.make_mut::<T>(), &grad.dense::<T>(), mean.make_mut(), square.make_mut(), *steps, &options);
                });
                precision::round_weights(value);
                precision::round_state(mean);
                precision::round_state(square);
            });
        }
    }

    fn terms(
        &self,
        index: usize,
        before: &Tensor,
        gradient: &Tensor,
        lr: f64,
        grad_scale: f64,
    ) -> Vec<(&'static str, Tensor)> {
        let (Some(mean), Some(square)) = (&self.mean[index], &self.square[index]) else { return Vec::new() };
        let [mean, square] = [mean, square].map(|slot| wide(&Tensor::from_array(slot.copied())));
        let mut terms = Vec::new();
        if grad_scale != 1.0 {
            terms.push(("clipped gradient", wide(gradient) * grad_scale));
        }
        // m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ).
        let left = |beta: f64| 1.0 - beta.powf(self.steps[index] as f64);
        let (beta1, beta2) = self.betas;
        let mut update = (&mean / left(beta1)) / ((&square / left(beta2)).sqrt() + self.eps) * lr;
        terms.extend([("mean", mean), ("square", square)]);
        if self.decays[index] && self.weight_decay != 0.0 {
            let decay = wide(before) * self.weight_decay;
            if self.decoupled {
                update = update + &decay * lr;
            }
            terms.push(("weight decay", decay));
        }
        terms.push(("update", update));
        terms
    }

    fn parameters(&self) -> &[(String, Param)] {
        &self.parameters
    }

    fn state(&self) -> Vec<(String, Tensor)> {
        let mut state = save_slots(&self.mean, "mean.", &self.parameters);
        state.extend(save_slots(&self.square, "square.", &self.parameters));
        for ((name, _), &steps) in self.parameters.iter().zip(&self.steps).filter(|(_, steps)| **steps > 0) {
            let count = Tensor::from_array(Array::build(&[], |out: &mut [i64]| out[0] = steps as i64));
            state.push((format!("steps.{name}"), count));
        }
        state
    }

    fn load_state(&mut self, state: &[(String, Tensor)]) -> Result<()> {
        let (mean, square) =
            (load_slots(state, "mean.", &self.parameters)?, load_slots(state, "square.", &self.parameters)?);
        let steps = self.parameters.iter().zip(&mean).map(|((name, _), mean)| {
            let key = format!("steps.{name}");
            match state.iter().find(|(k, _)| *k == key) {
                Some((_, count)) if count.dtype() == DType::I64 && count.item()? > 0.0 => Ok(count.item()? as u64),
                None if mean.is_none() => Ok(0),
                _ => Err(Error::new(
                    "load_state",
                    format!("{key} is missing or no count; the state is of another optimiser"),
                )),
            }
        });
        self.steps = steps.collect::<Result<_>>()?;
        (self.mean, self.square) = (mean, square);
        Ok(())
    }
}
