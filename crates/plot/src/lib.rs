#![doc = include_str!("../README.md")]
//!
//! A [`Chart`] has axes: lines, histograms, letters on a map, decision landscapes. A [`Heatmap`] shows a table of numbers, and
//! [`Images`] many small images side by side, [`Bars`] what each part adds to a sum. Each becomes a [`Picture`], which is
//! nothing but shapes and text.
//!
//! ```
//! # #[cfg(feature = "png")]
//! # fn main() -> Result<(), gradus_plot::PictureError> {
//! let picture = gradus_plot::Chart::new("Loss").line("train", &[(0.0, 3.3), (1000.0, 2.4)]).picture();
//! assert_eq!(&picture.to_png(2.0)?[1..4], b"PNG");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "png"))]
//! # fn main() {}
//! ```

mod axis;
mod bars;
mod chart;
mod colour;
mod heatmap;
mod images;
mod layout;
mod picture;
#[cfg(feature = "png")]
mod png;
mod shade;
mod svg;

pub use axis::{Axis, Scale, grouped};
pub use bars::Bars;
pub use chart::{Chart, Mark};
pub use colour::{Colour, diverging, sequential, tint};
pub use heatmap::Heatmap;
pub use images::Images;
pub use picture::{Anchor, Line, Picture, PictureError, Point, Shape, text_width};
pub use shade::Shade;
