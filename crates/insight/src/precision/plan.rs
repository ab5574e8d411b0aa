//! What is compared: the formats, and how and where they round.

use gradus_tensor::Precision;
use gradus_tensor::precision::{Places, Rounding, Rule};
use gradus_train::Error;

/// A number format that a training is made in.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    /// `f64`, `bf16`, `decimal:3`.
    pub name: String,
    /// Whether everything is computed in `f64`, not in `f32`.
    pub wide: bool,
    /// What is rounded to.
    pub precision: Precision,
}

/// What is compared where nothing else is asked for.
pub const USUAL: [&str; 8] = ["f64", "f32", "tf32", "bf16", "f16", "e4m3", "e5m2", "decimal:3"];

impl Format {
    /// The format of a name: `f64`, `f32`, `tf32`, `bf16`, `f16`, `e4m3`, `e5m2`, `decimal:1` to `decimal:7`.
    ///
    /// # Errors
    /// For any other name.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let precision = Precision::parse(name).map_err(|_| {
            let known = "f64, f32, tf32, bf16, f16, e4m3, e5m2, and decimal:1 to decimal:7";
            Error::Request(format!("no number format is called {name:?}; there are {known}"))
        })?;
        Ok(Format { name: name.to_string(), wide: name == "f64", precision })
    }

    /// What all others are held against.
    pub fn f64() -> Self {
        Format { name: "f64".to_string(), wide: true, precision: Precision::Exact }
    }

    /// Whether anything is rounded.
    pub fn is_rounded(&self) -> bool {
        self.precision != Precision::Exact
    }
}

/// What the loss's gradient is multiplied with, so that small gradients do not vanish; they are divided by it again before
/// the update (Micikevicius et al. 2018, arXiv:1710.03740). A step whose gradients overflow is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LossScale {
    /// Always the same; 1 is none.
    Constant(f64),
    /// Halved when gradients overflow, doubled after [`LossScale::PATIENCE`] steps without.
    Dynamic,
}

impl LossScale {
    /// Where a dynamic scale begins.
    pub const FIRST: f64 = 65536.0;
    /// Steps without overflow until a dynamic scale is doubled.
    pub const PATIENCE: u64 = 2000;

    /// `dynamic`, or a number above 0.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text.parse::<f64>() {
            _ if text == "dynamic" => Ok(LossScale::Dynamic),
            Ok(scale) if scale.is_finite() && scale > 0.0 => Ok(LossScale::Constant(scale)),
            _ => {
                Err(Error::Request(format!("the loss scale {text:?} is neither a number above 0 nor the word dynamic")))
            }
        }
    }
}

/// How trainings are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In this order. `f64` is trained in any case: it is what the others are held against.
    pub formats: Vec<Format>,
    /// Where numbers are rounded.
    pub places: Places,
    /// Whether to round by chance, not to nearest.
    pub stochastic: bool,
    /// What the loss's gradient is multiplied with.
    pub loss_scale: LossScale,
    /// Whether an `f32` copy of every parameter is updated, and rounded for each pass.
    pub masters: bool,
    /// Steps of each training.
    pub steps: u64,
    /// How often a training is held against `f64`, layer by layer.
    pub looks: u64,
}

impl Plan {
    /// Rounding to nearest everywhere.
    pub fn new(formats: Vec<Format>, steps: u64) -> Self {
        Plan {
            formats,
            places: Places::EVERYWHERE,
            stochastic: false,
            loss_scale: LossScale::Constant(1.0),
            masters: false,
            steps,
            looks: 20,
        }
    }

    /// The rule of a format. Draws of different `seed`s have nothing to do with each other.
    pub(super) fn rule(&self, format: &Format, seed: u64) -> Rule {
        let rounding = if self.stochastic { Rounding::Stochastic { seed } } else { Rounding::Nearest };
        let places = Places { weights: self.places.weights && !self.masters, ..self.places };
        Rule { format: format.precision, rounding, places }
    }

    /// A format with what is special about it: `f16 with dynamic loss scaling and f32 master weights`.
    pub fn describe(&self, format: &Format) -> String {
        if !format.is_rounded() {
            return format.name.clone();
        }
        let mut out = format.name.clone();
        if self.places != Places::EVERYWHERE {
            let Places { weights, activations, gradients, optimizer } = self.places;
            let places = [
                (weights, "weights"),
                (activations, "activations"),
                (gradients, "gradients"),
                (optimizer, "optimiser state"),
            ];
            let named: Vec<&str> = places.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
            out.push_str(&format!(" in {} only", named.join(" and ")));
        }
        if self.stochastic {
            out.push_str(", rounded by chance");
        }
        let scale = match self.loss_scale {
            LossScale::Constant(1.0) => {
                // Where it would help: gradients in a format with a short exponent.
                let is_narrow = format.precision.layout().is_some_and(|layout| layout.exponent < 8);
                if is_narrow && self.places.gradients {
                    out.push_str(" without loss scaling");
                }
                None
            }
            LossScale::Constant(scale) => Some(format!("loss scale {scale}")),
            LossScale::Dynamic => Some("dynamic loss scaling".to_string()),
        };
        let masters = self.masters.then(|| "f32 master weights".to_string());
        let with: Vec<String> = scale.into_iter().chain(masters).collect();
        if !with.is_empty() {
            let comma = if out.ends_with("scaling") { "," } else { "" };
            out.push_str(&format!("{comma} with {}", with.join(" and ")));
        }
        out
    }
}
