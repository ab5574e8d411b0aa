//! Statistics that networks stand on, measured with the engine and drawn: a sample beside the normal curve, how variance
//! grows through one layer, and what the gain of the initial weights does over depth.

use std::f64::consts::PI;

use gradus_insight::diagnostics::{Histogram, Statistics};
use gradus_nn::Nonlinearity;
use gradus_nn::init::Init;
use gradus_plot::{Chart, Picture};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{DType, Tensor};
use gradus_train::Error;
use serde::Serialize;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Where random numbers start.
    pub seed: u64,
    /// Numbers of the sample, and examples that go through the layers.
    pub samples: usize,
    /// Units of each layer.
    pub width: usize,
    /// Layers one after the other.
    pub depth: usize,
}

/// All that is measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fundamentals {
    /// Draws from N(0, 1).
    pub sample: Sample,
    /// One linear layer, for several numbers of inputs.
    pub layer: Vec<Layer>,
    /// Many layers, for each nonlinearity and gain.
    pub depth: Vec<Depth>,
}

/// Some numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// How many.
    pub count: usize,
    /// In a few numbers.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// The share within one, two and three standard deviations of the mean; 0.683, 0.954 and 0.997 for a normal
    /// distribution.
    pub within: [f64; 3],
    /// How they are spread out.
    pub histogram: Histogram,
}

/// y = x·W with independent normal x and W.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Layer {
    /// Inputs of a unit.
    pub fan_in: usize,
    /// The standard deviation that the weights were drawn with.
    pub weight_std: f64,
    /// var(w), measured.
    pub weight_variance: f64,
    /// var(x), measured.
    pub input_variance: f64,
    /// var(y), measured.
    pub output_variance: f64,
    /// fan_in · var(w) · var(x).
    pub formula: f64,
}

/// A stack of layers of one gain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Depth {
    /// Which.
    pub nonlinearity: Nonlinearity,
    /// Weights have the standard deviation gain / √fan_in.
    pub gain: f64,
    /// Kaiming's gain for this nonlinearity.
    pub is_kaiming: bool,
    /// The root mean square of the activations: of the input, then after each layer.
    pub activations: Vec<f64>,
    /// That of the gradient that arrives there from a gradient of 1 at the end, the same places.
    pub gradients: Vec<f64>,
}

/// Inputs of a unit, as they are tried.
const FAN_IN: [usize; 9] = [1, 2, 4, 10, 30, 100, 300, 1000, 3000];
/// The nonlinearities that are stacked, and the gains beside their own.
const STACKS: [(Nonlinearity, &[f64]); 3] = [
    (Nonlinearity::Linear, &[0.8, 1.2]),
    (Nonlinearity::Tanh, &[0.5, 1.0, 3.0]),
    (Nonlinearity::Relu, &[1.0, 1.2, 1.7]),
];
/// Examples and units by which one layer is measured.
const LAYER: (usize, usize) = (200, 100);

/// Measures everything. `watch` is told how much is done, and ends it by `false`: then there is nothing to tell.
///
/// # Errors
/// Where an operation refuses.
pub fn measure(sizes: Sizes, watch: &mut dyn FnMut(&str, f64) -> bool) -> Result<Option<Fundamentals>, Error> {
    let root = Generator::new(Scheme::Gradus, sizes.seed);
    if !watch("a sample", 0.0) {
        return Ok(None);
    }
    let sample = sample(&Tensor::randn(&[sizes.samples], DType::F32, &mut root.stream("sample"))?)?;
    let mut layers = Vec::new();
    let mut random = root.stream("layer");
    for weight_std in [None, Some(0.1), Some(1.0)] {
        for fan_in in FAN_IN {
            if !watch("one layer", layers.len() as f64 / (3 * FAN_IN.len()) as f64) {
                return Ok(None);
            }
            layers.push(layer(fan_in, weight_std, &mut random)?);
        }
    }
    let mut depth = Vec::new();
    for (nonlinearity, others) in STACKS {
        let kaiming = nonlinearity.gain();
        let mut gains: Vec<f64> = others.iter().copied().chain([kaiming]).collect();
        gains.sort_by(f64::total_cmp);
        for gain in gains {
            if !watch("many layers", depth.len() as f64 / 11.0) {
                return Ok(None);
            }
            // Every stack gets the same draws: only the gain differs.
            let mut random = root.stream("depth");
            let (activations, gradients) = stack(sizes, nonlinearity, gain, &mut random)?;
            depth.push(Depth { nonlinearity, gain, is_kaiming: gain == kaiming, activations, gradients });
        }
    }
    Ok(Some(Fundamentals { sample, layer: layers, depth }))
}

