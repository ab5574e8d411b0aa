//! The picture: everything in its place, as shapes and text.

use gradus_plot::{Anchor, Colour, Line, Picture, Point, Shape};

use crate::op::Op;
use crate::trace::{Trace, TraceNode};

use super::layout::{Item, Layout, layout};
use super::{record, symbol};

/// Font size, in points.
const FONT_SIZE: f64 = 13.0;
/// From the middle of a line of text down to its baseline.
const BASELINE: f64 = 0.35 * FONT_SIZE;
const BOX_HEIGHT: f64 = 30.0;
const CELL_PADDING: f64 = 9.0;
const CIRCLE: f64 = 26.0;
/// Between an operation's circle and its value's box.
const CIRCLE_GAP: f64 = 20.0;
const ARROW_LENGTH: f64 = 8.0;
const ARROW_HALF_WIDTH: f64 = 3.2;
const MARGIN: f64 = 16.0;

const EDGE: Colour = Colour::Rgb(0x6b_77_85);
const LEAF: Colour = Colour::Rgb(0xff_f4_e0);
const CIRCLE_FILL: Colour = Colour::Rgb(0xe3_ee_fb);

fn text_width(text: &str) -> f64 {
    gradus_plot::text_width(text, FONT_SIZE)
}

/// A value as it is drawn: the operation's circle (if there is one) and the record.
struct Drawn {
    symbol: String,
    circle: f64,
    cells: Vec<String>,
    cell_widths: Vec<f64>,
}

impl Drawn {
    fn of(node: &TraceNode) -> Self {
        let symbol = symbol(node.op);
        let circle = match node.op {
            Op::Leaf => 0.0,
            _ => CIRCLE.max(text_width(&symbol) + 14.0),
        };
        let cells = record(node);
        let width = |cell: &String| text_width(cell) + 2.0 * CELL_PADDING;
        let cell_widths = cells.iter().map(width).collect();
        Self { symbol, circle, cells, cell_widths }
    }

    fn box_width(&self) -> f64 {
        self.cell_widths.iter().sum()
    }
}

/// Draws the graph.
pub(super) fn draw(trace: &Trace) -> Picture {
    let nodes = trace.nodes();
    let drawn: Vec<Drawn> = nodes.iter().map(Drawn::of).collect();
    let items: Vec<Item> = nodes
        .iter()
        .zip(&drawn)
        .map(|(node, drawn)| Item {
            inputs: node.inputs.clone(),
            lead: if node.op == Op::Leaf { 0.0 } else { drawn.circle + CIRCLE_GAP },
            width: drawn.box_width(),
            height: BOX_HEIGHT,
        })
        .collect();
    let layout = layout(&items);

    let mut shapes = Vec::new();
    let mut trunks = vec![0; nodes.len()];
    for i in 0..nodes.len() {
        edges(&mut shapes, i, &items, &drawn, &layout, &mut trunks);
    }
    for (i, drawn) in drawn.iter().enumerate() {
        let place = layout.places[i];
        let (left, middle) = (MARGIN + place.left, MARGIN + place.middle);
        value(&mut shapes, drawn, left, middle, i + 1 == nodes.len());
    }
    let names = trace.names();
    let root = names.last().map_or("", |name| name);
    Picture {
        title: format!("Graph of {root}: {} values", nodes.len()),
        width: layout.width + 2.0 * MARGIN,
        height: layout.height + 2.0 * MARGIN,
        shapes,
    }
}

/// A value's circle and record, with a heavier frame around the root's.
fn value(shapes: &mut Vec<Shape>, drawn: &Drawn, left: f64, middle: f64, is_root: bool) {
    let text = |x, text: &str| Shape::text((x, middle + BASELINE), text, FONT_SIZE, Anchor::Middle, Colour::Ink);
    let is_leaf = drawn.circle == 0.0;
    if !is_leaf {
        let right = left - CIRCLE_GAP;
        let center = right - drawn.circle / 2.0;
        shapes.push(Shape::Rect {
            corner: (right - drawn.circle, middle - CIRCLE / 2.0),
            width: drawn.circle,
            height: CIRCLE,
            radius: CIRCLE / 2.0,
            fill: Some(CIRCLE_FILL),
            line: Some(Line::new(Colour::Ink, 1.2)),
        });
        shapes.push(text(center, &drawn.symbol));
        straight(shapes, (right, middle), (left, middle));
    }
    let (top, bottom) = (middle - BOX_HEIGHT / 2.0, middle + BOX_HEIGHT / 2.0);
    shapes.push(Shape::Rect {
        corner: (left, top),
        width: drawn.box_width(),
        height: BOX_HEIGHT,
        radius: 3.0,
        fill: Some(if is_leaf { LEAF } else { Colour::Paper }),
        line: Some(Line::new(Colour::Ink, if is_root { 2.4 } else { 1.2 })),
    });
    let mut x = left;
    for (k, (cell, width)) in drawn.cells.iter().zip(&drawn.cell_widths).enumerate() {
        if k > 0 {
            let points = vec![(x, top), (x, bottom)];
            shapes.push(Shape::Polyline { points, line: Line::new(Colour::Ink, 1.0) });
        }
        shapes.push(text(x + width / 2.0, cell));
        x += width;
    }
}

