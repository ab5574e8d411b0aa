//! One step of training, from batches to the update. There is no other place where one is made: training, `inspect`, the
//! precision study, the page's slow step, the search for a learning rate and Python all read the [`Step`] made here.
//!
//! A step has two halves, [`Session::gradients`] and [`Session::update`]. Between them the gradients are complete and
//! nothing has moved yet.
//!
//! The loss of a step is the mean over all its predictions, in however many micro-batches they are made:
//! L = Σᵢ wᵢ Lᵢ with wᵢ = nᵢ / Σⱼ nⱼ, where Lᵢ is the mean over the nᵢ predictions of micro-batch i. So two batches of 4
//! give the gradients of one batch of 8, also where names are of unequal length.

use gradus_nn::{Param, clip_factor, training};
use gradus_tensor::autograd::Formula;
use gradus_tensor::{Probe, Tensor, no_grad, probe};
use schemars::JsonSchema;
use serde::Serialize;

use crate::ratio::{Before, Ratio};
use crate::session::Session;
use crate::{Error, NonFinite};

/// How much of a step is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Losses, rates and norms.
    Losses,
    /// Besides, how large gradient and update of each parameter were beside its values.
    Ratios,
    /// Besides, every parameter before and after, its gradient, and the terms of its update.
    Changes,
}

/// A step that was made, or left out because a gradient overflowed.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its number; the first is 0.
    pub step: u64,
    /// The mean loss over all its predictions.
    pub loss: f64,
    /// Its micro-batches, in the order in which they were made.
    pub parts: Vec<Part>,
    /// The learning rate.
    pub learning_rate: f64,
    /// The norm of all gradients together, before it was limited.
    pub norm: f64,
    /// What the gradients were multiplied with to keep the norm within `clip`; 1 where it was.
    pub clip_scale: f64,
    /// What the loss's gradient was multiplied with on its way back, and all gradients divided by at its end.
    pub loss_scale: f64,
    /// The first parameter whose gradient was not finite, where the step was left out for it.
    pub left_out: Option<String>,
    /// With [`Detail::Ratios`] and above, a line for each parameter.
    pub ratios: Vec<Ratio>,
    /// With [`Detail::Changes`], one for each parameter that has a gradient.
    pub changes: Vec<Change>,
}

/// A micro-batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MicroBatch")]
pub struct Part {
    /// Its mean loss.
    pub loss: f64,
    /// How many predictions it asks for.
    pub predictions: usize,
}

/// What a step did to one parameter: `after = before − update`, to rounding.
#[derive(Debug, Clone)]
pub struct Change {
    /// `hidden.weight`.
    pub name: String,
    /// Its values before.
    pub before: Tensor,
    /// The gradient of the step's loss, before it was limited.
    pub gradient: Tensor,
    /// What the optimiser made of the gradient, in order; the last is the update (see [`gradus_nn::Optimizer::terms`]).
    pub terms: Vec<(&'static str, Tensor)>,
    /// Its values after.
    pub after: Tensor,
}

/// The first half of a step: the gradients are with the parameters.
#[derive(Debug, Clone)]
pub struct Gradients {
    /// The mean loss over all predictions.
    pub loss: f64,
    /// The micro-batches.
    pub parts: Vec<Part>,
    /// The norm of all gradients together.
    pub norm: f64,
    /// The first parameter whose gradient is not finite.
    pub bad: Option<String>,
    /// What the loss's gradient was multiplied with.
    pub loss_scale: f64,
}

/// The forward pass of a micro-batch: its loss.
pub type Pass<'a> = dyn FnMut() -> Result<Tensor, Error> + 'a;

/// Whoever wants to see a step on its way. What it does must not change the step.
pub trait Watch {
    /// Makes the forward pass of a micro-batch by calling `pass`, e.g. with a probe around it.
    ///
    /// # Errors
    /// What `pass` refuses.
    fn forward(&mut self, part: usize, pass: &mut Pass<'_>) -> Result<Tensor, Error> {
        let _ = part;
        pass()
    }

    /// The backward pass of a micro-batch is made: the parameters hold the gradients up to here.
    fn backward(&mut self, part: usize, parameters: &[(String, Param)]) {
        let _ = (part, parameters);
    }

