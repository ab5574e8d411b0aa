//! Gated recurrent units (Cho et al. 2014, arXiv:1406.1078).
//!
//! A gate r says what of the state is seen when the new one is thought up, a gate z how much of it is taken over:
//!
//! z = σ([x, h]·Wᶻ + bᶻ), r = σ([x, h]·Wʳ + bʳ), c = tanh([x, r∘h]·Wᶜ + bᶜ), h ← (1 − z)∘h + z∘c

use crate::recurrent::{Cell, Recurrent};
use gradus_nn::{Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// A recurrent network of gated units.
///
/// ```
/// use gradus_models::{Gru, RecurrentConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::random::{Generator, Scheme};
/// let config = RecurrentConfig { vocabulary: 27, embedding: 64, hidden: 64 };
/// assert_eq!(Gru::new(config, &mut Generator::new(Scheme::Torch, 3407))?.parameter_count(), 28_315);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub type Gru = Recurrent<GruCell>;

/// h ← (1 − z)∘h + z∘c
#[derive(Module)]
pub struct GruCell {
    update: Linear,
    reset: Linear,
    candidate: Linear,
}

impl Cell for GruCell {
    fn new(input: usize, hidden: usize, rng: &mut Generator) -> Result<GruCell> {
        let mut gate = || Linear::like_pytorch(input + hidden, hidden, true, rng);
        Ok(GruCell { update: gate()?, reset: gate()?, candidate: gate()? })
    }

    fn gates(&self) -> Vec<(&'static str, &Linear)> {
        vec![("update", &self.update), ("reset", &self.reset), ("candidate", &self.candidate)]
    }

    fn step(&self, x: &Tensor, memory: &[Tensor]) -> Result<Vec<Tensor>> {
        let h = &memory[0];
        let xh = Tensor::cat(&[x, h], 1)?; // [B, C + H]
        let z = self.update.forward(&xh)?.sigmoid();
        let r = self.reset.forward(&xh)?.sigmoid();
        let c = self.candidate.forward(&Tensor::cat(&[x, &r.try_mul(h)?], 1)?)?.tanh();
        Ok(vec![h.try_add(&(z * (c - h)))?])
    }

    fn sequence(&self, brought: &Tensor, weight: &Tensor, start: &Tensor) -> Result<(Tensor, Option<Tensor>)> {
        let (states, gates) = brought.gru(weight, start)?;
        Ok((states, Some(gates)))
    }
}
