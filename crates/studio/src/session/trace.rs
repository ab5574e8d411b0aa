//! One step, slowly: every operation of it with what went in and what came out.

use gradus_nn::Param;
use gradus_tensor::{Tensor, probe};
use gradus_train::step::{Detail, Part as MicroBatch, Pass, Watch};
use schemars::JsonSchema;
use serde::Serialize;

use crate::probes::{Interventions, Operated, Recording};
use crate::refusal::{Answer, Refusal};
use crate::session::{ActiveSession, Mode};
use crate::{formulas, limits};

/// A step in its four phases.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Trace {
    pub(crate) step: u64,
    /// The mean over all predictions of the step.
    loss: f64,
    learning_rate: f64,
    /// The norm of all gradients together, before it was limited.
    norm: f64,
    /// What the gradients were multiplied with to keep the norm within `clip`; 1 where it was.
    clip_scale: f64,
    /// The step's micro-batches. The phases forward, loss and backward are those of the first; the update is the step's.
    micro_batches: Vec<MicroBatch>,
    phases: Vec<Phase>,
    #[serde(skip)]
    tensors: Vec<Tensor>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TracePhase")]
struct Phase {
    #[schemars(extend("enum" = ["forward", "loss", "backward", "update"]))]
    phase: &'static str,
    operations: Vec<Operation>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TraceOperation")]
struct Operation {
    index: usize,
    op: &'static str,
    path: String,
    name: Option<String>,
    formula: String,
    inputs: Vec<Part>,
    /// One result, where the phase is not backward.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Part>,
    /// The gradients of the inputs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<Part>,
}

/// A tensor that goes in or comes out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TracePart")]
struct Part {
    /// The operation that made it.
    index: Option<usize>,
    name: Option<String>,
    shape: Vec<usize>,
    /// By which its numbers are asked for.
    tensor: String,
    /// The first of them.
    first: Vec<f32>,
}

/// Numbers that are told at once.
const FIRST: usize = 8;

impl Trace {
    /// The step that was made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// A tensor by its word, `t12`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn tensor(&self, id: &str) -> Answer<&Tensor> {
        let number = id.strip_prefix('t').and_then(|number| number.parse::<usize>().ok());
        number.and_then(|number| self.tensors.get(number)).ok_or_else(|| {
            Refusal::not_found(format!(
                "the trace has no tensor {id:?}; it has t0 to t{}",
                self.tensors.len().max(1) - 1
            ))
        })
    }
}

/// Parameters of a step: name, value before, gradient.
type Before = Vec<(String, Tensor, Option<Tensor>)>;

/// Records the first micro-batch of a step.
#[derive(Default)]
struct Watched {
    recording: Option<Recording>,
    /// With the gradients of this micro-batch alone.
    parameters: Before,
}

impl Watch for Watched {
    fn forward(&mut self, part: usize, pass: &mut Pass<'_>) -> Result<Tensor, gradus_train::Error> {
        if part > 0 {
            return pass();
        }
        let (recording, loss) = probe::with(Recording::new(Interventions::default(), true, limits::LOOK_NUMBERS), pass);
        self.recording = Some(recording);
        loss
    }

    fn backward(&mut self, part: usize, parameters: &[(String, Param)]) {
        if part == 0 {
            let all = parameters.iter();
            self.parameters = all.map(|(name, param)| (name.clone(), param.value(), param.grad())).collect();
        }
    }

    fn keeps_graphs(&self) -> bool {
        true
    }
}

/// Gathers tensors and gives them words.
struct Writer<'a> {
    operations: &'a [Operated],
    parameters: &'a Before,
    tensors: Vec<Tensor>,
}

impl Writer<'_> {
    fn part(&mut self, tensor: &Tensor, index: Option<usize>, name: Option<String>) -> Part {
        let known = self.tensors.iter().position(|known| known.is_same(tensor));
        let number = known.unwrap_or_else(|| {
            self.tensors.push(tensor.detach());
            self.tensors.len() - 1
        });
        Part { index, name, shape: tensor.shape().to_vec(), tensor: format!("t{number}"), first: first(tensor) }
    }

    /// Where a tensor comes from, and what it is called.
    fn origin(&self, tensor: &Tensor, before: usize) -> (Option<usize>, Option<String>) {
        if let Some(index) = self.operations[..before].iter().rposition(|made| made.output.is_same(tensor)) {
            return (Some(index), self.operations[index].name.clone());
        }
        let parameter = self.parameters.iter().find(|(_, value, _)| value.is_same(tensor));
        (None, parameter.map(|(name, ..)| name.clone()))
    }

    fn forward(&mut self, index: usize) -> Operation {
        let made = &self.operations[index];
        let inputs = made.inputs.iter().map(|input| {
            let (from, name) = self.origin(input, index);
            self.part(input, from, name)
        });
        Operation {
            index,
            op: made.formula.name,
            path: made.path.clone(),
            name: made.name.clone(),
            formula: made.formula.forward.to_string(),
            inputs: inputs.collect(),
            output: Some(self.part(&made.output, Some(index), made.name.clone())),
            outputs: vec![],
        }
    }

    /// `None` where no gradient came by.
    fn backward(&mut self, index: usize) -> Option<Operation> {
        let made = &self.operations[index];
        let arrived = made.output.grad()?;
        let called = |name: &Option<String>, else_: &str| format!("∂L/∂{}", name.as_deref().unwrap_or(else_));
        let input = self.part(&arrived, Some(index), Some(called(&made.name, "y")));
        let outputs = made.inputs.iter().filter_map(|input| {
            let (from, name) = self.origin(input, index);
            let gradient = match (&name, from) {
                (Some(name), None) => self.parameters.iter().find(|(known, ..)| known == name)?.2.clone()?,
                _ => input.grad()?,
            };
            Some(self.part(&gradient, from, Some(called(&name, "x"))))
        });
        Some(Operation {
            index,
            op: made.formula.name,
            path: made.path.clone(),
            name: made.name.clone(),
            formula: made.formula.backward.to_string(),
            inputs: vec![input],
            outputs: outputs.collect(),
            output: None,
        })
    }
}

