//! The nonlinearities, one entry each: everything that is said of them anywhere follows from here, the words of recipes
//! and of Python, how weights before them start, what diagnostics call saturated and dead, and how they are drawn.
//!
//! To add one, write its operation in `crates/tensor/src/ops` (formula, slope and their gradient check stand there), and
//! an entry below. CONTRIBUTING.md shows it done.

use crate::init::Init;
use crate::{Module, Part, Parts, Visitor};
use gradus_tensor::autograd::Formula;
use gradus_tensor::{Result, Tensor};
use std::f64::consts::SQRT_2;
use std::fmt;

/// What is known of a nonlinearity.
struct Entry {
    /// What it is called: its operation's name, except for that of nothing at all.
    name: &'static str,
    apply: fn(&Tensor) -> Tensor,
    gain: f64,
    range: (f64, f64),
    saturation: Saturation,
    start: Start,
}

/// Where a function passes hardly any gradient back, seen from its outputs: its slope there is less than 6 % of 1, or of
/// the steepest it has.
#[derive(Clone, Copy, Debug)]
pub enum Saturation {
    /// Nowhere, or nowhere that an output shows.
    Never,
    /// Both ends are flat: below the one output and above the other. `inverse` says what came in.
    Ends {
        /// Outputs below are saturated.
        low: f64,
        /// Outputs above are saturated.
        high: f64,
        /// The input for an output.
        inverse: fn(f64) -> f64,
    },
    /// One end is flat: outputs up to this one are off. That half of them are is as it should be.
    Off {
        /// The largest of these outputs.
        up_to: f64,
    },
}

impl Saturation {
    /// Whether an output is saturated.
    pub fn holds(self, y: f64) -> bool {
        match self {
            Saturation::Never => false,
            Saturation::Ends { low, high, .. } => y < low || y > high,
            Saturation::Off { up_to } => y <= up_to,
        }
    }

    /// Which outputs are: `|y| > 0.97`, `0`.
    pub fn in_words(self) -> String {
        match self {
            Saturation::Never => "never".to_string(),
            Saturation::Ends { low, high, .. } if low == -high => format!("|y| > {high}"),
            Saturation::Ends { low, high, .. } => format!("y < {low} or > {high}"),
            Saturation::Off { up_to: 0.0 } => "0".to_string(),
            Saturation::Off { up_to } => format!("y ≤ {up_to}"),
        }
    }
}

/// How the weights of units start.
enum Start {
    /// Where the function is straight around 0, with this slope: Xavier's middle between forward and backward, times what
    /// the slope takes away (Glorot & Bengio 2010).
    Straight { slope: f64 },
    /// Where it bends at 0 and lets only a part of the variance through: Kaiming's, times the gain (He et al. 2015).
    Bent,
}

