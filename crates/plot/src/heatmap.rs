//! A table of numbers as coloured cells.

use crate::colour::{Colour, text_on};
use crate::picture::{Anchor, Line, Picture, Shape, text_width};
use crate::shade::Shade;

const TITLE: f64 = 14.0;
const LABEL: f64 = 11.5;
const SMALL: f64 = 10.0;
const MARGIN: f64 = 14.0;
const BASELINE: f64 = 0.35;

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
    shade: Option<Shade>,
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
            shade: None,
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

    /// Which number has which colour, in place of what the numbers ask for.
    #[must_use]
    pub fn shade(mut self, shade: Shade) -> Self {
        self.shade = Some(shade);
        self
    }

    /// How wide and high a cell is at least, in points.
    #[must_use]
    pub fn cell_size(mut self, width: f64, height: f64) -> Self {
        self.cell = (self.cell.0.max(width), self.cell.1.max(height));
        self
    }

    /// Two lines of text in each cell, such as `an` and `5438`; an empty second one leaves the first in the middle.
    #[must_use]
    pub fn cells(mut self, cells: &[(String, String)]) -> Self {
        self.cells = cells.to_vec();
        let widest = cells.iter().flat_map(|(a, b)| [a, b]).map(|text| text_width(text, SMALL)).fold(0.0, f64::max);
        self.cell = (self.cell.0.max(widest + 6.0).max(30.0), self.cell.1.max(30.0));
        self
    }

    /// Draws it.
    pub fn picture(&self) -> Picture {
        let shade = self.shade.unwrap_or_else(|| Shade::of(self.values.iter().copied()));

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
        let colours: Vec<u32> = self.values.iter().map(|&v| shade.colour(v)).collect();
        shapes.push(Shape::Cells { corner: (left, top), width, height, columns: self.columns, colours });
        for (i, (cell, &value)) in self.cells.iter().zip(&self.values).enumerate() {
            let x = left + ((i % self.columns) as f64 + 0.5) * self.cell.0;
            let y = top + ((i / self.columns) as f64 + 0.5) * self.cell.1;
            let ink = text_on(shade.colour(value));
            if cell.1.is_empty() {
                shapes.push(Shape::text((x, y + BASELINE * LABEL), &cell.0, LABEL, Anchor::Middle, ink));
                continue;
            }
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
        let bottom = shade.bar(&mut shapes, (left, top + height + 12.0), width, &self.unit);
        let title = MARGIN * 2.0 + text_width(&self.title, TITLE);
        let width = (left + width.max(200.0) + MARGIN + 6.0).max(title);
        Picture { title: self.title.clone(), width, height: bottom + MARGIN, shapes }
    }
}
