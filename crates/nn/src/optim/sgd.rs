//! Stochastic gradient descent, with momentum: v ← µv + g + λp;  p ← p − lr·v  (Nesterov: p ← p − lr·(g + λp + µv)).

use super::{Optimizer, load_slots, save_slots};
use crate::Param;
use gradus_kernels::map;
use gradus_tensor::{Array, Result, Tensor, with_float};

/// Stochastic gradient descent. As in PyTorch, the first step starts the momentum at the gradient itself.
pub struct Sgd {
    parameters: Vec<(String, Param)>,
    velocity: Vec<Option<Array>>,
    /// µ, the share of the last step's direction that is kept; 0 keeps nothing.
    pub momentum: f64,
    /// λ: pulls parameters towards 0.
    pub weight_decay: f64,
    /// Looks ahead along the momentum (Nesterov 1983).
    pub nesterov: bool,
}

impl Sgd {
    /// Plain descent over `parameters`.
    pub fn new(parameters: Vec<(String, Param)>) -> Sgd {
        let velocity = parameters.iter().map(|_| None).collect();
        Sgd { parameters, velocity, momentum: 0.0, weight_decay: 0.0, nesterov: false }
    }

    /// With momentum µ.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Sgd {
        self.momentum = momentum;
        self
    }
}

impl Optimizer for Sgd {
    fn step(&mut self, lr: f64) {
        let (momentum, decay, nesterov) = (self.momentum, self.weight_decay, self.nesterov);
        for ((_, param), velocity) in self.parameters.iter().zip(&mut self.velocity) {
            param.update(|value, mut grad| {
                with_float!(value.dtype(), T => {
                    if decay != 0.0 {
                        map::update(grad.make_mut::<T>(), &value.dense::<T>(), move |g, p| g + decay as T * p);
                    }
                    if momentum != 0.0 {
                        match velocity {
                            None => *velocity = Some(grad.copied()),
                            Some(v) => map::update(v.make_mut::<T>(), &grad.dense::<T>(), move |v, g| momentum as T * v + g),
                        }
                        let v = velocity.as_ref().map(|v| v.dense::<T>());
                        let v = v.as_deref().unwrap_or_default();
                        if nesterov {
                            map::update(grad.make_mut::<T>(), v, move |g, v| g + momentum as T * v);
                        } else {
                            return map::update(value.make_mut::<T>(), v, move |p, v| p - lr as T * v);
                        }
                    }
                    map::update(value.make_mut::<T>(), &grad.dense::<T>(), move |p, g| p - lr as T * g);
                });
            });
        }
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