    /// Whether graphs are needed after their backward pass.
    fn keeps_graphs(&self) -> bool {
        false
    }
}

/// Nobody looks.
pub struct Unwatched;

impl Watch for Unwatched {}

impl Session {
    /// Makes the next step. Gives its loss.
    ///
    /// # Errors
    /// Where the loss or a gradient is not finite (nothing is moved then), or an operation refuses.
    pub fn advance(&mut self) -> Result<f64, Error> {
        Ok(self.make(Detail::Losses)?.loss)
    }

    /// Makes the next step, and tells of it. The step is the same to the bit however much is told.
    ///
    /// # Errors
    /// As [`Session::advance`].
    pub fn make(&mut self, detail: Detail) -> Result<Step, Error> {
        let gradients = self.gradients(1.0, &mut Unwatched)?;
        if let Some(name) = &gradients.bad {
            let why = self.bad_gradient(name);
            self.forget_gradients();
            return Err(Error::Diverged(why));
        }
        Ok(self.update(gradients, detail))
    }

    /// The first half of a step: draws its batches, and leaves the gradients of their loss with the parameters.
    ///
    /// The gradient of the loss is multiplied with `loss_scale` where backward begins, and every gradient divided by
    /// it at the end, so that small ones do not vanish in a narrow format (Micikevicius et al. 2018, arXiv:1710.03740).
    ///
    /// # Errors
    /// Where the loss is not finite: then there are no gradients. Gradients that are not finite are told in
    /// [`Gradients::bad`]: whoever drives the step decides.
    pub fn gradients(&mut self, loss_scale: f64, watch: &mut dyn Watch) -> Result<Gradients, Error> {
        let batches = self.batches_of_step()?;
        let learns = !self.parameters().is_empty();
        // Weights are needed only where there are several; counting reads every target.
        let objective = self.objective();
        let count = |(_, targets): &(Tensor, Tensor)| objective.predictions(targets);
        let counts: Vec<usize> = batches.iter().map(count).collect();
        let all: usize = counts.iter().sum();
        let (mut parts, mut mean) = (Vec::with_capacity(batches.len()), 0.0);
        for (part, ((inputs, targets), predictions)) in batches.iter().zip(counts).enumerate() {
            if predictions == 0 && batches.len() > 1 {
                parts.push(Part { loss: 0.0, predictions });
                continue;
            }
            let loss = watch.forward(part, &mut || self.loss_of(inputs, targets))?;
            let value = loss.item()?;
            if !value.is_finite() {
                self.forget_gradients();
                return Err(Error::Diverged(self.bad_loss(value, inputs)));
            }
            let weight = if batches.len() == 1 { 1.0 } else { predictions as f64 / all as f64 };
            mean += weight * value;
            parts.push(Part { loss: value, predictions });
            if !learns {
                continue;
            }
            let first = loss_scale * weight;
            // The gradient is scaled, not the loss, which would be the first to overflow.
            match (first == 1.0, watch.keeps_graphs()) {
                (true, false) => loss.into_backward()?,
                _ => loss.backward_with(&Tensor::full(loss.shape(), first, loss.dtype()))?,
            }
            watch.backward(part, self.parameters());
        }
        if loss_scale != 1.0 {
            for (_, param) in self.parameters() {
                if let Some(grad) = param.grad() {
                    param.zero_grad();
                    param.add_grad(&no_grad(|| grad / loss_scale))?;
                }
            }
        }
        let norm = clip_factor(self.parameters(), f64::INFINITY).1;
        // A norm can overflow though no gradient has.
        let bad = if norm.is_finite() { None } else { self.first_bad_gradient() };
        Ok(Gradients { loss: mean, parts, norm, bad, loss_scale })
    }

