//! The network as a graph: the values that a model names, and which of them feeds which.

use gradus_tensor::Tensor;
use schemars::JsonSchema;
use serde::Serialize;

use crate::session::look::{Look, Source};

/// The graph of a pass.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Network {
    step: u64,
    source: Pass,
    values: Vec<Value>,
    edges: Vec<Edge>,
    operations: Vec<Operation>,
}

/// Of which pass it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NetworkPass")]
struct Pass {
    context: Option<String>,
    target: Option<i64>,
    loss: f64,
}

/// A value with a name.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NetworkValue")]
struct Value {
    name: String,
    #[schemars(extend("enum" = ["input", "parameter", "buffer", "activation", "loss"]))]
    kind: &'static str,
    shape: Vec<usize>,
    /// What made it.
    op: Option<&'static str>,
    /// The module it was made in.
    path: String,
}

/// One value flows into another.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "NetworkEdge")]
struct Edge {
    from: String,
    to: String,
    /// Of what flows.
    shape: Vec<usize>,
    /// The operations between the two, that of the second included.
    through: Vec<&'static str>,
}

/// One operation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Operation {
    index: usize,
    op: &'static str,
    path: String,
    name: Option<String>,
    formula: &'static str,
    inputs: Vec<Input>,
    shape: Vec<usize>,
}

/// What goes into an operation.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Operand")]
struct Input {
    /// The operation that made it.
    index: Option<usize>,
    name: Option<String>,
    shape: Vec<usize>,
}

/// Where a tensor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Parameter(usize),
    Input,
    Operation(usize),
    /// A constant such as a mask.
    Elsewhere,
}

impl Network {
    /// Of a look that has operations.
    pub fn of(look: &Look) -> Self {
        let ops = &look.operations;
        let last = ops.len().saturating_sub(1);
        let name_of = |index: usize| match &ops[index].name {
            Some(name) => Some(name.clone()),
            None if index == last => Some("loss".to_string()),
            None => None,
        };
        // A tensor is made before it is used: the latest operation whose result it is.
        let origin = |tensor: &Tensor, before: usize| {
            if let Some(index) = ops[..before].iter().rposition(|made| made.output.is_same(tensor)) {
                return Origin::Operation(index);
            }
            if let Some(index) = look.parameters.iter().position(|parameter| parameter.value.is_same(tensor)) {
                return Origin::Parameter(index);
            }
            if look.input.is_same(tensor) { Origin::Input } else { Origin::Elsewhere }
        };
        let origins: Vec<Vec<Origin>> = ops
            .iter()
            .enumerate()
            .map(|(i, made)| made.inputs.iter().map(|input| origin(input, i)).collect())
            .collect();
        let label = |origin: Origin| match origin {
            Origin::Parameter(index) => Some(look.parameters[index].name.clone()),
            Origin::Input => Some("input".to_string()),
            Origin::Operation(index) => name_of(index),
            Origin::Elsewhere => None,
        };

        let mut edges: Vec<Edge> = Vec::new();
        for (index, _) in ops.iter().enumerate() {
            let Some(to) = name_of(index) else { continue };
            // Back through what has no name, to the named values that feed this one.
            let mut open: Vec<(usize, Vec<&'static str>)> = vec![(index, vec![ops[index].formula.name])];
            while let Some((at, through)) = open.pop() {
                // Whole numbers are no inputs of the operation that looks them up.
                if ops[at].formula.name == "embedding" && ops[at].inputs.len() == 1 {
                    let through = through.iter().rev().copied().collect();
                    let edge =
                        Edge { from: "input".into(), to: to.clone(), shape: look.input.shape().to_vec(), through };
                    if !edges.contains(&edge) {
                        edges.push(edge);
                    }
                }
                for (&origin, input) in origins[at].iter().zip(&ops[at].inputs) {
                    match (label(origin), origin) {
                        (Some(from), _) => {
                            let through = through.iter().rev().copied().collect();
                            let edge = Edge { from, to: to.clone(), shape: input.shape().to_vec(), through };
                            if !edges.contains(&edge) {
                                edges.push(edge);
                            }
                        }
                        (None, Origin::Operation(before)) if open.len() < ops.len() => {
                            let mut through = through.clone();
                            through.push(ops[before].formula.name);
                            open.push((before, through));
                        }
                        _ => {}
                    }
                }
            }
        }

        let used = |name: &str| edges.iter().any(|edge| edge.from == name);
        let mut values = vec![Value {
            name: "input".to_string(),
            kind: "input",
            shape: look.input.shape().to_vec(),
            op: None,
            path: String::new(),
        }];
        values.extend(look.parameters.iter().filter(|parameter| used(&parameter.name)).map(|parameter| Value {
            name: parameter.name.clone(),
            kind: if parameter.is_buffer { "buffer" } else { "parameter" },
            shape: parameter.value.shape().to_vec(),
            op: None,
            path: parameter.name.rsplit_once('.').map_or(String::new(), |(path, _)| path.to_string()),
        }));
        values.extend(ops.iter().enumerate().filter_map(|(index, made)| {
            let name = name_of(index)?;
            let kind = if index == last { "loss" } else { "activation" };
            Some(Value {
                name,
                kind,
                shape: made.output.shape().to_vec(),
                op: Some(made.formula.name),
                path: made.path.clone(),
            })
        }));

        let operations = ops.iter().enumerate().map(|(index, made)| Operation {
            index,
            op: made.formula.name,
            path: made.path.clone(),
            name: name_of(index),
            formula: made.formula.forward,
            inputs: made
                .inputs
                .iter()
                .zip(&origins[index])
                .map(|(input, &origin)| Input {
                    index: match origin {
                        Origin::Operation(index) => Some(index),
                        _ => None,
                    },
                    name: label(origin),
                    shape: input.shape().to_vec(),
                })
                .collect(),
            shape: made.output.shape().to_vec(),
        });
        let context = match &look.source {
            Source::Context { text, .. } => Some(text.clone()),
            Source::Example { .. } | Source::Batch => None,
        };
        let source = Pass { context, target: look.target, loss: look.loss };
        Network { step: look.step, source, values, edges, operations: operations.collect() }
    }
}
