//! What a learner should draw from the numbers, in plain sentences.
//!
//! Each rule looks at one thing that goes wrong at the start of training, and where a factor helps, computes it from
//! the numbers at hand: scaled by it, the layer is well.

use gradus_nn::{Nonlinearity, Saturation};
use gradus_tensor::Tensor;
use schemars::JsonSchema;
use serde::Serialize;

use super::graph::{self, Parameters};
use super::statistics::{Statistics, absolute_quantile};
use super::{Diagnosis, Row};

/// A layer with a larger share of outputs at the flat ends of its nonlinearity is told to shrink …
pub(super) const MUCH_SATURATED: f64 = 0.35;
/// … so far that this share is left: what the course's well-scaled layers have.
const WELL_SATURATED: f64 = 0.05;
/// A share of units from which dead ones are spoken of: one batch is a small sample.
const STUCK: f64 = 0.02;
const OFF: f64 = 0.1;
/// A first loss so many nats above that of guessing comes from confident predictions.
const CONFIDENT: f64 = 0.75;
/// Logits of this standard deviation lift the first loss above guessing by half its square: by 0.005.
const MODEST_LOGITS: f64 = 0.1;
/// The last of several layers with a spread below this share of the first's shows that activations vanish.
const VANISHED: f64 = 0.2;
/// Where gradients differ by more than this factor between the first and the last layer, they vanish or explode.
const UNEVEN: f64 = 20.0;
/// The usual update:data ratio, and what is far from it.
const USUAL_UPDATE: f64 = 1e-3;
const LARGE_UPDATE: f64 = 2e-2;
const SMALL_UPDATE: f64 = 5e-5;

/// What an advice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Values that are no finite numbers.
    NotFinite,
    /// The first loss is far above that of guessing.
    Confident,
    /// A later loss is above that of guessing.
    WorseThanChance,
    /// Too many saturated outputs.
    Saturated,
    /// Units that are saturated whatever comes in.
    Dead,
    /// Activations shrink from layer to layer.
    Vanishing,
    /// Activations grow from layer to layer.
    Exploding,
    /// Gradients shrink or grow on their way back.
    Gradients,
    /// Steps are too large or too small.
    LearningRate,
    /// Nothing is wrong.
    Well,
}

/// One thing a learner should draw from the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Advice {
    /// What it is about.
    pub topic: Topic,
    /// The plain sentence.
    pub text: String,
    /// The activation it was seen in.
    pub activation: Option<String>,
    /// Multiply these parameters (for [`Topic::LearningRate`]: the learning rate) …
    pub parameters: Vec<String>,
    /// … by this, and it is cured.
    pub factor: Option<f64>,
}

impl Advice {
    fn new(topic: Topic, text: String) -> Self {
        Advice { topic, text, activation: None, parameters: Vec::new(), factor: None }
    }

    fn about(self, activation: &str) -> Self {
        Advice { activation: Some(activation.to_string()), ..self }
    }

    fn scale(self, parameters: Vec<String>, factor: f64) -> Self {
        Advice { parameters, factor: Some(factor), ..self }
    }
}

/// A nonlinearity, and what comes before it.
pub(crate) struct Layer {
    /// The name of its output.
    name: String,
    function: Nonlinearity,
    /// What went into it; where that cannot be seen, reckoned back from what came out.
    before: Option<Vec<f64>>,
    /// The parameters that scale what goes into it.
    scale: Vec<String>,
    /// The gain of the linear layer before it.
    gain: Option<f64>,
}

/// The nonlinearities of a forward pass, in order.
pub(crate) fn layers(activations: &[(String, Tensor)], parameters: &Parameters<'_>) -> Vec<Layer> {
    let layer = |(name, value): &(String, Tensor)| {
        let function = graph::nonlinearity(value)?;
        let before = graph::before(value);
        Some(Layer {
            name: name.clone(),
            function,
            scale: parameters.scale_of(before.as_ref().unwrap_or(value)),
            gain: before.as_ref().and_then(graph::gain),
            before: match (before, function.saturation()) {
                (Some(before), _) => Some(before.to_vec::<f64>()),
                // An output that is rounded to 1 came from 9 or more.
                (None, Saturation::Ends { inverse, .. }) => {
                    Some(value.to_vec::<f64>().iter().map(|&y| inverse(y).clamp(-9.0, 9.0)).collect())
                }
                (None, _) => None,
            },
        })
    };
    activations.iter().filter_map(layer).collect()
}

