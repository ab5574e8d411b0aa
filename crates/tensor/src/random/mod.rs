//! Random numbers that can be had again: seeded, isolated generators in two schemes.
//!
//! - [`Scheme::Gradus`]: PCG64, fast, the same numbers however the calls are cut.
//! - [`Scheme::Torch`]: the draws of `torch.Generator` on the CPU, so that a lecture's numbers
//!   appear digit for digit.
//!
//! Beside them stands [`PythonRandom`], Python's own `random`, which decides the course's splits.
//!
//! There is no global generator. Whatever needs randomness is handed a [`Generator`], and
//! [`Generator::stream`] makes one for each purpose, so that an additional draw for dropout moves
//! neither the batches nor the samples:
//!
//! ```
//! use gradus_tensor::random::{Generator, Scheme};
//!
//! let root = Generator::new(Scheme::Gradus, 42);
//! let (mut init, mut batches) = (root.stream("init"), root.stream("batches"));
//!
//! let mut weights = [0.0_f32; 6];
//! init.fill_normal(0.0, 0.02, &mut weights)?;
//! let mut rows = [0_i64; 32];
//! batches.fill_randint(0, 182_625, &mut rows)?;
//! # Ok::<(), gradus_tensor::random::RandomError>(())
//! ```
//!
//! In the `torch` scheme the course's own numbers come out:
//!
//! ```
//! # use gradus_tensor::random::{Generator, Scheme};
//! let mut g = Generator::new(Scheme::Torch, 2147483647);
//! let mut p = [0.0_f32; 3];
//! g.fill_rand(&mut p);
//! let sum: f32 = p.iter().sum();
//! assert_eq!(p.map(|x| format!("{:.4}", x / sum)), ["0.6064", "0.3033", "0.0903"]);
//! ```

mod box_muller;
mod error;
mod gradus;
mod mt19937;
mod multinomial;
mod pcg64;
mod python;
mod quantile;
mod real;
mod state;
mod torch;

pub use error::RandomError;
pub use python::PythonRandom;
pub use real::Real;

use gradus::GradusDraws;
use std::{fmt, str::FromStr};
use torch::TorchDraws;

/// Which numbers a seed stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Gradus's own: PCG64 (DXSM), one 64-bit draw a value.
    #[default]
    Gradus,
    /// The draws of `torch.Generator` on the CPU: MT19937 and PyTorch's recipes.
    Torch,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gradus => "gradus",
            Self::Torch => "torch",
        })
    }
}

impl FromStr for Scheme {
    type Err = RandomError;

    fn from_str(name: &str) -> Result<Self, RandomError> {
        match name {
            "gradus" => Ok(Self::Gradus),
            "torch" => Ok(Self::Torch),
            _ => Err(RandomError::UnknownScheme(name.to_owned())),
        }
    }
}

/// A seeded source of random numbers that shares nothing with any other one.
///
/// A clone goes on with the same numbers as its original; [`Generator::stream`] starts other ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    seed: u64,
    draws: Draws,
}

#[derive(Clone, Debug, PartialEq)]
enum Draws {
    Gradus(GradusDraws),
    Torch(TorchDraws),
}

/// Calls the same method of whichever scheme it is.
macro_rules! draws {
    ($self:ident . $($call:tt)+) => {
        match &mut $self.draws {
            Draws::Gradus(draws) => draws.$($call)+,
            Draws::Torch(draws) => draws.$($call)+,
        }
    };
}

impl Generator {
    /// A generator at the start of its sequence. The `torch` scheme uses the low 32 bits of the
    /// seed, as PyTorch does.
    pub fn new(scheme: Scheme, seed: u64) -> Self {
        let draws = match scheme {
            Scheme::Gradus => Draws::Gradus(GradusDraws::new(seed)),
            Scheme::Torch => Draws::Torch(TorchDraws::new(seed)),
        };
        Self { seed, draws }
    }

    /// A generator of the same scheme for one purpose ("init", "batches", "dropout", "sampling").
    /// It depends on this one's seed and the name alone, not on what has been drawn.
    pub fn stream(&self, name: &str) -> Self {
        // FNV-1a over the name, then mixed with the seed.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut mixer = self.seed;
        let mut mixer = pcg64::split_mix(&mut mixer) ^ hash;
        Self::new(self.scheme(), pcg64::split_mix(&mut mixer))
    }

    /// Which scheme the numbers follow.
    pub fn scheme(&self) -> Scheme {
        match self.draws {
            Draws::Gradus(_) => Scheme::Gradus,
            Draws::Torch(_) => Scheme::Torch,
        }
    }

