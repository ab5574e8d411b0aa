//! A run that is being made: a session trained step by step into the store.
//!
//! [`ActiveRun::advance`] makes one step and all that is due after it (records, the held-out loss, a checkpoint, the end), and
//! tells what happened. The command line, the laboratory page, Python, a sweep and the search for a learning rate drive
//! the same one, so that whoever trains a recipe records the same series, checkpoints and end.

use std::time::Duration;

use gradus_recipe::Recipe;
use serde::Serialize;

use crate::clock::{self, Clock};
use crate::corpus::Split;
use crate::generate::{Sample, Sampling};
use crate::session::Session;
use crate::step::{Detail, Step};
use crate::store::{Checkpoint, Metric, Note, Status, Writer};
use crate::{Error, NonFinite};

/// Steps of a run at which gradients and updates are measured against data, at most.
const MOST_MEASURED: u64 = 1000;

/// How often whoever drives is told how far it is.
const GLANCE: Duration = Duration::from_millis(50);

/// Who looks at a session when a checkpoint is made. It leaves the session as it was.
pub trait Observer: Send {
    /// What is to be noted of this step.
    ///
    /// # Errors
    /// Where an operation refuses.
    fn checkpoint(&mut self, session: &mut Session) -> Result<Vec<Note>, Error>;
}

/// Nobody looks.
impl Observer for () {
    fn checkpoint(&mut self, _: &mut Session) -> Result<Vec<Note>, Error> {
        Ok(Vec::new())
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// At its last step.
    Finished(Box<Summary>),
    /// The held-out loss did not get better for as long as the recipe waits (`patience`).
    StoppedEarly(Box<Summary>),
    /// Stopped by hand, and saved.
    Stopped,
    /// The loss or a gradient stopped being a number.
    Diverged(NonFinite),
}

impl Ending {
    /// One word: `finished`, `stopped_early`, `stopped`, `diverged`.
    pub fn word(&self) -> &'static str {
        match self {
            Ending::Finished(_) => "finished",
            Ending::StoppedEarly(_) => "stopped_early",
            Ending::Stopped => "stopped",
            Ending::Diverged(_) => "diverged",
        }
    }
}

/// What happened in one [`ActiveRun::advance`].
#[derive(Debug, Default)]
pub struct Event {
    /// The step that was made; `None` where none could be.
    pub step: Option<Step>,
    /// The held-out split, measured after the step.
    pub evaluated: Option<(Split, Figures)>,
    /// The step of the checkpoint that was written.
    pub checkpoint: Option<u64>,
    /// The run has ended, and how.
    pub ended: Option<Ending>,
}

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

/// What a finished run came to: the object that `gradus train --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
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

/// A run that is being made.
pub struct ActiveRun {
    session: Session,
    writer: Writer,
    observer: Box<dyn Observer>,
    clock: Box<dyn Clock>,
    until: u64,
    /// What is recorded with the next checkpoint.
    metrics: Vec<Metric>,
    best: Option<Best>,
    /// The mean that was recorded last.
    mean: f64,
    /// Seconds of training in all.
    seconds: f64,
    /// The clock at the last checkpoint that was written.
    saved_at: f64,
    /// The steps of the checkpoints on disk, in order.
    checkpoints: Vec<u64>,
    /// A checkpoint between those that the recipe asks for. The next one takes its place.
    loose: Option<u64>,
    exact: bool,
    /// It is recorded as ended: the next step opens it again.
    ended: bool,
}

