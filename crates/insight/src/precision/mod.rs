//! The same training in several number formats, side by side: the same start, the same batches, rounded forward, backward,
//! in the parameters and in the optimiser's state; and what that does to every layer.
//!
//! [`compare`] is the whole study: losses, and every layer held against `f64`. [`study`] is a short look from where a session
//! stands.
//!
//! - [`plan`]: the formats, how and where they round.
//! - `trainer`: one step in a format.
//! - `look`: one step beside the same in `f64`, layer by layer.
//! - `trial`: one format's training, and what it came to.
//! - `sentence`: that in words.
//! - [`picture`]: the loss curves.
//! - [`stored`]: a model whose parameters are stored in fewer bits.

mod look;
pub mod picture;
pub mod plan;
mod sentence;
pub mod stored;
mod trainer;
mod trial;

pub use gradus_tensor::precision::Places;
pub use look::{Difference, Layer, Look};
pub use plan::{Format, LossScale, Plan};
pub use trial::{LayerMean, Trial};

use gradus_tensor::precision;
use gradus_tensor::{Tensor, probe};
use gradus_train::{Error, Session};
use schemars::JsonSchema;
use serde::Serialize;

use trainer::{Made, Trainer};
use trial::{Trained, train};

/// How far a comparison is, for whoever watches it.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// The format that is trained in.
    pub format: &'a str,
    /// Steps made in it.
    pub step: u64,
    /// Steps to make in each.
    pub steps: u64,
    /// The loss of the last batch.
    pub loss: Option<f64>,
}

/// Trains in every format of a plan from what `start` gives, which must be the same each time, and holds each against
/// `f64`, which comes first. `watch` is called before every step and ends the comparison by `false`: then there is nothing
/// to tell. A training that diverges is a result.
///
/// # Errors
/// Where a session cannot begin or has nothing to train, or an operation refuses.
pub fn compare(
    start: &dyn Fn() -> Result<Session, Error>,
    plan: &Plan,
    watch: &mut dyn FnMut(&Progress<'_>) -> bool,
) -> Result<Option<Vec<Trial>>, Error> {
    let wide = Format::f64();
    let first = start()?;
    if first.parameters().is_empty() {
        let kind = first.recipe().model.kind();
        return Err(Error::Request(format!("a model of kind {kind} is counted, not trained: choose another recipe")));
    }
    let Some(mut exact) = train(first, plan, &wide, None, watch)? else { return Ok(None) };
    exact.trial.sentence = sentence::sentence(&exact.trial, &exact.trial);
    let exact = exact;
    let mut trials = vec![exact.trial.clone()];
    let mut reference = Trainer::new(start()?, plan, &wide);
    for format in plan.formats.iter().filter(|format| !format.wide) {
        let Some(trained) = train(start()?, plan, format, Some(&mut reference), watch)? else { return Ok(None) };
        trials.push(beside(trained, &exact));
    }
    Ok(Some(trials))
}

/// Holds a training against that in `f64`.
fn beside(trained: Trained, exact: &Trained) -> Trial {
    let Trained { mut trial, losses, first } = trained;
    let step_where = |differs: fn(f64, f64) -> bool| {
        let place = losses.iter().zip(&exact.losses).position(|(&ours, &theirs)| differs(ours, theirs));
        place.map(|place| first + place as u64)
    };
    trial.differs_from = step_where(|ours, theirs| ours as f32 != theirs as f32);
    trial.apart_from = step_where(|ours, theirs| (ours - theirs).abs() > 0.01 * theirs.abs());
    trial.sentence = sentence::sentence(&trial, &exact.trial);
    trial
}

/// One format's short training.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Track {
    /// `bf16`, `decimal:3`.
    pub name: String,
    /// Steps made, and the loss of each's batch.
    pub losses: Vec<(u64, f64)>,
    /// Why it ended early, where it did.
    pub failed: Option<String>,
    /// How far each parameter and each activation of the next batch has come from the exact ones, in the order in
    /// which a step computes them.
    pub divergence: Vec<Divergence>,
}

/// ‖x − exact‖ / ‖exact‖ of one tensor.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Divergence {
    /// `hidden.weight`, `tanh`.
    pub name: String,
    /// `parameter` or `activation`.
    #[schemars(extend("enum" = ["parameter", "activation"]))]
    pub kind: &'static str,
    /// `None` where it is no finite number.
    pub relative: Option<f64>,
}

