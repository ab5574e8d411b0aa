//! A table of numbers as coloured cells.

use crate::colour::{Colour, diverging, sequential, text_on};
use crate::picture::{Anchor, Line, Picture, Shape, text_width};

const TITLE: f64 = 14.0;
const LABEL: f64 = 11.5;
const SMALL: f64 = 10.0;
const MARGIN: f64 = 14.0;
const BASELINE: f64 = 0.35;
/// Steps of the colour bar.
const BAR: usize = 64;

/// A table of numbers as coloured cells: blue for negative and orange for positive numbers where there are both, else
/// the darker the larger.
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    title: String,
    rows: usize,
    columns: usize,
    values: Vec<f64>,
    row_names: Vec<String>,
    column_names: Vec<String>,
    axes: (String, String),
    unit: String,
    /// Two lines of text in each cell.
    cells: Vec<(String, String)>,
    cell: (f64, f64),
}

impl Heatmap {
    /// `values` row by row, so many in a row.
    pub fn new(title: impl Into<String>, columns: usize, values: &[f64]) -> Self {
        let columns = columns.max(1);
        let rows = values.len().div_ceil(columns);
        // Small tables get large cells, large ones still fit on a screen.
        let side = (620.0 / columns.max(rows).max(1) as f64).clamp(2.0, 44.0);
        Heatmap {
            title: title.into(),
            rows,
            columns,
            values: values.to_vec(),
            row_names: Vec::new(),
            column_names: Vec::new(),
            axes: (String::new(), String::new()),
            unit: String::new(),
            cells: Vec::new(),
            cell: (side, side),
        }
    }

    /// The names of rows and columns.
    #[must_use]
    pub fn names(mut self, rows: &[String], columns: &[String]) -> Self {
        (self.row_names, self.column_names) = (rows.to_vec(), columns.to_vec());
        self
    }

    /// What the rows are, from top to bottom, and the columns, from left to right.
    #[must_use]
    pub fn axes(mut self, rows: impl Into<String>, columns: impl Into<String>) -> Self {
        self.axes = (rows.into(), columns.into());
        self
    }

    /// What the numbers count.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Two lines of text in each cell, such as `an` and `5438`.
    #[must_use]
    pub fn cells(mut self, cells: &[(String, String)]) -> Self {
        self.cells = cells.to_vec();
        let widest = cells.iter().flat_map(|(a, b)| [a, b]).map(|text| text_width(text, SMALL)).fold(0.0, f64::max);
        self.cell = (self.cell.0.max(widest + 6.0).max(30.0), self.cell.1.max(30.0));
        self
    }

