//! One format's training, and what it came to.

use gradus_tensor::probe;
use gradus_train::{Error, NonFinite, Session, clock};
use schemars::JsonSchema;
use serde::Serialize;

use super::Progress;
use super::look::{Difference, Look, look};
use super::plan::{Format, Plan};
use super::sentence::grouped;
use super::trainer::{Made, Trainer};

/// Points of a loss curve, at most.
const CURVE: usize = 400;

/// One format's training.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Trial {
    /// `bf16`.
    pub format: String,
    /// Its format with what is special about it: `bf16 with f32 master weights`.
    pub description: String,
    /// Steps made.
    pub steps: u64,
    /// The mean loss of the last batches, a tenth of them.
    pub loss: Option<f64>,
    /// The loss on the dev split (or test, where there is none), computed in the format.
    pub dev_loss: Option<f64>,
    /// The first step whose batch loss is not the one of `f64` (compared as `f32`).
    pub differs_from: Option<u64>,
    /// The first step whose batch loss is more than 1 % away from that of `f64`.
    pub apart_from: Option<u64>,
    /// Why it ended early: the loss was no finite number any more.
    pub diverged: Option<String>,
    /// Steps that were left out because gradients overflowed.
    pub skipped: u64,
    /// The loss scale at the end.
    pub loss_scale: f64,
    /// What this came to, and why, in one sentence.
    pub sentence: String,
    /// The loss curve: means over equally many steps each, and the last of those steps.
    pub curve: Vec<(u64, f64)>,
    /// Each layer, as it was on average in the second half of the training.
    pub layers: Vec<LayerMean>,
    /// Every look at a step.
    pub looks: Vec<Look>,
    /// Seconds of steps, looks not counted.
    pub seconds: f64,
}

/// A layer over several looks.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LayerMean {
    /// `hidden.weight`, `tanh`.
    pub name: String,
    /// `parameter` or `activation`.
    pub kind: &'static str,
    /// Of an activation's values.
    pub value: Option<Difference>,
    /// Of the gradient.
    pub gradient: Option<Difference>,
    /// The share of a parameter's updates that were lost.
    pub lost_updates: Option<f64>,
}

/// What a training leaves behind: the trial, and the loss of every batch.
pub(super) struct Trained {
    pub(super) trial: Trial,
    pub(super) losses: Vec<f64>,
    /// The step of the first.
    pub(super) first: u64,
}