fn first(tensor: &Tensor) -> Vec<f32> {
    // Views are read in their own order; only the beginning is wanted.
    let flat = tensor.detach().reshape(&[-1]).and_then(|flat| flat.narrow(0, 0, FIRST.min(tensor.numel())));
    flat.map_or_else(|_| vec![], |flat| flat.to_vec())
}

impl ActiveSession {
    /// Makes the next step, and keeps all of it to be looked at.
    ///
    /// # Errors
    /// Where the loss is no finite number, or the step holds too many numbers.
    pub fn trace(&mut self) -> Answer<()> {
        if self.session().parameters().is_empty() {
            return Err(Refusal::conflict("this model is counted, not trained: it has no steps"));
        }
        self.set_mode(Mode::Paused);
        let rate = self.learning_rate();
        // Recorded beside the step: a probe may lead a model along another way to the same numbers, and the step itself
        // must be the same to the bit whether somebody watches or not.
        let recorded = self.peek(|live| {
            let mut watched = Watched::default();
            live.session_mut().gradients(1.0, &mut watched)?;
            live.session().parameters().iter().for_each(|(_, param)| param.zero_grad());
            Ok(watched)
        })?;
        let operations = recorded.recording.unwrap_or_else(|| Recording::new(Interventions::default(), true, 0));
        let operations = operations.finish().map_err(Refusal::unprocessable)?.operations;
        let parameters = recorded.parameters;
        let Some(made) = self.advance_telling(Detail::Changes)? else {
            return Err(Refusal::conflict("no step was made"));
        };

        let mut writer = Writer { operations: &operations, parameters: &parameters, tensors: vec![] };
        let is_loss = |index: usize| {
            let op = operations[index].formula.name;
            op.contains("loss") || op.contains("entropy")
        };
        let split = (0..operations.len()).rfind(|&index| is_loss(index)).unwrap_or(operations.len());
        let forward = (0..split).map(|index| writer.forward(index)).collect();
        let loss_operations = (split..operations.len()).map(|index| writer.forward(index)).collect();
        let backward = (0..operations.len()).rev().filter_map(|index| writer.backward(index)).collect();
        let rule = self.session().recipe().optimizer.kind();
        let mut updates = Vec::new();
        for (index, change) in made.changes.iter().enumerate() {
            let name = &change.name;
            let mut inputs = vec![
                writer.part(&change.before, None, Some(name.clone())),
                writer.part(&change.gradient, None, Some(format!("∂L/∂{name}"))),
            ];
            // What the rule made of the gradient; the last is what is taken off the values.
            inputs.extend(change.terms.iter().map(|(term, value)| writer.part(value, None, Some((*term).to_string()))));
            updates.push(Operation {
                index,
                op: rule,
                path: name.rsplit_once('.').map_or(String::new(), |(path, _)| path.to_string()),
                name: Some(name.clone()),
                formula: formulas::update(rule).replace("lr", &format!("{rate}")),
                inputs,
                output: Some(writer.part(&change.after, None, Some(name.clone()))),
                outputs: vec![],
            });
        }
        let tensors = writer.tensors;
        let phase = |phase, operations| Phase { phase, operations };
        self.traced = Some(Trace {
            step: made.step,
            loss: made.loss,
            learning_rate: made.learning_rate,
            norm: made.norm,
            clip_scale: made.clip_scale,
            micro_batches: made.parts,
            phases: vec![
                phase("forward", forward),
                phase("loss", loss_operations),
                phase("backward", backward),
                phase("update", updates),
            ],
            tensors,
        });
        self.changed();
        Ok(())
    }

    /// The last step that was made slowly.
    ///
    /// # Errors
    /// Where there is none.
    pub fn traced(&self) -> Answer<&Trace> {
        self.traced
            .as_ref()
            .ok_or_else(|| Refusal::not_found("no step was made slowly yet: POST to this address makes one"))
    }
}
