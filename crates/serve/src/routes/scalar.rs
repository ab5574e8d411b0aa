//! One number at a time: an expression, its values and gradients, and the backward pass node by node.

use std::collections::BTreeMap;

use gradus_scalar::Trace;
use gradus_scalar::expr::Program;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::extract::Body;
use crate::json::Json;
use crate::refusal::{Answer, Refusal, Reply};

/// Letters in an expression.
const LONGEST: usize = 10_000;

/// Nodes that are drawn.
const NODES: usize = 2_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expression {
    expression: String,
    #[serde(default)]
    values: BTreeMap<String, f64>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Scalar")]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// In which values are computed.
    order: Vec<usize>,
    /// In which gradients are passed on.
    backward: Vec<Turn>,
    svg: Option<String>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScalarNode")]
struct Node {
    index: usize,
    op: String,
    label: Option<String>,
    value: f64,
    gradient: f64,
    inputs: Vec<usize>,
}

/// A node passes its gradient on.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScalarTurn")]
struct Turn {
    node: usize,
    formula: &'static str,
    contributions: Vec<Contribution>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Contribution {
    to: usize,
    /// ∂node/∂input
    local: f64,
    /// local · gradient of the node
    amount: f64,
}

/// Computes an expression and its gradients.
pub(crate) async fn graph(Body(asked): Body<Expression>) -> Reply<Json<Graph>> {
    let drawn = tokio::task::spawn_blocking(move || draw(&asked));
    Ok(Json(drawn.await.map_err(|_| Refusal::internal("the expression could not be drawn"))??))
}

fn draw(asked: &Expression) -> Answer<Graph> {
    if asked.expression.len() > LONGEST {
        return Err(Refusal::unprocessable(format!("an expression has at most {LONGEST} letters")));
    }
    let wrong = |message: gradus_scalar::expr::Message| Refusal::unprocessable(message.to_string());
    let program = Program::parse(&asked.expression).map_err(wrong)?;
    let given: Vec<(String, f64)> = asked.values.iter().map(|(name, value)| (name.clone(), *value)).collect();
    let mut evaluation = program.evaluate(&given).map_err(wrong)?;
    evaluation.backward();
    let trace = Trace::of(&evaluation.root);
    let nodes = trace.nodes();
    if nodes.len() > NODES {
        return Err(Refusal::unprocessable(format!(
            "the expression has {} values; {NODES} are drawn at most",
            nodes.len()
        )));
    }
    let turn = |(index, node): (usize, &gradus_scalar::TraceNode)| {
        let input = |place: usize| node.inputs.get(place).map_or(f64::NAN, |&input| nodes[input].data);
        let (x, y) = node.op.backward(input(0), input(1), node.data, 1.0);
        let (gx, gy) = node.op.backward(input(0), input(1), node.data, node.grad);
        let each = node.inputs.iter().zip([(x, gx), (y, gy)]);
        let contributions = each.map(|(&to, (local, amount))| Contribution { to, local, amount }).collect();
        Turn { node: index, formula: node.op.formula(), contributions }
    };
    let turns = nodes.iter().enumerate().rev().filter(|(_, node)| !node.inputs.is_empty()).map(turn).collect();
    Ok(Graph {
        backward: turns,
        order: (0..nodes.len()).collect(),
        svg: trace.to_svg().ok(),
        notes: evaluation.notes.iter().map(ToString::to_string).collect(),
        nodes: nodes
            .iter()
            .enumerate()
            .map(|(index, node)| Node {
                index,
                op: node.op.to_string(),
                label: Some(node.label.clone()).filter(|label| !label.is_empty()),
                value: node.data,
                gradient: node.grad,
                inputs: node.inputs.clone(),
            })
            .collect(),
    })
}
