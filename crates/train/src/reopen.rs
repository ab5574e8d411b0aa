//! From a recorded run back to a session.

use crate::Error;
use crate::session::Session;
use crate::store::{Run, Status, Store, Writer};

impl Session {
    /// The session of a recorded run, as it was at a checkpoint: the last, or that of `step`.
    ///
    /// # Errors
    /// Where the run's files or its data are missing, damaged or changed.
    pub fn of_run(run: &Run, step: Option<u64>) -> Result<Self, Error> {
        let mut session = Session::new(run.recipe()?)?;
        if let Some((_, checkpoint)) = run.checkpoint(step)? {
            session.restore(&checkpoint)?;
        }
        Ok(session)
    }

    /// The session of a recorded run before its step `step` is made: from the checkpoint before, by training.
    ///
    /// # Errors
    /// As [`Session::of_run`]; or where there is no such checkpoint.
    pub fn of_run_before(run: &Run, step: u64) -> Result<Self, Error> {
        let before = run.checkpoints()?.into_iter().rfind(|&checkpoint| checkpoint <= step);
        let none = || Error::Request(format!("run {} has no checkpoint at or before step {step}", run.name()));
        let mut session = Session::of_run(run, Some(before.ok_or_else(none)?))?;
        while session.step() < step {
            session.advance()?;
        }
        Ok(session)
    }

    /// As [`Session::of_run`], but the data may be gone or changed: only what the checkpoint holds is there.
    ///
    /// # Errors
    /// Where the run's files are missing or damaged, or there is no checkpoint.
    pub fn of_run_without_data(run: &Run, step: Option<u64>) -> Result<Self, Error> {
        match run.checkpoint(step)? {
            Some((_, checkpoint)) => Session::without_data(run.recipe()?, &checkpoint),
            None => Err(Error::Request(format!("run {0} has no checkpoint yet: gradus resume {0}", run.name()))),
        }
    }
}

/// A run that goes on.
pub struct Resumed {
    /// At the checkpoint it goes on from.
    pub session: Session,
    /// Where it is recorded.
    pub run: Writer,
    /// The step it is to end at.
    pub until: u64,
    /// Why it will not come to the same bits as on the machine that began it, where that is so.
    pub notice: Option<String>,
}

/// Takes a run up again at its last checkpoint, or at that of step `from`, to train it up to step
/// `until` in all (where it was to end anyway, if not said).
///
/// # Errors
/// Where there is nothing left to do, another process trains it, or it cannot be reopened.
pub fn resume(store: Store, name: &str, from: Option<u64>, until: Option<u64>) -> Result<Resumed, Error> {
    let mut run = store.resume(name)?;
    let status = run.run().status();
    if status == Status::Diverged.word() {
        let why = run.ended().map_or(String::new(), |ended| format!(": {}", ended.why));
        return Err(Error::Request(format!("run {name} diverged{why}; from its last checkpoint it would do so again")));
    }
    let finished = status == Status::Finished.word();
    let session = Session::of_run(run.run(), from)?;
    let notice = match run.run().checkpoint(from)? {
        Some((_, checkpoint)) => Session::other_instructions(&checkpoint)?,
        None => None,
    };
    let (step, steps) = (session.step(), run.run().steps());
    if finished && until.is_none() && from.is_none() {
        return Err(Error::Request(format!(
            "run {name} is finished at step {steps}: add --steps N, with N above {steps}, \
             to train it further"
        )));
    }
    let until = until.unwrap_or(steps);
    if until < step || (finished && until <= step) {
        return Err(Error::Request(format!(
            "run {name} is at step {step} already: --steps counts from the beginning, \
             so it must be above {step}"
        )));
    }
    run.rewind(step, until)?;
    Ok(Resumed { session, run, until, notice })
}
