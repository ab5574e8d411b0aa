//! The picture as PNG, painted with the built-in font.

use std::sync::LazyLock;

use png::Compression;
use tiny_skia::{Color, FillRule, LineCap, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};
use ttf_parser::{Face, OutlineBuilder};
use unicode_width::UnicodeWidthStr;

use super::DrawError;
use super::picture::{EDGE, FONT_SIZE, INK, PAPER, Picture, Point, Shape};

/// What common viewers and browsers open: the longest side and the whole area, in pixels.
const LONGEST_SIDE: f64 = 16_000.0;
const LARGEST_AREA: f64 = 1e8;
/// From so many pixels on, a file twice as large is better than seconds of waiting.
const QUICKLY_COMPRESSED: usize = 8_000_000;
/// Below this many pixels to a point, text cannot be read.
const SMALLEST_SCALE: f64 = 0.5;

static FONT: LazyLock<Face<'static>> = LazyLock::new(|| {
    let file = include_bytes!("../../assets/DejaVuSansMono-subset.ttf");
    Face::parse(file, 0).expect("the built-in font is sound")
});

pub(super) fn paint(picture: &Picture, scale: f32) -> Result<Vec<u8>, DrawError> {
    let (width, height) = (picture.width, picture.height);
    let scale = f64::from(scale)
        .clamp(SMALLEST_SCALE, 16.0)
        .min(LONGEST_SIDE / width.max(height))
        .min((LARGEST_AREA / (width * height)).sqrt())
        .max(SMALLEST_SCALE);
    let (across, down) = ((width * scale).ceil(), (height * scale).ceil());
    let fits = across.max(down) <= LONGEST_SIDE + 1.0 && across * down <= LARGEST_AREA * 1.01;
    let too_large = DrawError::TooManyPixels { width: across as u64, height: down as u64 };
    let mut pixels = match Pixmap::new(across as u32, down as u32) {
        Some(pixels) if fits => pixels,
        _ => return Err(too_large),
    };
    pixels.fill(color(PAPER));
    let transform = Transform::from_scale(scale as f32, scale as f32);
    for shape in &picture.shapes {
        paint_shape(&mut pixels, shape, transform);
    }
    encode(&pixels).map_err(|_| too_large)
}

/// Red, green and blue of every pixel as a file.
fn encode(pixels: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    let large = pixels.pixels().len() > QUICKLY_COMPRESSED;
    encoder.set_compression(if large { Compression::Fast } else { Compression::Balanced });
    let opaque: Vec<u8> = pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&opaque)?;
    writer.finish()?;
    Ok(file)
}

fn color(rgb: u32) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color::from_rgba8(red, green, blue, 255)
}

fn solid(rgb: u32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color(rgb));
    paint
}

fn paint_shape(pixels: &mut Pixmap, shape: &Shape, transform: Transform) {
    let mut fill = |path: Option<Path>, rgb| {
        if let Some(path) = path {
            pixels.fill_path(&path, &solid(rgb), FillRule::Winding, transform, None);
        }
    };
    match shape {
        Shape::Box { corner, width, height, radius, fill: rgb, line } => {
            let path = rounded(*corner, *width, *height, *radius);
            fill(path.clone(), *rgb);
            stroke(pixels, path, INK, *line, transform);
        }
        Shape::Divider { from, to } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0 as f32, from.1 as f32);
            path.line_to(to.0 as f32, to.1 as f32);
            stroke(pixels, path.finish(), INK, 1.0, transform);
        }
        Shape::Edge { start, curves } => {
            let mut path = PathBuilder::new();
            path.move_to(start.0 as f32, start.1 as f32);
            for curve in curves {
                cubic(&mut path, curve);
            }
            stroke(pixels, path.finish(), EDGE, 1.3, transform);
        }
        Shape::Arrow([a, b, c]) => {
            let mut path = PathBuilder::new();
            path.move_to(a.0 as f32, a.1 as f32);
            path.line_to(b.0 as f32, b.1 as f32);
            path.line_to(c.0 as f32, c.1 as f32);
            path.close();
            fill(path.finish(), EDGE);
        }
        Shape::Text { x, y, text } => fill(outline(text, *x, *y), INK),
    }
}

fn stroke(pixels: &mut Pixmap, path: Option<Path>, rgb: u32, width: f64, transform: Transform) {
    let stroke = Stroke { width: width as f32, line_cap: LineCap::Butt, ..Stroke::default() };
    if let Some(path) = path {
        pixels.stroke_path(&path, &solid(rgb), &stroke, transform, None);
    }
}

fn cubic(path: &mut PathBuilder, [a, b, end]: &[Point; 3]) {
    let [a, b, end] = [a, b, end].map(|point| (point.0 as f32, point.1 as f32));
    path.cubic_to(a.0, a.1, b.0, b.1, end.0, end.1);
}

fn rounded((x, y): Point, width: f64, height: f64, radius: f64) -> Option<Path> {
    // A quarter of a circle as a cubic curve: its control points stand 0.5523 radii along.
    let c = radius * (1.0 - 0.5523);
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to((x + radius) as f32, y as f32);
    path.line_to((right - radius) as f32, y as f32);
    cubic(&mut path, &[(right - c, y), (right, y + c), (right, y + radius)]);
    path.line_to(right as f32, (bottom - radius) as f32);
    cubic(&mut path, &[(right, bottom - c), (right - c, bottom), (right - radius, bottom)]);
    path.line_to((x + radius) as f32, bottom as f32);
    cubic(&mut path, &[(x + c, bottom), (x, bottom - c), (x, bottom - radius)]);
    path.line_to(x as f32, (y + radius) as f32);
    cubic(&mut path, &[(x, y + c), (x + c, y), (x + radius, y)]);
    path.close();
    path.finish()
}

/// The outlines of a text's letters, around the middle `x`, on the baseline `y`. A letter that the
/// font does not have becomes its "missing" box.
fn outline(text: &str, x: f64, y: f64) -> Option<Path> {
    let font = &*FONT;
    let size = FONT_SIZE / f64::from(font.units_per_em());
    let mut builder = Letters { path: PathBuilder::new(), x: 0.0, y, size };
    let mut buffer = [0; 4];
    let advance = |width: usize| width as f64 * 0.602 * FONT_SIZE;
    let mut left = x - advance(text.width()) / 2.0;
    for c in text.chars() {
        builder.x = left;
        let glyph = font.glyph_index(c).unwrap_or_default();
        font.outline_glyph(glyph, &mut builder);
        left += advance(c.encode_utf8(&mut buffer).width());
    }
    builder.path.finish()
}

/// Collects letters' outlines, from font units to points.
struct Letters {
    path: PathBuilder,
    x: f64,
    y: f64,
    size: f64,
}

impl Letters {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = (f64::from(x) * self.size, f64::from(y) * self.size);
        ((self.x + x) as f32, (self.y - y) as f32)
    }
}

impl OutlineBuilder for Letters {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
