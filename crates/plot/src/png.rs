//! A picture as PNG, painted with the built-in font.

use std::sync::LazyLock;

use png::Compression;
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};
use ttf_parser::{Face, OutlineBuilder};
use unicode_width::UnicodeWidthStr;

use crate::colour::Colour;
use crate::picture::{Anchor, LETTER, Line, Picture, PictureError, Point, Shape, text_width};

/// What common viewers and browsers open: the longest side and the whole area, in pixels.
const LONGEST_SIDE: f64 = 16_000.0;
const LARGEST_AREA: f64 = 1e8;
/// From so many pixels on, a file twice as large is better than seconds of waiting.
const QUICKLY_COMPRESSED: usize = 8_000_000;
/// Below this many pixels to a point, text cannot be read.
const SMALLEST_SCALE: f64 = 0.5;

static FONT: LazyLock<Face<'static>> = LazyLock::new(|| {
    let file = include_bytes!("../assets/DejaVuSansMono-subset.ttf");
    Face::parse(file, 0).expect("the built-in font is sound")
});

pub(crate) fn paint(picture: &Picture, scale: f32) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (picture.width, picture.height);
    let scale = f64::from(scale)
        .clamp(SMALLEST_SCALE, 16.0)
        .min(LONGEST_SIDE / width.max(height))
        .min((LARGEST_AREA / (width * height)).sqrt())
        .max(SMALLEST_SCALE);
    let (across, down) = ((width * scale).ceil(), (height * scale).ceil());
    let fits = across.max(down) <= LONGEST_SIDE + 1.0 && across * down <= LARGEST_AREA * 1.01;
    let too_large = PictureError::TooManyPixels { width: across as u64, height: down as u64 };
    let mut pixels = match Pixmap::new(across as u32, down as u32) {
        Some(pixels) if fits => pixels,
        _ => return Err(too_large),
    };
    pixels.fill(color(Colour::Paper.rgb()));
    let mut painter = Painter { pixels: &mut pixels, transform: Transform::from_scale(scale as f32, scale as f32) };
    for shape in &picture.shapes {
        painter.shape(shape);
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

struct Painter<'a> {
    pixels: &'a mut Pixmap,
    transform: Transform,
}

impl Painter<'_> {
    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect { corner, width, height, radius, fill, line } => {
                let path = rounded(*corner, *width, *height, *radius);
                if let Some(fill) = fill {
                    self.fill(path.as_ref(), *fill, 1.0);
                }
                if let Some(line) = line {
                    self.stroke(path, line);
                }
            }
            Shape::Polyline { points, line } => self.stroke(straight(points, false), line),
            Shape::Curve { start, curves, line } => {
                let mut path = PathBuilder::new();
                path.move_to(start.0 as f32, start.1 as f32);
                for curve in curves {
                    cubic(&mut path, curve);
                }
                self.stroke(path.finish(), line);
            }
            Shape::Polygon { points, fill, opacity } => self.fill(straight(points, true).as_ref(), *fill, *opacity),
            Shape::Disc { middle, radius, fill, line } => {
                let path = PathBuilder::from_circle(middle.0 as f32, middle.1 as f32, *radius as f32);
                self.fill(path.as_ref(), *fill, 1.0);
                if let Some(line) = line {
                    self.stroke(path, line);
                }
            }
            Shape::Cells { corner, width, height, columns, colours } => {
                self.cells(*corner, (*width, *height), *columns, colours);
            }
            Shape::Text { at, text, size, anchor, colour, turned } => {
                let turn = if *turned {
                    Transform::from_rotate_at(-90.0, at.0 as f32, at.1 as f32)
                } else {
                    Transform::identity()
                };
                let path = outline(text, *at, *size, *anchor).and_then(|path| path.transform(turn));
                self.fill(path.as_ref(), *colour, 1.0);
            }
        }
    }

    fn fill(&mut self, path: Option<&Path>, colour: Colour, opacity: f64) {
        if let Some(path) = path {
            let mut paint = Paint::default();
            let mut color = color(colour.rgb());
            color.apply_opacity(opacity as f32);
            paint.set_color(color);
            self.pixels.fill_path(path, &paint, FillRule::Winding, self.transform, None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, line: &Line) {
        let stroke = Stroke {
            width: line.width as f32,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash: line.dash.and_then(|(dash, gap)| StrokeDash::new(vec![dash as f32, gap as f32], 0.0)),
            ..Stroke::default()
        };
        if let Some(path) = path {
            let mut paint = Paint::default();
            paint.set_color(color(line.colour.rgb()));
            self.pixels.stroke_path(&path, &paint, &stroke, self.transform, None);
        }
    }

    /// Cells that end at whole pixels, so that no seams are between them.
    fn cells(&mut self, corner: Point, size: Point, columns: usize, colours: &[u32]) {
        let columns = columns.max(1);
        let rows = colours.len().div_ceil(columns).max(1);
        let scale = f64::from(self.transform.sx);
        let edge =
            |start: f64, size: f64, i: usize, n: usize| ((start + size * i as f64 / n as f64) * scale).round() as f32;
        let mut paint = Paint { anti_alias: false, ..Paint::default() };
        for (i, &colour) in colours.iter().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let sides = Rect::from_ltrb(
                edge(corner.0, size.0, column, columns),
                edge(corner.1, size.1, row, rows),
                edge(corner.0, size.0, column + 1, columns),
                edge(corner.1, size.1, row + 1, rows),
            );
            if let Some(rect) = sides {
                paint.set_color(color(colour));
                self.pixels.fill_rect(rect, &paint, Transform::identity(), None);
            }
        }
    }
}

fn straight(points: &[Point], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (i, point) in points.iter().enumerate() {
        let (x, y) = (point.0 as f32, point.1 as f32);
        if i == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

fn cubic(path: &mut PathBuilder, [a, b, end]: &[Point; 3]) {
    let [a, b, end] = [a, b, end].map(|point| (point.0 as f32, point.1 as f32));
    path.cubic_to(a.0, a.1, b.0, b.1, end.0, end.1);
}

fn rounded((x, y): Point, width: f64, height: f64, radius: f64) -> Option<Path> {
    let (right, bottom) = (x + width, y + height);
    if radius <= 0.0 {
        return straight(&[(x, y), (right, y), (right, bottom), (x, bottom)], true);
    }
    // A quarter of a circle as a cubic curve: its control points stand 0.5523 radii along.
    let c = radius * (1.0 - 0.5523);
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

/// The outlines of a text's letters. A letter that the font does not have becomes its "missing" box.
fn outline(text: &str, at: Point, size: f64, anchor: Anchor) -> Option<Path> {
    let font = &*FONT;
    let mut builder =
        Letters { path: PathBuilder::new(), x: 0.0, y: at.1, size: size / f64::from(font.units_per_em()) };
    let mut buffer = [0; 4];
    let mut left = match anchor {
        Anchor::Start => at.0,
        Anchor::Middle => at.0 - text_width(text, size) / 2.0,
        Anchor::End => at.0 - text_width(text, size),
    };
    for c in text.chars() {
        builder.x = left;
        let glyph = font.glyph_index(c).unwrap_or_default();
        font.outline_glyph(glyph, &mut builder);
        left += c.encode_utf8(&mut buffer).width() as f64 * LETTER * size;
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
