//! Training a session into a recorded run: steps, records, checkpoints, and the figures at the end.

use std::time::{Duration, Instant};

use gradus_tensor::random::{Generator, Scheme};
use serde::Serialize;

use crate::Error;
use crate::corpus::Split;
use crate::diagnostics;
use crate::generate::{Sample, Sampling};
use crate::recipe::{Recipe, SampleDraws};
use crate::session::Session;
use crate::store::{Metric, Note, Status, Writer};

/// How far a run is, for whoever watches it.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Steps made.
    pub step: u64,
    /// Steps to make.
    pub steps: u64,
    /// The mean loss of the last batches.
    pub loss: f64,
    /// Steps a second since training began or went on.
    pub steps_per_second: f64,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// On to the next step.
    Continue,
    /// Save and stop.
    Stop,
}

/// How training ended.
#[derive(Debug)]
pub enum End {
    /// At its last step.
    Finished(Box<Summary>),
    /// Stopped by whoever watched, and saved.
    Stopped,
}

/// What a finished run came to: the object that `gradus train --json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The run's name.
    pub run: String,
    /// Its recipe's name.
    pub recipe: String,
    /// How many numbers it learned.
    pub parameters: usize,
    /// Steps made.
    pub steps: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Their quotient.
    pub steps_per_second: f64,
    /// The loss of the first batch.
    pub loss_first: Option<f64>,
    /// The loss on the whole train split, in nats.
    pub train_loss: Option<f64>,
    /// The loss on the whole dev split.
    pub dev_loss: Option<f64>,
    /// The loss on the whole test split.
    pub test_loss: Option<f64>,
    /// The share of the train split told right, by a model that tells classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_accuracy: Option<f64>,
    /// Of the dev split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dev_accuracy: Option<f64>,
    /// Of the test split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f64>,
    /// The lowest held-out loss among the checkpoints: dev's, or test's where there is no dev split.
    pub best_loss: Option<f64>,
    /// The step of that checkpoint.
    pub best_step: Option<u64>,
    /// Whether training ended early, because the held-out loss did not get better any more.
    pub stopped_early: bool,
    /// What it writes now.
    pub samples: Vec<Sample>,
}

/// How often in a run the sizes of gradients and updates are measured, at most.
const MOST_MEASURED: u64 = 1000;

/// How often whoever watches is told.
const GLANCE: Duration = Duration::from_millis(50);

/// Trains a session up to step `until`, recording it as a run. The session may stand at any step.
///
/// # Errors
/// Where the loss stops being a number, the disk refuses, or an operation does. What was saved
/// before stays; the text says how to go on.
pub fn train(
    session: &mut Session,
    run: &mut Writer,
    until: u64,
    watch: &mut dyn FnMut(&Progress) -> Flow,
) -> Result<End, Error> {
    let mut saved = session.step();
    let ended = steps(session, run, until, &mut saved, watch);
    match ended {
        Ok(Reached::End) => finish(session, run, false).map(|summary| End::Finished(Box::new(summary))),
        Ok(Reached::NoBetter) => finish(session, run, true).map(|summary| End::Finished(Box::new(summary))),
        Ok(Reached::Stop) => Ok(End::Stopped),
        Err(Error::Diverged(text)) => {
            run.end(Status::Failed, &[])?;
            Err(Error::Diverged(format!("{text}; run {} keeps its checkpoint at step {saved}", run.run().name())))
        }
        Err(error) => Err(Error::Interrupted { run: run.run().name().to_string(), saved, source: Box::new(error) }),
    }
}

/// Why the steps ended.
enum Reached {
    /// The last one is made.
    End,
    /// The held-out loss did not get better for as long as the recipe waits.
    NoBetter,
    /// Whoever watched said so.
    Stop,
}

/// The held-out losses at the checkpoints so far: the run's memory of which was best.
struct Best {
    loss: f64,
    step: u64,
    /// Evaluations since.
    since: usize,
}

impl Best {
    /// From what was recorded before.
    fn of(series: &[(u64, f64)]) -> Option<Self> {
        let mut best = None;
        series.iter().for_each(|&(step, loss)| Best::take(&mut best, step, loss));
        best
    }

    fn take(best: &mut Option<Self>, step: u64, loss: f64) {
        match best {
            Some(best) if best.loss <= loss || loss.is_nan() => best.since += 1,
            _ => *best = Some(Best { loss, step, since: 0 }),
        }
    }
}

fn best(session: &Session, run: &Writer) -> Result<Option<Best>, Error> {
    Ok(match session.held_out() {
        Some(split) => Best::of(&run.series(loss_of(split))?),
        None => None,
    })
}

/// What is recorded of a split.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// What training makes small.
    pub loss: f64,
    /// Of a model that tells classes.
    pub accuracy: Option<f64>,
}