/// The edges from an item's inputs to its circle. `trunks` says for every item how many of the
/// points that its edges share have been passed already.
fn edges(shapes: &mut Vec<Shape>, i: usize, items: &[Item], drawn: &[Drawn], layout: &Layout, trunks: &mut [usize]) {
    let place = layout.places[i];
    let inputs = &items[i].inputs;
    let circle = drawn[i].circle;
    let (circle_left, middle) = (place.left - CIRCLE_GAP - circle, place.middle);
    let drops: Vec<f64> = (0..inputs.len())
        .map(|k| {
            let last_point = layout.routes[i][k].last().copied();
            last_point.unwrap_or(layout.places[inputs[k]].middle) - middle
        })
        .collect();
    for ((k, &input), angle) in inputs.iter().enumerate().zip(entries(&drops)) {
        let radius = CIRCLE / 2.0;
        let tip = (MARGIN + circle_left + radius * (1.0 - angle.cos()), MARGIN + middle + radius * angle.sin());
        let points = &layout.routes[i][k];
        let passed = trunks[input].min(points.len());
        trunks[input] = trunks[input].max(points.len());
        let start_column = layout.places[input].column + passed;
        let start = match passed {
            0 => (layout.places[input].left + items[input].width, layout.places[input].middle),
            _ => (layout.columns[start_column].right, points[passed - 1]),
        };
        let mut pen = Pen::at((MARGIN + start.0, MARGIN + start.1));
        for (column, y) in (start_column..).zip(&points[passed..]) {
            pen.level_to(MARGIN + layout.columns[column].right);
            pen.bend_to(MARGIN + layout.columns[column + 1].left, MARGIN + y);
        }
        pen.level_to(MARGIN + layout.columns[place.column - 1].right);
        pen.bend_to(MARGIN + layout.columns[place.column].left - ARROW_LENGTH, tip.1);
        pen.level_to(tip.0 - ARROW_LENGTH);
        shapes.push(edge(pen.start, pen.curves));
        shapes.push(arrow(tip));
    }
}

/// At which angles edges that come from so far below the circle's middle enter it: one edge in the
/// middle; two each a little towards where it comes from, and far enough apart to be seen.
fn entries(drops: &[f64]) -> Vec<f64> {
    let &[first, second] = drops else {
        return vec![0.0; drops.len()];
    };
    let [a, b] = [first, second].map(|drop| (drop / 80.0).clamp(-0.5, 0.5));
    match (b - a).abs() >= 0.45 {
        true => vec![a, b],
        false if first <= second => vec![-0.45, 0.45],
        false => vec![0.45, -0.45],
    }
}

/// Draws an edge, level or in a curve that begins and ends level.
struct Pen {
    start: Point,
    at: Point,
    curves: Vec<[Point; 3]>,
}

impl Pen {
    fn at(start: Point) -> Self {
        Self { start, at: start, curves: Vec::new() }
    }

    fn level_to(&mut self, x: f64) {
        self.bend_to(x, self.at.1);
    }

    fn bend_to(&mut self, x: f64, y: f64) {
        if (x, y) == self.at {
            return;
        }
        let middle = (self.at.0 + x) / 2.0;
        self.curves.push([(middle, self.at.1), (middle, y), (x, y)]);
        self.at = (x, y);
    }
}

fn straight(shapes: &mut Vec<Shape>, from: Point, to: Point) {
    let end = (to.0 - ARROW_LENGTH, to.1);
    shapes.push(edge(from, vec![[from, end, end]]));
    shapes.push(arrow(to));
}

fn edge(start: Point, curves: Vec<[Point; 3]>) -> Shape {
    Shape::Curve { start, curves, line: Line::new(EDGE, 1.3) }
}

/// An arrow's tip, pointing right.
fn arrow(tip: Point) -> Shape {
    let back = tip.0 - ARROW_LENGTH;
    let points = vec![tip, (back, tip.1 - ARROW_HALF_WIDTH), (back, tip.1 + ARROW_HALF_WIDTH)];
    Shape::Polygon { points, fill: EDGE, opacity: 1.0 }
}