impl Layer {
    /// What a sentence calls it: `hidden.2` for the output `hidden.2.tanh` or for `tanh` after `hidden`.
    fn title(&self) -> &str {
        let module = |name: &'_ str| name.rfind('.');
        match (module(&self.name), self.scale.first()) {
            (Some(end), _) => &self.name[..end],
            (None, Some(parameter)) => module(parameter).map_or(parameter, |end| &parameter[..end]),
            (None, None) => &self.name,
        }
    }
}

/// The model's predictions before softmax.
pub(crate) struct Outputs {
    /// The standard deviation of the logits of one example.
    spread: f64,
    /// The parameters that scale them.
    scale: Vec<String>,
}

impl Outputs {
    pub(crate) fn of(logits: &Tensor, parameters: &Parameters<'_>) -> Self {
        let classes = logits.shape().last().copied().unwrap_or(1).max(1);
        let mut values = logits.to_vec::<f64>();
        for example in values.chunks_mut(classes) {
            // Adding the same to all logits changes nothing.
            let mean = example.iter().sum::<f64>() / classes as f64;
            example.iter_mut().for_each(|v| *v -= mean);
        }
        let spread = Statistics::of(&values).and_then(|s| s.std).unwrap_or(0.0);
        Outputs { spread, scale: parameters.scale_of(logits) }
    }
}

/// What is known about the steps of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The learning rate is low on purpose.
    pub(crate) decayed: bool,
    /// The size of a step says nothing yet: at first, Adam moves every number by the learning rate, however small its
    /// gradient is.
    pub(crate) settling: bool,
}

/// All advice, the most pressing first.
pub(crate) fn draw(seen: &Diagnosis, layers: &[Layer], outputs: Option<&Outputs>, pace: Pace) -> Vec<Advice> {
    let mut advice: Vec<Advice> = not_finite(seen).into_iter().collect();
    if advice.is_empty() {
        advice.extend(first_loss(seen, outputs));
        for layer in layers {
            let row = seen.activations.iter().find(|row| row.name == layer.name);
            advice.extend(row.into_iter().flat_map(|row| [saturated(seen, layer, row), dead(layer, row)]).flatten());
        }
        let much_saturated = advice.iter().any(|a| a.topic == Topic::Saturated);
        if !much_saturated {
            advice.extend(size_from_layer_to_layer(seen, layers));
            if advice.is_empty() {
                advice.extend(gradients_from_layer_to_layer(seen, layers));
            }
        }
        // One thing after the other: what weights of the wrong size do to a step, a learning rate does not mend.
        if advice.is_empty() && !pace.settling {
            advice.extend(learning_rate(seen, outputs, pace.decayed));
        }
    }
    if advice.is_empty() {
        advice.push(well(seen, layers, outputs));
    }
    advice
}

/// Anything that is NaN or infinite.
fn not_finite(seen: &Diagnosis) -> Option<Advice> {
    let row = seen.parameters.iter().chain(&seen.activations).find(|row| row.statistics.not_finite > 0);
    let place = match row {
        Some(row) => {
            let values: usize = row.shape.iter().product();
            format!("{} of the {values} values of {} are NaN or infinite", row.statistics.not_finite, row.name)
        }
        None if !seen.loss.is_finite() => format!("the loss is {}", seen.loss),
        None => return None,
    };
    let text = format!("{place}: lower schedule.lr (now {}) or start from smaller weights", seen.learning_rate);
    Some(Advice::new(Topic::NotFinite, text))
}

/// The loss against that of guessing.
fn first_loss(seen: &Diagnosis, outputs: Option<&Outputs>) -> Option<Advice> {
    let (chance, outputs) = (seen.chance?, outputs?);
    if seen.loss <= chance + CONFIDENT {
        return None;
    }
    let classes = chance.exp().round();
    let above = format!("{:.2} is far above that of guessing, ln({classes}) = {chance:.2}", seen.loss);
    if seen.step > 0 {
        let text = format!(
            "the loss {above}: the model is confidently wrong; lower schedule.lr (now {}) or look at the start with --step 0",
            seen.learning_rate
        );
        return Some(Advice::new(Topic::WorseThanChance, text));
    }
    let factor = MODEST_LOGITS / outputs.spread.max(MODEST_LOGITS);
    let what =
        format!("the first loss {above}: the output layer is too large and its predictions are confidently wrong");
    Some(if outputs.scale.is_empty() {
        Advice::new(Topic::Confident, format!("{what}; start it with smaller weights (about {} times)", short(factor)))
    } else {
        let text = format!("{what}; scale its weights by about {} ({})", short(factor), outputs.scale.join(", "));
        Advice::new(Topic::Confident, text).scale(outputs.scale.clone(), factor)
    })
}

