//! A model in numbers: every parameter and every named activation, their gradients, how far one step moves each
//! parameter, and what a learner should do about it.
//!
//! [`look`] takes a session as it stands and leaves it so; [`watch`] makes its next step on the way.

mod advice;
mod bigrams;
mod embedding;
mod graph;
mod histogram;
mod notes;
pub mod pictures;
mod statistics;

pub use advice::{Advice, Topic};
pub use bigrams::{Bigrams, bigrams};
pub(crate) use embedding::principal_components;
pub use embedding::{EmbeddingMap, Point, embedding_map};
pub use histogram::Histogram;
pub use notes::Notes;
pub use statistics::Statistics;

use gradus_nn::{Nonlinearity, Param, Saturation};
use gradus_recipe::Optimizer;
use gradus_tensor::{Tensor, probe};
use gradus_train::objective::Objective;
use gradus_train::step::{Detail, Pass, Watch};
use gradus_train::{Error, Session};
use schemars::JsonSchema;
use serde::Serialize;

use graph::Parameters;

/// Steps until Adam's running means say how large its steps are.
const SETTLED: u64 = 100;

/// One parameter, buffer or activation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredRow")]
pub struct Row {
    /// `hidden.weight`, `tanh`.
    pub name: String,
    /// The sizes of its axes.
    pub shape: Vec<usize>,
    /// Its values.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// The nonlinearity whose output it is, by its name.
    #[schemars(with = "Option<String>")]
    pub nonlinearity: Option<Nonlinearity>,
    /// Share of the values where the nonlinearity passes hardly any gradient ([`Saturation`]). Only for the outputs of
    /// one that saturates.
    pub saturated: Option<f64>,
    /// How many units it has: neurons along the last axis, or the channels of a convolution. Only where there is a share
    /// of saturated values.
    pub units: Option<usize>,
    /// How many of them are saturated at every place of every example of the batch.
    pub dead_units: Option<usize>,
    /// The standard deviation of its gradient.
    pub gradient_std: Option<f64>,
    /// Its gradient.
    pub gradient: Option<Statistics>,
    /// gradient:data: the standard deviation of the gradient over that of the values.
    pub gradient_ratio: Option<f64>,
    /// update:data: the standard deviation of one step's update over that of the values. Only for parameters.
    pub update_ratio: Option<f64>,
    /// Its logarithm to base 10; around −3 is usual.
    pub update_log10: Option<f64>,
    /// How its values are spread out.
    pub histogram: Option<Histogram>,
    /// How its gradient is spread out.
    pub gradient_histogram: Option<Histogram>,
}

impl Row {
    /// Whether far more of its values are saturated than should be.
    pub fn is_saturated(&self) -> bool {
        let ends = matches!(self.nonlinearity.map(Nonlinearity::saturation), Some(Saturation::Ends { .. }));
        ends && self.saturated.is_some_and(|share| share > advice::MUCH_SATURATED)
    }
}