/// Trains `steps` steps in each format from what `start` gives, which must be the same each time. `watch` is called
/// before every step, and ends the study by `false`: then there is nothing to tell.
///
/// # Errors
/// Where a format is unknown, or a session cannot begin.
pub fn study(
    start: &dyn Fn() -> Result<Session, Error>,
    formats: &[String],
    steps: u64,
    watch: &mut dyn FnMut() -> bool,
) -> Result<Option<Vec<Track>>, Error> {
    let formats = formats.iter().map(|name| Format::parse(name)).collect::<Result<Vec<_>, Error>>()?;
    let plan = Plan::new(formats, steps);
    let single = Format::parse("f32")?;
    let Some((_, exact)) = track(start()?, &plan, &single, watch)? else { return Ok(None) };
    let mut tracks = Vec::new();
    for format in &plan.formats {
        let Some((mut track, values)) = track(start()?, &plan, format, watch)? else { return Ok(None) };
        track.divergence = values.iter().filter_map(|value| divergence(value, &exact)).collect();
        tracks.push(track);
    }
    Ok(Some(tracks))
}

/// A tensor of a trained session: name, kind, value.
type Value = (String, &'static str, Tensor);

fn track(
    session: Session,
    plan: &Plan,
    format: &Format,
    watch: &mut dyn FnMut() -> bool,
) -> Result<Option<(Track, Vec<Value>)>, Error> {
    let mut trainer = Trainer::new(session, plan, format);
    let mut track = Track { name: format.name.clone(), losses: vec![], failed: None, divergence: vec![] };
    for _ in 0..plan.steps {
        if !watch() {
            return Ok(None);
        }
        match trainer.step()? {
            Made::Step(loss) => track.losses.push((trainer.session.step(), loss)),
            Made::Diverged(why) => {
                track.failed = Some(format!("{} at step {}", why.what, why.step));
                break;
            }
        }
    }
    let session = &mut trainer.session;
    let parameters = session.parameters().iter().map(|(name, param)| (name.clone(), "parameter", param.value()));
    let mut values: Vec<Value> = parameters.collect();
    let recorder = probe::Recorder::new(|_| true);
    let (seen, loss) = precision::with(format.precision, || probe::with(recorder, || session.first_loss()));
    loss?;
    values.extend(seen.values().iter().map(|(name, value)| (name.clone(), "activation", value.clone())));
    Ok(Some((track, values)))
}

fn divergence((name, kind, value): &Value, exact: &[Value]) -> Option<Divergence> {
    let (.., exact) = exact.iter().find(|(known, other, _)| known == name && other == kind)?;
    let (value, exact) = (value.to_vec::<f64>(), exact.to_vec::<f64>());
    let distance: f64 = value.iter().zip(&exact).map(|(x, e)| (x - e).powi(2)).sum();
    let size: f64 = exact.iter().map(|e| e.powi(2)).sum();
    let relative = if distance == 0.0 { 0.0 } else { (distance / size).sqrt() };
    Some(Divergence { name: name.clone(), kind, relative: Some(relative).filter(|relative| relative.is_finite()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_recipe::Recipe;

    #[test]
    fn fewer_digits_stray_further_and_exact_does_not_stray() {
        let recipe = Recipe::builtin("mlp-kaiming").unwrap().with(&["model.hidden=16", "batch=8"]).unwrap();
        let start = || Session::new(recipe.clone());
        let formats = ["f32", "bf16", "decimal:2"].map(str::to_string);
        let tracks = study(&start, &formats, 5, &mut || true).unwrap().unwrap();
        let stray = |track: &Track| -> f64 { track.divergence.iter().filter_map(|d| d.relative).sum() };
        let [exact, bf16, decimal] = [0, 1, 2].map(|i| stray(&tracks[i]));
        assert_eq!(exact, 0.0);
        assert!(0.0 < bf16 && bf16 < decimal, "{bf16} {decimal}");
        assert_eq!(tracks[1].losses.len(), 5);
        let names: Vec<&str> = tracks[1].divergence.iter().map(|d| d.name.as_str()).collect();
        assert!(names.contains(&"hidden.weight") && names.contains(&"tanh"), "{names:?}");
        assert!(study(&start, &["bf17".to_string()], 1, &mut || true).is_err());
        assert_eq!(study(&start, &formats, 5, &mut || false).unwrap(), None);
    }

    fn small() -> Recipe {
        Recipe::builtin("mlp-kaiming").unwrap().with(&["model.hidden=24", "batch=8", "steps=60"]).unwrap()
    }

    fn formats(names: &[&str]) -> Vec<Format> {
        names.iter().map(|name| Format::parse(name).unwrap()).collect()
    }

    fn trials(plan: &Plan) -> Vec<Trial> {
        compare(&|| Session::new(small()), plan, &mut |_| true).unwrap().unwrap()
    }

    #[test]
    fn f32_takes_the_steps_of_plain_training_and_f64_is_f64() {
        let plan = Plan::new(vec![], 1);
        let (single, wide) = (Format::parse("f32").unwrap(), Format::f64());
        let mut plain = Session::new(small()).unwrap();
        let mut ours = Trainer::new(Session::new(small()).unwrap(), &plan, &single);
        let mut exact = Trainer::new(Session::new(small()).unwrap(), &plan, &wide);
        for _ in 0..20 {
            let loss = plain.advance().unwrap();
            let Made::Step(same) = ours.step().unwrap() else { panic!("diverged") };
            let Made::Step(close) = exact.step().unwrap() else { panic!("diverged") };
            assert_eq!(loss, same);
            assert!((loss - close).abs() < 1e-5 && loss != close, "{loss} {close}");
        }
        for ((name, plain), (_, ours)) in plain.parameters().iter().zip(ours.session.parameters()) {
            assert!(plain.value().to_vec::<f32>() == ours.value().to_vec::<f32>(), "{name}");
        }
        for (name, param) in exact.session.parameters() {
            assert_eq!(param.value().dtype(), gradus_tensor::DType::F64, "{name}");
            assert!(param.value().to_vec::<f64>().iter().any(|&x| f64::from(x as f32) != x), "{name}");
        }
    }

    #[test]
    fn fewer_digits_lose_more_and_it_is_told_where() {
        let all = trials(&Plan::new(formats(&["f32", "bf16", "f16", "decimal:1"]), 60));
        let names: Vec<&str> = all.iter().map(|trial| trial.format.as_str()).collect();
        assert_eq!(names, ["f64", "f32", "bf16", "f16", "decimal:1"]);
        let error = |trial: &Trial| -> f64 { trial.layers.iter().filter_map(|layer| layer.gradient?.error).sum() };
        let errors: Vec<f64> = all[1..].iter().map(error).collect();
        assert!(0.0 < errors[0] && errors[0] < 1e-4 && errors[0] < errors[2], "{errors:?}");
        assert!(errors[2] < errors[1] && errors[1] < errors[3], "{errors:?}");
        let lost =
            |trial: &Trial| -> f64 { trial.layers.iter().filter_map(|layer| layer.lost_updates).fold(0.0, f64::max) };
        assert!(lost(&all[1]) < 0.1 && lost(&all[2]) > 0.1 && lost(&all[4]) > 0.5);
        assert!(
            all[4].sentence.contains("updates are lost") && all[4].sentence.contains("from the start"),
            "{}",
            all[4].sentence
        );
        assert_eq!(all[4].differs_from, Some(0));
        assert!(all[1].looks.len() == 20 && all[0].looks.is_empty());
    }

    #[test]
    fn master_weights_keep_the_updates() {
        let plan = Plan::new(formats(&["bf16"]), 40);
        let without = trials(&plan);
        let with = trials(&Plan { masters: true, ..plan });
        let lost = |trials: &[Trial]| trials[1].layers.iter().filter_map(|l| l.lost_updates).fold(0.0, f64::max);
        assert!(lost(&with) < 0.1 && lost(&without) > 0.1, "{} {}", lost(&with), lost(&without));
        let away = |trials: &[Trial]| (trials[1].dev_loss.unwrap() - trials[0].dev_loss.unwrap()).abs();
        assert!(away(&with) < 0.02, "{}", away(&with));
        assert_eq!(with[1].description, "bf16 with f32 master weights");
    }

    #[test]
    fn a_loss_scale_keeps_small_gradients_from_vanishing() {
        let only = gradus_tensor::precision::Places::parse("gradients").unwrap();
        let plan = Plan { places: only, ..Plan::new(formats(&["e5m2"]), 20) };
        let vanished = |trials: &[Trial]| -> f64 {
            trials[1].layers.iter().filter_map(|layer| Some(layer.gradient?.vanished)).fold(0.0, f64::max)
        };
        let plain = vanished(&trials(&plan));
        let scaled = trials(&Plan { loss_scale: LossScale::Constant(1024.0), ..plan.clone() });
        assert!(plain > 0.02 && vanished(&scaled) < plain / 4.0, "{plain} {}", vanished(&scaled));
        // A dynamic scale begins too high: it is halved, and the step left out, until nothing overflows.
        let single = small().with(&["batch=1"]).unwrap();
        let dynamic = Plan { loss_scale: LossScale::Dynamic, ..plan.clone() };
        let dynamic = compare(&|| Session::new(single.clone()), &dynamic, &mut |_| true).unwrap().unwrap();
        assert!(dynamic[1].skipped > 0);
        assert_eq!(dynamic[1].loss_scale, LossScale::FIRST / 2f64.powi(dynamic[1].skipped as i32));
        assert!(dynamic[1].dev_loss.is_some());
        // One that always overflows never moves.
        let stuck = trials(&Plan { loss_scale: LossScale::Constant(1e30), ..plan });
        assert_eq!(stuck[1].skipped, 20);
        assert!(stuck[1].sentence.contains("20 of 20 steps were left out"), "{}", stuck[1].sentence);
    }

    #[test]
    fn chance_is_the_same_each_time() {
        let plan = Plan { stochastic: true, ..Plan::new(formats(&["bf16"]), 10) };
        let (one, two) = (trials(&plan), trials(&plan));
        assert_eq!((&one[1].curve, &one[1].looks), (&two[1].curve, &two[1].looks));
        assert_ne!(one[1].curve, trials(&Plan { stochastic: false, ..plan })[1].curve);
    }

    #[test]
    fn looks_do_not_change_the_training() {
        let plan = Plan { stochastic: true, masters: true, ..Plan::new(formats(&["f16"]), 12) };
        assert_eq!(trials(&plan)[1].curve, trials(&Plan { looks: 0, ..plan })[1].curve);
    }

    #[test]
    fn a_training_that_diverges_is_a_result() {
        let recipe = small().with(&["schedule.lr=1000"]).unwrap();
        let plan = Plan::new(formats(&["e4m3"]), 60);
        let all = compare(&|| Session::new(recipe.clone()), &plan, &mut |_| true).unwrap().unwrap();
        let why = all[1].diverged.as_deref().unwrap();
        assert!(why.contains("the loss became NaN at step"), "{why}");
        assert!(all[1].steps < 60 && all[1].dev_loss.is_none() && all[1].sentence.contains(why));
    }

    #[test]
    fn what_few_digits_do_to_the_mlp_of_the_course() {
        let recipe = Recipe::builtin("mlp").unwrap().with(&["model.init=kaiming", "steps=1500"]).unwrap();
        let start = || Session::new(recipe.clone());
        let plan = Plan { masters: true, looks: 4, ..Plan::new(formats(&["f32", "bf16"]), 1500) };
        let all = compare(&start, &plan, &mut |_| true).unwrap().unwrap();
        let dev = |trial: &Trial| trial.dev_loss.unwrap();
        assert!((dev(&all[0]) - dev(&all[1])).abs() < 0.002, "{} {}", all[0].sentence, all[1].sentence);
        assert!((dev(&all[1]) - dev(&all[2])).abs() < 0.02, "{} {}", all[1].sentence, all[2].sentence);

        let plan = Plan { looks: 4, ..Plan::new(formats(&["decimal:1"]), 1500) };
        let all = compare(&start, &plan, &mut |_| true).unwrap().unwrap();
        let sentence = &all[1].sentence;
        assert!(
            dev(&all[1]) - dev(&all[0]) > 0.1 && sentence.contains("updates are lost from the start"),
            "{sentence}"
        );
    }
}
