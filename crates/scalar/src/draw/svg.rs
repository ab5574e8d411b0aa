//! The picture as SVG.

use std::fmt::Write as _;

use super::picture::{EDGE, FONT_SIZE, INK, PAPER, Picture, Point, Shape};

pub(super) fn write(picture: &Picture) -> String {
    let (width, height) = (Length(picture.width), Length(picture.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n\
         <g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" \
         font-size=\"{FONT_SIZE}\" text-anchor=\"middle\">\n",
        escaped(&picture.title),
        Colour(PAPER),
    );
    for shape in &picture.shapes {
        write_shape(&mut svg, shape);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn write_shape(svg: &mut String, shape: &Shape) {
    let (ink, edge) = (Colour(INK), Colour(EDGE));
    let _ = match shape {
        Shape::Box { corner, width, height, radius, fill, line } => writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{radius}\" \
             fill=\"{}\" stroke=\"{ink}\" stroke-width=\"{line}\"/>",
            Length(corner.0),
            Length(corner.1),
            Length(*width),
            Length(*height),
            Colour(*fill),
        ),
        Shape::Divider { from, to } => writeln!(svg, "<path d=\"M{}L{}\" stroke=\"{ink}\"/>", At(*from), At(*to)),
        Shape::Edge { start, curves } => {
            let mut path = format!("M{}", At(*start));
            for [a, b, end] in curves {
                let _ = write!(path, "C{} {} {}", At(*a), At(*b), At(*end));
            }
            writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{edge}\" stroke-width=\"1.3\"/>")
        }
        Shape::Arrow([a, b, c]) => writeln!(svg, "<path d=\"M{}L{}L{}Z\" fill=\"{edge}\"/>", At(*a), At(*b), At(*c)),
        Shape::Text { x, y, text } => {
            writeln!(svg, "<text x=\"{}\" y=\"{}\" fill=\"{ink}\">{}</text>", Length(*x), Length(*y), escaped(text))
        }
    };
}

/// A length with at most two decimals.
struct Length(f64);

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", (self.0 * 100.0).round() / 100.0)
    }
}

struct At(Point);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{}", Length(self.0.0), Length(self.0.1))
    }
}

struct Colour(u32);

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:06x}", self.0)
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML has no way to write these.
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}
