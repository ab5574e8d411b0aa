//! A training in one format: rounded weights, scaled losses, steps that are left out.

use gradus_nn::Param;
use gradus_tensor::precision::{self, Places, Rule};
use gradus_tensor::{Array, DType, Tensor, no_grad};

use super::plan::{Format, LossScale, Plan};
use crate::Error;
use crate::session::Session;

/// A session that is trained in one format.
pub(super) struct Trainer<'a> {
    pub(super) session: Session,
    pub(super) plan: &'a Plan,
    pub(super) format: &'a Format,
    /// What the loss's gradient is multiplied with now.
    pub(super) scale: f64,
    /// Steps since the scale changed.
    good: u64,
    /// Steps that were left out because gradients overflowed.
    pub(super) skipped: u64,
}

/// What came of a step.
pub(super) enum Made {
    /// It was made, or left out because gradients overflowed; the loss of its batch.
    Step(f64),
    /// The loss is no finite number: nothing can be learned any more.
    Diverged(f64),
}

impl<'a> Trainer<'a> {
    /// Begins where `session` stands, its weights as the format has them.
    pub(super) fn new(session: Session, plan: &'a Plan, format: &'a Format) -> Self {
        if format.wide {
            widen(&session);
        } else if plan.places.weights && !plan.masters {
            for (_, param) in session.parameters() {
                let rounded = format.precision.round_array(param.value().array().copied());
                param.set(Tensor::from_array(rounded));
            }
        }
        let scale = match plan.loss_scale {
            _ if !format.is_rounded() => 1.0,
            LossScale::Constant(scale) => scale,
            LossScale::Dynamic => LossScale::FIRST,
        };
        Trainer { session, plan, format, scale, good: 0, skipped: 0 }
    }

    /// The rule of the step that comes next; `part` tells its passes apart.
    fn rule(&self, part: u64) -> Rule {
        let seed = self.session.recipe().training.seed.wrapping_add(self.session.step() << 2 | part);
        self.plan.rule(self.format, seed)
    }

    /// Makes a step.
    pub(super) fn step(&mut self) -> Result<Made, Error> {
        self.step_watched(&mut |_| ())
    }

    /// As [`Trainer::step`]; `seen` is shown the session when its gradients are complete and nothing is updated yet.
    pub(super) fn step_watched(&mut self, seen: &mut dyn FnMut(&Session)) -> Result<Made, Error> {
        let loss = self.gradients()?;
        if !loss.is_finite() {
            return Ok(Made::Diverged(loss));
        }
        seen(&self.session);
        let overflowed = self.is_scaled() && !finite_gradients(&self.session);
        if overflowed {
            self.session.parameters().iter().for_each(|(_, param)| param.zero_grad());
            self.skipped += 1;
        }
        let rule = self.rule(1);
        // Without gradients an update moves nothing, and the step is counted.
        precision::with(rule, || self.session.update());
        if self.plan.loss_scale == LossScale::Dynamic && self.is_scaled() {
            self.good = if overflowed { 0 } else { self.good + 1 };
            if overflowed {
                self.scale /= 2.0;
            } else if self.good.is_multiple_of(LossScale::PATIENCE) {
                self.scale *= 2.0;
            }
        }
        Ok(Made::Step(loss))
    }

    fn is_scaled(&self) -> bool {
        self.format.is_rounded() && self.plan.loss_scale != LossScale::Constant(1.0)
    }

    /// The loss of the next batch (or several), its gradients left with the parameters, in `f32` and without the scale.
    /// Where the loss is no finite number, there are none.
    pub(super) fn gradients(&mut self) -> Result<f64, Error> {
        let (rule, scale) = (self.rule(0), self.scale);
        let loss = self.with_pass_weights(|session| precision::with(rule, || backward(session, scale)))?;
        if scale != 1.0 {
            for (_, param) in self.session.parameters() {
                if let Some(grad) = param.grad() {
                    param.zero_grad();
                    param.add_grad(&no_grad(|| grad / scale))?;
                }
            }
        }
        Ok(loss)
    }

    /// The held-out loss, computed as a step's forward pass is.
    pub(super) fn evaluate(&mut self) -> Result<Option<f64>, Error> {
        let Some(split) = self.session.held_out() else { return Ok(None) };
        let rule = self.rule(2);
        self.with_pass_weights(|session| precision::with(rule, || Ok(Some(session.evaluate(split)?.loss))))
    }

    /// Runs `f` with the weights that a pass reads: where there are master weights, these rounded. Gradients stay.
    fn with_pass_weights<R>(&mut self, f: impl FnOnce(&mut Session) -> Result<R, Error>) -> Result<R, Error> {
        if !(self.plan.masters && self.plan.places.weights && self.format.is_rounded()) {
            return f(&mut self.session);
        }
        let rule = Rule { places: Places { weights: true, ..Places::NOWHERE }, ..self.rule(3) };
        let masters: Vec<(Param, Tensor)> =
            self.session.parameters().iter().map(|(_, param)| (param.clone(), param.value())).collect();
        precision::with(rule, || {
            for (param, master) in &masters {
                let mut rounded: Array = master.array().copied();
                precision::round_weights(&mut rounded);
                param.set(Tensor::from_array(rounded));
            }
        });
        let result = f(&mut self.session);
        for (param, master) in masters {
            let grad = param.grad();
            param.set(master);
            if let Some(grad) = grad {
                param.add_grad(&grad)?;
            }
        }
        result
    }
}

/// Adds up the gradients of one step, times `scale`.
fn backward(session: &mut Session, scale: f64) -> Result<f64, Error> {
    let parts = session.recipe().training.accumulate;
    let mut mean = 0.0;
    for _ in 0..parts {
        let loss = session.loss()?;
        let value = loss.item()?;
        if !value.is_finite() {
            session.parameters().iter().for_each(|(_, param)| param.zero_grad());
            return Ok(value);
        }
        mean += value / parts as f64;
        let first = scale / parts as f64;
        if first == 1.0 {
            loss.into_backward()?;
        } else {
            // The loss itself is not multiplied: it would be the first to overflow.
            loss.backward_with(&Tensor::full(loss.shape(), first, loss.dtype()))?;
        }
    }
    Ok(mean)
}

fn finite_gradients(session: &Session) -> bool {
    session.parameters().iter().filter_map(|(_, param)| param.grad()).all(|grad| grad.all_finite())
}

/// Parameters and all else that a model remembers, as `f64`: from here on everything is computed so.
pub(super) fn widen(session: &Session) {
    for (_, param) in session.parameters().iter().chain(session.buffers()) {
        if param.value().dtype().is_float() {
            param.set(no_grad(|| param.value().to_dtype(DType::F64)));
        }
    }
}