/// What `saturated` means in these rows: `|y| > 0.97 for tanh, 0 for relu`; `None` where none of them saturates.
pub fn saturation_in_words(rows: &[Row]) -> Option<String> {
    let here = |f: &Nonlinearity| rows.iter().any(|row| row.nonlinearity == Some(*f) && row.saturated.is_some());
    let words: Vec<String> = Nonlinearity::ALL
        .iter()
        .filter(|f| here(f))
        .map(|f| format!("{} for {f}", f.saturation().in_words()))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// All that is seen in one step.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "WholeDiagnosis")]
pub struct Diagnosis {
    /// The step the model stands at.
    pub step: u64,
    /// The loss of the step that was looked at: of the batch that comes after `step` steps.
    pub loss: f64,
    /// In how many micro-batches the step is made. Activations are those of the first.
    pub micro_batches: usize,
    /// The loss of guessing, ln(number of classes); `None` where the loss is no cross-entropy.
    pub chance: Option<f64>,
    /// The learning rate of the step that was tried.
    pub learning_rate: f64,
    /// What the gradients were multiplied with to keep their norm within `clip`; 1 where it was.
    pub clip_scale: f64,
    /// Every parameter.
    pub parameters: Vec<Row>,
    /// What else a model remembers, such as running statistics.
    pub buffers: Vec<Row>,
    /// Every named activation, in the order in which they are computed.
    pub activations: Vec<Row>,
    /// What a learner should draw from it, the most pressing first.
    pub advice: Vec<Advice>,
}

/// Looks at the step that a session would make next, and leaves the session as it was.
///
/// # Errors
/// Where an operation refuses.
pub fn look(session: &mut Session) -> Result<Diagnosis, Error> {
    let before = session.checkpoint()?;
    let seen = watch(session);
    session.restore(&before)?;
    seen
}

/// Makes the session's next step, and tells everything about it. A step whose loss is no finite number is looked at, but
/// not made.
///
/// Activations are seen in a pass beside the step: a probe may lead a model along another way to the same numbers, and
/// the step is the one that training makes, to the bit.
///
/// # Errors
/// Where an operation refuses.
pub fn watch(session: &mut Session) -> Result<Diagnosis, Error> {
    let (step, learning_rate) = (session.step(), session.learning_rate());
    let buffers = values(session.buffers());
    let before = session.checkpoint()?;
    let mut seen = Seen::default();
    let gradients = session.gradients(1.0, &mut seen);
    let loss = match gradients {
        Ok(gradients) => gradients.loss,
        Err(Error::Diverged(_)) => seen.loss,
        Err(error) => return Err(error),
    };
    let known = values(session.parameters());
    let mut parameters = rows(&known);
    session.restore(&before)?;
    let made = match session.parameters().is_empty() {
        // A model that is counted has no gradients.
        true => None,
        false => match session.make(Detail::Ratios) {
            Ok(made) => Some(made),
            Err(Error::Diverged(_)) => None,
            Err(error) => return Err(error),
        },
    };
    for row in &mut parameters {
        let ratio = made.iter().flat_map(|made| &made.ratios).find(|ratio| ratio.parameter == row.name);
        row.gradient_ratio = ratio.and_then(|ratio| ratio.gradient);
        row.update_ratio = ratio.and_then(|ratio| ratio.update);
        row.update_log10 = row.update_ratio.map(f64::log10).filter(|log| log.is_finite());
    }
    let guessing = || (session.corpus().output_count() as f64).ln();
    let mut diagnosis = Diagnosis {
        step,
        loss: made.as_ref().map_or(loss, |made| made.loss),
        micro_batches: session.recipe().training.accumulate,
        chance: (session.objective() == Objective::CrossEntropy).then(guessing),
        learning_rate,
        clip_scale: made.as_ref().map_or(1.0, |made| made.clip_scale),
        parameters,
        buffers: rows(&buffers),
        activations: rows(&seen.values),
        advice: Vec::new(),
    };
    let parameters = Parameters(&known);
    let layers = advice::layers(&seen.values, &parameters);
    let outputs = seen.logits.map(|logits| advice::Outputs::of(&logits, &parameters));
    let adaptive = matches!(session.recipe().optimizer, Optimizer::Adam(_) | Optimizer::AdamW(_));
    let pace = advice::Pace { decayed: decayed(session, step), settling: adaptive && step < SETTLED };
    diagnosis.advice = advice::draw(&diagnosis, &layers, outputs.as_ref(), pace);
    Ok(diagnosis)
}

/// The named values of a step's first micro-batch, with their gradients.
#[derive(Default)]
struct Seen {
    values: Vec<(String, Tensor)>,
    logits: Option<Tensor>,
    loss: f64,
}

impl Watch for Seen {
    fn forward(&mut self, part: usize, pass: &mut Pass<'_>) -> Result<Tensor, Error> {
        if part > 0 {
            return pass();
        }
        let (recorder, loss) = probe::with(probe::Recorder::new(|_| true), pass);
        let loss = loss?;
        self.values = recorder.values().to_vec();
        self.logits = graph::logits(&loss);
        self.loss = loss.item()?;
        Ok(loss)
    }

    fn keeps_graphs(&self) -> bool {
        true
    }
}

/// Whether the schedule gives this step less than its largest learning rate, on purpose.
fn decayed(session: &Session, step: u64) -> bool {
    let (schedule, steps) = (&session.recipe().schedule, session.recipe().training.steps as u64);
    let along = (0..=100).map(|share| schedule.learning_rate(steps * share / 100, steps));
    schedule.learning_rate(step, steps) < 0.99 * along.fold(0.0, f64::max)
}

/// The parameters as they are now. The values stay as they are when a step is made.
fn values(params: &[(String, Param)]) -> Vec<(String, Tensor)> {
    params.iter().map(|(name, param)| (name.clone(), param.value())).collect()
}

fn rows(named: &[(String, Tensor)]) -> Vec<Row> {
    named.iter().filter_map(|(name, tensor)| row(name, tensor)).collect()
}

fn row(name: &str, tensor: &Tensor) -> Option<Row> {
    if !tensor.dtype().is_float() {
        return None;
    }
    let values = tensor.to_vec::<f64>();
    let statistics = Statistics::of(&values)?;
    let nonlinearity = graph::nonlinearity(tensor);
    let saturates = nonlinearity.map(Nonlinearity::saturation).filter(|s| !matches!(s, Saturation::Never));
    let is_saturated = saturates.map(|saturation| move |v: f64| saturation.holds(v));
    // Numbers of the same unit stand in rows of `inner`, each unit's after the other's.
    let axis = graph::unit_axis(tensor);
    let units = tensor.shape().get(axis).copied().unwrap_or(1);
    let inner: usize = tensor.shape().iter().skip(axis + 1).product();
    let gradient = tensor.grad().map(|grad| grad.to_vec::<f64>());
    let of_gradient = gradient.as_deref().and_then(Statistics::of);
    let gradient_std = of_gradient.and_then(|g| g.std);
    Some(Row {
        name: name.to_string(),
        shape: tensor.shape().to_vec(),
        nonlinearity,
        saturated: is_saturated.map(|is| values.iter().filter(|v| is(**v)).count() as f64 / values.len() as f64),
        units: is_saturated.map(|_| units),
        dead_units: is_saturated.map(|is| {
            let mut alive = vec![false; units];
            values.chunks(inner.max(1)).enumerate().for_each(|(row, of_one)| {
                alive[row % units] |= !of_one.iter().all(|v| is(*v));
            });
            alive.into_iter().filter(|alive| !alive).count()
        }),
        gradient_std,
        gradient: of_gradient,
        gradient_ratio: ratio(gradient_std, statistics.std),
        update_ratio: None,
        update_log10: None,
        histogram: Histogram::of(&values),
        gradient_histogram: gradient.as_deref().and_then(Histogram::of),
        statistics,
    })
}

/// `part / whole`, where that is a number.
fn ratio(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    Some(part? / whole?).filter(|ratio| ratio.is_finite())
}
