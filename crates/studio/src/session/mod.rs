//! A session that is awake: a model that trains by its recipe and its edit log, step by step, on a thread of its own.
//!
//! What it is at a step depends on the recipe, the log and the step alone. So any step can be reached again: from the
//! checkpoint before it, by training. Checkpoints hold the model as it arrived at a step, before the edits of that
//! step are made.

pub mod classes;
pub mod compare;
pub mod keep;
pub mod look;
pub mod reading;
mod replay;
pub mod state;
pub mod statistics;
pub mod study;
pub mod trace;
mod twin;
pub mod views;
mod writing;

use std::sync::Arc;

use gradus_insight::diagnostics::Notes;
use gradus_nn::Module;
use gradus_train::run::{Event, Figures};
use gradus_train::step::{Detail, Step};
use gradus_train::store::{Checkpoint, Writer};
use gradus_train::{ActiveRun, Ending, Session};

use crate::board::{Board, Note, Want};
use crate::edits::EditLog;
use crate::host::Host;
use crate::limits;
use crate::pace::Pace;
use crate::refusal::{Answer, Refusal};
use look::Looks;
use state::{Doing, Family};
use statistics::Timeline;
use study::Study;
use trace::Trace;

/// What it does between requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// Nothing.
    Paused,
    /// Trains up to a step.
    Playing,
    /// Trains to where it was, or is to be, by its log.
    Replaying {
        /// Where it began.
        from: u64,
        /// Where it is to come to.
        to: u64,
        /// Whether it trains on from there.
        then_play: bool,
    },
}

/// A session that is awake.
pub struct ActiveSession {
    id: String,
    /// What trains, and what is recorded of it.
    run: ActiveRun,
    log: EditLog,
    mode: Mode,
    /// Steps a second at most.
    speed: Option<f64>,
    /// Why it stopped, where that needs words.
    message: Option<String>,
    diverged: bool,
    /// What it was when it arrived at this step, where edits have changed it since.
    arrival: Option<Checkpoint>,
    /// Without the edits that were made before this step; see `twin.rs`.
    twin: Option<crate::session::twin::Twin>,
    board: Arc<Board>,
    family: Family,
    /// Grows with every change that is no step.
    version: u64,
    closing: bool,
    steps_per_second: f64,
    /// The checkpoint to go on from after a pause.
    saved: u64,
    timeline: Timeline,
    looks: Looks,
    traced: Option<Trace>,
    study: Option<Study>,
    glance: Glance,
    next_step: f64,
    /// After how many steps, and the loss of the last of them; `None` until one was made from where it stands.
    last_loss: Option<(u64, f64)>,
    /// The step and version for which the held-out part was measured while it paused.
    measured: Option<(u64, u64)>,
    /// When somebody listened last; `None` while nobody has since it was told to train.
    watched: Option<f64>,
    host: Arc<dyn Host>,
}

/// When what is looked at next.
struct Glance {
    last: f64,
    step: u64,
    dev: Pace,
    samples: Pace,
    statistics: Pace,
}

/// What the thread does next.
pub enum Next {
    /// Work on.
    Work,
    /// Wait for a request, for so many seconds at most.
    Wait(Option<f64>),
}