/// Trains in one format; `None` where `watch` said to stop. Without a `reference` nothing is looked at.
pub(super) fn train(
    session: Session,
    plan: &Plan,
    format: &Format,
    mut reference: Option<&mut Trainer<'_>>,
    watch: &mut dyn FnMut(&Progress<'_>) -> bool,
) -> Result<Option<Trained>, Error> {
    let mut trainer = Trainer::new(session, plan, format);
    let first = trainer.session.step();
    let (mut losses, mut looks, mut diverged) = (Vec::new(), Vec::new(), None);
    let (clock, mut seconds) = (clock::usual(), 0.0);
    let look_at: Vec<u64> = look_steps(plan);
    for made in 0..plan.steps {
        let progress = Progress { format: &format.name, step: made, steps: plan.steps, loss: losses.last().copied() };
        if !watch(&progress) {
            return Ok(None);
        }
        let outcome = match &mut reference {
            Some(reference) if look_at.contains(&made) => {
                let (seen, outcome) = look(&mut trainer, reference)?;
                looks.push(seen);
                outcome
            }
            _ => {
                let began = clock.seconds();
                let outcome = trainer.step()?;
                seconds += clock.seconds() - began;
                outcome
            }
        };
        match outcome {
            Made::Step(loss) => losses.push(loss),
            Made::Diverged(NonFinite { what, step, .. }) => {
                diverged = Some(format!("{what} at step {}, {}", grouped(step), first_bad(&mut trainer)?));
                break;
            }
        }
    }
    let dev_loss = if diverged.is_none() { trainer.evaluate()?.filter(|loss| loss.is_finite()) } else { None };
    let trial = Trial {
        format: format.name.clone(),
        description: plan.describe(format),
        steps: losses.len() as u64,
        loss: if diverged.is_none() { tail_mean(&losses) } else { None },
        dev_loss,
        differs_from: None,
        apart_from: None,
        diverged,
        skipped: trainer.skipped,
        loss_scale: trainer.scale,
        sentence: String::new(),
        curve: curve(&losses, first),
        layers: means(&looks),
        looks,
        seconds,
    };
    Ok(Some(Trained { trial, losses, first }))
}

/// Which steps are looked at: the first, the last, and evenly between.
fn look_steps(plan: &Plan) -> Vec<u64> {
    let (looks, last) = (plan.looks.min(plan.steps), plan.steps.saturating_sub(1));
    (0..looks).map(|i| (u128::from(last) * u128::from(i) / u128::from((looks - 1).max(1))) as u64).collect()
}

/// Where the first number stands that is not finite.
fn first_bad(trainer: &mut Trainer<'_>) -> Result<String, Error> {
    let bad = trainer.session.parameters().iter().find(|(_, param)| !param.value().all_finite());
    if let Some((name, _)) = bad {
        return Ok(format!("after an update that left {name} with numbers that are not finite"));
    }
    let (seen, gradients) = probe::with(probe::Recorder::new(|_| true), || trainer.gradients());
    let gradients = match gradients {
        Err(Error::Diverged(_)) => None,
        gradients => Some(gradients?),
    };
    let bad = seen.values().iter().find(|(_, value)| !value.all_finite());
    Ok(match (bad, gradients.and_then(|gradients| gradients.bad)) {
        (Some((name, _)), _) => format!("where {name} first has numbers that are not finite"),
        (None, Some(name)) => format!("in the gradient of {name}"),
        (None, None) => "though everything that has a name is finite".to_string(),
    })
}

/// The mean of the last tenth.
fn tail_mean(losses: &[f64]) -> Option<f64> {
    let last = &losses[losses.len() - losses.len().div_ceil(10)..];
    (!last.is_empty()).then(|| last.iter().sum::<f64>() / last.len() as f64)
}

/// Means over blocks, and the step that each ends at.
fn curve(losses: &[f64], first: u64) -> Vec<(u64, f64)> {
    let block = losses.len().div_ceil(CURVE).max(1);
    let mean = |block: &[f64]| block.iter().sum::<f64>() / block.len() as f64;
    let blocks = losses.chunks(block).enumerate();
    blocks.map(|(i, losses)| (first + (i * block + losses.len()) as u64, mean(losses))).collect()
}

/// Each layer on average over the second half of the looks.
fn means(looks: &[Look]) -> Vec<LayerMean> {
    let late = &looks[looks.len() / 2..];
    let Some(last) = late.last() else { return Vec::new() };
    let layer = |i: usize| {
        // A look at a loss that is not finite has no gradients: what is missing is left out.
        let all = || late.iter().filter_map(|look| look.layers.get(i));
        LayerMean {
            name: last.layers[i].name.clone(),
            kind: last.layers[i].kind,
            value: mean_difference(all().filter_map(|layer| layer.value)),
            gradient: mean_difference(all().filter_map(|layer| layer.gradient)),
            lost_updates: mean(all().filter_map(|layer| layer.lost_updates)),
        }
    };
    (0..last.layers.len()).map(layer).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

fn mean_difference(all: impl Iterator<Item = Difference> + Clone) -> Option<Difference> {
    let share = |of: fn(&Difference) -> f64| mean(all.clone().map(|difference| of(&difference)));
    Some(Difference {
        error: mean(all.clone().filter_map(|difference| difference.error)),
        vanished: share(|d| d.vanished)?,
        infinite: share(|d| d.infinite)?,
        nan: share(|d| d.nan)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_spread_over_the_whole_training() {
        let at = |steps, looks| look_steps(&Plan { looks, ..Plan::new(vec![], steps) });
        assert_eq!(at(101, 5), [0, 25, 50, 75, 100]);
        assert_eq!(at(3, 20), [0, 1, 2]);
        assert_eq!(at(1, 20), [0]);
        assert_eq!(at(100, 0), [0_u64; 0]);
    }

    #[test]
    fn a_curve_holds_means_of_equally_many_steps() {
        let losses: Vec<f64> = (0..1000).map(f64::from).collect();
        let points = curve(&losses, 10);
        assert!(points.len() <= CURVE);
        assert_eq!(points[0], (13, 1.0));
        assert_eq!(points.last(), Some(&(1010, 999.0)));
        assert_eq!(tail_mean(&losses), Some(949.5));
        assert_eq!(tail_mean(&[]), None);
    }
}
