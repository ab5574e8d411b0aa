//! Many small images side by side: kernels, feature maps, digits.

use crate::colour::{Colour, diverging, sequential};
use crate::picture::{Anchor, Line, Picture, Shape, text_width};

const TITLE: f64 = 14.0;
const SMALL: f64 = 10.0;
const MARGIN: f64 = 14.0;
const GAP: f64 = 8.0;
const WIDTH: f64 = 640.0;

/// Many small images side by side, each with a caption: kernels, feature maps, digits.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    title: String,
    width: usize,
    height: usize,
    images: Vec<(String, Vec<f64>)>,
}

impl Images {
    /// For images of a size.
    pub fn new(title: impl Into<String>, width: usize, height: usize) -> Self {
        Images { title: title.into(), width: width.max(1), height: height.max(1), images: Vec::new() }
    }

    /// One more image, `values` row by row.
    #[must_use]
    pub fn image(mut self, caption: impl Into<String>, values: &[f64]) -> Self {
        self.images.push((caption.into(), values.to_vec()));
        self
    }

    /// Draws them. One scale holds for all: blue for negative and orange for positive numbers where there are both, else
    /// the darker the larger.
    pub fn picture(&self) -> Picture {
        let finite = || self.images.iter().flat_map(|(_, values)| values).copied().filter(|v| v.is_finite());
        let signed = finite().any(|v| v < 0.0);
        let size = finite().map(f64::abs).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let colour = |v: &f64| match v / size {
            v if !v.is_finite() => 0xb0_b0_b0,
            v if signed => diverging(v),
            v => sequential(v),
        };
        let captions = self.images.iter().map(|(caption, _)| text_width(caption, SMALL)).fold(0.0, f64::max);
        let has_captions = captions > 0.0;
        // As large as lets a row hold eight, whole pixels to an element.
        let zoom = ((WIDTH / 8.0 - GAP) / self.width as f64).floor().clamp(1.0, 24.0);
        let (width, height) = (zoom * self.width as f64, zoom * self.height as f64);
        let pitch = width.max(captions) + GAP;
        let row = height + GAP + if has_captions { SMALL + 4.0 } else { 0.0 };
        let columns = ((WIDTH / pitch) as usize).clamp(1, self.images.len().max(1));
        let mut shapes = Vec::new();
        let mut top = MARGIN;
        if !self.title.is_empty() {
            shapes.push(Shape::text((MARGIN, top + 0.8 * TITLE), &self.title, TITLE, Anchor::Start, Colour::Ink));
            top += TITLE + 9.0;
        }
        for (i, (caption, values)) in self.images.iter().enumerate() {
            let corner = (MARGIN + (i % columns) as f64 * pitch, top + (i / columns) as f64 * row);
            let mut colours: Vec<u32> = values.iter().take(self.width * self.height).map(colour).collect();
            colours.resize(self.width * self.height, 0xb0_b0_b0);
            shapes.push(Shape::Cells { corner, width, height, columns: self.width, colours });
            let line = Some(Line::new(Colour::Grid, 0.8));
            shapes.push(Shape::Rect { corner, width, height, radius: 0.0, fill: None, line });
            let at = (corner.0 + width / 2.0, corner.1 + height + SMALL + 1.0);
            shapes.push(Shape::text(at, caption, SMALL, Anchor::Middle, Colour::Muted));
        }
        let rows = self.images.len().div_ceil(columns);
        let title = text_width(&self.title, TITLE);
        Picture {
            title: self.title.clone(),
            width: 2.0 * MARGIN + (columns as f64 * pitch).max(title),
            height: top + rows as f64 * row + MARGIN,
            shapes,
        }
    }
}