fn sample(values: &Tensor) -> Result<Sample, Error> {
    let values = values.to_vec::<f64>();
    let none = || Error::Request("a sample has at least two numbers".to_string());
    let statistics = Statistics::of(&values).filter(|statistics| statistics.std.is_some()).ok_or_else(none)?;
    let histogram = Histogram::of(&values).ok_or_else(none)?;
    let std = statistics.std.unwrap_or(f64::NAN);
    let share = |times: f64| {
        let inside = values.iter().filter(|&&v| (v - statistics.mean).abs() <= times * std).count();
        inside as f64 / values.len() as f64
    };
    Ok(Sample { count: values.len(), statistics, within: [1.0, 2.0, 3.0].map(share), histogram })
}

/// One layer; without a standard deviation, weights have 1 / √fan_in.
fn layer(fan_in: usize, weight_std: Option<f64>, random: &mut Generator) -> Result<Layer, Error> {
    let (examples, units) = LAYER;
    let std = weight_std.unwrap_or(1.0 / (fan_in as f64).sqrt());
    let x = Tensor::randn(&[examples, fan_in], DType::F32, random)?;
    let w = Init::Normal(std).draw(&[fan_in, units], fan_in, units, random)?;
    let y = x.matmul(&w)?; // [examples, units]
    let [weight_variance, input_variance, output_variance] = [w.var(1).item()?, x.var(1).item()?, y.var(1).item()?];
    let formula = fan_in as f64 * weight_variance * input_variance;
    Ok(Layer { fan_in, weight_std: std, weight_variance, input_variance, output_variance, formula })
}

/// The root mean squares of activations and of their gradients, from the input to the last layer.
fn stack(
    sizes: Sizes,
    nonlinearity: Nonlinearity,
    gain: f64,
    random: &mut Generator,
) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let Sizes { samples, width, depth, .. } = sizes;
    let mut x = Tensor::randn(&[samples.min(1000), width], DType::F32, random)?.requires_grad();
    let mut places = vec![x.clone()];
    for _ in 0..depth {
        let w = Init::Kaiming { gain }.draw(&[width, width], width, width, random)?;
        let y = x.matmul(&w)?; // [samples, width]
        x = nonlinearity.apply(&y);
        x.retain_grad();
        places.push(x.clone());
    }
    // A gradient of independent normal numbers at the end.
    let last = Tensor::randn(x.shape(), DType::F32, random)?;
    x.backward_with(&last)?;
    let size = |t: &Tensor| Ok::<f64, Error>((t * t).mean().item()?.sqrt());
    let activations = places.iter().map(size).collect::<Result<_, _>>()?;
    let gradients = places.iter().filter_map(Tensor::grad).map(|grad| size(&grad)).collect::<Result<_, _>>()?;
    Ok((activations, gradients))
}

impl Fundamentals {
    /// File names without their ending, and pictures.
    pub fn pictures(&self) -> Vec<(String, Picture)> {
        let mut all = vec![("sample".to_string(), self.sample.picture()), ("layer".to_string(), self.layer_picture())];
        for (nonlinearity, _) in STACKS {
            all.push((format!("depth-{nonlinearity}"), self.depth_picture(nonlinearity, false)));
            all.push((format!("depth-{nonlinearity}-gradient"), self.depth_picture(nonlinearity, true)));
        }
        all
    }

    fn layer_picture(&self) -> Picture {
        let mut chart = Chart::new("Variance through one layer: var(y) = fan_in · var(w) · var(x)")
            .x("fan_in: inputs of a unit")
            .y("var(y) of the outputs")
            .log_x()
            .log_y();
        for (at, std) in ["1/√fan_in", "0.1", "1"].iter().enumerate() {
            let part = &self.layer[at * FAN_IN.len()..][..FAN_IN.len()];
            let of = |y: fn(&Layer) -> f64| part.iter().map(|l| (l.fan_in as f64, y(l))).collect::<Vec<_>>();
            chart = chart.dashed(format!("std(w) = {std}: formula"), &of(|l| l.formula));
            chart = chart.dots("measured", &of(|l| l.output_variance));
        }
        chart.size(680.0, 400.0).picture()
    }

