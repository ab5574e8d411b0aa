//! The edit log: what was changed, where, at which step, so that a run plus its log replays to the same bits.

use gradus_tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::letters::LetterGraph;
use crate::limits;
use crate::refusal::{Answer, Refusal};
pub use crate::region::Operation;
use crate::region::Region;

/// What an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "EditKind")]
pub enum Kind {
    /// A parameter, once, when the session arrives at the edit's step.
    Parameter,
    /// An activation, in every reading: predictions, samples, evaluations. Never in training.
    Activation,
    /// The logits, in every reading.
    Bias,
    /// The learning rate, from the edit's step on.
    LearningRate,
}

/// The number, or what stands for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "EditValue")]
pub enum Amount {
    /// A factor, a summand, a standard deviation, a learning rate.
    Number(f64),
    /// Where the numbers of a patch come from.
    Patch(Patch),
    /// A bias.
    Letters(LetterGraph),
}

/// Numbers from elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// The context they stand for.
    pub(crate) context: String,
    /// The session they come from, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<String>,
    /// The numbers as they were when the edit was made, where they come from another session: that one goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) numbers: Option<Numbers>,
}

/// A tensor in a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PatchNumbers")]
pub struct Numbers {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Stays the same when the log is reordered.
    #[serde(default)]
    pub(crate) id: u64,
    /// The step before which it is made.
    pub(crate) step: u64,
    pub(crate) kind: Kind,
    /// The parameter or activation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    /// From and to (exclusive) along each axis; all of it where nothing is said.
    #[serde(default)]
    pub(crate) range: Region,
    #[serde(default = "set")]
    pub(crate) operation: Operation,
    #[serde(default)]
    pub(crate) value: Option<Amount>,
    /// Where noise starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    /// Whatever its author wants to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
}

fn set() -> Operation {
    Operation::Set
}

fn yes() -> bool {
    true
}

impl Edit {
    /// Stays the same when the log is reordered.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// A learning rate from a step on.
    pub fn learning_rate(step: u64, value: Option<Amount>) -> Self {
        Edit {
            id: 0,
            step,
            kind: Kind::LearningRate,
            name: String::new(),
            range: Region::default(),
            operation: Operation::Set,
            value,
            seed: None,
            enabled: true,
            note: String::new(),
        }
    }

    /// The number of its value.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Some(Amount::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// Whether the numbers that training comes to depend on it.
    fn is_of_training(&self) -> bool {
        self.enabled && matches!(self.kind, Kind::Parameter | Kind::LearningRate)
    }

    /// Checks what can be checked without the model.
    ///
    /// # Errors
    /// The first thing that makes no sense.
    pub fn check(&self) -> Answer<()> {
        use Operation::{Add, Letters, Mean, Noise, Patch, Scale, ScaleAboutMean, Set, Zero};
        let wrong = |what: String| Err(Refusal::unprocessable(what));
        let wants_number = match (self.kind, self.operation) {
            (Kind::LearningRate, _) => {
                return match &self.value {
                    None => Ok(()),
                    Some(Amount::Number(rate)) if rate.is_finite() && (0.0..=1e6).contains(rate) => Ok(()),
                    Some(_) => wrong("a learning rate is a number between 0 and 1000000, or null".to_string()),
                };
            }
            (Kind::Bias, Letters) => {
                return match &self.value {
                    Some(Amount::Letters(graph)) => graph.check(),
                    _ => wrong("a bias has the value {\"strength\": …, \"connections\": […]}".to_string()),
                };
            }
            (Kind::Activation, Patch) => {
                let Some(Amount::Patch(patch)) = &self.value else {
                    return wrong("a patch has the value {\"context\": \"…\"}".to_string());
                };
                if let Some(Numbers { shape, values }) = &patch.numbers {
                    let fits = shape.iter().try_fold(1_usize, |n, &size| n.checked_mul(size)) == Some(values.len());
                    if !fits || values.len() > limits::CONNECTIONS {
                        return wrong(format!("the numbers of the patch of {} do not fit their shape", self.name));
                    }
                }
                false
            }
            (Kind::Parameter | Kind::Activation, Zero) | (Kind::Activation, Mean) => false,
            (Kind::Parameter | Kind::Activation, ScaleAboutMean | Scale | Add | Set | Noise) => true,
            (kind, operation) => {
                return wrong(format!("an edit of the kind {} has no operation {}", word(&kind), word(&operation)));
            }
        };
        if self.name.is_empty() {
            return wrong("say which parameter or activation is meant: \"name\"".to_string());
        }
        match self.number() {
            None if wants_number => wrong(format!("{} needs a number as its value", word(&self.operation))),
            Some(number) if !number.is_finite() || number.abs() > f64::from(f32::MAX) => {
                wrong("the value must be a finite number that fits into 32 bits".to_string())
            }
            Some(number) if self.operation == Noise && number < 0.0 => {
                wrong(format!("noise has a standard deviation of 0 or more, found {number}"))
            }
            _ => Ok(()),
        }
    }
}