macro_rules! nonlinearities {
    ($($(#[doc = $doc:literal])+ $Name:ident { $($field:ident: $value:expr),+ $(,)? })+) => {
        /// What a unit makes of its weighted sum. A layer, too: it may stand in a [`Sequential`](crate::Sequential).
        ///
        /// ```
        /// use gradus_nn::Nonlinearity;
        /// use gradus_tensor::Tensor;
        /// let x = Tensor::from_slice(&[-1.0_f32, 0.0, 2.0], &[3])?;
        /// assert_eq!(Nonlinearity::Relu.apply(&x).to_vec::<f32>(), [0.0, 0.0, 2.0]);
        /// assert_eq!(Nonlinearity::Sigmoid.to_string(), "sigmoid");
        /// assert_eq!(Nonlinearity::named("gelu"), Some(Nonlinearity::Gelu));
        /// # Ok::<(), gradus_tensor::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Nonlinearity {
            $($(#[doc = $doc])+ $Name,)+
        }

        impl Nonlinearity {
            /// All of them.
            pub const ALL: &[Nonlinearity] = &[$(Nonlinearity::$Name),+];
            /// What they are called, in the same order.
            pub const NAMES: &[&str] = &[$(ENTRIES[Nonlinearity::$Name as usize].name),+];
        }

        const ENTRIES: &[Entry] = &[$(Entry { $($field: $value),+ }),+];
    };
}

const ANY: f64 = f64::INFINITY;

nonlinearities! {
    /// The sum itself.
    Linear {
        name: "linear",
        apply: Tensor::clone,
        gain: 1.0,
        range: (-ANY, ANY),
        saturation: Saturation::Never,
        start: Start::Straight { slope: 1.0 },
    }
    /// 1 / (1 + e⁻ˣ).
    Sigmoid {
        name: "sigmoid",
        apply: Tensor::sigmoid,
        gain: 1.0,
        range: (0.0, 1.0),
        saturation: Saturation::Ends { low: 0.015, high: 0.985, inverse: |y| (y / (1.0 - y)).ln() },
        start: Start::Straight { slope: 0.25 },
    }
    /// max(x, 0).
    Relu {
        name: "relu",
        apply: Tensor::relu,
        gain: SQRT_2,
        range: (0.0, ANY),
        saturation: Saturation::Off { up_to: 0.0 },
        start: Start::Bent,
    }
    /// tanh x.
    Tanh {
        name: "tanh",
        apply: Tensor::tanh,
        gain: 5.0 / 3.0,
        range: (-1.0, 1.0),
        saturation: Saturation::Ends { low: -0.97, high: 0.97, inverse: f64::atanh },
        start: Start::Straight { slope: 1.0 },
    }
    /// x·Φ(x), with the normal distribution Φ (Hendrycks & Gimpel 2016, arXiv:1606.08415), by the error function.
    Gelu {
        name: "gelu",
        apply: Tensor::gelu,
        gain: 1.5335,
        range: (-0.17, ANY),
        saturation: Saturation::Never,
        start: Start::Bent,
    }
    /// The approximation of x·Φ(x) by tanh, as in GPT-2 and makemore.
    GeluTanh {
        name: "gelu_tanh",
        apply: Tensor::gelu_tanh,
        gain: 1.5336,
        range: (-0.171, ANY),
        saturation: Saturation::Never,
        start: Start::Bent,
    }
    /// x above 0, a hundredth of it below.
    LeakyRelu {
        name: "leaky_relu",
        apply: |x| x.leaky_relu(0.01),
        gain: 1.414_142_856_997_834_6,
        range: (-ANY, ANY),
        saturation: Saturation::Never,
        start: Start::Bent,
    }
    /// ln(1 + eˣ), a smooth max(x, 0).
    Softplus {
        name: "softplus",
        apply: Tensor::softplus,
        gain: 1.041_867,
        range: (0.0, ANY),
        saturation: Saturation::Off { up_to: 0.0609 },
        start: Start::Bent,
    }
    /// x·σ(x) with the logistic function σ; also called swish.
    Silu {
        name: "silu",
        apply: Tensor::silu,
        gain: 1.676_532,
        range: (-0.2785, ANY),
        saturation: Saturation::Never,
        start: Start::Bent,
    }
    /// x above 0, eˣ − 1 below (Clevert et al. 2015, arXiv:1511.07289).
    Elu {
        name: "elu",
        apply: |x| x.elu(1.0),
        gain: 1.245_198,
        range: (-1.0, ANY),
        saturation: Saturation::Off { up_to: -0.9409 },
        start: Start::Bent,
    }
    /// max(x, 0)² (So et al. 2021, arXiv:2109.08668).
    ReluSquared {
        name: "relu_squared",
        apply: Tensor::relu_squared,
        gain: 0.816_496_580_927_726,
        range: (0.0, ANY),
        saturation: Saturation::Off { up_to: 0.000_873 },
        start: Start::Bent,
    }
}

impl Nonlinearity {
    fn entry(self) -> &'static Entry {
        &ENTRIES[self as usize]
    }

    /// What it is called: `tanh`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The one that is called so.
    pub fn named(name: &str) -> Option<Nonlinearity> {
        Nonlinearity::ALL.iter().copied().find(|f| f.name() == name)
    }

    /// The one that an operation of this name computes.
    pub fn of_operation(operation: &str) -> Option<Nonlinearity> {
        Nonlinearity::named(operation).filter(|&f| f != Nonlinearity::Linear)
    }

    /// Of each number of `x`.
    #[must_use]
    pub fn apply(self, x: &Tensor) -> Tensor {
        (self.entry().apply)(x)
    }

    /// Of each number.
    pub fn of(self, x: &[f64]) -> Vec<f64> {
        Tensor::from_slice(x, &[x.len()]).map_or_else(|_| vec![], |x| self.apply(&x).to_vec())
    }

    /// What it computes, and what it makes of a gradient.
    pub fn formula(self) -> Formula {
        let y = self.apply(&Tensor::scalar(1.0).requires_grad());
        y.formula().unwrap_or(Formula { name: self.name(), forward: "y = x", backward: "dx = g" })
    }

    /// Kaiming's gain: weights of standard deviation gain / √fan_in keep the size of what passes through a stack of layers
    /// (He et al. 2015). 1 / √E f(z)² for normal z; for tanh and sigmoid the numbers that PyTorch has.
    pub fn gain(self) -> f64 {
        self.entry().gain
    }

    /// [`Nonlinearity::gain`] as one writes it: `√2`, `5/3`.
    pub fn gain_in_words(self) -> String {
        let gain = self.gain();
        let whole = |x: f64| (x - x.round()).abs() < 1e-12;
        match gain {
            gain if whole(gain) => format!("{gain:.0}"),
            gain if whole(gain * gain) => format!("√{:.0}", gain * gain),
            gain if whole(3.0 * gain) => format!("{:.0}/3", 3.0 * gain),
            gain => format!("{gain:.2}"),
        }
    }

    /// Between which numbers its outputs lie.
    pub fn range(self) -> (f64, f64) {
        self.entry().range
    }

    /// Whether its outputs are probabilities.
    pub fn is_probability(self) -> bool {
        self.range() == (0.0, 1.0)
    }

    /// Whether a size of weights is a cure where the values of a stack of layers shrink or grow. Not where all outputs are
    /// squeezed between two numbers of one sign: what they have in common grows with the weights as well.
    pub fn can_keep_size(self) -> bool {
        let (low, high) = self.range();
        !(low.is_finite() && high.is_finite()) || low < 0.0 && high > 0.0
    }

    /// Where it passes hardly any gradient back.
    pub fn saturation(self) -> Saturation {
        self.entry().saturation
    }

    /// How the weights of hidden units with it start, so that neither values nor gradients grow or vanish from layer to
    /// layer.
    pub fn init(self) -> Init {
        match self.entry().start {
            Start::Straight { slope } => Init::XavierUniform { gain: 1.0 / slope },
            Start::Bent => Init::Kaiming { gain: self.gain() },
        }
    }
}

impl fmt::Display for Nonlinearity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Nonlinearity {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl Module for Nonlinearity {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.apply(x).tap("out"))
    }
}

impl Parts for Nonlinearity {
    fn kind(&self) -> String {
        self.to_string()
    }

    fn parts(&self, _: &mut dyn Visitor) {}
}

impl Part for Nonlinearity {
    fn register(&self, name: &str, to: &mut dyn Visitor) {
        to.part(name, self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between −8 and 8, and f of them with its slopes.
    fn curve(f: Nonlinearity) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (-8000..=8000).map(|i| f64::from(i) / 1000.0 + 1e-9).collect();
        let leaf = Tensor::from_slice(&x, &[x.len()]).unwrap().requires_grad();
        let y = f.apply(&leaf);
        (&y * 1.0).sum().into_backward().unwrap();
        (x, y.to_vec(), leaf.grad().unwrap().to_vec())
    }

    #[test]
    fn each_tells_itself() {
        for &f in Nonlinearity::ALL {
            assert_eq!(f.formula().name, f.name());
            assert!(f.formula().forward.starts_with("y = "), "{f}");
            assert_eq!(Nonlinearity::named(f.name()), Some(f));
        }
        assert_eq!(Nonlinearity::NAMES[..4], ["linear", "sigmoid", "relu", "tanh"]);
        assert_eq!(Nonlinearity::of_operation("linear"), None, "a layer of weights, not a nonlinearity");
        let words = [Nonlinearity::Linear, Nonlinearity::Relu, Nonlinearity::Tanh, Nonlinearity::Gelu];
        assert_eq!(words.map(Nonlinearity::gain_in_words), ["1", "√2", "5/3", "1.53"]);
    }

    #[test]
    fn outputs_lie_in_the_range_and_reach_its_ends() {
        for &f in Nonlinearity::ALL {
            let ((low, high), (_, y, _)) = (f.range(), curve(f));
            let (least, most) = y.iter().fold((ANY, -ANY), |(a, b), &y| (a.min(y), b.max(y)));
            assert!(least >= low && most <= high, "{f}: {least} to {most}");
            assert!(low == -ANY || least - low < 1e-3, "{f} goes down to {least}, not {low}");
            assert!(high == ANY || high - most < 1e-3, "{f} goes up to {most}, not {high}");
        }
    }

    #[test]
    fn gains_keep_the_mean_square_of_normal_numbers() {
        for &f in Nonlinearity::ALL {
            let (x, y, _) = curve(f);
            let weight = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let square: f64 = x.iter().zip(&y).map(|(&x, y)| y * y * weight(x) * 1e-3).sum();
            let keeping = 1.0 / square.sqrt();
            // PyTorch's convention, a little more and much less.
            let ratio = match f {
                Nonlinearity::Tanh => 1.0466,
                Nonlinearity::Sigmoid => 0.5416,
                _ => 1.0,
            };
            assert!((f.gain() / keeping - ratio).abs() < 1e-4, "{f}: {} for {keeping}", f.gain());
        }
    }

    #[test]
    fn saturated_outputs_pass_hardly_any_gradient_and_others_do() {
        for &f in Nonlinearity::ALL {
            let (x, y, slopes) = curve(f);
            let steepest = slopes.iter().fold(0.0_f64, |a, b| a.max(b.abs())).min(1.0);
            for ((&x, &y), &slope) in x.iter().zip(&y).zip(&slopes) {
                match f.saturation() {
                    Saturation::Never => {}
                    saturation => assert_eq!(saturation.holds(y), slope < 0.0591 * steepest, "{f}({x}) = {y}: {slope}"),
                }
                if let Saturation::Ends { inverse, .. } = f.saturation() {
                    assert!((inverse(y) - x).abs() < 1e-3 * x.abs().max(1.0), "{f}: {} and {x}", inverse(y));
                }
            }
        }
        assert_eq!(Nonlinearity::Tanh.saturation().in_words(), "|y| > 0.97");
        assert_eq!(Nonlinearity::Sigmoid.saturation().in_words(), "y < 0.015 or > 0.985");
        assert_eq!(Nonlinearity::Relu.saturation().in_words(), "0");
    }

    #[test]
    fn weights_start_by_the_slope_at_zero_or_by_the_gain() {
        for &f in Nonlinearity::ALL {
            let zero = Tensor::scalar(0.0).requires_grad();
            (f.apply(&zero) * 1.0).into_backward().unwrap();
            let slope = zero.grad().unwrap().item().unwrap();
            match f.init() {
                Init::XavierUniform { gain } => assert_eq!(gain, 1.0 / slope, "{f}"),
                Init::Kaiming { gain } => assert_eq!(gain, f.gain(), "{f}"),
                other => panic!("{f} starts as {other:?}"),
            }
        }
    }
}
