//! Horizontal bars with a name and a number each.

use crate::colour::{Colour, diverging};
use crate::picture::{Anchor, Line, Picture, Shape, text_width};
use crate::shade::number;

const TITLE: f64 = 14.0;
const LABEL: f64 = 11.5;
const MARGIN: f64 = 14.0;
const ROW: f64 = 20.0;
const BAR: f64 = 13.0;
const BASELINE: f64 = 0.35;
const WIDTH: f64 = 640.0;

#[derive(Debug, Clone, PartialEq)]
struct Bar {
    name: String,
    value: f64,
    /// Set apart from the others: what they add up to.
    is_total: bool,
}

/// Horizontal bars with a name and a number each, such as what each part adds to a sum: orange for what adds, blue for
/// what takes away.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    title: String,
    axis: String,
    bars: Vec<Bar>,
    /// The number at the end of the axis, in place of the largest.
    until: Option<f64>,
    /// How a number is written.
    percent: bool,
}

impl Bars {
    /// No bars yet.
    pub fn new(title: impl Into<String>) -> Self {
        Bars { title: title.into(), axis: String::new(), bars: Vec::new(), until: None, percent: false }
    }

    /// What the numbers are, with their unit.
    #[must_use]
    pub fn axis(mut self, label: impl Into<String>) -> Self {
        self.axis = label.into();
        self
    }

    /// One more bar.
    #[must_use]
    pub fn bar(mut self, name: impl Into<String>, value: f64) -> Self {
        self.bars.push(Bar { name: name.into(), value, is_total: false });
        self
    }

    /// A bar set apart from the others: what they add up to, say.
    #[must_use]
    pub fn total(mut self, name: impl Into<String>, value: f64) -> Self {
        self.bars.push(Bar { name: name.into(), value, is_total: true });
        self
    }

    /// Shares: from 0 to 1, written in percent.
    #[must_use]
    pub fn shares(mut self) -> Self {
        (self.until, self.percent) = (Some(1.0), true);
        self
    }

    /// Draws them.
    pub fn picture(&self) -> Picture {
        let write = |v: f64| match self.percent {
            _ if !v.is_finite() => "no number".to_string(),
            true => format!("{:.1} %", 100.0 * v),
            false => number(v),
        };
        let finite = || self.bars.iter().map(|bar| bar.value).filter(|v| v.is_finite());
        let low = finite().fold(0.0, f64::min);
        let high = finite().fold(self.until.unwrap_or(0.0), f64::max);
        // Halves, so that the distance between the ends is a number too.
        let size = (high / 2.0 - low / 2.0).max(f64::MIN_POSITIVE);

        let widest = |texts: &mut dyn Iterator<Item = String>| texts.map(|t| text_width(&t, LABEL)).fold(0.0, f64::max);
        let names = widest(&mut self.bars.iter().map(|bar| bar.name.clone()));
        let numbers = widest(&mut self.bars.iter().map(|bar| write(bar.value))) + 8.0;
        // Numbers stand at the outer ends of their bars.
        let left = MARGIN + names + 10.0 + if low < 0.0 { numbers } else { 0.0 };
        let width = (WIDTH - MARGIN - numbers - left).max(200.0);
        let at = |v: f64| left + width * ((v / 2.0 - low / 2.0) / size).clamp(0.0, 1.0);

        let mut shapes = Vec::new();
        let mut top = MARGIN;
        if !self.title.is_empty() {
            shapes.push(Shape::text((MARGIN, top + 0.8 * TITLE), &self.title, TITLE, Anchor::Start, Colour::Ink));
            top += TITLE + 9.0;
        }
        let first = top;
        for bar in &self.bars {
            if bar.is_total {
                top += 6.0;
            }
            let (middle, value) = (top + ROW / 2.0, if bar.value.is_finite() { bar.value } else { 0.0 });
            let (from, to) = (at(value.min(0.0)), at(value.max(0.0)));
            let fill = match (bar.is_total, value < 0.0) {
                (true, _) => Colour::Ink,
                (false, true) => Colour::Rgb(diverging(-0.7)),
                (false, false) => Colour::Rgb(diverging(0.7)),
            };
            shapes.push(Shape::Rect {
                corner: (from, middle - BAR / 2.0),
                width: (to - from).max(0.5),
                height: BAR,
                radius: 1.5,
                fill: Some(fill),
                line: None,
            });
            let base = middle + BASELINE * LABEL;
            shapes.push(Shape::text((MARGIN + names, base), &bar.name, LABEL, Anchor::End, Colour::Ink));
            let (x, anchor) = if value < 0.0 { (from - 4.0, Anchor::End) } else { (to + 4.0, Anchor::Start) };
            shapes.push(Shape::text((x, base), write(bar.value), LABEL, anchor, Colour::Muted));
            top += ROW;
        }
        let zero = Line::new(Colour::Muted, 1.0);
        shapes.push(Shape::Polyline { points: vec![(at(0.0), first - 2.0), (at(0.0), top + 2.0)], line: zero });
        if !self.axis.is_empty() {
            let at = (left + width / 2.0, top + LABEL + 6.0);
            shapes.push(Shape::text(at, &self.axis, LABEL, Anchor::Middle, Colour::Ink));
            top += LABEL + 6.0;
        }
        let axis = left + width / 2.0 + text_width(&self.axis, LABEL) / 2.0 + MARGIN;
        let title = 2.0 * MARGIN + text_width(&self.title, TITLE);
        let width = (left + width + numbers + MARGIN).max(title).max(axis);
        Picture { title: self.title.clone(), width, height: top + MARGIN, shapes }
    }
}
