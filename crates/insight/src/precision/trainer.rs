//! A training in one format: rounded weights, scaled losses, steps that are left out.

use gradus_nn::Param;
use gradus_tensor::precision::{self, Places, Rule};
use gradus_tensor::{Array, DType, Tensor, no_grad};
use gradus_train::step::{Detail, Gradients, Unwatched};
use gradus_train::{Error, NonFinite, Session};

use super::plan::{Format, LossScale, Plan};

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
    /// The loss, or a gradient without a loss scale, is no finite number: nothing can be learned any more.
    Diverged(NonFinite),
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
        let gradients = match self.gradients() {
            Ok(gradients) => gradients,
            Err(Error::Diverged(divergence)) => return Ok(Made::Diverged(divergence)),
            Err(error) => return Err(error),
        };
        seen(&self.session);
        let overflowed = gradients.bad.is_some();
        if let Some(name) = gradients.bad.as_ref().filter(|_| !self.is_scaled()) {
            return Ok(Made::Diverged(self.session.bad_gradient(name)));
        }
        self.skipped += u64::from(overflowed);
        let (rule, loss) = (self.rule(1), gradients.loss);
        // Where a gradient overflowed nothing moves, and the step is counted.
        precision::with(rule, || self.session.update(gradients, Detail::Losses));
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

    /// The first half of the next step in the format, its gradients without the loss scale.
    pub(super) fn gradients(&mut self) -> Result<Gradients, Error> {
        let (rule, scale) = (self.rule(0), self.scale);
        self.with_pass_weights(|session| precision::with(rule, || session.gradients(scale, &mut Unwatched)))
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

/// Parameters and all else that a model remembers, as `f64`: from here on everything is computed so.
pub(super) fn widen(session: &Session) {
    for (_, param) in session.parameters().iter().chain(session.buffers()) {
        if param.value().dtype().is_float() {
            param.set(no_grad(|| param.value().to_dtype(DType::F64)));
        }
    }
}
