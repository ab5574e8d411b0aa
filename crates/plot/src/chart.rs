//! A chart: axes, and what stands between them.

use crate::axis::{Axis, Ruler, Scale};
use crate::colour::{Colour, SERIES_COLOURS};
use crate::picture::{Anchor, Line, Picture, Point, Shape, text_width};
use crate::shade::{Shade, UPRIGHT};

const TITLE: f64 = 14.0;
const LABEL: f64 = 11.5;
const TICK: f64 = 10.5;
const MARGIN: f64 = 14.0;
/// From the middle of a line of text down to its baseline, as a share of its size.
const BASELINE: f64 = 0.35;
const LEGEND_LINE: f64 = 22.0;
const LEGEND_ROW: f64 = 17.0;

/// A line across a chart with a word on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where, on the axis that it crosses.
    pub at: f64,
    /// What it means.
    pub text: String,
}

/// What stands between the axes.
#[derive(Debug, Clone, PartialEq)]
enum Layer {
    /// Points joined by lines.
    Line { name: String, points: Vec<Point>, dashed: bool },
    /// Bars of equal width, side by side, as one filled outline.
    Bars { name: String, low: f64, high: f64, heights: Vec<f64> },
    /// Single points.
    Dots { name: String, points: Vec<Point> },
    /// Texts at their places.
    Letters { letters: Vec<(String, Point)> },
    /// Points as a short text in the series' colour.
    Symbols { name: String, symbol: String, points: Vec<Point> },
    /// Points with a number each, as a colour.
    Shaded { name: String, points: Vec<(Point, f64)>, shade: Shade },
    /// Rings around points that are drawn already.
    Rings { name: String, points: Vec<Point> },
    /// Coloured cells under everything else, from the lower left corner row by row upward.
    Ground { x: (f64, f64), y: (f64, f64), columns: usize, colours: Vec<u32> },
}

/// How a layer is shown in the legend.
enum Key<'a> {
    Line { dashed: bool },
    Filled,
    Symbol(&'a str),
    Ring,
}

impl Layer {
    /// Its name and how it is shown in the legend.
    fn key(&self) -> Option<(&str, Key<'_>)> {
        let (name, key) = match self {
            Layer::Line { name, dashed, .. } => (name, Key::Line { dashed: *dashed }),
            Layer::Bars { name, .. } | Layer::Dots { name, .. } => (name, Key::Filled),
            Layer::Symbols { name, symbol, .. } => (name, Key::Symbol(symbol)),
            Layer::Rings { name, .. } | Layer::Shaded { name, .. } => (name, Key::Ring),
            Layer::Letters { .. } | Layer::Ground { .. } => return None,
        };
        (!name.is_empty()).then_some((name, key))
    }

    /// Whether it takes the next of the colours.
    fn is_series(&self) -> bool {
        match self {
            Layer::Line { .. } | Layer::Bars { .. } | Layer::Dots { .. } | Layer::Symbols { .. } => true,
            Layer::Letters { .. } | Layer::Ground { .. } | Layer::Rings { .. } | Layer::Shaded { .. } => false,
        }
    }
}

/// A chart: lines, histograms, dots, letters and coloured grounds between two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    title: String,
    x: Axis,
    y: Axis,
    layers: Vec<Layer>,
    across: Vec<Mark>,
    upright: Vec<Mark>,
    width: f64,
    height: f64,
    /// Whether a unit is equally long on both axes.
    equal_units: bool,
    /// Which number has which colour, and what the numbers are.
    shade: Option<(Shade, String)>,
}

impl Chart {
    /// An empty chart, 640 by 360 points.
    pub fn new(title: impl Into<String>) -> Self {
        Chart {
            title: title.into(),
            x: Axis::default(),
            y: Axis::default(),
            layers: Vec::new(),
            across: Vec::new(),
            upright: Vec::new(),
            width: 640.0,
            height: 360.0,
            equal_units: false,
            shade: None,
        }
    }

    /// What lies along the horizontal axis, with its unit.
    #[must_use]
    pub fn x(mut self, label: impl Into<String>) -> Self {
        self.x.label = label.into();
        self
    }

    /// What lies along the vertical axis, with its unit.
    #[must_use]
    pub fn y(mut self, label: impl Into<String>) -> Self {
        self.y.label = label.into();
        self
    }

