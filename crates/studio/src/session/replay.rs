//! Going to a step, and making a changed log true: by training again from the checkpoint before.

use gradus_nn::Param;
use gradus_tensor::Tensor;

use crate::edits::{Amount, Edit, EditLog, Kind};
use crate::refusal::{Answer, Refusal};
use crate::region::Affine;
use crate::session::{ActiveSession, Mode};

impl ActiveSession {
    /// Goes to a step, before or after this one. Where that takes training, it is done between requests.
    ///
    /// # Errors
    /// Where the step lies behind the last, or a checkpoint cannot be read.
    pub fn go_to(&mut self, step: u64) -> Answer<()> {
        if step > self.steps() {
            return Err(Refusal::unprocessable(format!(
                "there is no step {step}: the session ends at step {}; set \"steps\" for more",
                self.steps()
            )));
        }
        self.set_mode(Mode::Paused);
        let before = self.checkpoint_before(step);
        if self.step() > step || before.is_some_and(|before| before > self.step()) {
            self.restore(before.unwrap_or(0))?;
        }
        if self.step() < step {
            self.set_mode(Mode::Replaying { from: self.step(), to: step, then_play: false });
        } else {
            self.keep(Some(self.step()))?;
        }
        self.changed();
        Ok(())
    }

    /// The last recorded checkpoint that is not behind a step.
    fn checkpoint_before(&self, step: u64) -> Option<u64> {
        self.run.checkpoint_before(step)
    }

    /// Becomes what it was at a checkpoint; the edits of that step are made.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    pub fn restore(&mut self, step: u64) -> Answer<()> {
        let Some((_, checkpoint)) = self.writer().run().checkpoint(Some(step))? else {
            return Err(Refusal::unprocessable(format!("session {} has no checkpoint", self.id)));
        };
        self.run.restore(&checkpoint)?;
        self.arrival = None;
        self.last_loss = None;
        self.board.history(|history| history.rewind(step));
        self.make_parameter_edits()
    }

    /// Makes the edits of parameters that stand in the log for this step.
    pub(crate) fn make_parameter_edits(&mut self) -> Answer<()> {
        let step = self.step();
        if self.log.parameters_at(step).next().is_none() {
            return Ok(());
        }
        if self.arrival.is_none() {
            self.arrival = Some(self.session().checkpoint()?);
        }
        for edit in self.log.parameters_at(step) {
            make(edit, &self.parameter(&edit.name)?)?;
        }
        Ok(())
    }

    /// A parameter or a buffer by name.
    pub(crate) fn parameter(&self, name: &str) -> Answer<Param> {
        let mut found = None;
        self.model().visit(&mut |known, param| {
            if known == name {
                found = Some(param.clone());
            }
        });
        found.ok_or_else(|| Refusal::unprocessable(format!("the model has no parameter {name:?}")))
    }

    /// Changes the log by `change`, and makes it true: at once where the change is of this step, by training again
    /// where it lies before.
    ///
    /// # Errors
    /// Where the change makes no sense; then nothing is changed.
    pub fn change_log<T>(&mut self, change: impl FnOnce(&mut EditLog) -> Answer<T>) -> Answer<T> {
        let mut log = self.log.clone();
        let result = change(&mut log)?;
        let new = log.edits().iter().filter(|edit| !self.log.edits().contains(edit)).cloned().collect::<Vec<Edit>>();
        for edit in &new {
            self.check(edit)?;
        }
        let before = std::mem::replace(&mut self.log, log);
        self.twin = None;
        // What made it explode may be gone.
        (self.diverged, self.message) = (false, None);
        if let Some(first) = self.log.first_difference(before.edits()) {
            self.forget_checkpoints_after(first)?;
            self.train_again_from(first)?;
            self.board.history(|history| history.forget_dev(first));
        }
        self.keep(None)?;
        self.changed();
        Ok(result)
    }

    /// Checks an edit against the model.
    fn check(&mut self, edit: &Edit) -> Answer<()> {
        edit.check()?;
        match edit.kind {
            Kind::Parameter => {
                let param = self.parameter(&edit.name)?;
                edit.range.check(&edit.name, param.value().shape())
            }
            Kind::Activation => self.check_intervention(edit),
            Kind::Bias => self.check_bias(edit),
            Kind::LearningRate => Ok(()),
        }
    }

    /// Checkpoints that were made by another log are no checkpoints of this session.
    fn forget_checkpoints_after(&mut self, step: u64) -> Answer<()> {
        if self.run.checkpoints().last().is_some_and(|&last| last > step) {
            self.run.forget_after(self.checkpoint_before(step).unwrap_or(0))?;
        }
        Ok(())
    }

    /// The log has changed at a step.
    fn train_again_from(&mut self, first: u64) -> Answer<()> {
        let (step, playing) = (self.step(), self.mode == Mode::Playing);
        if first > step {
            return Ok(());
        }
        if first == step {
            if let Some(arrival) = self.arrival.take() {
                self.session_mut().restore(&arrival)?;
            }
            return self.make_parameter_edits();
        }
        let (to, then_play) = match self.mode {
            Mode::Replaying { to, then_play, .. } => (to, then_play),
            _ => (step, playing),
        };
        let before = self.checkpoint_before(first).unwrap_or(0);
        self.restore(before)?;
        self.set_mode(Mode::Replaying { from: before, to, then_play });
        Ok(())
    }

    /// Sets the learning rate from this step on, as an entry of the log.
    ///
    /// # Errors
    /// Where the rate makes no sense.
    pub fn set_learning_rate(&mut self, rate: Option<f64>) -> Answer<()> {
        if self.log.learning_rate(self.step()) == rate {
            return Ok(());
        }
        let step = self.step();
        let here = self.log.enabled(Kind::LearningRate).find(|edit| edit.step == step).map(|edit| edit.id);
        let value = rate.map(Amount::Number);
        self.change_log(|log| match here {
            // A slider that moves is one entry.
            Some(id) => log.change(id, |edit| edit.value = value),
            None => log.push(crate::edits::Edit::learning_rate(step, value)).map(drop),
        })
    }

    /// Trains from step 0 to the present step, by the log.
    ///
    /// # Errors
    /// Where the first checkpoint cannot be read.
    pub fn replay(&mut self) -> Answer<()> {
        let to = self.step();
        self.restore(0)?;
        self.set_mode(Mode::Replaying { from: 0, to, then_play: false });
        Ok(())
    }
}

/// Makes an edit of a parameter.
fn make(edit: &Edit, param: &Param) -> Answer<()> {
    let old = param.value();
    edit.range.check(&edit.name, old.shape())?;
    let places = edit.range.places(old.shape());
    let mut values = old.to_vec::<f32>();
    let inside: Vec<f32> = places.iter().map(|&place| values[place]).collect();
    let affine = Affine::of(edit.operation, edit.number().unwrap_or(0.0), edit.seed.unwrap_or(edit.id), &inside);
    for (i, &place) in places.iter().enumerate() {
        values[place] = affine.at(i, f64::from(values[place])) as f32;
    }
    param.set(Tensor::from_slice(&values, old.shape())?.to_dtype(old.dtype()));
    Ok(())
}