/// The word that JSON has for a value of one of our enums.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => format!("{other:?}"),
    }
}

/// An entry as a client gives it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewEdit")]
pub struct Given {
    kind: Kind,
    #[serde(default)]
    name: String,
    #[serde(default)]
    range: Option<Vec<Option<[usize; 2]>>>,
    operation: Option<Operation>,
    #[serde(default)]
    value: Option<Amount>,
    seed: Option<u64>,
    step: Option<u64>,
    enabled: Option<bool>,
    note: Option<String>,
}

impl Given {
    /// The other session, the context and the name that the numbers of a patch are to be taken from, where they are.
    pub fn patched_from(&self) -> Option<(&str, &str, &str)> {
        match &self.value {
            Some(Amount::Patch(Patch { context, session: Some(other), numbers: None })) => {
                Some((other, context, &self.name))
            }
            _ => None,
        }
    }

    /// The numbers of a patch from another session are these: that one goes on.
    pub fn patch_with(&mut self, tensor: &Tensor) {
        if let Some(Amount::Patch(Patch { numbers, .. })) = &mut self.value {
            *numbers = Some(Numbers { shape: tensor.shape().to_vec(), values: tensor.to_vec() });
        }
    }

    /// The entry that is meant, made anew or from the one that is there.
    pub fn edit(self, step: u64, old: Option<&Edit>) -> Edit {
        Edit {
            id: old.map_or(0, |edit| edit.id),
            step: self.step.or(old.map(|edit| edit.step)).unwrap_or(step),
            kind: self.kind,
            name: self.name,
            range: self.range.into(),
            operation: self.operation.unwrap_or(Operation::Set),
            value: self.value,
            seed: self.seed.or(old.and_then(|edit| edit.seed)),
            enabled: self.enabled.unwrap_or(old.is_none_or(|edit| edit.enabled)),
            note: self.note.or(old.map(|edit| edit.note.clone())).unwrap_or_default(),
        }
    }
}

/// The entries in the order in which they are made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EditLog {
    edits: Vec<Edit>,
    next: u64,
    /// What the log was before each change, and what an undo took back.
    past: Vec<Vec<Edit>>,
    future: Vec<Vec<Edit>>,
    /// The entry that was changed last: a slider that moves on is one change.
    sliding: Option<u64>,
}

/// The file that is saved and loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditLog")]
pub struct LogFile {
    /// Says what the file is.
    pub(crate) format: String,
    /// Of the format.
    pub(crate) version: u32,
    /// The recipe it was made with, for people.
    #[serde(default)]
    pub(crate) recipe: String,
    #[serde(default)]
    pub(crate) seed: u64,
    pub(crate) edits: Vec<Edit>,
}

/// What a log file calls itself.
pub const FORMAT: &str = "gradus-edits";

/// How many changes can be taken back.
const MEMORY: usize = 200;

impl EditLog {
    /// The log of a file.
    ///
    /// # Errors
    /// Where it is another file, or an entry makes no sense.
    pub fn of_file(file: &LogFile) -> Answer<Self> {
        if file.format != FORMAT || file.version != 1 {
            return Err(Refusal::unprocessable(format!(
                "this is no edit log of version 1: \"format\" must be {FORMAT:?} and \"version\" 1"
            )));
        }
        let mut log = EditLog::default();
        log.replace(file.edits.clone())?;
        log.past.clear();
        Ok(log)
    }

    /// The entries.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The entries that are in force.
    pub fn enabled(&self, kind: Kind) -> impl Iterator<Item = &Edit> {
        self.edits.iter().filter(move |edit| edit.enabled && edit.kind == kind)
    }