    /// A logarithmic horizontal axis.
    #[must_use]
    pub fn log_x(mut self) -> Self {
        self.x.scale = Scale::Log;
        self
    }

    /// A logarithmic vertical axis.
    #[must_use]
    pub fn log_y(mut self) -> Self {
        self.y.scale = Scale::Log;
        self
    }

    /// The ends of the horizontal axis, in place of those of the data.
    #[must_use]
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.x.range = Some((low, high));
        self
    }

    /// The ends of the vertical axis, in place of those of the data.
    #[must_use]
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y.range = Some((low, high));
        self
    }

    /// How large the picture is, in points.
    #[must_use]
    pub fn size(mut self, width: f64, height: f64) -> Self {
        (self.width, self.height) = (width.max(160.0), height.max(120.0));
        self
    }

    /// A line through some points. A point that is no number leaves a gap.
    #[must_use]
    pub fn line(mut self, name: impl Into<String>, points: &[Point]) -> Self {
        self.layers.push(Layer::Line { name: name.into(), points: points.to_vec(), dashed: false });
        self
    }

    /// A dashed line through some points: what is expected, beside what is.
    #[must_use]
    pub fn dashed(mut self, name: impl Into<String>, points: &[Point]) -> Self {
        self.layers.push(Layer::Line { name: name.into(), points: points.to_vec(), dashed: true });
        self
    }

    /// Bars of equal width between `low` and `high`; several such histograms can lie over each other.
    #[must_use]
    pub fn bars(mut self, name: impl Into<String>, low: f64, high: f64, heights: &[f64]) -> Self {
        self.layers.push(Layer::Bars { name: name.into(), low, high, heights: heights.to_vec() });
        self
    }

    /// Single points.
    #[must_use]
    pub fn dots(mut self, name: impl Into<String>, points: &[Point]) -> Self {
        self.layers.push(Layer::Dots { name: name.into(), points: points.to_vec() });
        self
    }

    /// Texts at their places, such as symbols on a map.
    #[must_use]
    pub fn letters(mut self, letters: &[(String, Point)]) -> Self {
        self.layers.push(Layer::Letters { letters: letters.to_vec() });
        self
    }

    /// Single points as a short text in the series' colour, such as the digits 0 to 9: told apart without colours too.
    #[must_use]
    pub fn symbols(mut self, name: impl Into<String>, symbol: impl Into<String>, points: &[Point]) -> Self {
        self.layers.push(Layer::Symbols { name: name.into(), symbol: symbol.into(), points: points.to_vec() });
        self
    }

    /// Single points with a number each, as a colour.
    #[must_use]
    pub fn shaded(mut self, name: impl Into<String>, points: &[(Point, f64)], shade: Shade) -> Self {
        self.layers.push(Layer::Shaded { name: name.into(), points: points.to_vec(), shade });
        self
    }

    /// Rings around points that are drawn already, to point them out.
    #[must_use]
    pub fn rings(mut self, name: impl Into<String>, points: &[Point]) -> Self {
        self.layers.push(Layer::Rings { name: name.into(), points: points.to_vec() });
        self
    }

    /// Says beside the chart which number has which colour, and what the numbers are.
    #[must_use]
    pub fn shade_bar(mut self, shade: Shade, label: impl Into<String>) -> Self {
        self.shade = Some((shade, label.into()));
        self
    }

    /// Coloured cells under everything else, from the lower left corner row by row upward: what a classifier decides
    /// everywhere.
    #[must_use]
    pub fn ground(mut self, x: (f64, f64), y: (f64, f64), columns: usize, colours: &[u32]) -> Self {
        self.layers.insert(0, Layer::Ground { x, y, columns, colours: colours.to_vec() });
        self
    }

    /// A unit is equally long on both axes, as on a map.
    #[must_use]
    pub fn equal_units(mut self) -> Self {
        self.equal_units = true;
        self
    }

    /// A horizontal line at a height that means something.
    #[must_use]
    pub fn mark_y(mut self, at: f64, text: impl Into<String>) -> Self {
        self.across.push(Mark { at, text: text.into() });
        self
    }

    /// An upright line at a place that means something.
    #[must_use]
    pub fn mark_x(mut self, at: f64, text: impl Into<String>) -> Self {
        self.upright.push(Mark { at, text: text.into() });
        self
    }

    /// Draws it.
    pub fn picture(&self) -> Picture {
        let mut shapes = Vec::new();
        let mut top = MARGIN;
        if !self.title.is_empty() {
            // A long title is written smaller rather than cut.
            let room = (self.width - 2.0 * MARGIN) / text_width(&self.title, 1.0).max(1.0);
            let size = TITLE.min(room).max(6.0);
            shapes.push(Shape::text((MARGIN, top + 0.8 * TITLE), &self.title, size, Anchor::Start, Colour::Ink));
            top += TITLE + 9.0;
        }
        top = self.legend(&mut shapes, top);

        let (x, y, is_empty) = self.rulers();
        let widest = y.ticks.iter().map(|tick| text_width(&tick.text, TICK)).fold(0.0, f64::max);
        let y_label = if self.y.label.is_empty() { 0.0 } else { LABEL + 8.0 };
        let x_label = if self.x.label.is_empty() { 0.0 } else { LABEL + 6.0 };
        let frame = Frame {
            left: MARGIN + y_label + widest + 8.0,
            right: self.width - MARGIN - 4.0 - if self.shade.is_some() { UPRIGHT } else { 0.0 },
            top: top + 4.0 + if y.factor.is_some() { TICK + 4.0 } else { 0.0 },
            bottom: self.height - MARGIN - x_label - TICK - 6.0,
            x,
            y,
            is_empty,
        };
        self.axes(&mut shapes, &frame);
        self.grounds(&mut shapes, &frame);
        let mut series = 0;
        let histograms = self.layers.iter().filter(|layer| matches!(layer, Layer::Bars { .. })).count();
        for layer in &self.layers {
            frame.draw(&mut shapes, layer, series, histograms);
            series += usize::from(layer.is_series());
        }
        if let Some((shade, label)) = &self.shade {
            let (left, height) = (frame.right + 12.0, frame.bottom - frame.top);
            shade.upright_bar(&mut shapes, (left, frame.top), height, label);
        }
        self.marks(&mut shapes, &frame);
        if frame.is_empty {
            let at = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
            shapes.push(Shape::text(at, "nothing to show", LABEL, Anchor::Middle, Colour::Muted));
        }
        Picture { title: self.title.clone(), width: self.width, height: self.height, shapes }
    }

    /// Both axes, with the ends of what is drawn, and whether that is nothing.
    fn rulers(&self) -> (Ruler, Ruler, bool) {
        let mut xs = Vec::new();
        let mut ys = Vec::new();
        // Single points need room around them; lines, bars and grounds run to the edge.
        let (mut single, mut has_ground) = (false, false);
        for layer in &self.layers {
            match layer {
                Layer::Line { points, .. } | Layer::Dots { points, .. } | Layer::Symbols { points, .. } => {
                    single |= !matches!(layer, Layer::Line { .. });
                    // A point counts where both its numbers have a place.
                    let fits = |v: f64, axis: &Axis| v.is_finite() && (axis.scale == Scale::Linear || v > 0.0);
                    for (x, y) in points.iter().filter(|(x, y)| fits(*x, &self.x) && fits(*y, &self.y)) {
                        xs.push(*x);
                        ys.push(*y);
                    }
                }
                Layer::Bars { low, high, heights, .. } => {
                    xs.extend([*low, *high]);
                    ys.extend(heights);
                    ys.push(0.0);
                }
                Layer::Shaded { points, .. } => {
                    single = true;
                    xs.extend(points.iter().map(|(at, _)| at.0));
                    ys.extend(points.iter().map(|(at, _)| at.1));
                }
                Layer::Rings { .. } => {}
                Layer::Letters { letters } => {
                    single = true;
                    xs.extend(letters.iter().map(|(_, at)| at.0));
                    ys.extend(letters.iter().map(|(_, at)| at.1));
                }
                Layer::Ground { x, y, .. } => {
                    has_ground = true;
                    xs.extend([x.0, x.1]);
                    ys.extend([y.0, y.1]);
                }
            }
        }
        let is_empty = !xs.iter().any(|v| v.is_finite());
        ys.extend(self.across.iter().map(|mark| mark.at));
        xs.extend(self.upright.iter().map(|mark| mark.at));
        let (mut x_axis, mut y_axis) = (self.x.clone(), self.y.clone());
        if self.equal_units {
            equalise(&mut x_axis, &mut y_axis, &xs, &ys, self.width / (self.height - 60.0));
        }
        let across = ((self.width - 80.0) / 90.0).clamp(3.0, 10.0) as usize;
        let up = ((self.height - 80.0) / 45.0).clamp(3.0, 9.0) as usize;
        let x = x_axis.ruler(xs.into_iter(), across, has_ground || !single);
        (x, y_axis.ruler(ys.into_iter(), up, has_ground), is_empty)
    }

    /// The names of the series, below the title; gives the height where what follows begins.
    fn legend(&self, shapes: &mut Vec<Shape>, top: f64) -> f64 {
        // What each series is called, with its number among the colours.
        let series = self.layers.iter().scan(0, |next, layer| {
            let series = *next;
            *next += usize::from(layer.is_series());
            Some((series, layer.key()))
        });
        let named: Vec<(usize, (&str, Key<'_>))> = series.filter_map(|(series, key)| Some((series, key?))).collect();
        if named.is_empty() {
            return top;
        }
        let (mut left, mut middle) = (MARGIN, top + 6.0);
        for (series, (name, key)) in named {
            let width = LEGEND_LINE + 6.0 + text_width(name, LABEL) + 18.0;
            if left > MARGIN && left + width > self.width - MARGIN {
                (left, middle) = (MARGIN, middle + LEGEND_ROW);
            }
            let colour = Colour::Series(series);
            let centre = (left + LEGEND_LINE / 2.0, middle);
            shapes.push(match key {
                Key::Filled => Shape::Rect {
                    corner: (left + 4.0, middle - 5.0),
                    width: 14.0,
                    height: 10.0,
                    radius: 2.0,
                    fill: Some(colour),
                    line: None,
                },
                Key::Line { dashed } => Shape::Polyline {
                    points: vec![(left, middle), (left + LEGEND_LINE, middle)],
                    line: series_line(series, dashed),
                },
                Key::Symbol(symbol) => {
                    Shape::text((centre.0, middle + BASELINE * LABEL), symbol, LABEL, Anchor::Middle, colour)
                }
                Key::Ring => ring(centre),
            });
            let at = (left + LEGEND_LINE + 6.0, middle + BASELINE * LABEL);
            shapes.push(Shape::text(at, name, LABEL, Anchor::Start, Colour::Ink));
            left += width;
        }
        middle + 12.0
    }

    fn axes(&self, shapes: &mut Vec<Shape>, frame: &Frame) {
        let Frame { left, right, top, bottom, .. } = *frame;
        let line = |shapes: &mut Vec<Shape>, from: Point, to: Point, line: Line| {
            shapes.push(Shape::Polyline { points: vec![from, to], line });
        };
        let (grid, axis) = (Line::new(Colour::Grid, 1.0), Line::new(Colour::Muted, 1.0));
        let mut free_from = f64::NEG_INFINITY;
        for tick in &frame.x.ticks {
            let Some(x) = frame.across(tick.value) else { continue };
            if tick.text.is_empty() {
                line(shapes, (x, bottom), (x, bottom + 3.0), axis);
                continue;
            }
            line(shapes, (x, top), (x, bottom), grid);
            line(shapes, (x, bottom), (x, bottom + 4.0), axis);
            let half = text_width(&tick.text, TICK) / 2.0;
            if x - half > free_from {
                shapes.push(Shape::text((x, bottom + 6.0 + TICK), &tick.text, TICK, Anchor::Middle, Colour::Muted));
                free_from = x + half + 6.0;
            }
        }
        for tick in &frame.y.ticks {
            let Some(y) = frame.up(tick.value) else { continue };
            if tick.text.is_empty() {
                line(shapes, (left - 3.0, y), (left, y), axis);
                continue;
            }
            line(shapes, (left, y), (right, y), grid);
            shapes.push(Shape::text((left - 7.0, y + BASELINE * TICK), &tick.text, TICK, Anchor::End, Colour::Muted));
        }
        line(shapes, (left, bottom), (right, bottom), axis);
        line(shapes, (left, top), (left, bottom), axis);
        if let Some(factor) = &frame.y.factor {
            shapes.push(Shape::text((left, top - 5.0), factor, TICK, Anchor::Start, Colour::Muted));
        }
        let mut x_label = self.x.label.clone();
        if let Some(factor) = &frame.x.factor {
            x_label.push_str(&format!("  {factor}"));
        }
        if !x_label.is_empty() {
            let at = ((left + right) / 2.0, self.height - MARGIN + 2.0);
            shapes.push(Shape::text(at, x_label, LABEL, Anchor::Middle, Colour::Ink));
        }
        if !self.y.label.is_empty() {
            shapes.push(Shape::Text {
                at: (MARGIN + 0.7 * LABEL, (top + bottom) / 2.0),
                text: self.y.label.clone(),
                size: LABEL,
                anchor: Anchor::Middle,
                colour: Colour::Ink,
                turned: true,
            });
        }
    }

    fn grounds(&self, shapes: &mut Vec<Shape>, frame: &Frame) {
        for layer in &self.layers {
            let Layer::Ground { x, y, columns, colours } = layer else { continue };
            let ends = [frame.across(x.0), frame.across(x.1), frame.up(y.1), frame.up(y.0)];
            if let [Some(left), Some(right), Some(top), Some(bottom)] = ends {
                // The picture's rows run downward.
                let colours = colours.chunks((*columns).max(1)).rev().flatten().copied().collect();
                shapes.push(Shape::Cells {
                    corner: (left, top),
                    width: right - left,
                    height: bottom - top,
                    columns: *columns,
                    colours,
                });
            }
        }
    }

    fn marks(&self, shapes: &mut Vec<Shape>, frame: &Frame) {
        let line = Line::new(Colour::Ink, 1.2).dashed(6.0, 4.0);
        for mark in &self.across {
            if let Some(y) = frame.up(mark.at) {
                shapes.push(Shape::Polyline { points: vec![(frame.left, y), (frame.right, y)], line });
                let left = frame.right - 5.0 - text_width(&mark.text, TICK);
                // Above the line, or below it where it is the uppermost.
                let down = if y - TICK - 8.0 > frame.top { -5.0 } else { TICK + 4.0 };
                note(shapes, (left, y + down), &mark.text);
            }
        }
        for mark in &self.upright {
            if let Some(x) = frame.across(mark.at) {
                shapes.push(Shape::Polyline { points: vec![(x, frame.top), (x, frame.bottom)], line });
                let width = text_width(&mark.text, TICK);
                let left = if x + 7.0 + width < frame.right { x + 7.0 } else { x - 7.0 - width };
                note(shapes, (left, frame.top + TICK + 3.0), &mark.text);
            }
        }
    }
}

/// A circle without a filling, around a point.
fn ring(middle: Point) -> Shape {
    const RADIUS: f64 = 5.5;
    let at = |i: usize| {
        let (sin, cos) = (std::f64::consts::TAU * i as f64 / 24.0).sin_cos();
        (middle.0 + RADIUS * cos, middle.1 + RADIUS * sin)
    };
    Shape::Polyline { points: (0..=24).map(at).collect(), line: Line::new(Colour::Rgb(0x1f_29_33), 1.3) }
}

/// A text that can be read whatever is below it.
fn note(shapes: &mut Vec<Shape>, at: Point, text: &str) {
    if !text.is_empty() {
        shapes.push(Shape::Rect {
            corner: (at.0 - 3.0, at.1 - TICK),
            width: text_width(text, TICK) + 6.0,
            height: TICK + 3.5,
            radius: 2.0,
            fill: Some(Colour::Paper),
            line: None,
        });
        shapes.push(Shape::text(at, text, TICK, Anchor::Start, Colour::Ink));
    }
}

/// How the n-th series is drawn: when the colours begin again, the lines are dashed.
fn series_line(series: usize, dashed: bool) -> Line {
    let line = Line::new(Colour::Series(series), 1.7);
    match series / SERIES_COLOURS {
        0 if !dashed => line,
        0 => line.dashed(5.0, 3.0),
        1 => line.dashed(9.0, 3.0),
        _ => line.dashed(3.0, 3.0),
    }
}

/// Widens one of two axes so that a unit is equally long on both. `shape` is width over height of what is drawn.
fn equalise(x: &mut Axis, y: &mut Axis, xs: &[f64], ys: &[f64], shape: f64) {
    let ends = |values: &[f64]| {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        (low <= high).then(|| ((low + high) / 2.0, (high - low).max(1e-9) * 1.12))
    };
    if let (Some((x_middle, x_size)), Some((y_middle, y_size))) = (ends(xs), ends(ys)) {
        let up = y_size.max(x_size / shape);
        let across = up * shape;
        x.range = Some((x_middle - across / 2.0, x_middle + across / 2.0));
        y.range = Some((y_middle - up / 2.0, y_middle + up / 2.0));
    }
}

/// The place between the axes.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    x: Ruler,
    y: Ruler,
    is_empty: bool,
}