impl ActiveRun {
    /// A run to be made up to step `until`. The session may stand at any step; where the run has no checkpoint of it, it is
    /// looked at and saved.
    ///
    /// # Errors
    /// Where the disk refuses, or an operation does.
    pub fn new(session: Session, writer: Writer, until: u64, observer: Box<dyn Observer>) -> Result<Self, Error> {
        let checkpoints = writer.run().checkpoints()?;
        let (seconds, clock) = (writer.run().seconds(), clock::usual());
        let mut run = ActiveRun {
            saved_at: clock.seconds(),
            clock,
            observer,
            until,
            metrics: Vec::new(),
            best: None,
            mean: f64::NAN,
            seconds,
            loose: None,
            exact: false,
            ended: writer.run().status() != Status::Running.word(),
            checkpoints,
            session,
            writer,
        };
        run.best = run.best_until(run.session.step())?;
        let step = run.session.step();
        run.loose = run.loose_at(step);
        if !run.checkpoints.contains(&step) {
            let began = run.clock.seconds();
            run.note()?;
            run.save()?;
            run.seconds += run.clock.seconds() - began;
        }
        Ok(run)
    }

    /// Measures its time by another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Box<dyn Clock>) -> Self {
        self.saved_at = clock.seconds();
        self.clock = clock;
        self
    }

    /// Checkpoints hold the parameters to the bit, whatever `record.dtype` says: for whoever goes back to them.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    /// What is trained.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What is trained, to be looked at. It is left at the step it was at; see [`ActiveRun::restore`].
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Where it is recorded.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Where it is recorded, to keep something beside it.
    pub fn writer_mut(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// The session alone; what was not saved yet is not recorded.
    pub fn into_session(self) -> Session {
        self.session
    }

    /// Steps made.
    pub fn step(&self) -> u64 {
        self.session.step()
    }

    /// The step it is to end at.
    pub fn until(&self) -> u64 {
        self.until
    }

    /// Sets the step it is to end at.
    pub fn set_until(&mut self, until: u64) {
        self.until = until;
    }

    /// Seconds of training in all.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The steps of the checkpoints on disk, in order.
    pub fn checkpoints(&self) -> &[u64] {
        &self.checkpoints
    }

    /// The mean loss of the last batches: of those since it was recorded, or what was recorded last.
    pub fn mean_loss(&self) -> f64 {
        self.session.mean_loss().unwrap_or(self.mean)
    }

    /// Steps between two checkpoints that the recipe asks for.
    fn between(&self) -> u64 {
        let recipe = self.session.recipe();
        (recipe.training.steps as u64).div_ceil(recipe.record.checkpoints as u64).max(1)
    }

    /// Makes the next step, and all that is due after it. Behind the last step it ends the run.
    ///
    /// # Errors
    /// Where the disk refuses, or an operation does; the last checkpoint stays. A loss or a gradient that is no number is
    /// no error but an [`Ending`], and recorded as such.
    pub fn advance(&mut self) -> Result<Event, Error> {
        self.advance_telling(Detail::Losses)
    }

    /// As [`ActiveRun::advance`], with at least so much of the step kept.
    ///
    /// # Errors
    /// As [`ActiveRun::advance`].
    pub fn advance_telling(&mut self, detail: Detail) -> Result<Event, Error> {
        let began = self.clock.seconds();
        let event = self.advance_untimed(began, detail);
        self.seconds += self.clock.seconds() - began;
        event
    }

    fn advance_untimed(&mut self, now: f64, detail: Detail) -> Result<Event, Error> {
        let mut event = Event::default();
        let step = self.session.step();
        if step >= self.until {
            self.finish(false, &mut event)?;
            return Ok(event);
        }
        if std::mem::take(&mut self.ended) {
            self.writer.end(Status::Running, None, &[])?;
        }
        let recipe = self.session.recipe();
        let every = recipe.record.every as u64;
        let (patience, most_seconds) = (recipe.training.patience, recipe.record.seconds);
        let is_last = step + 1 == self.until;
        let measured = if step.is_multiple_of(measured_every(recipe)) { Detail::Ratios } else { Detail::Losses };
        let made = match self.session.make(detail.max(measured)) {
            Ok(made) => made,
            Err(Error::Diverged(why)) => {
                self.writer.end(Status::Diverged, Some(&why.to_string()), &self.metrics)?;
                self.metrics.clear();
                self.ended = true;
                event.ended = Some(Ending::Diverged(why));
                return Ok(event);
            }
            Err(error) => return Err(error),
        };
        // The last step is recorded whatever the spacing.
        if step.is_multiple_of(every) || is_last {
            self.metrics.push(Metric::new("learning_rate", step, made.learning_rate));
            self.metrics.push(Metric::new("loss", step, made.loss));
        }
        if measured == Detail::Ratios {
            self.metrics.extend(made.ratios.iter().flat_map(|ratio| ratio.metrics(step)));
        }
        let count = step + 1;
        if count.is_multiple_of(every) || is_last {
            self.mean = self.session.take_mean_loss().unwrap_or(self.mean);
            self.metrics.push(Metric::new("loss_mean", step, self.mean));
        }
        event.step = Some(made);
        if count.is_multiple_of(self.between()) {
            self.look_back(&mut event)?;
            let waited = self.best.as_ref().is_some_and(|best| best.since >= patience);
            if patience > 0 && waited && !is_last {
                self.finish(true, &mut event)?;
            }
        } else if most_seconds > 0.0 && now - self.saved_at >= most_seconds {
            event.checkpoint = Some(self.save_loose()?);
        }
        Ok(event)
    }

    /// All that a checkpoint of the recipe's is made of.
    fn look_back(&mut self, event: &mut Event) -> Result<(), Error> {
        event.evaluated = self.evaluate()?;
        self.note()?;
        event.checkpoint = Some(self.save()?);
        Ok(())
    }

    /// Measures the held-out split, and records it.
    fn evaluate(&mut self) -> Result<Option<(Split, Figures)>, Error> {
        let Some(split) = self.session.held_out() else { return Ok(None) };
        let (figures, step) = (Figures::of(&self.session, split)?, self.session.step());
        self.metrics.extend(figures.metrics(split, step));
        Best::take(&mut self.best, step, figures.loss);
        Ok(Some((split, figures)))
    }

    fn note(&mut self) -> Result<(), Error> {
        let notes = self.observer.checkpoint(&mut self.session)?;
        self.writer.note(&notes)
    }

    /// Writes a checkpoint of this step with all that was recorded up to here, and gives its step.
    fn save(&mut self) -> Result<u64, Error> {
        let checkpoint = self.session.checkpoint()?;
        self.write(&checkpoint)
    }

    fn write(&mut self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        let step = self.session.step();
        let rounded;
        let checkpoint = if self.exact {
            checkpoint
        } else {
            rounded = checkpoint.clone().stored_as(self.session.recipe().record.dtype);
            &rounded
        };
        self.writer.save(step, self.seconds, checkpoint, &self.metrics)?;
        self.metrics.clear();
        self.saved_at = self.clock.seconds();
        if let Err(place) = self.checkpoints.binary_search(&step) {
            self.checkpoints.insert(place, step);
        }
        if let Some(loose) = self.loose.take().filter(|&loose| loose != step) {
            self.writer.forget_checkpoint(loose)?;
            self.checkpoints.retain(|&kept| kept != loose);
        }
        self.thin()?;
        Ok(step)
    }

    /// Keeps of the checkpoints between the first and the last as many as the recipe says, and the best: the one goes
    /// whose neighbours are nearest to each other, so that what stays is spread evenly.
    fn thin(&mut self) -> Result<(), Error> {
        let (keep, best) = (self.session.recipe().record.keep, self.best.as_ref().map(|best| best.step));
        loop {
            let kept = &self.checkpoints;
            let between = (1..kept.len().saturating_sub(1)).filter(|&i| Some(kept[i]) != best);
            if between.clone().count() <= keep {
                return Ok(());
            }
            // Of equal gaps the oldest.
            let Some(place) = between.min_by_key(|&i| (kept[i + 1] - kept[i - 1], kept[i])) else { return Ok(()) };
            let step = self.checkpoints.remove(place);
            self.writer.forget_checkpoint(step)?;
        }
    }

    /// Writes a checkpoint beside those that the recipe asks for. The next one takes its place.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn save_loose(&mut self) -> Result<u64, Error> {
        let checkpoint = self.session.checkpoint()?;
        self.save_as(&checkpoint)
    }

    /// As [`ActiveRun::save_loose`], with another state of this step.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn save_as(&mut self, checkpoint: &Checkpoint) -> Result<u64, Error> {
        let step = self.session.step();
        let planned = self.checkpoints.contains(&step) && self.loose != Some(step);
        self.write(checkpoint)?;
        self.loose = (!planned).then_some(step).filter(|&step| step > 0);
        Ok(step)
    }

    /// Saves, and records that it was stopped by hand.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn stop(&mut self) -> Result<Ending, Error> {
        self.save_loose()?;
        self.end_stopped()
    }

    /// Records that it was stopped by hand, after what was saved.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn end_stopped(&mut self) -> Result<Ending, Error> {
        let why = format!("stopped by hand at step {} of {}", self.session.step(), self.until);
        self.writer.end(Status::Stopped, Some(&why), &[])?;
        self.ended = true;
        Ok(Ending::Stopped)
    }

    /// Becomes what it was at a checkpoint. What was recorded from there on will be recorded again, over it.
    ///
    /// # Errors
    /// Where the checkpoint is of another model or of other data, or the disk refuses.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.session.restore(checkpoint)?;
        let step = self.session.step();
        self.metrics.retain(|metric| metric.step < step);
        self.loose = self.loose_at(step);
        self.best = self.best_until(step)?;
        Ok(())
    }

    /// The last checkpoint, where it is of this step and the recipe asks for none there.
    fn loose_at(&self, step: u64) -> Option<u64> {
        let planned = step.is_multiple_of(self.between()) || step >= self.until;
        self.checkpoints.last().copied().filter(|&last| last == step && !planned)
    }

    /// Whoever was killed between writing a checkpoint and removing the one in whose place it came leaves both.
    fn drop_left_over(&mut self) -> Result<(), Error> {
        let (between, last) = (self.between(), self.checkpoints.last().copied());
        let left: Vec<u64> = self.checkpoints.iter().copied().filter(|&step| !step.is_multiple_of(between)).collect();
        for step in left.into_iter().filter(|&step| Some(step) != last) {
            self.writer.forget_checkpoint(step)?;
            self.checkpoints.retain(|&kept| kept != step);
        }
        Ok(())
    }

    /// What was recorded after a step is not true any more: it is taken out, checkpoints too.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn forget_after(&mut self, step: u64) -> Result<(), Error> {
        self.writer.rewind(step, self.until)?;
        self.ended = false;
        self.metrics.retain(|metric| metric.step < step);
        self.checkpoints.retain(|&kept| kept <= step);
        self.loose = self.loose.filter(|&loose| loose <= step);
        self.best = self.best_until(step)?;
        Ok(())
    }

    /// The last checkpoint that is not behind a step.
    pub fn checkpoint_before(&self, step: u64) -> Option<u64> {
        self.checkpoints.iter().copied().rfind(|&checkpoint| checkpoint <= step)
    }

    /// The best held-out loss that was recorded up to a step.
    fn best_until(&self, step: u64) -> Result<Option<Best>, Error> {
        Ok(match self.session.held_out() {
            Some(split) => {
                let recorded = self.writer.series(loss_of(split))?;
                Best::of(recorded.into_iter().filter(|(at, _)| *at <= step))
            }
            None => None,
        })
    }

    /// Records the figures and samples at the end of a run.
    fn finish(&mut self, stopped_early: bool, event: &mut Event) -> Result<(), Error> {
        let step = self.session.step();
        if !self.checkpoints.contains(&step) || self.loose == Some(step) {
            self.look_back(event)?;
        }
        let session = &self.session;
        let figures = |split| match session.corpus().examples(split).is_empty() {
            true => Ok(None),
            // The held-out split was evaluated for the last checkpoint.
            false => {
                Figures::recorded(&self.writer, split, step)?.map_or_else(|| Figures::of(session, split), Ok).map(Some)
            }
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
            self.writer.keep_samples(&text)?;
        }
        let all = Split::ALL.into_iter().zip([train, dev, test]);
        let metrics = all.flat_map(|(split, figures)| figures.into_iter().flat_map(move |f| f.metrics(split, step)));
        let metrics: Vec<Metric> = self.metrics.drain(..).chain(metrics).collect();
        let why = format!(
            "the held-out loss did not get better in {} evaluations; the best was at step {}",
            recipe.training.patience,
            self.best.as_ref().map_or(step, |best| best.step)
        );
        match stopped_early {
            true => self.writer.end(Status::StoppedEarly, Some(&why), &metrics)?,
            false => self.writer.end(Status::Finished, None, &metrics)?,
        }
        let best = self.best.as_ref();
        let seconds = self.seconds;
        let summary = Box::new(Summary {
            run: self.writer.run().name().to_string(),
            recipe: recipe.name.clone(),
            parameters: self.writer.run().parameters(),
            steps: step,
            seconds,
            steps_per_second: if seconds > 0.0 { step as f64 / seconds } else { 0.0 },
            loss_first: self.writer.series("loss")?.first().map(|(_, value)| *value),
            train_loss: train.map(|figures| figures.loss),
            dev_loss: dev.map(|figures| figures.loss),
            test_loss: test.map(|figures| figures.loss),
            train_accuracy: train.and_then(|figures| figures.accuracy),
            dev_accuracy: dev.and_then(|figures| figures.accuracy),
            test_accuracy: test.and_then(|figures| figures.accuracy),
            best_loss: best.map(|best| best.loss),
            best_step: best.map(|best| best.step),
            stopped_early,
            samples,
        });
        self.ended = true;
        event.ended = Some(if stopped_early { Ending::StoppedEarly(summary) } else { Ending::Finished(summary) });
        Ok(())
    }

    /// Advances to the end; `watch` is told now and then how far it is, and may stop it.
    ///
    /// # Errors
    /// Where the disk refuses, or an operation does; the text says how to go on.
    pub fn to_end(&mut self, watch: &mut dyn FnMut(&Progress) -> Flow) -> Result<Ending, Error> {
        self.drop_left_over()?;
        let (first, began) = (self.step(), self.clock.seconds());
        let mut told = began;
        loop {
            let interrupted = |run: &Self, source| Error::Interrupted {
                run: run.writer.run().name().to_string(),
                saved: run.checkpoints.last().copied().unwrap_or(0),
                source: Box::new(source),
            };
            let event = self.advance().map_err(|error| interrupted(self, error))?;
            if let Some(ending) = event.ended {
                return Ok(ending);
            }
            let now = self.clock.seconds();
            if now - told < GLANCE.as_secs_f64() {
                continue;
            }
            told = now;
            let steps_per_second = (self.step() - first) as f64 / (now - began);
            let progress = Progress { step: self.step(), steps: self.until, loss: self.mean_loss(), steps_per_second };
            if watch(&progress) == Flow::Stop {
                return self.stop().map_err(|error| interrupted(self, error));
            }
        }
    }
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
    fn of(series: impl Iterator<Item = (u64, f64)>) -> Option<Self> {
        let mut best = None;
        series.for_each(|(step, loss)| Best::take(&mut best, step, loss));
        best
    }

    fn take(best: &mut Option<Self>, step: u64, loss: f64) {
        match best {
            Some(best) if best.loss <= loss || loss.is_nan() => best.since += 1,
            _ => *best = Some(Best { loss, step, since: 0 }),
        }
    }
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

/// Steps between two measurements of gradients and updates against data: as often as losses are recorded, but no more
/// than a picture can show.
pub fn measured_every(recipe: &Recipe) -> u64 {
    let every = recipe.record.every as u64;
    every * (recipe.training.steps as u64 / every / MOST_MEASURED).max(1)
}
