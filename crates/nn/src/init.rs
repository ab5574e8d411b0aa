//! Initial values of weights.
//!
//! `fan_in` and `fan_out` are the numbers of inputs and outputs of one unit. The point of the scaled ones is that
//! the variance of activations (forward) or gradients (backward) stays the same from layer to layer:
//! var(Σ wx) = fan_in · var(w) · var(x).

use gradus_tensor::random::Generator;
use gradus_tensor::{DType, Error, Result, Tensor};

/// A way to draw the initial weights of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All the same number.
    Constant(f64),
    /// Normal with mean 0 and this standard deviation.
    Normal(f64),
    /// Uniform in ±bound.
    Uniform(f64),
    /// Normal with standard deviation gain / √fan_in (He et al. 2015, arXiv:1502.01852). Gains: 1 for a linear layer,
    /// √2 for relu, 5/3 for tanh.
    Kaiming {
        /// What the nonlinearity that follows takes away.
        gain: f64,
    },
    /// Uniform in ±gain·√(3 / fan_in): the same variance as [`Init::Kaiming`]. PyTorch's default for linear layers
    /// is this with gain 1/√3, a bound of 1 / √fan_in.
    KaimingUniform {
        /// What the nonlinearity that follows takes away.
        gain: f64,
    },
    /// Normal with standard deviation gain · √(2 / (fan_in + fan_out)) (Glorot & Bengio 2010).
    Xavier {
        /// What the nonlinearity that follows takes away.
        gain: f64,
    },
    /// Uniform in ±gain · √(6 / (fan_in + fan_out)) (Glorot & Bengio 2010).
    XavierUniform {
        /// What the nonlinearity that follows takes away.
        gain: f64,
    },
}

impl Init {
    /// Draws `f32` weights of `shape` for units with so many inputs and outputs.
    ///
    /// # Errors
    /// For an impossible shape, or a spread that is no finite number.
    ///
    /// ```
    /// use gradus_nn::init::Init;
    /// use gradus_tensor::random::{Generator, Scheme};
    /// let w = Init::Kaiming { gain: 1.0 }.draw(&[400, 300], 400, 300, &mut Generator::new(Scheme::Gradus, 7))?;
    /// let variance = (&w * &w).mean().item()?;
    /// assert!((variance * 400.0 - 1.0).abs() < 0.02);
    /// # Ok::<(), gradus_tensor::Error>(())
    /// ```
    pub fn draw(self, shape: &[usize], fan_in: usize, fan_out: usize, rng: &mut Generator) -> Result<Tensor> {
        let (inputs, both) = (fan_in.max(1) as f64, (fan_in + fan_out).max(1) as f64);
        match self {
            Init::Constant(value) => Ok(Tensor::full(shape, value, DType::F32)),
            Init::Normal(std) => normal(shape, std, rng),
            Init::Uniform(bound) => uniform(shape, bound, rng),
            Init::Kaiming { gain } => normal(shape, gain / inputs.sqrt(), rng),
            Init::KaimingUniform { gain } => uniform(shape, gain * (3.0 / inputs).sqrt(), rng),
            Init::Xavier { gain } => normal(shape, gain * (2.0 / both).sqrt(), rng),
            Init::XavierUniform { gain } => uniform(shape, gain * (6.0 / both).sqrt(), rng),
        }
    }
}

/// Standard normal draws times `std`, in this order, as the lectures write it.
fn normal(shape: &[usize], std: f64, rng: &mut Generator) -> Result<Tensor> {
    check(std)?;
    let draws = Tensor::randn(shape, DType::F32, rng)?;
    Ok(if std == 1.0 { draws } else { draws * std })
}

fn uniform(shape: &[usize], bound: f64, rng: &mut Generator) -> Result<Tensor> {
    check(bound)?;
    let mut values = vec![0.0_f32; shape.iter().product()];
    rng.fill_uniform(-bound, bound, &mut values).map_err(|e| Error::new("init", e.to_string()))?;
    Tensor::from_slice(&values, shape)
}

fn check(spread: f64) -> Result<()> {
    gradus_tensor::ensure!(
        spread.is_finite() && spread >= 0.0,
        "init",
        "a spread of {spread} is not possible; use a finite number, 0 or more"
    );
    Ok(())
}