impl Frame {
    /// Where a number of the horizontal axis lies, if it is on it.
    fn across(&self, value: f64) -> Option<f64> {
        let share = self.x.share(value).filter(|share| (-1e-9..=1.0 + 1e-9).contains(share))?;
        Some(self.left + share * (self.right - self.left))
    }

    /// Where a number of the vertical axis lies, if it is on it.
    fn up(&self, value: f64) -> Option<f64> {
        let share = self.y.share(value).filter(|share| (-1e-9..=1.0 + 1e-9).contains(share))?;
        Some(self.bottom - share * (self.bottom - self.top))
    }

    /// Where a point lies, which may be outside of the frame.
    fn place(&self, (x, y): Point) -> Option<Point> {
        let (x, y) = (self.x.share(x)?, self.y.share(y)?);
        Some((self.left + x * (self.right - self.left), self.bottom - y * (self.bottom - self.top)))
    }

    fn draw(&self, shapes: &mut Vec<Shape>, layer: &Layer, series: usize, histograms: usize) {
        match layer {
            Layer::Line { points, dashed, .. } => {
                let line = series_line(series, *dashed);
                for points in self.strokes(points) {
                    shapes.push(Shape::Polyline { points, line });
                }
            }
            Layer::Bars { low, high, heights, .. } => {
                // Of many over each other, the outlines alone can be told apart.
                let opacity = if histograms > 2 { 0.06 } else { 0.25 };
                self.bars(shapes, (*low, *high), heights, series, opacity);
            }
            Layer::Dots { points, .. } => {
                for middle in points.iter().filter_map(|&(x, y)| Some((self.across(x)?, self.up(y)?))) {
                    let line = Some(Line::new(Colour::Paper, 0.7));
                    shapes.push(Shape::Disc { middle, radius: 3.0, fill: Colour::Series(series), line });
                }
            }
            Layer::Letters { letters } => {
                for (text, (x, y)) in letters {
                    let (Some(x), Some(y)) = (self.across(*x), self.up(*y)) else { continue };
                    let width = (text_width(text, TICK) + 7.0).max(15.0);
                    shapes.push(Shape::Rect {
                        corner: (x - width / 2.0, y - 7.5),
                        width,
                        height: 15.0,
                        radius: 7.5,
                        fill: Some(Colour::Paper),
                        line: Some(Line::new(Colour::Series(0), 1.1)),
                    });
                    let at = (x, y + BASELINE * TICK);
                    shapes.push(Shape::text(at, text, TICK, Anchor::Middle, Colour::Ink));
                }
            }
            Layer::Symbols { symbol, points, .. } => {
                for (x, y) in points.iter().filter_map(|&(x, y)| Some((self.across(x)?, self.up(y)?))) {
                    let at = (x, y + BASELINE * TICK);
                    shapes.push(Shape::text(at, symbol, TICK, Anchor::Middle, Colour::Series(series)));
                }
            }
            Layer::Shaded { points, shade, .. } => {
                for &((x, y), value) in points {
                    let (Some(x), Some(y)) = (self.across(x), self.up(y)) else { continue };
                    let line = Some(Line::new(Colour::Rgb(0x1f_29_33), 0.8));
                    let fill = Colour::Rgb(shade.colour(value));
                    shapes.push(Shape::Disc { middle: (x, y), radius: 3.2, fill, line });
                }
            }
            Layer::Rings { points, .. } => {
                shapes.extend(points.iter().filter_map(|&(x, y)| Some(ring((self.across(x)?, self.up(y)?)))));
            }
            Layer::Ground { .. } => {}
        }
    }

