use crate::{DataError, Source};
use png::{ColorType, DecodingError, Transformations};
use std::io::Cursor;

/// A grey picture, such as a digit that somebody has drawn.
///
/// ```no_run
/// use gradus_data::{Picture, Source};
///
/// let drawn = Picture::open(&Source::file("seven.png"))?;
/// let seven = drawn.as_digit(28, 28); // light on dark, cut out and centred as MNIST's are
/// assert_eq!(seven.grey.len(), 28 * 28);
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// From 0 (black) to 1 (white): `[height, width]`.
    pub grey: Vec<f32>,
    /// Rows.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
}

/// Rows and columns of a picture at most.
const LARGEST: u32 = 4096;

/// What the decoder may take besides the picture itself.
const DECODER_BYTES: usize = 64 << 20;

/// Deflate packs at most so many bytes into one.
const DEFLATE: usize = 1032;

/// What is darker than that against the ground is ground.
const FAINT: f32 = 0.1;

impl Picture {
    /// Reads a PNG: grey, colour or palette, 1 to 16 bits; what is transparent is white, as on paper.
    ///
    /// # Errors
    /// Where the source cannot be read, is no PNG, damaged, cut off, or above 4096 by 4096.
    pub fn open(source: &Source) -> Result<Self, DataError> {
        let bytes = source.bytes()?;
        Self::decode(&bytes).map_err(|what| DataError::Images { place: source.label().into_owned(), what })
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Err("it is a JPEG picture, and PNG is wanted; save it as PNG".to_owned());
        }
        if !bytes.starts_with(b"\x89PNG") {
            return Err("it is no PNG picture (it does not begin as one); save it as PNG".to_owned());
        }
        let damaged = |error: DecodingError| match error {
            DecodingError::IoError(_) => "the PNG picture is cut off; copy it again".to_owned(),
            DecodingError::LimitsExceeded => "the PNG picture asks for too much memory".to_owned(),
            error => format!("the PNG picture is damaged: {error}"),
        };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: DECODER_BYTES });
        decoder.set_transformations(Transformations::normalize_to_color8());
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let header = decoder.read_header_info().map_err(damaged)?;
        let (width, height) = (header.width, header.height);
        if width > LARGEST || height > LARGEST {
            return Err(format!(
                "the picture is {width} by {height}, and the largest is {LARGEST} by {LARGEST}; shrink it"
            ));
        }
        // Before room is made for the picture: can it be in there at all?
        let bits = usize::from(header.bit_depth as u8) * header.color_type.samples();
        let raw = (width as usize * bits).div_ceil(8) * height as usize;
        if raw / DEFLATE > bytes.len() {
            return Err(format!("the picture should be {width} by {height}, and is cut off; copy it again"));
        }
        let mut reader = decoder.read_info().map_err(damaged)?;
        let size = reader.output_buffer_size().ok_or("the PNG picture asks for too much memory")?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels).map_err(damaged)?;
        let grey = match frame.color_type {
            ColorType::Grayscale => pixels.iter().map(|&grey| f32::from(grey) / 255.0).collect(),
            ColorType::GrayscaleAlpha => pixels.chunks_exact(2).map(|p| over_white(share(p[0]), p[1])).collect(),
            ColorType::Rgb => pixels.chunks_exact(3).map(luma).collect(),
            ColorType::Rgba => pixels.chunks_exact(4).map(|p| over_white(luma(&p[..3]), p[3])).collect(),
            ColorType::Indexed => return Err("the PNG picture has a palette of an unknown kind".to_owned()),
        };
        Ok(Self { grey, height: height as usize, width: width as usize })
    }

    /// The grey of one pixel.
    fn at(&self, row: usize, column: usize) -> f32 {
        self.grey[row * self.width + column]
    }

    /// Black for white.
    pub fn inverted(&self) -> Self {
        Self { grey: self.grey.iter().map(|grey| 1.0 - grey).collect(), ..*self }
    }

    /// Whether the ground is light, as paper is: the mean of the border is above ½.
    pub fn is_on_white(&self) -> bool {
        let (last_row, last_column) = (self.height - 1, self.width - 1);
        let columns = (0..self.width).flat_map(|c| [self.at(0, c), self.at(last_row, c)]);
        let rows = (0..self.height).flat_map(|r| [self.at(r, 0), self.at(r, last_column)]);
        let border: Vec<f32> = columns.chain(rows).collect();
        border.iter().sum::<f32>() > 0.5 * border.len() as f32
    }

    /// In another size: each new pixel is the mean of the area that it covers.
    ///
    /// # Panics
    /// Where the new size is 0.
    pub fn resized(&self, height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "a picture has rows and columns");
        let (rows, columns) = (spans(self.height, height), spans(self.width, width));
        let mut grey = Vec::with_capacity(height * width);
        for row in &rows {
            for column in &columns {
                let (mut sum, mut area) = (0.0, 0.0);
                for &(r, share_r) in row {
                    for &(c, share_c) in column {
                        sum += self.at(r, c) * share_r * share_c;
                        area += share_r * share_c;
                    }
                }
                grey.push(sum / area);
            }
        }
        Self { grey, height, width }
    }

    /// As the data sets have their digits: light ink on a dark ground; in a picture of another size
    /// the ink is cut out, brought to the size it has there (20 of MNIST's 28 rows; all of 8), and its
    /// centre of mass put into the middle.
    ///
    /// # Panics
    /// Where the new size is 0.
    pub fn as_digit(&self, height: usize, width: usize) -> Self {
        let light = if self.is_on_white() { self.inverted() } else { self.clone() };
        if (self.height, self.width) == (height, width) {
            return light;
        }
        let margin = |n: usize| if n < 16 { 0 } else { n / 7 };
        let room = [height - 2 * margin(height), width - 2 * margin(width)];
        let Some(ink) = light.cut_out() else {
            return light.resized(height, width);
        };
        let scale = (room[0] as f64 / ink.height as f64).min(room[1] as f64 / ink.width as f64);
        let size = |n: usize, most: usize| ((n as f64 * scale).round() as usize).clamp(1, most);
        let ink = ink.resized(size(ink.height, room[0]), size(ink.width, room[1]));
        let (row, column) = ink.centre();
        let begin = |middle: f32, n: usize, whole: usize| {
            ((whole as f32 / 2.0 - middle).round() as isize).clamp(0, (whole - n) as isize) as usize
        };
        let (top, left) = (begin(row, ink.height, height), begin(column, ink.width, width));
        let mut grey = vec![0.0; height * width];
        for r in 0..ink.height {
            let from = &ink.grey[r * ink.width..(r + 1) * ink.width];
            grey[(top + r) * width + left..][..ink.width].copy_from_slice(from);
        }
        Self { grey, height, width }
    }

    /// The rectangle that holds all the light; `None` where all is dark.
    fn cut_out(&self) -> Option<Self> {
        let lit = |row: usize, column: usize| self.at(row, column) > FAINT;
        let rows: Vec<usize> = (0..self.height).filter(|&r| (0..self.width).any(|c| lit(r, c))).collect();
        let columns: Vec<usize> = (0..self.width).filter(|&c| (0..self.height).any(|r| lit(r, c))).collect();
        let (&top, &bottom) = (rows.first()?, rows.last()?);
        let (&left, &right) = (columns.first()?, columns.last()?);
        let grey = (top..=bottom).flat_map(|r| (left..=right).map(move |c| self.at(r, c))).collect();
        Some(Self { grey, height: bottom - top + 1, width: right - left + 1 })
    }

    /// The centre of mass of the light: row and column.
    fn centre(&self) -> (f32, f32) {
        let (mut mass, mut row, mut column) = (0.0, 0.0, 0.0);
        for r in 0..self.height {
            for c in 0..self.width {
                let light = self.at(r, c);
                mass += light;
                row += light * (r as f32 + 0.5);
                column += light * (c as f32 + 0.5);
            }
        }
        (row / mass, column / mass)
    }
}

fn share(level: u8) -> f32 {
    f32::from(level) / 255.0
}

/// How bright a colour looks: Rec. 601, as scanners and `convert -colorspace gray` have it.
fn luma(rgb: &[u8]) -> f32 {
    0.299 * share(rgb[0]) + 0.587 * share(rgb[1]) + 0.114 * share(rgb[2])
}

fn over_white(grey: f32, alpha: u8) -> f32 {
    grey * share(alpha) + (1.0 - share(alpha))
}

/// Which old pixels each new one covers, and how much of each.
fn spans(old: usize, new: usize) -> Vec<Vec<(usize, f32)>> {
    let step = old as f64 / new as f64;
    let span = |i: usize| {
        let (begin, end) = (i as f64 * step, (i + 1) as f64 * step);
        let covered = begin as usize..(end.ceil() as usize).min(old);
        let share = |pixel: usize| ((pixel + 1) as f64).min(end) - (pixel as f64).max(begin);
        covered.map(|pixel| (pixel, share(pixel) as f32)).filter(|&(_, share)| share > 0.0).collect()
    };
    (0..new).map(span).collect()
}