    fn depth_picture(&self, nonlinearity: Nonlinearity, gradients: bool) -> Picture {
        let what = if gradients { "gradients" } else { "activations" };
        let title = match nonlinearity {
            Nonlinearity::Linear => format!("{what} over depth, no nonlinearity"),
            name => format!("{what} over depth, {name}"),
        };
        let mut title: Vec<char> = title.chars().collect();
        title[0].make_ascii_uppercase();
        let mut chart = Chart::new(title.into_iter().collect::<String>())
            .x(if gradients { "layer (the gradient arrives from the right)" } else { "layer (0 is the input)" })
            .y(format!("root mean square of the {what}"))
            .log_y();
        for stack in self.depth.iter().filter(|stack| stack.nonlinearity == nonlinearity) {
            let values = if gradients { &stack.gradients } else { &stack.activations };
            let points: Vec<(f64, f64)> = values.iter().enumerate().map(|(i, &v)| (i as f64, v)).collect();
            let name = match stack.is_kaiming {
                true => format!("gain {} (Kaiming)", nonlinearity.gain_in_words()),
                false => format!("gain {}", stack.gain),
            };
            chart = chart.line(name, &points);
        }
        chart.size(680.0, 380.0).picture()
    }
}

impl Sample {
    /// The histogram beside the normal curve of the same mean and standard deviation.
    pub fn picture(&self) -> Picture {
        let (mean, std) = (self.statistics.mean, self.statistics.std.unwrap_or(f64::NAN));
        let (low, high) = (self.histogram.low, self.histogram.high);
        let curve: Vec<(f64, f64)> = (0..=200)
            .map(|i| low + (high - low) * f64::from(i) / 200.0)
            .map(|x| (x, (-((x - mean) / std).powi(2) / 2.0).exp() / (std * (2.0 * PI).sqrt())))
            .collect();
        let heights: Vec<f64> = self.histogram.density().iter().map(|(_, density)| *density).collect();
        Chart::new(format!(
            "{} draws from N(0, 1): mean {mean:.3}, variance {:.3}, std {std:.3}",
            self.count,
            std * std
        ))
        .x("value")
        .y("density")
        .bars("sample", low, high, &heights)
        .line("normal curve of that mean and std", &curve)
        .mark_x(mean, "mean")
        .mark_x(mean - std, "−1 std")
        .mark_x(mean + std, "+1 std")
        .size(680.0, 400.0)
        .picture()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_is_what_the_formulas_say() {
        let sizes = Sizes { seed: 1, samples: 2000, width: 100, depth: 12 };
        let all = measure(sizes, &mut |_, _| true).unwrap().unwrap();
        assert!(all.sample.statistics.mean.abs() < 0.1 && (all.sample.within[0] - 0.683).abs() < 0.04);
        for layer in all.layer.iter().filter(|layer| layer.fan_in >= 100) {
            assert!((layer.output_variance / layer.formula - 1.0).abs() < 0.1, "{layer:?}");
        }
        for stack in &all.depth {
            let (first, last) = (stack.activations[0], stack.activations[sizes.depth]);
            assert_eq!((stack.activations.len(), stack.gradients.len()), (13, 13));
            let grown = last / first;
            let what = format!("{} gain {}: {grown}", stack.nonlinearity, stack.gain);
            match (stack.nonlinearity, stack.is_kaiming) {
                // Without a nonlinearity every layer multiplies by the gain; relu halves the mean square.
                (Nonlinearity::Linear, _) => assert!((grown / stack.gain.powi(12) - 1.0).abs() < 0.25, "{what}"),
                (Nonlinearity::Relu, _) => {
                    assert!((grown / (stack.gain / stack.nonlinearity.gain()).powi(12) - 1.0).abs() < 0.3, "{what}")
                }
                (Nonlinearity::Tanh, true) => assert!((0.5..1.0).contains(&grown), "{what}"),
                _ => assert!(if stack.gain < 1.0 { grown < 0.01 } else { grown < 1.0 }, "{what}"),
            }
        }
        assert_eq!(all.pictures().len(), 8);
        assert_eq!(measure(sizes, &mut |_, _| false).unwrap(), None);
    }
}