impl Figures {
    /// Measures a split.
    ///
    /// # Errors
    /// Where it is empty, or an operation refuses.
    pub fn of(session: &Session, split: Split) -> Result<Self, Error> {
        let evaluation = session.evaluate(split)?;
        let tells_classes = session.corpus().outputs().is_ok();
        Ok(Figures { loss: evaluation.loss, accuracy: evaluation.accuracy.filter(|_| tells_classes) })
    }

    /// What was recorded at this step.
    fn recorded(run: &Writer, split: Split, step: u64) -> Result<Option<Self>, Error> {
        let last =
            |name| Ok::<_, Error>(run.series(name)?.last().filter(|(at, _)| *at == step).map(|(_, value)| *value));
        let accuracy = last(accuracy_of(split))?;
        Ok(last(loss_of(split))?.map(|loss| Figures { loss, accuracy }))
    }

    /// As points of a run's series.
    pub fn metrics(self, split: Split, step: u64) -> impl Iterator<Item = Metric> {
        let accuracy = self.accuracy.map(|accuracy| Metric::new(accuracy_of(split), step, accuracy));
        std::iter::once(Metric::new(loss_of(split), step, self.loss)).chain(accuracy)
    }
}

/// The series that a split's accuracies are recorded in.
fn accuracy_of(split: Split) -> &'static str {
    match split {
        Split::Train => "train_accuracy",
        Split::Dev => "dev_accuracy",
        Split::Test => "test_accuracy",
    }
}

/// The series that a split's losses are recorded in.
fn loss_of(split: Split) -> &'static str {
    match split {
        Split::Train => "train_loss",
        Split::Dev => "dev_loss",
        Split::Test => "test_loss",
    }
}

/// Makes the steps. `saved` is the step of the last checkpoint.
fn steps(
    session: &mut Session,
    run: &mut Writer,
    until: u64,
    saved: &mut u64,
    watch: &mut dyn FnMut(&Progress) -> Flow,
) -> Result<Reached, Error> {
    let recipe = session.recipe();
    let patience = recipe.training.patience;
    let held_out = session.held_out();
    let mut best = best(session, run)?;
    let every = recipe.record.every as u64;
    let measured = measured_every(recipe);
    let between = (recipe.training.steps as u64).div_ceil(recipe.record.checkpoints as u64).max(1);
    let (began, before, first) = (Instant::now(), run.run().seconds(), session.step());
    let mut metrics: Vec<Metric> = Vec::new();
    let mut told = began;
    let mut save = |session: &Session, run: &mut Writer, metrics: &mut Vec<Metric>| {
        let seconds = before + began.elapsed().as_secs_f64();
        let checkpoint = session.recipe().record.dtype.checkpoint(session.checkpoint()?);
        run.save(session.step(), seconds, &checkpoint, metrics)?;
        metrics.clear();
        *saved = session.step();
        Ok::<(), Error>(())
    };
    if session.step() == 0 {
        run.note(&notes(session)?)?;
        save(session, run, &mut metrics)?;
    }
    let mut last = f64::NAN;
    while session.step() < until {
        let step = session.step();
        let record = step.is_multiple_of(every);
        if record {
            metrics.push(Metric::new("learning_rate", step, session.learning_rate()));
        }
        let loss = if step.is_multiple_of(measured) {
            let (loss, ratios) = session.advance_measured()?;
            metrics.extend(ratios.iter().flat_map(|ratio| ratio.metrics(step)));
            loss
        } else {
            session.advance()?
        };
        if record {
            metrics.push(Metric::new("loss", step, loss));
        }
        let made = session.step();
        if made.is_multiple_of(every) || made == until {
            last = session.take_mean_loss().unwrap_or(last);
            metrics.push(Metric::new("loss_mean", step, last));
        }
        if made.is_multiple_of(between) || made == until {
            let speed = (made - first) as f64 / began.elapsed().as_secs_f64();
            metrics.push(Metric::new("steps_per_second", step, speed));
            if let Some(split) = held_out {
                let figures = Figures::of(session, split)?;
                metrics.extend(figures.metrics(split, made));
                Best::take(&mut best, made, figures.loss);
            }
            run.note(&notes(session)?)?;
            save(session, run, &mut metrics)?;
            if made < until && patience > 0 && best.as_ref().is_some_and(|best| best.since >= patience) {
                return Ok(Reached::NoBetter);
            }
        }
        let now = Instant::now();
        if now - told >= GLANCE {
            told = now;
            let progress = Progress {
                step: made,
                steps: until,
                loss: session.mean_loss().unwrap_or(last),
                steps_per_second: (made - first) as f64 / (now - began).as_secs_f64(),
            };
            if watch(&progress) == Flow::Stop && made < until {
                save(session, run, &mut metrics)?;
                run.end(Status::Stopped, &[])?;
                return Ok(Reached::Stop);
            }
        }
    }
    Ok(Reached::End)
}

