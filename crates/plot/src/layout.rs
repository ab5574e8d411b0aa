//! Several pictures as one.

use crate::colour::Colour;
use crate::picture::{Anchor, Picture, Point, Shape, text_width};

const TITLE: f64 = 15.0;
const MARGIN: f64 = 14.0;

impl Picture {
    /// Several pictures as one: side by side as far as `width` allows, then in further rows.
    pub fn together(title: impl Into<String>, width: f64, pictures: &[Picture]) -> Picture {
        let title = title.into();
        let mut shapes = Vec::new();
        let (mut x, mut y, mut row) = (0.0, 0.0, 0.0_f64);
        let mut widest = 2.0 * MARGIN + text_width(&title, TITLE);
        if !title.is_empty() {
            shapes.push(Shape::text((MARGIN, MARGIN + 0.8 * TITLE), &title, TITLE, Anchor::Start, Colour::Ink));
            y = MARGIN + TITLE;
        }
        for picture in pictures {
            if x > 0.0 && x + picture.width > width {
                (x, y, row) = (0.0, y + row, 0.0);
            }
            shapes.extend(picture.shapes.iter().map(|shape| shape.moved((x, y))));
            x += picture.width;
            (widest, row) = (widest.max(x), row.max(picture.height));
        }
        Picture { title, width: widest, height: y + row, shapes }
    }
}

impl Shape {
    /// The shape, so far to the right and down.
    #[must_use]
    pub fn moved(&self, by: Point) -> Shape {
        let to = |at: &mut Point| (at.0, at.1) = (at.0 + by.0, at.1 + by.1);
        let mut shape = self.clone();
        match &mut shape {
            Shape::Rect { corner, .. } | Shape::Cells { corner, .. } => to(corner),
            Shape::Polyline { points, .. } | Shape::Polygon { points, .. } => points.iter_mut().for_each(to),
            Shape::Curve { start, curves, .. } => {
                to(start);
                curves.iter_mut().flatten().for_each(to);
            }
            Shape::Disc { middle, .. } => to(middle),
            Shape::Text { at, .. } => to(at),
        }
        shape
    }
}
