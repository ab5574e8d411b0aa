//! Many small images side by side: kernels, feature maps, digits.

use crate::colour::Colour;
use crate::picture::{Anchor, Line, Picture, Shape, text_width};
use crate::shade::Shade;

const TITLE: f64 = 14.0;
const SMALL: f64 = 10.0;
const MARGIN: f64 = 14.0;
const GAP: f64 = 8.0;
const WIDTH: f64 = 640.0;
/// Elements of an image from left to right, or from top to bottom, that are drawn one by one.
const FINEST: usize = 128;

/// Many small images side by side, each with a caption: kernels, feature maps, digits.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    title: String,
    width: usize,
    height: usize,
    images: Vec<(String, Vec<f64>)>,
    shade: Option<Shade>,
    unit: String,
    columns: Option<usize>,
    zoom: Option<f64>,
}

impl Images {
    /// For images of a size.
    pub fn new(title: impl Into<String>, width: usize, height: usize) -> Self {
        Images {
            title: title.into(),
            width: width.max(1),
            height: height.max(1),
            images: Vec::new(),
            shade: None,
            unit: String::new(),
            columns: None,
            zoom: None,
        }
    }

    /// One more image, `values` row by row. Of a very large one the means of small blocks are drawn.
    #[must_use]
    pub fn image(mut self, caption: impl Into<String>, values: &[f64]) -> Self {
        let block = self.block();
        let values = if block > 1 { means(values, self.width, self.height, block) } else { values.to_vec() };
        self.images.push((caption.into(), values));
        self
    }

    /// The side of the blocks whose means are drawn.
    fn block(&self) -> usize {
        self.width.max(self.height).div_ceil(FINEST)
    }

    /// Which number has which colour, in place of what the numbers ask for.
    #[must_use]
    pub fn shade(mut self, shade: Shade) -> Self {
        self.shade = Some(shade);
        self
    }

    /// What the numbers are.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// How many images stand in a row, in place of as many as fit.
    #[must_use]
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns.max(1));
        self
    }

    /// How many points an element takes from left to right.
    #[must_use]
    pub fn zoom(mut self, points: f64) -> Self {
        self.zoom = Some(points.max(1.0));
        self
    }

    /// Draws them. One scale holds for all: blue for negative and orange for positive numbers where there are both, else
    /// the darker the larger.
    pub fn picture(&self) -> Picture {
        let (across, down) = (self.width.div_ceil(self.block()), self.height.div_ceil(self.block()));
        let values = || self.images.iter().flat_map(|(_, values)| values).copied();
        let shade = self.shade.unwrap_or_else(|| Shade::of(values()));
        let colour = |&v: &f64| shade.colour(v);
        let captions = self.images.iter().map(|(caption, _)| text_width(caption, SMALL)).fold(0.0, f64::max);
        let has_captions = captions > 0.0;
        // As large as lets a row hold eight, whole pixels to an element.
        let fitting = ((WIDTH / 8.0 - GAP) / across as f64).floor().clamp(1.0, 24.0);
        let zoom = self.zoom.unwrap_or(fitting);
        let (width, height) = (zoom * across as f64, zoom * down as f64);
        let pitch = width.max(captions) + GAP;
        let row = height + GAP + if has_captions { SMALL + 4.0 } else { 0.0 };
        let columns = self.columns.unwrap_or((WIDTH / pitch) as usize).clamp(1, self.images.len().max(1));
        let mut shapes = Vec::new();
        let mut top = MARGIN;
        if !self.title.is_empty() {
            shapes.push(Shape::text((MARGIN, top + 0.8 * TITLE), &self.title, TITLE, Anchor::Start, Colour::Ink));
            top += TITLE + 9.0;
        }
        for (i, (caption, values)) in self.images.iter().enumerate() {
            // In the middle of its place, where captions are wider.
            let inset = (pitch - GAP - width) / 2.0;
            let corner = (MARGIN + inset + (i % columns) as f64 * pitch, top + (i / columns) as f64 * row);
            let mut colours: Vec<u32> = values.iter().take(across * down).map(colour).collect();
            colours.resize(across * down, 0xb0_b0_b0);
            shapes.push(Shape::Cells { corner, width, height, columns: across, colours });
            let line = Some(Line::new(Colour::Grid, 0.8));
            shapes.push(Shape::Rect { corner, width, height, radius: 0.0, fill: None, line });
            let at = (corner.0 + width / 2.0, corner.1 + height + SMALL + 1.0);
            shapes.push(Shape::text(at, caption, SMALL, Anchor::Middle, Colour::Muted));
        }
        let rows = self.images.len().div_ceil(columns);
        let title = text_width(&self.title, TITLE);
        let unit = if self.unit.is_empty() { 0.0 } else { text_width(&self.unit, SMALL) + 10.0 };
        let bar = (columns as f64 * pitch - unit).clamp(120.0, 260.0);
        let bottom = shade.bar(&mut shapes, (MARGIN, top + rows as f64 * row + 4.0), bar, &self.unit);
        Picture {
            title: self.title.clone(),
            width: 2.0 * MARGIN + (columns as f64 * pitch).max(title).max(bar + unit),
            height: bottom + MARGIN,
            shapes,
        }
    }
}

/// The mean of each block of an image.
fn means(values: &[f64], width: usize, height: usize, block: usize) -> Vec<f64> {
    let (across, down) = (width.div_ceil(block), height.div_ceil(block));
    let (mut sums, mut counts) = (vec![0.0; across * down], vec![0_u32; across * down]);
    for (i, &value) in values.iter().take(width * height).enumerate() {
        let place = i / width / block * across + i % width / block;
        sums[place] += value;
        counts[place] += 1;
    }
    sums.iter().zip(&counts).map(|(sum, &count)| sum / f64::from(count)).collect()
}