    /// Draws it.
    pub fn picture(&self) -> Picture {
        let finite = || self.values.iter().copied().filter(|v| v.is_finite());
        let signed = finite().any(|v| v < 0.0);
        let size = finite().map(f64::abs).fold(0.0, f64::max);
        let scaled = |v: f64| if size > 0.0 { v / size } else { 0.0 };
        let colour = |v: f64| match v {
            v if !v.is_finite() => 0xb0_b0_b0,
            v if signed => diverging(scaled(v)),
            v => sequential(scaled(v)),
        };

        let mut shapes = Vec::new();
        let (width, height) = (self.cell.0 * self.columns as f64, self.cell.1 * self.rows as f64);
        let longest = |names: &[String]| names.iter().map(|name| text_width(name, LABEL)).fold(0.0, f64::max);
        let left = MARGIN
            + if self.axes.0.is_empty() { 0.0 } else { LABEL + 8.0 }
            + longest(&self.row_names)
            + if self.row_names.is_empty() { 0.0 } else { 7.0 };
        let mut top = MARGIN;
        if !self.title.is_empty() {
            shapes.push(Shape::text((MARGIN, top + 0.8 * TITLE), &self.title, TITLE, Anchor::Start, Colour::Ink));
            top += TITLE + 9.0;
        }
        if !self.axes.1.is_empty() {
            let at = (left + width / 2.0, top + 0.8 * LABEL);
            shapes.push(Shape::text(at, &self.axes.1, LABEL, Anchor::Middle, Colour::Ink));
            top += LABEL + 5.0;
        }
        if !self.column_names.is_empty() {
            top += LABEL + 3.0;
        }
        // Names stand apart: where the cells are narrow, only every so-many-th is shown.
        let stride = |room: f64, needed: f64| (needed / room).ceil().max(1.0) as usize;
        let shown = stride(self.cell.0, longest(&self.column_names) + 3.0);
        for (i, name) in self.column_names.iter().enumerate().step_by(shown) {
            let at = (left + (i as f64 + 0.5) * self.cell.0, top - 5.0);
            shapes.push(Shape::text(at, name, LABEL, Anchor::Middle, Colour::Ink));
        }
        let shown = stride(self.cell.1, LABEL);
        for (i, name) in self.row_names.iter().enumerate().step_by(shown) {
            let at = (left - 7.0, top + (i as f64 + 0.5) * self.cell.1 + BASELINE * LABEL);
            shapes.push(Shape::text(at, name, LABEL, Anchor::End, Colour::Ink));
        }
        if !self.axes.0.is_empty() {
            shapes.push(Shape::Text {
                at: (MARGIN + 0.7 * LABEL, top + height / 2.0),
                text: self.axes.0.clone(),
                size: LABEL,
                anchor: Anchor::Middle,
                colour: Colour::Ink,
                turned: true,
            });
        }
        let colours: Vec<u32> = self.values.iter().map(|&v| colour(v)).collect();
        shapes.push(Shape::Cells { corner: (left, top), width, height, columns: self.columns, colours });
        for (i, (cell, &value)) in self.cells.iter().zip(&self.values).enumerate() {
            let x = left + ((i % self.columns) as f64 + 0.5) * self.cell.0;
            let y = top + ((i / self.columns) as f64 + 0.5) * self.cell.1;
            let ink = text_on(colour(value));
            shapes.push(Shape::text((x, y - 3.0), &cell.0, SMALL, Anchor::Middle, ink));
            shapes.push(Shape::text((x, y + 9.5), &cell.1, SMALL, Anchor::Middle, ink));
        }
        shapes.push(Shape::Rect {
            corner: (left, top),
            width,
            height,
            radius: 0.0,
            fill: None,
            line: Some(Line::new(Colour::Muted, 1.0)),
        });
        let bottom = self.bar(&mut shapes, left, top + height + 12.0, (signed, size), width);
        let title = MARGIN * 2.0 + text_width(&self.title, TITLE);
        let width = (left + width.max(200.0) + MARGIN + 6.0).max(title);
        Picture { title: self.title.clone(), width, height: bottom + MARGIN, shapes }
    }

    /// The colours with the numbers they stand for; gives the height of its lower edge.
    fn bar(&self, shapes: &mut Vec<Shape>, left: f64, top: f64, (signed, size): (bool, f64), room: f64) -> f64 {
        let width = room.clamp(120.0, 260.0);
        let at = |i: usize| i as f64 / (BAR - 1) as f64;
        let colours = (0..BAR).map(|i| if signed { diverging(2.0 * at(i) - 1.0) } else { sequential(at(i)) }).collect();
        shapes.push(Shape::Cells { corner: (left, top), width, height: 10.0, columns: BAR, colours });
        let mut text = |x: f64, text: String, anchor| {
            shapes.push(Shape::text((x, top + 10.0 + SMALL + 3.0), text, SMALL, anchor, Colour::Muted));
        };
        text(left, number(if signed { -size } else { 0.0 }), Anchor::Start);
        if signed {
            text(left + width / 2.0, "0".to_string(), Anchor::Middle);
        }
        text(left + width, number(size), Anchor::End);
        if !self.unit.is_empty() {
            text(left + width + 10.0, self.unit.clone(), Anchor::Start);
        }
        top + 10.0 + SMALL + 5.0
    }
}

/// Four significant digits.
fn number(v: f64) -> String {
    match v.abs() {
        0.0 => "0".to_string(),
        a if !(1e-3..1e6).contains(&a) => format!("{v:.2e}"),
        _ if v == v.round() => format!("{v}"),
        a => format!("{v:.*}", (3.0 - a.log10().floor()).clamp(0.0, 6.0) as usize),
    }
}