/// Steps between two measurements of gradients and updates against data: as often as losses are recorded, but no more
/// than a picture can show.
pub fn measured_every(recipe: &Recipe) -> u64 {
    let every = recipe.record.every as u64;
    every * (recipe.training.steps as u64 / every / MOST_MEASURED).max(1)
}

/// Samples noted at a checkpoint.
const NOTED_SAMPLES: usize = 5;
/// Where they are cut.
const NOTED_LENGTH: usize = 200;

/// What is noted at a checkpoint: the look of every layer, and some samples. The session is the same afterwards.
///
/// # Errors
/// Where an operation refuses.
pub fn notes(session: &mut Session) -> Result<Vec<Note>, Error> {
    let step = session.step();
    if !session.recipe().record.look {
        return Ok(Vec::new());
    }
    let json = |kind, body: serde_json::Result<String>| match body {
        Ok(body) => Ok(Note { kind, step, body }),
        Err(e) => Err(Error::Damaged(format!("{kind} of step {step} cannot be written: {e}"))),
    };
    let mut notes = Vec::new();
    if !session.parameters().is_empty() {
        notes.push(json("diagnosis", serde_json::to_string(&diagnostics::look(session)?))?);
    }
    if session.language_model().is_err() {
        return Ok(notes);
    }
    let sampling = Sampling { length: NOTED_LENGTH.min(session.recipe().record.sample_length), ..Sampling::default() };
    let count = if session.corpus().is_list() { NOTED_SAMPLES } else { 1 }.min(session.recipe().record.samples);
    let samples = session.generate(count, "", &sampling, &session.sample_generator())?;
    notes.push(json("samples", serde_json::to_string(&samples))?);
    Ok(notes)
}

/// Records the figures and samples at the end of a run.
///
/// # Errors
/// Where the disk refuses, or an operation does.
pub fn finish(session: &Session, run: &mut Writer, stopped_early: bool) -> Result<Summary, Error> {
    let step = session.step();
    let figures = |split| match session.corpus().examples(split).is_empty() {
        true => Ok(None),
        // The held-out split was evaluated for the last checkpoint.
        false => Figures::recorded(run, split, step)?.map_or_else(|| Figures::of(session, split), Ok).map(Some),
    };
    let [train, dev, test] = [figures(Split::Train)?, figures(Split::Dev)?, figures(Split::Test)?];
    let recipe = session.recipe();
    let sampling = Sampling { length: recipe.record.sample_length, ..Sampling::default() };
    let samples = match session.language_model() {
        Ok(_) => session.generate(recipe.record.samples, "", &sampling, &session.sample_generator())?,
        Err(_) => Vec::new(),
    };
    let text: String = samples.iter().map(|sample| format!("{}\n", sample.text)).collect();
    if !text.is_empty() {
        run.keep_samples(&text)?;
    }
    let all = Split::ALL.into_iter().zip([train, dev, test]);
    let metrics = all.flat_map(|(split, figures)| figures.into_iter().flat_map(move |f| f.metrics(split, step)));
    run.end(Status::Finished, &metrics.collect::<Vec<_>>())?;
    let best = best(session, run)?;
    let seconds = run.run().seconds();
    Ok(Summary {
        run: run.run().name().to_string(),
        recipe: recipe.name.clone(),
        parameters: run.run().parameters(),
        steps: step,
        seconds,
        steps_per_second: if seconds > 0.0 { step as f64 / seconds } else { 0.0 },
        loss_first: run.series("loss")?.first().map(|(_, value)| *value),
        train_loss: train.map(|figures| figures.loss),
        dev_loss: dev.map(|figures| figures.loss),
        test_loss: test.map(|figures| figures.loss),
        train_accuracy: train.and_then(|figures| figures.accuracy),
        dev_accuracy: dev.and_then(|figures| figures.accuracy),
        test_accuracy: test.and_then(|figures| figures.accuracy),
        best_loss: best.as_ref().map(|best| best.loss),
        best_step: best.as_ref().map(|best| best.step),
        stopped_early,
        samples,
    })
}

impl Session {
    /// Where the samples at the end of training are drawn from.
    pub fn sample_generator(&self) -> Generator {
        let recipe = self.recipe();
        match recipe.record.sample_draws {
            SampleDraws::Seeded => sample_generator(recipe.training.rng.into(), recipe.training.seed),
            SampleDraws::Continued => self.batches().clone(),
        }
    }
}

/// Where samples come from: in the `torch` scheme as the lectures seed it, ten above the run's.
pub fn sample_generator(scheme: Scheme, seed: u64) -> Generator {
    match scheme {
        Scheme::Gradus => Generator::new(scheme, seed).stream("samples"),
        Scheme::Torch => Generator::new(scheme, seed.wrapping_add(10)),
    }
}
