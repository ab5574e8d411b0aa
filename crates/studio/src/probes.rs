//! The probes: one that puts edits into a pass, and one that records it.

use std::sync::Arc;

use gradus_tensor::autograd::Formula;
use gradus_tensor::{Probe, Tensor};

use crate::region::Operation;
use crate::region::{Affine, Region};

/// An edit of an activation, ready to be made.
#[derive(Debug, Clone)]
pub(crate) struct Intervention {
    pub(crate) name: String,
    pub(crate) region: Region,
    pub(crate) operation: Operation,
    pub(crate) value: f64,
    pub(crate) seed: u64,
    /// What is put in: `[1, ...]`.
    pub(crate) patch: Option<Patched>,
}

/// The numbers of a patch.
#[derive(Debug, Clone)]
pub(crate) struct Patched {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

impl Intervention {
    /// Makes it: the first axis is that of the texts, and each of them is changed by itself.
    fn make(&self, value: &Tensor) -> Result<Tensor, String> {
        let shape = value.shape();
        let (texts, rest) = shape.split_first().map_or((1, shape), |(&first, rest)| (first, rest));
        if !value.dtype().is_float() {
            return Err(format!("{} holds whole numbers: there is nothing to scale or set", self.name));
        }
        let width: usize = rest.iter().product();
        if let Some(patch) = &self.patch {
            let same = patch.shape.split_first().map_or(&[][..], |(_, rest)| rest) == rest;
            if !same || patch.values.len() != width {
                return Err(format!(
                    "the patch of {} has the shape {:?} and its place {shape:?}: give contexts of the same length",
                    self.name, patch.shape
                ));
            }
        }
        let places = self.region.behind_first().places(rest);
        let numbers = value.to_vec::<f32>();
        let (mut factors, mut summands) = (vec![1.0_f32; numbers.len()], vec![0.0_f32; numbers.len()]);
        for text in 0..texts {
            let row = text * width..(text + 1) * width;
            let inside: Vec<f32> = places.iter().map(|&place| numbers[row.start + place]).collect();
            let affine = Affine::of(self.operation, self.value, self.seed, &inside);
            for (i, &place) in places.iter().enumerate() {
                factors[row.start + place] = affine.factor as f32;
                summands[row.start + place] = match &self.patch {
                    Some(patch) => patch.values[place],
                    None => affine.summand(i) as f32,
                };
            }
        }
        let made = || {
            let (factors, summands) = (Tensor::from_slice(&factors, shape)?, Tensor::from_slice(&summands, shape)?);
            // Gradients pass as they would through the edited network.
            value.try_mul(&factors)?.try_add(&summands)
        };
        made().map_err(|e| e.to_string())
    }
}

/// All edits of activations that are in force.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interventions(pub Arc<[Intervention]>);

impl Interventions {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn touch(&self, name: &str) -> bool {
        self.0.iter().any(|intervention| intervention.name == name)
    }

    fn make(&self, name: &str, value: &Tensor) -> Option<Result<Tensor, String>> {
        let mut edited: Option<Tensor> = None;
        for intervention in self.0.iter().filter(|intervention| intervention.name == name) {
            match intervention.make(edited.as_ref().unwrap_or(value)) {
                Ok(tensor) => edited = Some(tensor),
                Err(what) => return Some(Err(what)),
            }
        }
        edited.map(Ok)
    }
}

/// Puts edits into a pass.
pub(crate) struct Editing {
    pub(crate) interventions: Interventions,
    /// The first edit that could not be made.
    pub(crate) failed: Option<String>,
}

impl Probe for Editing {
    fn wants(&self, name: &str) -> bool {
        self.interventions.touch(name)
    }

    fn value(&mut self, name: &str, value: &Tensor) -> Option<Tensor> {
        match self.interventions.make(name, value)? {
            Ok(edited) => Some(edited),
            Err(what) => {
                self.failed.get_or_insert(what);
                None
            }
        }
    }
}

/// What an edit does to an activation.
const EDIT: Formula =
    Formula { name: "edit", forward: "y = factor · x + summand, where the edit says", backward: "dx = factor · g" };

/// An operation of a pass.
#[derive(Debug, Clone)]
pub(crate) struct Operated {
    /// The module it happened in.
    pub(crate) path: String,
    /// The operation.
    pub(crate) formula: Formula,
    pub(crate) inputs: Vec<Tensor>,
    pub(crate) output: Tensor,
    /// What the model calls its result.
    pub(crate) name: Option<String>,
}

/// Records the values that a model names and, where wanted, every operation; edits are made on the way.
pub(crate) struct Recording {
    interventions: Interventions,
    /// Whether operations are kept, too.
    operations: Option<Vec<Operated>>,
    values: Vec<(String, Tensor)>,
    failed: Option<String>,
    /// Numbers held so far, and the most that are.
    numbers: usize,
    most: usize,
}

/// What was recorded.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) values: Vec<(String, Tensor)>,
    pub(crate) operations: Vec<Operated>,
}

impl Recording {
    pub(crate) fn new(interventions: Interventions, operations: bool, most: usize) -> Self {
        let operations = operations.then(Vec::new);
        Recording { interventions, operations, values: vec![], failed: None, numbers: 0, most }
    }

    /// What was recorded.
    ///
    /// # Errors
    /// The first edit that could not be made, or that it was too much.
    pub(crate) fn finish(self) -> Result<Recorded, String> {
        match self.failed {
            Some(what) => Err(what),
            None => Ok(Recorded { values: self.values, operations: self.operations.unwrap_or_default() }),
        }
    }

    /// Whether one more tensor may be held.
    fn room_for(&mut self, tensor: &Tensor) -> bool {
        self.numbers = self.numbers.saturating_add(tensor.numel());
        if self.numbers > self.most {
            let most = self.most;
            self.failed.get_or_insert_with(|| {
                format!("this pass holds more than {most} numbers: look at a shorter context, or at a smaller batch")
            });
        }
        self.failed.is_none()
    }
}

impl Probe for Recording {
    fn wants(&self, _: &str) -> bool {
        true
    }

    fn value(&mut self, name: &str, value: &Tensor) -> Option<Tensor> {
        let edited = match self.interventions.make(name, value) {
            None => None,
            Some(Ok(edited)) => Some(edited),
            Some(Err(what)) => {
                self.failed.get_or_insert(what);
                return None;
            }
        };
        let shown = edited.as_ref().unwrap_or(value);
        if !self.room_for(shown) {
            return edited;
        }
        shown.retain_grad();
        if let Some(operations) = &mut self.operations {
            if let Some(edited) = &edited {
                let path = name.rsplit_once('.').map_or(String::new(), |(path, _)| path.to_string());
                let inputs = vec![value.clone()];
                operations.push(Operated { path, formula: EDIT, inputs, output: edited.clone(), name: None });
            }
            let made = operations.iter_mut().rev().find(|made| made.output.is_same(shown));
            if let Some(made) = made {
                made.name = Some(name.to_string());
            }
        }
        self.values.push((name.to_string(), shown.clone()));
        edited
    }

    fn operation(&mut self, path: &str, formula: Formula, inputs: &[&Tensor], output: &Tensor) {
        if self.operations.is_none() || !self.room_for(output) {
            return;
        }
        output.retain_grad();
        let inputs = inputs.iter().map(|&input| input.clone()).collect();
        let operated = Operated { path: path.to_string(), formula, inputs, output: output.clone(), name: None };
        self.operations.get_or_insert_default().push(operated);
    }
}