/// A layer with too many saturated outputs.
fn saturated(seen: &Diagnosis, layer: &Layer, row: &Row) -> Option<Advice> {
    let Saturation::Ends { high, inverse, .. } = layer.function.saturation() else { return None };
    let share = row.saturated.filter(|_| row.is_saturated())?;
    // Scaled by this, the share that is beyond the threshold is the one that is wanted.
    let reached = absolute_quantile(layer.before.as_ref()?, 1.0 - WELL_SATURATED)?;
    let factor = inverse(high) / reached;
    let text = format!(
        "{}: {:.0} % of {} outputs are saturated; scale the weights by about {}{}{}",
        layer.title(),
        100.0 * share,
        layer.function,
        short(factor),
        if seen.step > 0 { " at the start" } else { "" },
        in_brackets(&layer.scale),
    );
    Some(Advice::new(Topic::Saturated, text).about(&row.name).scale(layer.scale.clone(), factor))
}

/// Units that are saturated for every example.
fn dead(layer: &Layer, row: &Row) -> Option<Advice> {
    let (dead, units) = (row.dead_units?, row.units?);
    let (many, state, remedy) = match layer.function.saturation() {
        Saturation::Off { up_to: 0.0 } => (OFF, "0", "start with smaller weights and biases, or lower schedule.lr"),
        Saturation::Off { .. } => (OFF, "off", "start with smaller weights and biases, or lower schedule.lr"),
        _ => (STUCK, "saturated", "start with smaller weights"),
    };
    let text = format!(
        "{}: {dead} of {units} {} units are {state} for every example of the batch, and learn nothing from it; {remedy}",
        layer.title(),
        layer.function
    );
    (dead as f64 > many * units as f64).then(|| Advice::new(Topic::Dead, text).about(&row.name))
}

/// The spread of some layers, first to last, where there are enough of them. Of one nonlinearity: a sigmoid at the end gives
/// smaller numbers than the tanh before it, and nothing is wrong.
fn series<'a>(
    seen: &'a Diagnosis,
    layers: &'a [Layer],
    size: impl Fn(&Row) -> Option<f64>,
) -> Option<(&'a Layer, f64, &'a Layer, f64)> {
    let of_first = layers.iter().filter(|layer| layer.function == layers[0].function);
    let mut sizes = of_first.filter_map(|layer| {
        let row = seen.activations.iter().find(|row| row.name == layer.name)?;
        Some((layer, size(row)?))
    });
    let (first, last) = (sizes.next()?, sizes.next_back()?);
    // Something lies between the two.
    sizes.next().map(|_| (first.0, first.1, last.0, last.1))
}

/// Activations that shrink or grow on their way through the layers.
fn size_from_layer_to_layer(seen: &Diagnosis, layers: &[Layer]) -> Option<Advice> {
    let (first, start, last, end) = series(seen, layers, |row| row.statistics.std)?;
    let (topic, shrink) = match end / start {
        ratio if ratio < VANISHED => (Topic::Vanishing, "shrink"),
        ratio if ratio > 1.0 / VANISHED => (Topic::Exploding, "grow"),
        _ => return None,
    };
    // Layers of the one nonlinearity, of which some factor keeps the size.
    let scaled = || layers.iter().filter(|layer| layer.function == last.function && last.function.can_keep_size());
    let mut factors: Vec<f64> = scaled().filter_map(|layer| Some(layer.function.gain() / layer.gain?)).collect();
    factors.sort_unstable_by(f64::total_cmp);
    let parameters: Vec<String> =
        scaled().filter(|layer| layer.gain.is_some()).flat_map(|layer| layer.scale.clone()).collect();
    let what = format!(
        "activations {shrink} from layer to layer: standard deviation {} in {}, {} in {}",
        short(start),
        first.title(),
        short(end),
        last.title()
    );
    Some(match factors.get(factors.len() / 2) {
        Some(&factor) => {
            let text = format!("{what}; scale the weights of these layers by about {}", short(factor));
            Advice::new(topic, text).about(&last.name).scale(parameters, factor)
        }
        None if !last.function.can_keep_size() => {
            let why = format!("scaling hardly helps {}, whose outputs all lie on one side of 0", last.function);
            Advice::new(topic, format!("{what}; {why}: normalise the layers or take tanh")).about(&last.name)
        }
        None => Advice::new(topic, format!("{what}; normalise the layers or start with other gains")).about(&last.name),
    })
}

