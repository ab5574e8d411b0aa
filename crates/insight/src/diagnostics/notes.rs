//! What a run keeps of its model at each checkpoint, beside the figures.

use gradus_train::generate::Sampling;
use gradus_train::run::Observer;
use gradus_train::store::Note;
use gradus_train::{Error, Session};

/// Samples noted at a checkpoint.
const NOTED_SAMPLES: usize = 5;
/// Where they are cut.
const NOTED_LENGTH: usize = 200;

/// What is noted at each checkpoint of a run: the look of every layer, and some samples.
#[derive(Debug, Clone, Copy, Default)]
pub struct Notes;

impl Observer for Notes {
    fn checkpoint(&mut self, session: &mut Session) -> Result<Vec<Note>, Error> {
        notes(session)
    }
}

fn notes(session: &mut Session) -> Result<Vec<Note>, Error> {
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
        notes.push(json("diagnosis", serde_json::to_string(&super::look(session)?))?);
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