    /// The changes of parameters before step `step`.
    pub fn parameters_at(&self, step: u64) -> impl Iterator<Item = &Edit> {
        self.enabled(Kind::Parameter).filter(move |edit| edit.step == step)
    }

    /// The learning rate that was set for step `step`; `None` for that of the schedule.
    pub fn learning_rate(&self, step: u64) -> Option<f64> {
        let rates = self.enabled(Kind::LearningRate).filter(|edit| edit.step <= step);
        // Of several at one step the last counts.
        rates.enumerate().max_by_key(|(place, edit)| (edit.step, *place)).and_then(|(_, edit)| edit.number())
    }

    /// The first step whose training is not that of the recipe.
    pub fn first_change(&self) -> Option<u64> {
        self.edits.iter().filter(|edit| edit.is_of_training()).map(|edit| edit.step).min()
    }

    /// The first step at which training by this log differs from training by another.
    pub fn first_difference(&self, other: &[Edit]) -> Option<u64> {
        let at = |edits: &[Edit], step| -> Vec<Edit> {
            edits.iter().filter(|edit| edit.is_of_training() && edit.step == step).cloned().collect()
        };
        let mut steps: Vec<u64> = self.edits.iter().chain(other).map(|edit| edit.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps.into_iter().find(|&step| at(&self.edits, step) != at(other, step))
    }

    fn remember(&mut self) {
        self.past.push(self.edits.clone());
        if self.past.len() > MEMORY {
            self.past.remove(0);
        }
        self.future.clear();
        self.sliding = None;
    }

    /// Adds an entry at the end, and gives it its number.
    ///
    /// # Errors
    /// Where it makes no sense, or the log is full.
    pub fn push(&mut self, mut edit: Edit) -> Answer<u64> {
        edit.check()?;
        if self.edits.len() >= limits::EDITS {
            return Err(Refusal::limit(format!("the log holds {} edits already: remove some", limits::EDITS)));
        }
        self.remember();
        edit.id = self.next;
        self.next += 1;
        self.edits.push(edit);
        Ok(self.next - 1)
    }

    /// Changes an entry; `change` gets it as it is.
    ///
    /// # Errors
    /// Where there is no such entry, or it would make no sense.
    pub fn change(&mut self, id: u64, change: impl FnOnce(&mut Edit)) -> Answer<()> {
        let place = self.place(id)?;
        let mut edit = self.edits[place].clone();
        change(&mut edit);
        edit.id = id;
        edit.check()?;
        if self.sliding != Some(id) {
            self.remember();
        }
        self.sliding = Some(id);
        self.edits[place] = edit;
        Ok(())
    }

    /// Takes an entry out.
    ///
    /// # Errors
    /// Where there is no such entry.
    pub fn remove(&mut self, id: u64) -> Answer<()> {
        let place = self.place(id)?;
        self.remember();
        self.edits.remove(place);
        Ok(())
    }

    /// Brings the entries into another order.
    ///
    /// # Errors
    /// Where `ids` is not each entry once.
    pub fn order(&mut self, ids: &[u64]) -> Answer<()> {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        let mut own: Vec<u64> = self.edits.iter().map(|edit| edit.id).collect();
        own.sort_unstable();
        if sorted != own {
            return Err(Refusal::unprocessable(format!("the new order must name each of {own:?} once")));
        }
        let places = ids.iter().map(|&id| self.place(id)).collect::<Answer<Vec<usize>>>()?;
        self.remember();
        self.edits = places.into_iter().map(|place| self.edits[place].clone()).collect();
        Ok(())
    }

    /// Puts other entries in the place of all.
    ///
    /// # Errors
    /// Where one makes no sense, or they are too many.
    pub fn replace(&mut self, mut edits: Vec<Edit>) -> Answer<()> {
        if edits.len() > limits::EDITS {
            return Err(Refusal::limit(format!("a log holds at most {} edits", limits::EDITS)));
        }
        for (place, edit) in edits.iter().enumerate() {
            edit.check().map_err(|e| Refusal::unprocessable(format!("edit {place} of the log: {}", e.message())))?;
        }
        self.remember();
        for edit in &mut edits {
            edit.id = self.next;
            self.next += 1;
        }
        self.edits = edits;
        Ok(())
    }

    /// Takes the last change back.
    ///
    /// # Errors
    /// Where there is none.
    pub fn undo(&mut self) -> Answer<()> {
        let before = self.past.pop().ok_or_else(|| Refusal::conflict("there is nothing to undo"))?;
        self.future.push(std::mem::replace(&mut self.edits, before));
        self.sliding = None;
        Ok(())
    }

    /// Makes the change again that was taken back last.
    ///
    /// # Errors
    /// Where there is none.
    pub fn redo(&mut self) -> Answer<()> {
        let after = self.future.pop().ok_or_else(|| Refusal::conflict("there is nothing to redo"))?;
        self.past.push(std::mem::replace(&mut self.edits, after));
        self.sliding = None;
        Ok(())
    }

    fn place(&self, id: u64) -> Answer<usize> {
        self.edits
            .iter()
            .position(|edit| edit.id == id)
            .ok_or_else(|| Refusal::not_found(format!("the log has no edit {id}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(step: u64, value: f64) -> Edit {
        let json = format!(
            r#"{{"step":{step},"kind":"parameter","name":"hidden.weight","operation":"scale","value":{value}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn every_change_can_be_taken_back_and_made_again() {
        let mut log = EditLog::default();
        let (a, b) = (log.push(edit(0, 2.0)).unwrap(), log.push(edit(5, 3.0)).unwrap());
        log.order(&[b, a]).unwrap();
        // A slider on its way is one change.
        for value in [1.0, 1.5, 2.5] {
            log.change(a, |edit| edit.value = Some(Amount::Number(value))).unwrap();
        }
        log.remove(b).unwrap();
        let all: Vec<Vec<Edit>> = (0..5)
            .map(|_| {
                let now = log.edits().to_vec();
                log.undo().unwrap();
                now
            })
            .collect();
        assert!(log.edits().is_empty() && log.undo().is_err());
        for before in all.iter().rev() {
            log.redo().unwrap();
            assert_eq!(log.edits(), before);
        }
        assert!(log.redo().is_err());
    }

    #[test]
    fn the_first_difference_is_the_first_step_that_trains_otherwise() {
        let mut log = EditLog::default();
        for step in [3, 7, 9] {
            log.push(edit(step, 2.0)).unwrap();
        }
        let before = log.edits().to_vec();
        assert_eq!(log.first_difference(&before), None);
        log.change(1, |edit| edit.enabled = false).unwrap();
        assert_eq!(log.first_difference(&before), Some(7));
        log.undo().unwrap();
        // Order between steps does not matter, order within a step does.
        log.order(&[2, 1, 0]).unwrap();
        assert_eq!(log.first_difference(&before), None);
    }

    #[test]
    fn the_last_learning_rate_counts() {
        let rate = |step, value: &str| -> Edit {
            serde_json::from_str(&format!(r#"{{"step":{step},"kind":"learning_rate","value":{value}}}"#)).unwrap()
        };
        let mut log = EditLog::default();
        for edit in [rate(10, "0.5"), rate(20, "null"), rate(10, "0.25")] {
            log.push(edit).unwrap();
        }
        assert_eq!([0, 10, 19, 20].map(|step| log.learning_rate(step)), [None, Some(0.25), Some(0.25), None]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (json, word) in [
            (r#"{"step":0,"kind":"parameter","operation":"zero"}"#, "name"),
            (r#"{"step":0,"kind":"parameter","name":"w","operation":"scale"}"#, "number"),
            (r#"{"step":0,"kind":"parameter","name":"w","operation":"patch","value":{"context":"a"}}"#, "no operation"),
            (r#"{"step":0,"kind":"activation","name":"w","operation":"patch","value":1}"#, "context"),
            (r#"{"step":0,"kind":"activation","name":"w","operation":"noise","value":-1}"#, "standard deviation"),
            (r#"{"step":0,"kind":"learning_rate","value":-1}"#, "learning rate"),
            (r#"{"step":0,"kind":"bias","operation":"letters","value":1}"#, "strength"),
            (
                r#"{"step":0,"kind":"activation","name":"w","operation":"patch",
                    "value":{"context":"a","session":"s","numbers":{"shape":[9223372036854775807,4],"values":[]}}}"#,
                "shape",
            ),
        ] {
            let edit: Edit = serde_json::from_str(json).unwrap();
            let message = edit.check().unwrap_err().message().to_string();
            assert!(message.contains(word), "{json}: {message}");
        }
    }
}
