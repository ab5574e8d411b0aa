//! A graph's numbers as they are at one moment, to be shown: table, JSON, pictures.

use std::collections::HashMap;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::graph::{Id, graph};
use crate::op::Op;
use crate::value::Value;

/// One value of a [`Trace`].
#[derive(Clone, Debug, PartialEq)]
pub struct TraceNode {
    /// The label, empty if there is none.
    pub label: String,
    /// The operation that made the value.
    pub op: Op,
    /// The number.
    pub data: f64,
    /// The gradient.
    pub grad: f64,
    /// What the operation was applied to, left to right, as places in [`Trace::nodes`].
    pub inputs: Vec<usize>,
}

/// The numbers of a value and of everything it was computed from, copied out of the graph: plain
/// data that stay as they are when the graph changes or goes.
///
/// ```
/// use gradus_scalar::{Trace, Value};
///
/// let (a, b) = (Value::new(2.0).with_label("a"), Value::new(3.0).with_label("b"));
/// let l = (&a * &b).with_label("L");
/// l.backward();
/// let trace = Trace::of(&l);
/// assert_eq!(trace.nodes().len(), 3);
/// assert_eq!(
///     trace.table(),
///     "\
/// label  operation  value  gradient
/// a      leaf         2.0       3.0
/// b      leaf         3.0       2.0
/// L      a * b        6.0       1.0
/// "
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    nodes: Vec<TraceNode>,
}

impl Trace {
    /// The numbers of `root` and of every value under it.
    pub fn of(root: &Value) -> Self {
        let mut graph = graph();
        let order = graph.topological(root.place());
        let position: HashMap<Id, usize> = order.iter().copied().zip(0..).collect();
        let nodes = order
            .iter()
            .map(|&id| TraceNode {
                label: graph.label(id).to_owned(),
                op: graph.op(id),
                data: graph.data(id),
                grad: graph.grad(id),
                inputs: graph.inputs(id).iter().map(|input| position[input]).collect(),
            })
            .collect();
        Self { nodes }
    }

    /// The values, inputs before results; the last is the root.
    pub fn nodes(&self) -> &[TraceNode] {
        &self.nodes
    }

    /// A name for every value that no other has: its label, `#4` where it has none (the fourth
    /// value), `a#4` where an earlier one has the same label.
    pub fn names(&self) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        let mut names = Vec::with_capacity(self.nodes.len());
        for (i, node) in self.nodes.iter().enumerate() {
            let mut name = node.label.clone();
            if name.is_empty() || !seen.insert(name.clone()) {
                let _ = write!(name, "#{}", i + 1);
            }
            names.push(name);
        }
        names
    }

    /// The operation of value `i` with its inputs' names, or numbers where they are leaves without a
    /// label: `a * b`, `tanh(#4)`, `x**2`, `n * -1.0`, `leaf`.
    fn operation(&self, i: usize, names: &[String]) -> String {
        let node = &self.nodes[i];
        let input = |k: usize| {
            let input = &self.nodes[node.inputs[k]];
            match input.op {
                Op::Leaf if input.label.is_empty() => format!("{:?}", input.data),
                _ => names[node.inputs[k]].clone(),
            }
        };
        match node.op {
            Op::Leaf => "leaf".to_owned(),
            Op::Add | Op::Mul | Op::Power => format!("{} {} {}", input(0), node.op, input(1)),
            Op::Pow(_) => format!("{}{}", input(0), node.op),
            _ => {
                format!("{}({})", node.op, input(0))
            }
        }
    }

    /// Label, operation, value and gradient of every value, one a line, in all their digits.
    pub fn table(&self) -> String {
        let names = self.names();
        let header = ["label", "operation", "value", "gradient"].map(str::to_owned);
        let mut rows = vec![header];
        for (i, node) in self.nodes.iter().enumerate() {
            rows.push([
                names[i].clone(),
                self.operation(i, &names),
                format!("{:?}", node.data),
                format!("{:?}", node.grad),
            ]);
        }
        let mut widths = [0; 4];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        let mut table = String::new();
        for row in &rows {
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                let space = " ".repeat(width - cell.width());
                let numeric = column >= 2;
                let gap = if column > 0 { "  " } else { "" };
                let _ = if numeric { write!(table, "{gap}{space}{cell}") } else { write!(table, "{gap}{cell}{space}") };
            }
            table.push('\n');
        }
        table
    }

    /// `{"nodes": [{"id": 0, "label": "a", "op": "", "inputs": [], "data": 2.0, "grad": 6.0}, …]}`
    /// on one line. A number that is not finite is `null`, as JSON has no word for it.
    pub fn to_json(&self) -> String {
        let mut json = String::from("{\"nodes\": [");
        for (i, node) in self.nodes.iter().enumerate() {
            let gap = if i > 0 { ", " } else { "" };
            let _ = write!(
                json,
                "{gap}{{\"id\": {i}, \"label\": {}, \"op\": {}, \"inputs\": {:?}, \
                 \"data\": {}, \"grad\": {}}}",
                json_text(&node.label),
                json_text(&node.op.to_string()),
                node.inputs,
                json_number(node.data),
                json_number(node.grad),
            );
        }
        json.push_str("]}");
        json
    }
}

fn json_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn json_number(number: f64) -> String {
    if number.is_finite() { format!("{number:?}") } else { "null".to_owned() }
}