    /// A line as strokes inside the frame: cut at its edges, and where a point has no place.
    fn strokes(&self, points: &[Point]) -> Vec<Vec<Point>> {
        let mut strokes: Vec<Vec<Point>> = Vec::new();
        let mut before: Option<Point> = None;
        for place in thinned(points.iter().map(|&point| self.place(point)), self.right - self.left) {
            if let (Some(from), Some(to)) = (before, place)
                && let Some((from, to)) = self.clip(from, to)
            {
                match strokes.last_mut().filter(|stroke| stroke.last() == Some(&from)) {
                    Some(stroke) => stroke.push(to),
                    None => strokes.push(vec![from, to]),
                }
            }
            before = place;
        }
        strokes
    }

    /// The part of a line inside the frame (Liang & Barsky 1984).
    fn clip(&self, from: Point, to: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (p, q) in
            [(-dx, from.0 - self.left), (dx, self.right - from.0), (-dy, from.1 - self.top), (dy, self.bottom - from.1)]
        {
            // A hair of room: points on the frame are inside.
            let q = q + 1e-6;
            if p == 0.0 {
                if q < 0.0 {
                    return None;
                }
            } else if p < 0.0 {
                enter = enter.max(q / p);
            } else {
                leave = leave.min(q / p);
            }
        }
        let at = |t: f64| (from.0 + t * dx, from.1 + t * dy);
        (enter < leave)
            .then(|| (if enter == 0.0 { from } else { at(enter) }, if leave == 1.0 { to } else { at(leave) }))
    }