    /// The second half of a step: moves the parameters by their gradients, which are used up. Where a gradient is not
    /// finite, nothing moves, and the step counts as made.
    pub fn update(&mut self, gradients: Gradients, detail: Detail) -> Step {
        let Gradients { loss, parts, norm, bad, loss_scale } = gradients;
        if bad.is_some() {
            self.forget_gradients();
        }
        let (step, learning_rate, most) = (self.step(), self.learning_rate(), self.recipe().training.clip);
        let clip_scale = if most > 0.0 && bad.is_none() { (most / (norm + 1e-6)).min(1.0) } else { 1.0 };
        let before = (detail >= Detail::Ratios).then(|| Before::of(self.parameters()));
        // The optimiser takes the gradients out.
        let gradients: Vec<Option<Tensor>> = match detail {
            Detail::Changes => self.parameters().iter().map(|(_, param)| param.grad()).collect(),
            _ => Vec::new(),
        };
        self.move_parameters(learning_rate, clip_scale);
        self.count(loss);
        let (mut ratios, mut changes) = (Vec::new(), Vec::new());
        if let Some(before) = before {
            ratios = before.ratios(self.parameters());
            let olds = before.into_values().into_iter().zip(gradients).enumerate();
            let had = olds.filter_map(|(i, (old, gradient))| Some((i, old, gradient?)));
            changes = had.map(|(i, old, gradient)| self.change(i, &old, gradient, learning_rate, clip_scale)).collect();
        }
        Step { step, loss, parts, learning_rate, norm, clip_scale, loss_scale, left_out: bad, ratios, changes }
    }

    /// The loss of the next step's first micro-batch with its history, for whoever looks at a graph. Its batches are drawn.
    ///
    /// # Errors
    /// Where an operation refuses.
    pub fn first_loss(&mut self) -> Result<Tensor, Error> {
        match self.batches_of_step()?.into_iter().next() {
            Some((inputs, targets)) => self.loss_of(&inputs, &targets),
            None => Err(Error::Request("a step of this recipe has no batch".to_string())),
        }
    }

    fn change(&self, index: usize, before: &Tensor, gradient: Tensor, learning_rate: f64, clip_scale: f64) -> Change {
        let (name, param) = &self.parameters()[index];
        let before = before.detach();
        let terms = self.optimizer().terms(index, &before, &gradient, learning_rate, clip_scale);
        Change { name: name.clone(), before, gradient, terms, after: param.value().detach() }
    }

    /// The loss of a batch, with the model in training.
    fn loss_of(&mut self, inputs: &Tensor, targets: &Tensor) -> Result<Tensor, Error> {
        let objective = self.objective();
        let (model, random) = self.model_and_dropout();
        let outputs = training(random, || model.forward(inputs))?;
        Ok(objective.loss(&outputs, inputs, targets)?)
    }

    fn first_bad_gradient(&self) -> Option<String> {
        let is_bad = |param: &Param| param.grad().is_some_and(|grad| !grad.all_finite());
        self.parameters().iter().find(|(_, param)| is_bad(param)).map(|(name, _)| name.clone())
    }

    /// Why a loss is no number: where the first bad value stands.
    fn bad_loss(&self, loss: f64, inputs: &Tensor) -> NonFinite {
        let bad = self.parameters().iter().find(|(_, param)| !param.value().all_finite());
        let tensor = match bad {
            Some((name, _)) => Some(format!("the parameter {name}")),
            None => {
                let (first, _) = probe::with(FirstBad(None), || no_grad(|| self.model().forward(inputs).is_ok()));
                first.0.map(|name| format!("the result of {name}"))
            }
        };
        NonFinite {
            step: self.step(),
            what: format!("the loss became {loss}"),
            tensor,
            learning_rate: self.learning_rate(),
        }
    }

    /// Why a step with a gradient that is not finite cannot be made.
    pub fn bad_gradient(&self, name: &str) -> NonFinite {
        let what = "a gradient is not finite any more".to_string();
        let tensor = Some(format!("the gradient of {name}"));
        NonFinite { step: self.step(), what, tensor, learning_rate: self.learning_rate() }
    }
}

/// Looks for the first operation whose result is not finite.
struct FirstBad(Option<String>);

impl Probe for FirstBad {
    fn wants(&self, _: &str) -> bool {
        false
    }

    fn value(&mut self, _: &str, _: &Tensor) -> Option<Tensor> {
        None
    }

    fn operation(&mut self, path: &str, formula: Formula, _: &[&Tensor], output: &Tensor) {
        if self.0.is_none() && !output.all_finite() {
            self.0 = Some(format!("{} in {}", formula.name, if path.is_empty() { "the model" } else { path }));
        }
    }
}
