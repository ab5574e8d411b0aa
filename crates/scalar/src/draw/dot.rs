//! Graphviz's DOT language.

use std::fmt::Write as _;

use crate::op::Op;
use crate::trace::Trace;

use super::{record, symbol};

pub(super) fn write(trace: &Trace) -> String {
    let mut dot = String::from("digraph {\n  rankdir=LR\n");
    for (i, node) in trace.nodes().iter().enumerate() {
        let cells: Vec<String> = record(node).iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(dot, "  v{i} [label=\"{{ {} }}\", shape=record]", cells.join(" | "));
        if node.op != Op::Leaf {
            let _ = writeln!(dot, "  v{i}op [label=\"{}\"]", symbol(node.op));
            let _ = writeln!(dot, "  v{i}op -> v{i}");
        }
        for input in &node.inputs {
            let _ = writeln!(dot, "  v{input} -> v{i}op");
        }
    }
    dot.push_str("}\n");
    dot
}

/// A record's text: quotes, backslashes and the signs that divide records stand behind a backslash.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '&' {
            escaped.push_str("&amp;");
            continue;
        }
        if matches!(c, '"' | '\\' | '{' | '}' | '|' | '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
