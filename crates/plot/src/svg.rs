//! A picture as SVG.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::colour::Colour;
use crate::picture::{Anchor, Line, Picture, Point, Shape};

/// Where the SVG is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a file of its own.
    File,
    /// In a page that may choose colours.
    Page,
}

pub(crate) fn write(picture: &Picture, place: Place) -> String {
    let (width, height) = (Length(picture.width), Length(picture.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n",
        escaped(&picture.title),
    );
    if place == Place::File {
        let _ = writeln!(svg, "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", Hex(Colour::Paper.rgb()));
    }
    svg.push_str("<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\">\n");
    for shape in &picture.shapes {
        // Writing to a String cannot fail.
        let _ = write_shape(&mut svg, shape, place);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn write_shape(svg: &mut String, shape: &Shape, place: Place) -> fmt::Result {
    let paint = |what: &'static str, colour: Option<Colour>| Paint { what, colour, place };
    match shape {
        Shape::Rect { corner, width, height, radius, fill, line } => {
            write!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                Length(corner.0),
                Length(corner.1),
                Length(*width),
                Length(*height),
            )?;
            if *radius > 0.0 {
                write!(svg, " rx=\"{}\"", Length(*radius))?;
            }
            writeln!(svg, "{}{}/>", paint("fill", *fill), Stroke(line.as_ref(), place))
        }
        Shape::Polyline { points, line } => {
            write!(svg, "<path d=\"")?;
            straight(svg, points)?;
            // Two points enclose nothing that could be filled.
            let fill = if points.len() > 2 { " fill=\"none\"" } else { "" };
            writeln!(svg, "\"{fill}{}/>", Stroke(Some(line), place))
        }
        Shape::Curve { start, curves, line } => {
            write!(svg, "<path d=\"M{}", At(*start))?;
            for [a, b, end] in curves {
                write!(svg, "C{} {} {}", At(*a), At(*b), At(*end))?;
            }
            writeln!(svg, "\" fill=\"none\"{}/>", Stroke(Some(line), place))
        }
        Shape::Polygon { points, fill, opacity } => {
            write!(svg, "<path d=\"")?;
            straight(svg, points)?;
            write!(svg, "Z\"{}", paint("fill", Some(*fill)))?;
            if *opacity < 1.0 {
                write!(svg, " fill-opacity=\"{opacity}\"")?;
            }
            writeln!(svg, "/>")
        }
        Shape::Disc { middle, radius, fill, line } => writeln!(
            svg,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}{}/>",
            Length(middle.0),
            Length(middle.1),
            Length(*radius),
            paint("fill", Some(*fill)),
            Stroke(line.as_ref(), place)
        ),
        Shape::Cells { corner, width, height, columns, colours } => {
            write_cells(svg, *corner, (*width, *height), *columns, colours)
        }
        Shape::Text { at, text, size, anchor, colour, turned } => {
            write!(svg, "<text x=\"{}\" y=\"{}\" font-size=\"{size}\"", Length(at.0), Length(at.1))?;
            match anchor {
                Anchor::Start => {}
                Anchor::Middle => write!(svg, " text-anchor=\"middle\"")?,
                Anchor::End => write!(svg, " text-anchor=\"end\"")?,
            }
            if *turned {
                write!(svg, " transform=\"rotate(-90 {} {})\"", Length(at.0), Length(at.1))?;
            }
            writeln!(svg, "{}>{}</text>", paint("fill", Some(*colour)), escaped(text))
        }
    }
}

/// All cells of one colour are one path; neighbours in a row are one rectangle of it.
fn write_cells(svg: &mut String, corner: Point, size: Point, columns: usize, colours: &[u32]) -> fmt::Result {
    let rows = colours.len().div_ceil(columns.max(1));
    let (across, down) = (size.0 / columns.max(1) as f64, size.1 / rows.max(1) as f64);
    let mut paths: BTreeMap<u32, String> = BTreeMap::new();
    for (row, cells) in colours.chunks(columns.max(1)).enumerate() {
        let mut column = 0;
        while column < cells.len() {
            let colour = cells[column];
            let run = cells[column..].iter().take_while(|&&c| c == colour).count();
            let (x, y) = (corner.0 + column as f64 * across, corner.1 + row as f64 * down);
            let (w, h) = (Length(run as f64 * across), Length(down));
            write!(paths.entry(colour).or_default(), "M{}h{w}v{h}h-{w}z", At((x, y)))?;
            column += run;
        }
    }
    writeln!(svg, "<g shape-rendering=\"crispEdges\">")?;
    for (colour, path) in paths {
        writeln!(svg, "<path d=\"{path}\" fill=\"{}\"/>", Hex(colour))?;
    }
    writeln!(svg, "</g>")
}

fn straight(svg: &mut String, points: &[Point]) -> fmt::Result {
    for (i, point) in points.iter().enumerate() {
        write!(svg, "{}{}", if i == 0 { "M" } else { "L" }, At(*point))?;
    }
    Ok(())
}

/// ` fill="#0072b2"`, or in a page ` fill="var(--plot-ink,#1f2933)"`.
struct Paint {
    what: &'static str,
    colour: Option<Colour>,
    place: Place,
}

impl fmt::Display for Paint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        let Some(colour) = self.colour else { return write!(f, " {what}=\"none\"") };
        match colour.variable().filter(|_| self.place == Place::Page) {
            Some(variable) => write!(f, " {what}=\"var({variable},{})\"", Hex(colour.rgb())),
            None => write!(f, " {what}=\"{}\"", Hex(colour.rgb())),
        }
    }
}

/// The attributes of a line.
struct Stroke<'a>(Option<&'a Line>, Place);

impl fmt::Display for Stroke<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(line) = self.0 else { return Ok(()) };
        write!(f, "{}", Paint { what: "stroke", colour: Some(line.colour), place: self.1 })?;
        write!(f, " stroke-width=\"{}\"", Length(line.width))?;
        if let Some((dash, gap)) = line.dash {
            write!(f, " stroke-dasharray=\"{} {}\"", Length(dash), Length(gap))?;
        }
        Ok(())
    }
}

/// A length with at most two decimals.
struct Length(f64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        // Not −0.
        write!(f, "{}", rounded + 0.0)
    }
}

struct At(Point);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", Length(self.0.0), Length(self.0.1))
    }
}

struct Hex(u32);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
