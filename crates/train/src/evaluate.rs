//! How well a model predicts: losses and hits over a split.

use gradus_tensor::no_grad;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;
use crate::corpus::{Examples, Intake, Split};
use crate::objective::Objective;
use crate::session::Session;

/// Predictions that are made at once in an evaluation: enough to keep the machine busy, little memory.
const AT_ONCE: usize = 4096;
/// Numbers that these predictions may hold together: with a vocabulary of 200,000 tokens there are fewer at once.
const NUMBERS_AT_ONCE: usize = 1 << 23;
/// How many of those a picture or a word counts for.
const SEVERAL: usize = 16;

/// How well a model predicts a split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Evaluation {
    /// What training makes small: mean negative log-likelihood in nats, or mean squared error.
    pub loss: f64,
    /// e to the loss: between how many equally likely tokens or classes the model wavers. Of a cross-entropy only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perplexity: Option<f64>,
    /// How often the most likely token or class is the right one. Not of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// How many predictions were asked for.
    pub examples: usize,
}

impl Session {
    /// Predicts a whole split.
    ///
    /// # Errors
    /// Where the split is empty, or an operation refuses.
    pub fn evaluate(&self, split: Split) -> Result<Evaluation, Error> {
        self.evaluate_on(self.corpus().examples(split), split.word())
    }

    /// The split that decides which checkpoint is best: dev, or test where there is no dev split.
    pub fn held_out(&self) -> Option<Split> {
        [Split::Dev, Split::Test].into_iter().find(|&split| !self.corpus().examples(split).is_empty())
    }

    /// Predicts any examples; `name` is for the message where there are none.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn evaluate_on(&self, examples: &dyn Examples, name: &str) -> Result<Evaluation, Error> {
        let most = NUMBERS_AT_ONCE / self.corpus().output_count().max(1);
        self.evaluate_by(examples, name, AT_ONCE.min(most))
    }

    /// As [`Session::evaluate_on`], `at_once` predictions at a time. The loss is the mean over all predictions, however
    /// many are made at once.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn evaluate_by(&self, examples: &dyn Examples, name: &str, at_once: usize) -> Result<Evaluation, Error> {
        let mut rows = examples.once();
        if rows.is_empty() {
            return Err(Error::Request(format!(
                "the {name} split of {} is empty: there is nothing to evaluate",
                self.recipe().data.source
            )));
        }
        let each = match self.recipe().model.intake() {
            Intake::Contexts => 1,
            Intake::Sequences => examples.width().max(1),
            // A picture's way through a network is wider than a token's.
            Intake::Features | Intake::Words => SEVERAL,
        };
        let objective = self.objective();
        let most = self.recipe().record.evaluate_at_most;
        if most > 0 && most / each < rows.len() {
            // Evenly spread, the same ones every time.
            let (wanted, all) = ((most / each).max(1), rows.len());
            rows = (0..wanted).map(|i| rows[(i as u128 * all as u128 / wanted as u128) as usize]).collect();
        }
        let (mut sum, mut right, mut predictions) = (0.0, Some(0), 0);
        for rows in rows.chunks((at_once / each).max(1)) {
            let (inputs, targets) = examples.batch(rows);
            let outputs = no_grad(|| self.model().forward(&inputs))?;
            let (total, counted) = no_grad(|| objective.total(&outputs, &inputs, &targets))?;
            let (hits, _) = objective.hits(&outputs, &targets);
            sum += total;
            right = right.zip(hits).map(|(right, hits)| right + hits);
            predictions += counted;
        }
        let loss = sum / predictions as f64;
        Ok(Evaluation {
            loss,
            perplexity: (objective == Objective::CrossEntropy).then(|| loss.exp()),
            accuracy: right.map(|right| right as f64 / predictions as f64),
            examples: predictions,
        })
    }
}
