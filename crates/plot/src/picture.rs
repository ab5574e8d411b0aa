//! A picture as shapes and text, before it becomes SVG or PNG.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::colour::Colour;

/// The width of a letter of the built-in font, DejaVu Sans Mono: 1233/2048 of its size.
pub(crate) const LETTER: f64 = 0.602;

/// A point, in points from the upper left corner.
pub type Point = (f64, f64);

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Its colour.
    pub colour: Colour,
    /// Its width.
    pub width: f64,
    /// Lengths of dash and gap; `None` for a line without gaps.
    pub dash: Option<(f64, f64)>,
}

impl Line {
    /// A line without gaps.
    pub fn new(colour: Colour, width: f64) -> Self {
        Line { colour, width, dash: None }
    }

    /// With gaps.
    pub fn dashed(self, dash: f64, gap: f64) -> Self {
        Line { dash: Some((dash, gap)), ..self }
    }
}

/// Which part of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// What a picture is made of; each is drawn over the ones before.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A rectangle, its corners rounded.
    Rect {
        /// The upper left corner.
        corner: Point,
        /// From left to right.
        width: f64,
        /// From top to bottom.
        height: f64,
        /// Of its corners.
        radius: f64,
        /// What it is filled with.
        fill: Option<Colour>,
        /// Its frame.
        line: Option<Line>,
    },
    /// Straight lines from point to point.
    Polyline {
        /// The points.
        points: Vec<Point>,
        /// How it is drawn.
        line: Line,
    },
    /// A start, then cubic curves: two control points and an end each.
    Curve {
        /// Where it begins.
        start: Point,
        /// The curves.
        curves: Vec<[Point; 3]>,
        /// How it is drawn.
        line: Line,
    },
    /// A filled area.
    Polygon {
        /// Its corners.
        points: Vec<Point>,
        /// What it is filled with.
        fill: Colour,
        /// 1 hides what lies below, 0 shows it all.
        opacity: f64,
    },
    /// A filled circle.
    Disc {
        /// Its middle.
        middle: Point,
        /// Its radius.
        radius: f64,
        /// What it is filled with.
        fill: Colour,
        /// Its frame.
        line: Option<Line>,
    },
    /// A grid of filled cells, row by row.
    Cells {
        /// The upper left corner.
        corner: Point,
        /// Of all columns together.
        width: f64,
        /// Of all rows together.
        height: f64,
        /// Cells in a row.
        columns: usize,
        /// A colour each.
        colours: Vec<u32>,
    },
    /// A text on one line.
    Text {
        /// Where its anchor stands, on the baseline.
        at: Point,
        /// What it says.
        text: String,
        /// The font's size.
        size: f64,
        /// Which part of it stands there.
        anchor: Anchor,
        /// Its colour.
        colour: Colour,
        /// Whether it is turned to read from bottom to top.
        turned: bool,
    },
}

impl Shape {
    /// A text in the middle of a place.
    pub fn text(at: Point, text: impl Into<String>, size: f64, anchor: Anchor, colour: Colour) -> Self {
        Shape::Text { at, text: text.into(), size, anchor, colour, turned: false }
    }
}

/// Shapes and text on a ground of some size.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// What it shows: for readers that read it aloud.
    pub title: String,
    /// From left to right, in points.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
    /// What is on it.
    pub shapes: Vec<Shape>,
}

impl Picture {
    /// The picture as SVG 1.1, a file of its own.
    pub fn to_svg(&self) -> String {
        crate::svg::write(self, crate::svg::Place::File)
    }

    /// The picture as SVG in a page. Where the page sets `--plot-paper`, `--plot-ink`, `--plot-muted`, `--plot-grid` and
    /// `--plot-series-0` … `-6`, these colours are used.
    pub fn to_inline_svg(&self) -> String {
        crate::svg::write(self, crate::svg::Place::Page)
    }

    /// The picture as PNG, with `scale` pixels to a point (2.0 is sharp on most screens). A very large picture gets fewer.
    ///
    /// # Errors
    /// When it would have more pixels than viewers open.
    #[cfg(feature = "png")]
    pub fn to_png(&self, scale: f32) -> Result<Vec<u8>, PictureError> {
        crate::png::paint(self, scale)
    }
}

/// Why a picture was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureError {
    /// As PNG it would have more pixels than a viewer opens.
    TooManyPixels {
        /// Pixels from left to right.
        width: u64,
        /// Pixels from top to bottom.
        height: u64,
    },
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyPixels { width, height } => {
                write!(f, "the picture would have {width} x {height} pixels: write SVG, which has no limit")
            }
        }
    }
}

impl std::error::Error for PictureError {}

/// How wide a text is at a font size.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.width() as f64 * LETTER * size
}