    /// The seed it was made with; a stream's is derived from its parent's and the name.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        draws!(self.next_u64())
    }

    /// One number in [0, 1) with 53 random bits.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        draws!(self.unit())
    }

    /// Fills `out` with numbers in [0, 1): multiples of 2⁻²⁴ in f32, of 2⁻⁵³ in f64.
    pub fn fill_rand<T: Real>(&mut self, out: &mut [T]) {
        draws!(self.rand(out));
    }

    /// Fills `out` with numbers between `low` and `high`; where rounding reaches the upper bound,
    /// the bound itself can occur, as in PyTorch.
    ///
    /// # Errors
    /// Where the bounds are out of order or not finite.
    pub fn fill_uniform<T: Real>(&mut self, low: f64, high: f64, out: &mut [T]) -> Result<(), RandomError> {
        if !(low <= high && (high - low).is_finite()) {
            return Err(RandomError::Interval { low, high });
        }
        draws!(self.uniform(low, high, out));
        Ok(())
    }

    /// Fills `out` with standard normal numbers.
    pub fn fill_randn<T: Real>(&mut self, out: &mut [T]) {
        draws!(self.normal(0.0, 1.0, out));
    }

    /// Fills `out` with normal numbers.
    ///
    /// # Errors
    /// Where mean or deviation are not finite, or the deviation is negative.
    pub fn fill_normal<T: Real>(&mut self, mean: f64, std: f64, out: &mut [T]) -> Result<(), RandomError> {
        if !(mean.is_finite() && std.is_finite() && std >= 0.0) {
            return Err(RandomError::Normal { mean, std });
        }
        draws!(self.normal(mean, std, out));
        Ok(())
    }

    /// Fills `out` with exponential numbers of mean 1/`rate`: q = −ln(1 − u) / rate.
    ///
    /// # Errors
    /// Where the rate is not a positive number.
    pub fn fill_exponential<T: Real>(&mut self, rate: f64, out: &mut [T]) -> Result<(), RandomError> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(RandomError::Rate(rate));
        }
        out.fill_with(|| T::from_f64(draws!(self.exponential(rate))));
        Ok(())
    }

    /// Fills `out` with whole numbers from `low` to `high` − 1, each as likely as the other. (In
    /// the `torch` scheme it is PyTorch's remainder, a hair uneven in large ranges.)
    ///
    /// # Errors
    /// Where `high` is not above `low`.
    pub fn fill_randint(&mut self, low: i64, high: i64, out: &mut [i64]) -> Result<(), RandomError> {
        if high <= low {
            return Err(RandomError::EmptyRange { low, high });
        }
        let range = high.abs_diff(low);
        match &mut self.draws {
            Draws::Gradus(draws) => out.fill_with(|| low.wrapping_add_unsigned(draws.below(range))),
            Draws::Torch(draws) => out.fill_with(|| low.wrapping_add_unsigned(draws.below(range))),
        }
        Ok(())
    }

    /// The numbers 0 to `n` − 1 in random order.
    pub fn randperm(&mut self, n: usize) -> Vec<i64> {
        let mut order: Vec<i64> = (0..n as i64).collect();
        self.shuffle(&mut order);
        order
    }

    /// Brings `items` into random order: item i of the result is item `randperm(n)[i]`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        draws!(self.shuffle(items));
    }

    /// Fills `out` with ones, each with probability `p`, and zeros.
    ///
    /// # Errors
    /// Where `p` is no probability.
    pub fn fill_bernoulli<T: Real>(&mut self, p: f64, out: &mut [T]) -> Result<(), RandomError> {
        check_probability(p)?;
        self.coins(p, T::from_f64(1.0), out);
        Ok(())
    }

    /// Fills `out` with a dropout mask: 0 with probability `p`, else 1/(1 − `p`), so that the
    /// expected product with the mask is the value itself (N. Srivastava et al., 2014). With `p` 0
    /// or 1 there is nothing to draw, and nothing is drawn.
    ///
    /// # Errors
    /// Where `p` is no probability.
    pub fn fill_dropout_mask<T: Real>(&mut self, p: f64, out: &mut [T]) -> Result<(), RandomError> {
        check_probability(p)?;
        let keep = 1.0 - p;
        if p == 0.0 || keep == 0.0 {
            out.fill(T::from_f64(keep));
            return Ok(());
        }
        self.coins(keep, T::from_f64(1.0) / T::from_f64(keep), out);
        Ok(())
    }

    /// `value` with probability `p`, else 0.
    fn coins<T: Real>(&mut self, p: f64, value: T, out: &mut [T]) {
        // u < p in whole numbers of 2⁻⁵³, and the side picked by the sign of a difference: a branch on
        // a coin is guessed wrong as often as the coin falls unevenly.
        let threshold = (p * (1_u64 << 53) as f64).ceil() as u64;
        let sides = [T::from_f64(0.0), value];
        let side = |bits: u64| sides[(bits.wrapping_sub(threshold) >> 63) as usize];
        match &mut self.draws {
            Draws::Gradus(draws) => out.fill_with(|| side(draws.bits_53())),
            Draws::Torch(draws) => out.fill_with(|| side(draws.bits_53())),
        }
    }
}

fn check_probability(p: f64) -> Result<(), RandomError> {
    if (0.0..=1.0).contains(&p) {
        return Ok(());
    }
    Err(RandomError::Probability(p))
}