impl ActiveSession {
    /// At the step that `session` stands at. Checkpoints are exact: one goes back to them.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn new(id: String, session: Session, writer: Writer, board: Arc<Board>, host: Arc<dyn Host>) -> Answer<Self> {
        let now = host.seconds();
        let (family, steps) = (Family::of(&session), writer.run().steps());
        let run = ActiveRun::new(session, writer, steps, Box::new(Notes))?.exact();
        let step = run.step();
        Ok(ActiveSession {
            family,
            saved: step,
            id,
            run,
            log: EditLog::default(),
            mode: Mode::Paused,
            speed: None,
            message: None,
            diverged: false,
            arrival: None,
            twin: None,
            board,
            version: 0,
            closing: false,
            steps_per_second: 0.0,
            timeline: Timeline::default(),
            looks: Looks::default(),
            traced: None,
            study: None,
            glance: Glance {
                last: now,
                step,
                dev: Pace::new(0.5),
                samples: Pace::new(1.0),
                statistics: Pace::new(limits::TICK),
            },
            next_step: now,
            last_loss: None,
            measured: None,
            watched: None,
            host,
        })
    }

    /// By which it is asked for.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where listeners read.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// The edit log.
    pub fn log(&self) -> &EditLog {
        &self.log
    }

    /// The diagnoses of the past.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Whether it does nothing by itself.
    pub fn is_idle(&self) -> bool {
        self.mode == Mode::Paused && !self.is_studying()
    }

    /// Whether it is saved and done with: nothing more is to be asked of it.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// What is trained.
    pub fn session(&self) -> &Session {
        self.run.session()
    }

    pub(crate) fn session_mut(&mut self) -> &mut Session {
        self.run.session_mut()
    }

    pub(crate) fn writer(&self) -> &Writer {
        self.run.writer()
    }

    /// Steps made.
    pub fn step(&self) -> u64 {
        self.run.step()
    }

    /// Where play ends.
    pub fn steps(&self) -> u64 {
        self.run.until()
    }

    pub(crate) fn model(&self) -> &dyn Module {
        self.session().model()
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        let recipe = self.session().recipe();
        let planned = || recipe.schedule.learning_rate(self.step(), recipe.training.steps as u64);
        self.log.learning_rate(self.step()).unwrap_or_else(planned)
    }

    /// One piece of work: at most one step.
    pub fn work(&mut self) -> Next {
        let to = match self.mode {
            Mode::Paused => {
                self.glance(false);
                // While somebody listens, what was edited is shown soon; else only a request wakes it.
                let wait =
                    [Want::Loss, Want::Statistics, Want::Samples].into_iter().any(|want| self.board.wanted(want));
                return Next::Wait(wait.then_some(limits::TICK));
            }
            Mode::Playing => self.steps(),
            Mode::Replaying { to, .. } => to,
        };
        if self.step() >= to {
            if let Err(refusal) = self.arrived() {
                self.stop(Some(refusal.message().to_string()));
            }
            return Next::Work;
        }
        let now = self.host.seconds();
        if self.board.wanted(Want::Anything) {
            self.watched = Some(now);
        } else if let Some(watched) = self.watched.filter(|_| self.mode == Mode::Playing)
            && now - watched > limits::UNWATCHED
        {
            self.leave();
            return Next::Work;
        }
        if let (Mode::Playing, Some(speed)) = (self.mode, self.speed) {
            if now < self.next_step {
                self.glance(false);
                return Next::Wait(Some(self.next_step - now));
            }
            let between = 1.0 / speed;
            // A late step does not make the following ones hurry.
            self.next_step = (self.next_step + between).max(now);
        }
        if let Err(refusal) = self.advance() {
            self.stop(Some(refusal.message().to_string()));
        }
        self.glance(false);
        Next::Work
    }

    /// One step, and all that is due after it.
    ///
    /// # Errors
    /// Where the loss or a gradient is no finite number, or the disk refuses.
    pub fn advance(&mut self) -> Answer<()> {
        self.advance_telling(Detail::Losses).map(drop)
    }

    /// As [`ActiveSession::advance`], with so much of the step kept; `None` where none was made.
    ///
    /// # Errors
    /// As [`ActiveSession::advance`].
    pub fn advance_telling(&mut self, detail: Detail) -> Answer<Option<Step>> {
        let held = self.log.learning_rate(self.step());
        self.session_mut().hold_learning_rate(held);
        let event = self.run.advance_telling(detail)?;
        // A step that could not be made has moved nothing: an edit of this step can still be taken back.
        let moved = event.step.is_some();
        if moved {
            self.arrival = None;
        }
        let step = self.heard(event)?;
        if moved {
            self.make_parameter_edits()?;
        }
        Ok(step)
    }

    /// Nobody looks any more: it pauses, and tells who comes back why.
    fn leave(&mut self) {
        let minutes = limits::UNWATCHED / 60.0;
        let why = format!(
            "paused at step {}: the page that watched it was closed {minutes} minutes before; Play goes on",
            self.step()
        );
        self.watched = None;
        let saved = self.save();
        self.stop(Some(saved.err().map_or(why, |refusal| refusal.message().to_string())));
    }

    /// What the run tells is shown to listeners.
    fn heard(&mut self, event: Event) -> Answer<Option<Step>> {
        let mean = self.run.mean_loss();
        if let Some(made) = &event.step {
            self.last_loss = Some((made.step + 1, made.loss));
            self.board.history(|history| {
                if history.is_due(made.step + 1) {
                    history.step(made.step + 1, made.loss, mean, made.learning_rate);
                }
            });
        }
        if let Some((_, figures)) = &event.evaluated {
            let step = self.step();
            self.board.history(|history| history.dev(step, figures.loss, figures.accuracy));
        }
        if let Some(step) = event.checkpoint {
            self.keep(Some(step))?;
        }
        match event.ended {
            None => Ok(event.step),
            Some(Ending::Diverged(why)) => {
                self.diverged = true;
                Err(gradus_train::Error::Diverged(why).into())
            }
            Some(Ending::StoppedEarly(summary)) => {
                let best = summary.best_step.map_or(String::new(), |step| format!("; the best was at step {step}"));
                self.stop(Some(format!("stopped early: the held-out loss did not get better any more{best}")));
                Ok(event.step)
            }
            Some(Ending::Finished(_) | Ending::Stopped) => {
                self.stop(None);
                Ok(event.step)
            }
        }
    }

    /// It is where it was to come to.
    fn arrived(&mut self) -> Answer<()> {
        match self.mode {
            Mode::Replaying { then_play: true, .. } if self.step() < self.steps() => self.set_mode(Mode::Playing),
            Mode::Playing => {
                let event = self.run.advance()?;
                self.heard(event)?;
            }
            _ => self.stop(None),
        }
        Ok(())
    }

    /// Stops, and says why where there is a reason.
    pub fn stop(&mut self, message: Option<String>) {
        self.mode = Mode::Paused;
        self.message = message;
        self.steps_per_second = 0.0;
        self.changed();
    }

    pub(crate) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        self.message = None;
        self.diverged = false;
        self.watched = None;
        let now = self.host.seconds();
        self.next_step = now;
        (self.glance.last, self.glance.step) = (now, self.step());
        self.changed();
    }

    /// Something other than a step has changed: listeners hear of it at once.
    pub fn changed(&mut self) {
        self.version += 1;
        self.glance.statistics.now();
        self.glance.samples.now();
        self.glance(true);
    }

    /// Ten times a second at most, and only for those who listen: tells how it stands. At once it tells what costs
    /// nothing; somebody waits for an answer.
    fn glance(&mut self, at_once: bool) {
        let now = self.host.seconds();
        let since = now - self.glance.last;
        let is_time = since >= limits::TICK;
        if is_time {
            if self.mode != Mode::Paused {
                let made = self.step().saturating_sub(self.glance.step);
                self.steps_per_second = made as f64 / since;
            }
            (self.glance.last, self.glance.step) = (now, self.step());
        }
        if !(is_time || at_once) || !self.board.wanted(Want::Anything) {
            return;
        }
        self.show(at_once);
        if is_time && !at_once {
            self.look_around();
        }
        self.board.ring();
    }

    /// What costs time, and so is done now and then.
    fn look_around(&mut self) {
        let playing = self.mode == Mode::Playing;
        // While it pauses, what is shown beside its step is of that step.
        let here = (self.step(), self.version);
        let stale = self.mode == Mode::Paused
            && self.measured != Some(here)
            && self.board.history(|history| history.dev_loss()).is_none_or(|(step, _)| step != here.0);
        if self.board.wanted(Want::Loss) && (stale || playing && self.glance.dev.is_due(self.host.seconds())) {
            self.measured = Some(here);
            let began = self.host.seconds();
            self.measure_dev();
            self.glance.dev.done(began, self.host.seconds());
        }
        let wanted = self.board.wanted(Want::Statistics) || self.board.wanted(Want::Histograms);
        let fresh = playing || self.glance.statistics.was_asked();
        if wanted && fresh && self.glance.statistics.is_due(self.host.seconds()) {
            let began = self.host.seconds();
            self.show_statistics();
            self.glance.statistics.done(began, self.host.seconds());
        }
        let fresh = playing || self.glance.samples.was_asked();
        if self.board.wanted(Want::Samples) && fresh && self.glance.samples.is_due(self.host.seconds()) {
            let began = self.host.seconds();
            self.show_samples();
            self.glance.samples.done(began, self.host.seconds());
        }
    }

    fn measure_dev(&mut self) {
        let step = self.step();
        let Some(split) = self.session().held_out() else { return };
        if let Ok(figures) = Figures::of(self.session(), split) {
            self.board.history(|history| history.dev(step, figures.loss, figures.accuracy));
        }
    }

    /// Pins the state to the board; with all of it, which who begins to listen is told.
    pub fn show(&self, all: bool) {
        let state = self.state();
        self.board.pin(Note::Brief, &state.brief());
        if all {
            self.board.pin(Note::State, &state);
        }
        self.board.pin(Note::Edits, &state::EditsNote { version: self.version, edits: self.log.edits().len() });
    }

    /// What it is doing, in a word.
    pub fn doing(&self) -> Doing {
        match self.mode {
            Mode::Playing => Doing::Playing,
            Mode::Replaying { .. } => Doing::Replaying,
            Mode::Paused if self.diverged => Doing::Diverged,
            Mode::Paused if self.step() >= self.steps() => Doing::Finished,
            Mode::Paused => Doing::Paused,
        }
    }

    /// Does something that moves the session, and moves it back.
    ///
    /// # Errors
    /// Where that fails.
    pub fn peek<T>(&mut self, f: impl FnOnce(&mut Self) -> Answer<T>) -> Answer<T> {
        let before = self.session().checkpoint()?;
        let result = f(self);
        self.session_mut().restore(&before)?;
        result
    }

    // ---- commands ----

    /// Trains on, up to step `until`.
    pub fn play(&mut self, until: Option<u64>) -> Answer<()> {
        if let Some(until) = until {
            self.set_steps(until)?;
        }
        if self.step() >= self.steps() {
            return Err(Refusal::conflict(format!(
                "the session stands at its last step {}: give a later \"until\", or go back",
                self.step()
            )));
        }
        match self.mode {
            Mode::Replaying { from, to, .. } => self.mode = Mode::Replaying { from, to, then_play: true },
            _ => self.set_mode(Mode::Playing),
        }
        Ok(())
    }

    /// Stops after this step.
    pub fn pause(&mut self) -> Answer<()> {
        if self.mode != Mode::Paused {
            self.stop(None);
            self.save()?;
        }
        Ok(())
    }

    /// Makes some steps, if need be beyond the last that was planned.
    pub fn make_steps(&mut self, count: u64) -> Answer<()> {
        if !(1..=limits::STEPS).contains(&count) {
            return Err(Refusal::unprocessable(format!("\"count\" is between 1 and {}, found {count}", limits::STEPS)));
        }
        self.set_mode(Mode::Paused);
        let (from, to) = (self.step(), self.step() + count);
        self.run.set_until(self.steps().max(to));
        let began = self.host.seconds();
        while self.step() < to {
            if let Err(refusal) = self.advance() {
                self.stop(Some(refusal.message().to_string()));
                return Err(refusal);
            }
            if self.host.seconds() - began > limits::WAIT {
                // The rest is made between requests.
                self.set_mode(Mode::Replaying { from, to, then_play: false });
                return Ok(());
            }
        }
        self.changed();
        Ok(())
    }

    /// Sets where play ends.
    pub fn set_steps(&mut self, steps: u64) -> Answer<()> {
        if steps > i64::MAX as u64 {
            return Err(Refusal::unprocessable(format!("a run has at most {} steps", i64::MAX)));
        }
        self.run.set_until(steps);
        self.changed();
        Ok(())
    }

    /// Sets how many steps a second it makes at most.
    pub fn set_speed(&mut self, speed: Option<f64>) -> Answer<()> {
        if let Some(speed) = speed.filter(|speed| !(*speed >= 0.01 && speed.is_finite())) {
            return Err(Refusal::unprocessable(format!(
                "the speed is 0.01 or more steps a second, or null, found {speed}"
            )));
        }
        self.speed = speed;
        self.next_step = self.host.seconds();
        self.changed();
        Ok(())
    }
}