/// Gradients that shrink or grow on their way back.
fn gradients_from_layer_to_layer(seen: &Diagnosis, layers: &[Layer]) -> Option<Advice> {
    let (first, start, last, end) = series(seen, layers, |row| row.gradient_std)?;
    let (word, remedy) = match start / end {
        ratio if ratio > UNEVEN => ("grow", "smaller"),
        ratio if ratio < 1.0 / UNEVEN => ("shrink", "larger"),
        _ => return None,
    };
    let text = format!(
        "gradients {word} on their way back: standard deviation {} in {}, {} in {}; start with {remedy} weights or normalise",
        short(end),
        last.title(),
        short(start),
        first.title()
    );
    Some(Advice::new(Topic::Gradients, text).about(&first.name))
}

/// The median update:data ratio of the weights. The output layer, which starts small on purpose, is left out.
fn usual_update(seen: &Diagnosis, outputs: Option<&Outputs>) -> Option<f64> {
    let output = |row: &Row| outputs.is_some_and(|o| o.scale.contains(&row.name));
    let weights = |row: &&Row| row.shape.len() >= 2;
    let inner = seen.parameters.iter().filter(weights).filter(|row| !output(row));
    let mut ratios: Vec<f64> = inner.filter_map(|row| row.update_ratio).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}

/// Steps that are too large or too small.
fn learning_rate(seen: &Diagnosis, outputs: Option<&Outputs>, decayed: bool) -> Option<Advice> {
    let ratio = usual_update(seen, outputs).filter(|ratio| *ratio > 0.0 && seen.learning_rate > 0.0)?;
    let (size, word) = match ratio {
        ratio if ratio > LARGE_UPDATE => ("much", "lower"),
        ratio if ratio < SMALL_UPDATE && !decayed => ("little", "raise"),
        _ => return None,
    };
    let factor = USUAL_UPDATE / ratio;
    let text = format!(
        "a step moves the weights {size}: update:data is 10^{:.1}, and about 10^-3 is usual; {word} schedule.lr from {} \
         to about {}",
        ratio.log10(),
        seen.learning_rate,
        short(seen.learning_rate * factor)
    );
    Some(Advice::new(Topic::LearningRate, text).scale(vec!["schedule.lr".to_string()], factor))
}

/// That nothing is wrong, and what that was seen from.
fn well(seen: &Diagnosis, layers: &[Layer], outputs: Option<&Outputs>) -> Advice {
    let mut facts = Vec::new();
    if seen.step == 0
        && let Some(chance) = seen.chance
    {
        let place = if seen.loss < chance - CONFIDENT { "below" } else { "near" };
        facts.push(format!("the first loss {:.2} is {place} that of guessing ({chance:.2})", seen.loss));
    }
    let share = |layer: &Layer| {
        let row = seen.activations.iter().find(|row| row.name == layer.name)?;
        row.saturated.filter(|_| matches!(layer.function.saturation(), Saturation::Ends { .. }))
    };
    let shares = layers.iter().filter_map(|layer| Some((share(layer)?, layer.function)));
    if let Some((share, function)) = shares.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        facts.push(format!("at most {:.0} % of a layer's {function} outputs are saturated", 100.0 * share));
    }
    if let Some(ratio) = usual_update(seen, outputs).filter(|ratio| *ratio > 0.0) {
        facts.push(format!("a step moves the weights by 10^{:.1} of their spread", ratio.log10()));
    }
    let text = if facts.is_empty() { "all well".to_string() } else { format!("all well: {}", facts.join(", ")) };
    Advice::new(Topic::Well, text)
}

fn in_brackets(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

/// Two significant digits, without an exponent where the number is of a usual size.
fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return format!("{number}");
    }
    let exponent = number.abs().log10().floor() as i32;
    if !(-4..6).contains(&exponent) {
        return format!("{number:.1e}");
    }
    let places = (1 - exponent).max(0) as usize;
    let text = format!("{number:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn two_digits_say_enough() {
        for (number, text) in [
            (0.297, "0.3"),
            (0.0123, "0.012"),
            (1.0, "1"),
            (3.333, "3.3"),
            (42.4, "42"),
            (1234.0, "1234"),
            (1.23e-7, "1.2e-7"),
            (0.0, "0"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