    fn bars(&self, shapes: &mut Vec<Shape>, (low, high): (f64, f64), heights: &[f64], series: usize, opacity: f64) {
        let width = (high - low) / heights.len().max(1) as f64;
        let inside = |v: f64, (low, high): (f64, f64)| v.clamp(low, high);
        let mut outline = Vec::with_capacity(2 * heights.len() + 2);
        let mut point = |x: f64, y: f64| {
            let (x, y) = (inside(x, self.x.ends()), inside(y, self.y.ends()));
            outline.extend(self.place((x, y)));
        };
        point(low, 0.0);
        for (i, &height) in heights.iter().enumerate() {
            let height = if height.is_finite() { height } else { 0.0 };
            point(low + i as f64 * width, height);
            point(low + (i + 1) as f64 * width, height);
        }
        point(high, 0.0);
        if outline.len() > 2 {
            shapes.push(Shape::Polygon { points: outline.clone(), fill: Colour::Series(series), opacity });
            let line = Line { width: 1.4, ..series_line(series, false) };
            shapes.push(Shape::Polyline { points: outline, line });
        }
    }
}

/// Of many points in a column of the picture only the first, the lowest, the highest and the last: what can be seen.
fn thinned(points: impl Iterator<Item = Option<Point>>, width: f64) -> Vec<Option<Point>> {
    let points: Vec<Option<Point>> = points.collect();
    if points.len() as f64 <= 4.0 * width {
        return points;
    }
    let mut out: Vec<Option<Point>> = Vec::new();
    let mut column: Vec<Point> = Vec::new();
    let flush = |column: &mut Vec<Point>, out: &mut Vec<Option<Point>>| {
        let mut kept: Vec<usize> = Vec::new();
        let extreme = |better: fn(f64, f64) -> bool| {
            (0..column.len()).reduce(|a, b| if better(column[b].1, column[a].1) { b } else { a })
        };
        kept.extend(
            [Some(0).filter(|_| !column.is_empty()), extreme(|b, a| b < a), extreme(|b, a| b > a)]
                .into_iter()
                .flatten(),
        );
        kept.extend(column.len().checked_sub(1));
        kept.sort_unstable();
        kept.dedup();
        out.extend(kept.into_iter().map(|i| Some(column[i])));
        column.clear();
    };
    for point in points {
        match point {
            Some(point) => {
                if column.first().is_some_and(|first| first.0.floor() != point.0.floor()) {
                    flush(&mut column, &mut out);
                }
                column.push(point);
            }
            None => {
                flush(&mut column, &mut out);
                out.push(None);
            }
        }
    }
    flush(&mut column, &mut out);
    out
}
