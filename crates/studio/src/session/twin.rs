//! The unedited twin: what the session would be at this step without its edits.

use gradus_tensor::Tensor;

use crate::limits;
use crate::refusal::{Answer, Refusal};
use crate::session::ActiveSession;

/// Parameters and buffers of the unedited model at a step.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    step: u64,
    values: Vec<Tensor>,
}

impl ActiveSession {
    /// Does something with the parameters as they would be without edits.
    ///
    /// # Errors
    /// Where the twin takes too long to train, or `f` fails.
    pub(crate) fn unedited<T>(&mut self, f: impl FnOnce(&mut Self) -> Answer<T>) -> Answer<T> {
        let twin = self.make_twin()?;
        let own = self.values();
        self.set_values(&twin.values);
        let result = f(self);
        self.set_values(&own);
        self.twin = Some(twin);
        result
    }

    fn make_twin(&mut self) -> Answer<Twin> {
        let step = self.step();
        if let Some(twin) = self.twin.take_if(|twin| twin.step == step) {
            return Ok(twin);
        }
        let first = self.log.first_change().filter(|&first| first < step);
        let values = match (first, self.arrival.clone()) {
            (None, None) => self.values(),
            // Only this step was edited.
            (None, Some(arrival)) => self.peek(|live| {
                live.session_mut().restore(&arrival)?;
                Ok(live.values())
            })?,
            (Some(first), _) => self.peek(|live| live.trained_unedited(first, step))?,
        };
        Ok(Twin { step, values })
    }

    /// Trains from the checkpoint before the first edit to `step`, without edits.
    fn trained_unedited(&mut self, first: u64, step: u64) -> Answer<Vec<Tensor>> {
        let from = self.run.checkpoint_before(first).unwrap_or(0);
        let Some((_, checkpoint)) = self.writer().run().checkpoint(Some(from))? else {
            return Err(Refusal::unprocessable(format!("session {} has no checkpoint", self.id)));
        };
        self.session_mut().restore(&checkpoint)?;
        self.session_mut().hold_learning_rate(None);
        let began = self.host.seconds();
        while self.session().step() < step {
            self.session_mut().advance()?;
            if self.host.seconds() - began > limits::WAIT {
                let steps = step - from;
                return Err(Refusal::conflict(format!(
                    "training the unedited twin again takes too long ({steps} steps): edit at a later step"
                )));
            }
        }
        Ok(self.values())
    }

    /// Everything that makes the model what it is, in the order of `visit`.
    fn values(&self) -> Vec<Tensor> {
        let mut values = Vec::new();
        self.model().visit(&mut |_, param| values.push(param.value()));
        values
    }

    fn set_values(&self, values: &[Tensor]) {
        let mut values = values.iter();
        self.model().visit(&mut |_, param| {
            if let Some(value) = values.next() {
                param.set(value.clone());
            }
        });
    }
}
