//! Edited and unedited side by side.

use gradus_train::generate::Sample;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ActiveSession;
use super::look::split;
use super::reading::Generate;
use crate::refusal::Answer;

/// What is compared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Compare {
    split: Option<String>,
    prompt: String,
    count: usize,
    temperature: f64,
    seed: Option<u64>,
}

impl Default for Compare {
    fn default() -> Self {
        Compare { split: None, prompt: String::new(), count: 10, temperature: 1.0, seed: None }
    }
}

/// One side.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Side {
    /// Of the split that was asked for.
    loss: Option<f64>,
    samples: Vec<Sample>,
}

/// Edited and unedited.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Compared {
    step: u64,
    edited: Side,
    unedited: Side,
}

impl ActiveSession {
    /// The loss of a split, and samples from the same draws, with the edits and without.
    ///
    /// # Errors
    /// Where what is asked for makes no sense, or the unedited twin cannot be trained again.
    pub fn compare(&mut self, asked: &Compare) -> Answer<Compared> {
        let split = asked.split.as_deref().map(split).transpose()?;
        let generate = |edited| Generate {
            count: asked.count,
            prompt: asked.prompt.clone(),
            temperature: asked.temperature,
            seed: asked.seed,
            edited,
            ..Generate::default()
        };
        let side = |session: &mut ActiveSession, edited| -> Answer<Side> {
            let evaluated = split.map(|split| session.evaluate(split, edited)).transpose()?;
            Ok(Side {
                loss: evaluated.map(|evaluated| evaluated.evaluation.loss),
                // A model of classes writes nothing.
                samples: match session.task().is_ok() {
                    true => vec![],
                    false => session.generate(&generate(edited))?.samples,
                },
            })
        };
        let edited = side(self, true)?;
        let unedited = self.unedited(|session| side(session, false))?;
        Ok(Compared { step: self.step(), edited, unedited })
    }
}
