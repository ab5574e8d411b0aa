//! One step in a format beside the same step in `f64`, from the same weights and batch: what rounding does to every
//! activation and every gradient.

use std::collections::BTreeMap;

use gradus_tensor::{Tensor, probe};
use gradus_train::{Error, Session};
use schemars::JsonSchema;
use serde::Serialize;

use super::trainer::{Made, Trainer, widen};

/// How numbers differ from exact ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// ‖x − exact‖ / ‖exact‖ over those that are finite; `None` where there is nothing to compare.
    pub error: Option<f64>,
    /// Of the numbers that are not 0, the share that became 0: underflow.
    pub vanished: f64,
    /// The share that became infinite: overflow.
    pub infinite: f64,
    /// The share that became NaN.
    pub nan: f64,
}

/// One parameter or named activation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Layer {
    /// `hidden.weight`, `tanh`.
    pub name: String,
    /// `parameter` or `activation`.
    pub kind: &'static str,
    /// The values of an activation.
    pub value: Option<Difference>,
    /// Its gradient.
    pub gradient: Option<Difference>,
    /// Of a parameter's numbers that have a gradient, the share that the update left as they were: it was smaller than half
    /// the distance to the next number of the format.
    pub lost_updates: Option<f64>,
}

/// What a step in a format came to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Look {
    /// The step.
    pub step: u64,
    /// Activations in the order in which they are computed, then parameters.
    pub layers: Vec<Layer>,
}

/// The numbers of one name, from one or several tensors, beside the exact ones.
#[derive(Default, Clone, Copy)]
struct Sums {
    distance: f64,
    size: f64,
    all: f64,
    not_zero: f64,
    vanished: f64,
    infinite: f64,
    nan: f64,
}

impl Sums {
    fn add(&mut self, ours: &Tensor, scale: f64, exact: &Tensor) {
        for (x, exact) in ours.to_vec::<f64>().into_iter().zip(exact.to_vec::<f64>()) {
            let x = x / scale;
            self.all += 1.0;
            if x.is_nan() {
                self.nan += 1.0;
            } else if x.is_infinite() {
                self.infinite += 1.0;
            } else {
                self.distance += (x - exact).powi(2);
                self.size += exact.powi(2);
            }
            if exact != 0.0 {
                self.not_zero += 1.0;
                self.vanished += f64::from(x == 0.0);
            }
        }
    }

    fn difference(&self) -> Difference {
        let error = if self.distance == 0.0 { Some(0.0) } else { Some((self.distance / self.size).sqrt()) };
        Difference {
            error: error.filter(|error| error.is_finite() && self.nan + self.infinite < self.all),
            vanished: self.vanished / self.not_zero.max(1.0),
            infinite: self.infinite / self.all.max(1.0),
            nan: self.nan / self.all.max(1.0),
        }
    }
}

/// The named values of one pass, with their gradients.
struct Pass {
    values: Vec<(String, Tensor)>,
    /// Of every parameter.
    gradients: Vec<(String, Option<Tensor>)>,
}

impl Pass {
    fn of(trainer: &mut Trainer<'_>) -> Result<Self, Error> {
        let (seen, gradients) = probe::with(probe::Recorder::new(|_| true), || trainer.gradients());
        match gradients {
            // Without gradients, the values are still worth a look.
            Ok(_) | Err(Error::Diverged(_)) => {}
            Err(error) => return Err(error),
        }
        let values = seen.values().iter().filter(|(_, value)| value.dtype().is_float()).cloned().collect();
        let parameters = trainer.session.parameters().iter();
        Ok(Pass { values, gradients: parameters.map(|(name, param)| (name.clone(), param.grad())).collect() })
    }
}

/// Looks at the step that `trainer` makes next, and makes it. `reference` is a session of the same recipe, whose state is of
/// no account.
pub(super) fn look(trainer: &mut Trainer<'_>, reference: &mut Trainer<'_>) -> Result<(Look, Made), Error> {
    let step = trainer.session.step();
    let before = trainer.session.checkpoint()?;
    reference.session.restore(&before)?;
    widen(&reference.session);
    let exact = Pass::of(reference)?;
    let ours = Pass::of(trainer)?;
    let mut layers = activations(&ours, &exact, trainer.scale);
    // The step itself is made without a probe, which may lead a model along another way.
    trainer.session.restore(&before)?;
    let mut parameters: Vec<Layer> = Vec::new();
    for ((name, ours), (_, exact)) in ours.gradients.iter().zip(&exact.gradients) {
        let gradient = ours.as_ref().zip(exact.as_ref()).map(|(ours, exact)| {
            let mut sums = Sums::default();
            sums.add(ours, 1.0, exact);
            sums.difference()
        });
        parameters.push(Layer { name: name.clone(), kind: "parameter", value: None, gradient, lost_updates: None });
    }
    let mut had: Vec<(Tensor, Option<Tensor>)> = Vec::new();
    let made = trainer.step_watched(&mut |session: &Session| {
        had = session.parameters().iter().map(|(_, param)| (param.value().detach(), param.grad())).collect();
    })?;
    for ((layer, (before, gradient)), (_, param)) in parameters.iter_mut().zip(had).zip(trainer.session.parameters()) {
        layer.lost_updates = gradient.and_then(|gradient| lost(&before, &param.value(), &gradient));
    }
    layers.extend(parameters);
    Ok((Look { step, layers }, made))
}

/// The share of the numbers with a gradient that stayed as they were.
fn lost(before: &Tensor, after: &Tensor, gradient: &Tensor) -> Option<f64> {
    let (before, after, gradient) = (before.to_vec::<f64>(), after.to_vec::<f64>(), gradient.to_vec::<f64>());
    let moved: Vec<bool> = before
        .iter()
        .zip(&after)
        .zip(&gradient)
        .filter(|(_, gradient)| **gradient != 0.0 && gradient.is_finite())
        .map(|((before, after), _)| before != after)
        .collect();
    (!moved.is_empty()).then(|| moved.iter().filter(|moved| !**moved).count() as f64 / moved.len() as f64)
}

/// Activations of one name are taken together: a recurrent network computes each at every place of a text.
fn activations(ours: &Pass, exact: &Pass, scale: f64) -> Vec<Layer> {
    let mut order: Vec<&str> = Vec::new();
    let mut sums: BTreeMap<&str, (Sums, Option<Sums>)> = BTreeMap::new();
    for ((name, x), (other, e)) in ours.values.iter().zip(&exact.values) {
        if name != other || x.shape() != e.shape() {
            continue;
        }
        let (values, gradients) = sums.entry(name).or_insert_with(|| {
            order.push(name);
            (Sums::default(), None)
        });
        values.add(x, 1.0, e);
        if let (Some(x), Some(e)) = (x.grad(), e.grad()) {
            gradients.get_or_insert_default().add(&x, scale, &e);
        }
    }
    let layer = |name: &str| {
        let (values, gradients) = &sums[name];
        let (value, gradient) = (Some(values.difference()), gradients.as_ref().map(Sums::difference));
        Layer { name: name.to_string(), kind: "activation", value, gradient, lost_updates: None }
    };
    order.iter().map(|name| layer(name)).collect()
}
