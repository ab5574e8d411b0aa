//! Dropout (Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15:1929–1958).

use crate::{Module, mode};
use gradus_tensor::{Result, Tensor, ensure};

/// In [`training`](crate::training), sets each number to 0 with probability p and divides the others by 1 − p; a
/// prediction passes through.
#[derive(Clone, Copy, Debug, PartialEq, Module)]
pub struct Dropout {
    #[module(skip)]
    p: f64,
}

impl Dropout {
    /// A layer that drops each number with probability `p`.
    ///
    /// # Errors
    /// When `p` is no probability.
    pub fn new(p: f64) -> Result<Dropout> {
        ensure!((0.0..=1.0).contains(&p), "dropout", "p is {p}, and a probability lies between 0 and 1");
        Ok(Dropout { p })
    }
}

impl Module for Dropout {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        mode::with_random(|random| x.dropout(self.p, true, random)).unwrap_or_else(|| Ok(x.clone()))
    }
}
