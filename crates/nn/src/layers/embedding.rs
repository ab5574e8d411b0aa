//! A table with a vector for each symbol.

use crate::init::Init;
use crate::{Module, Param};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// Looks symbols up: indices `[...]` (`i64`) in, their vectors `[..., features]` out.
#[derive(Module)]
pub struct Embedding {
    /// `[symbols, features]`.
    pub weight: Param,
}

impl Embedding {
    /// A table of `symbols` vectors of `features` numbers.
    ///
    /// # Errors
    /// When the weights cannot be drawn.
    pub fn new(symbols: usize, features: usize, init: Init, rng: &mut Generator) -> Result<Embedding> {
        Ok(Embedding { weight: Param::new(init.draw(&[symbols, features], features, features, rng)?) })
    }
}

impl Module for Embedding {
    fn forward(&self, index: &Tensor) -> Result<Tensor> {
        Ok(self.weight.value().embedding(index)?.tap("out"))
    }
}
