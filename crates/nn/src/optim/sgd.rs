//! Stochastic gradient descent, with momentum: v ← µv + g + λw;  w ← w − lr·v (Nesterov: w ← w − lr·(g + λw + µv)).

use super::{Optimizer, load_slots, save_slots, wide};
use crate::Param;
use gradus_kernels::optim;
use gradus_tensor::{Array, Result, Tensor, precision, with_float};

/// Stochastic gradient descent. As in PyTorch, the first step's velocity is the gradient itself.
pub struct Sgd {
    parameters: Vec<(String, Param)>,
    velocity: Vec<Option<Array>>,
    momentum: f64,
    weight_decay: f64,
    nesterov: bool,
}

impl Sgd {
    /// How it moves a parameter p by its gradient g, in a line.
    pub const FORMULA: &str = "p ← p − lr · g (with momentum: v ← μ v + g, p ← p − lr · v)";

    /// Plain descent over `parameters`.
    pub fn new(parameters: Vec<(String, Param)>) -> Sgd {
        let velocity = parameters.iter().map(|_| None).collect();
        Sgd { parameters, velocity, momentum: 0.0, weight_decay: 0.0, nesterov: false }
    }

    /// Keeps the share µ of the last step's velocity.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Sgd {
        self.momentum = momentum;
        self
    }

    /// Pulls parameters towards 0: λw joins the gradient.
    #[must_use]
    pub fn weight_decay(mut self, weight_decay: f64) -> Sgd {
        self.weight_decay = weight_decay;
        self
    }

    /// Looks ahead along the velocity (Nesterov 1983).
    #[must_use]
    pub fn nesterov(mut self) -> Sgd {
        self.nesterov = true;
        self
    }
}

impl Optimizer for Sgd {
    fn step_scaled(&mut self, lr: f64, grad_scale: f64) {
        let (momentum, weight_decay, nesterov) = (self.momentum, self.weight_decay, self.nesterov);
        let options = optim::Sgd { lr, momentum, nesterov, weight_decay, grad_scale };
        for ((_, param), velocity) in self.parameters.iter().zip(&mut self.velocity) {
            param.update(|value, grad| {
                if momentum != 0.0 && velocity.is_none() {
                    *velocity = Some(Array::full(value.shape(), 0.0, value.dtype()));
                }
                with_float!(value.dtype(), T => {
                    let velocity = velocity.as_mut().map(|v| v.make_mut::<T>());
                    optim::sgd(value.make_mut::<T>(), &grad.dense::<T>(), velocity, &options);
                });
                precision::round_weights(value);
                velocity.iter_mut().for_each(precision::round_state);
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
        let (mut terms, mut direction) = (Vec::new(), wide(gradient));
        if grad_scale != 1.0 {
            direction = direction * grad_scale;
            terms.push(("clipped gradient", direction.clone()));
        }
        if self.weight_decay != 0.0 {
            let decay = wide(before) * self.weight_decay;
            direction = direction + &decay;
            terms.push(("weight decay", decay));
        }
        if let Some(velocity) = &self.velocity[index] {
            let velocity = wide(&Tensor::from_array(velocity.copied()));
            direction = if self.nesterov { direction + &velocity * self.momentum } else { velocity.clone() };
            terms.push(("velocity", velocity));
        }
        terms.push(("update", direction * lr));
        terms
    }

    fn parameters(&self) -> &[(String, Param)] {
        &self.parameters
    }

    fn state(&self) -> Vec<(String, Tensor)> {
        save_slots(&self.velocity, "velocity.", &self.parameters)
    }

    fn load_state(&mut self, state: &[(String, Tensor)]) -> Result<()> {
        self.velocity = load_slots(state, "velocity.", &self.parameters)?;
        Ok(())
    }
}
