//! The drawn graph: from left to right, a record `label | data | grad` for every value and a small
//! circle before it for the operation that made it.
//!
//! `dot` writes the graph for Graphviz; `layout` gives everything its place; `picture` turns
//! that into shapes and text, which `gradus-plot` writes as SVG and paints as PNG.

mod dot;
mod layout;
mod picture;

use std::fmt;

use gradus_plot::PictureError;
use unicode_width::UnicodeWidthChar;

use crate::op::Op;
use crate::trace::{Trace, TraceNode};

/// The largest graph that is drawn: beyond it, nobody could read the picture.
pub const LARGEST_DRAWING: usize = 5000;

/// Why a picture was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrawError {
    /// The graph has more values than [`LARGEST_DRAWING`].
    TooManyValues(usize),
    /// As PNG the picture would have more pixels than a viewer opens.
    TooManyPixels(PictureError),
}

impl fmt::Display for DrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyValues(values) => write!(
                f,
                "the graph has {values} values, and at most {LARGEST_DRAWING} are drawn: \
                 draw a smaller part, or write DOT, which has no limit"
            ),
            Self::TooManyPixels(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DrawError {}

impl Trace {
    /// The graph in Graphviz's DOT language.
    ///
    /// ```
    /// use gradus_scalar::{Trace, Value};
    ///
    /// let a = Value::new(2.0).with_label("a");
    /// let dot = Trace::of(&a.tanh()).to_dot();
    /// assert!(dot.contains(r#"v0 [label="{ a | data 2.0000 | grad 0.0000 }", shape=record]"#));
    /// assert!(dot.contains("v0 -> v1op"));
    /// ```
    pub fn to_dot(&self) -> String {
        dot::write(self)
    }

    /// The graph as a picture, SVG 1.1.
    ///
    /// # Errors
    /// When the graph has more than [`LARGEST_DRAWING`] values.
    pub fn to_svg(&self) -> Result<String, DrawError> {
        Ok(self.picture()?.to_svg())
    }

    /// The graph as a picture, PNG, with `scale` pixels to a point (2.0 is sharp on most screens).
    /// A very large picture gets fewer. The font is built in: it looks the same everywhere.
    ///
    /// # Errors
    /// When the graph has more than [`LARGEST_DRAWING`] values, or the picture too many pixels.
    #[cfg(feature = "png")]
    pub fn to_png(&self, scale: f32) -> Result<Vec<u8>, DrawError> {
        self.picture()?.to_png(scale).map_err(DrawError::TooManyPixels)
    }

    fn picture(&self) -> Result<gradus_plot::Picture, DrawError> {
        let values = self.nodes().len();
        if values > LARGEST_DRAWING {
            return Err(DrawError::TooManyValues(values));
        }
        Ok(picture::draw(self))
    }
}

/// The cells of a value's record.
fn record(node: &TraceNode) -> Vec<String> {
    let mut cells = Vec::with_capacity(3);
    if !node.label.is_empty() {
        cells.push(shortened(&node.label, 24));
    }
    cells.push(format!("data {}", four_places(node.data)));
    cells.push(format!("grad {}", four_places(node.grad)));
    cells
}

/// The text in an operation's circle.
fn symbol(op: Op) -> String {
    match op {
        Op::Pow(k) if k.to_string().len() > 6 => format!("**{}", four_places(k)),
        op => op.to_string(),
    }
}

/// C's `%.4f`; with an exponent where that would be long.
fn four_places(number: f64) -> String {
    if number.is_finite() && number.abs() >= 1e10 { format!("{number:.4e}") } else { format!("{number:.4}") }
}

/// At most so many columns of a text, on one line.
fn shortened(text: &str, columns: usize) -> String {
    let mut short = String::new();
    let mut used = 0;
    for c in text.chars() {
        let c = if c.is_control() { '\u{FFFD}' } else { c };
        used += c.width().unwrap_or(0);
        if used > columns {
            short.push('…');
            break;
        }
        short.push(c);
    }
    short
}
