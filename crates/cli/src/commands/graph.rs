//! `gradus graph`: an expression of numbers, its values and gradients, drawn.

use std::path::{Path, PathBuf};

use gradus_scalar::Trace;
use gradus_scalar::expr::{Message, Program, parse_binding};
use serde::Serialize;

use super::Context;
use crate::failure::{Failure, Outcome};
use crate::file::{PIXELS_PER_POINT, goes_to_stdout, write_whole};
use crate::output::{self, note};

/// What may stand in an expression.
fn expression_help() -> String {
    format!(
        "The expression, in quotes: + - * / ** ( ) {}; several statements stand apart by ; as in \
         'd = a+b; L = tanh(d)', and the last is the result",
        gradus_scalar::expr::function_words().join(" ")
    )
}

/// Computes an expression, the gradient of its result by every value in it, and draws the graph.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(allow_hyphen_values = true, help = expression_help())]
    expression: String,
    /// The values of its names
    #[arg(value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// Draw the graph into this file: .svg, .png, or .dot for Graphviz
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Computed {
    expression: String,
    /// The last statement's value; null where it is not finite.
    result: f64,
    /// Inputs before results; the last is the result.
    nodes: Vec<Node>,
    notes: Vec<String>,
    drawing: Option<String>,
}

#[derive(Debug, Serialize)]
struct Node {
    id: usize,
    label: String,
    op: String,
    inputs: Vec<usize>,
    data: f64,
    grad: f64,
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    let format = match args.output.as_deref() {
        // A picture that another program reads is text.
        Some(path) if goes_to_stdout(path, args.json)? => Some(Format::Svg),
        path => path.map(Format::of).transpose()?,
    };
    let source = args.expression.as_str();
    let mut given = Vec::with_capacity(args.values.len());
    for text in &args.values {
        given.push(parse_binding(text).map_err(|message| misread(&unquoted(message, text), text))?);
    }
    let program = Program::parse(source).map_err(|message| misread(&message, source))?;
    let mut computed = program.evaluate(&given).map_err(|message| misread(&message, source))?;
    computed.backward();
    let trace = Trace::of(&computed.root);
    if let (Some(format), Some(path)) = (format, &args.output) {
        write_whole(path, &format.draw(&trace)?)?;
    }

    if args.json {
        return output::json(&Computed {
            expression: program.to_string(),
            result: computed.root.data(),
            nodes: nodes(&trace),
            notes: computed.notes.iter().map(ToString::to_string).collect(),
            drawing: args.output.as_ref().map(|path| path.display().to_string()),
        });
    }
    output::text(&trace.table())?;
    for message in &computed.notes {
        note(&format!("note: {}", message.render(source)));
    }
    match &args.output {
        Some(path) => note(&format!("drawn: {}", path.display())),
        None => note("to draw it, add -o graph.svg (or .png, .dot)"),
    }
    Ok(())
}

/// A shell cuts an expression without quotes at its spaces: what follows then reads as a value, but
/// has no name and no `=`.
fn unquoted(message: Message, text: &str) -> Message {
    match text.split_once('=') {
        Some((name, _)) if !name.trim().is_empty() => message,
        _ => Message { text: format!("{}, and put the whole expression in quotes", message.text), ..message },
    }
}

/// Shows the place that a message is about; the failure carries the message itself.
fn misread(message: &Message, source: &str) -> Failure {
    if let Some(quote) = message.quote(source) {
        note(&quote);
    }
    Failure::Usage(message.text.clone())
}

fn nodes(trace: &Trace) -> Vec<Node> {
    let node = |(id, node): (usize, &gradus_scalar::TraceNode)| Node {
        id,
        label: node.label.clone(),
        op: node.op.to_string(),
        inputs: node.inputs.clone(),
        data: node.data,
        grad: node.grad,
    };
    trace.nodes().iter().enumerate().map(node).collect()
}

/// What a picture is written as, by its file's ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Svg,
    Png,
    Dot,
}

impl Format {
    fn of(path: &Path) -> Outcome<Self> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            Some("dot" | "gv") => Ok(Self::Dot),
            _ => Err(Failure::Usage(format!(
                "{} does not say which kind of picture it is: let its name end in .svg, .png or .dot",
                path.display()
            ))),
        }
    }

    fn draw(self, trace: &Trace) -> Outcome<Vec<u8>> {
        Ok(match self {
            Self::Svg => trace.to_svg()?.into_bytes(),
            Self::Png => trace.to_png(PIXELS_PER_POINT)?,
            Self::Dot => trace.to_dot().into_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        for (name, format) in [("g.svg", Format::Svg), ("a/b.PNG", Format::Png), ("g.dot", Format::Dot)] {
            assert!(matches!(Format::of(Path::new(name)), Ok(found) if found == format), "{name}");
        }
        for name in ["g", "g.jpg", ".svg", ""] {
            assert!(matches!(Format::of(Path::new(name)), Err(Failure::Usage(_))), "{name}");
        }
    }
}
