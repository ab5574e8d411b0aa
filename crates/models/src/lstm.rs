//! Long short-term memory (Hochreiter & Schmidhuber 1997, Neural Computation 9:1735–1780; the forget gate is Gers,
//! Schmidhuber & Cummins 2000).
//!
//! Beside the state runs a memory m that is only scaled and added to, so that gradients reach far back through it. A gate
//! i says what enters, f what is kept, o what is shown:
//!
//! i, f, o = σ([x, h]·W + b) each with its own W and b, c = tanh([x, h]·Wᶜ + bᶜ), m ← f∘m + i∘c, h ← o∘tanh m

use crate::recurrent::{Cell, Recurrent};
use gradus_nn::{Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// A recurrent network with long short-term memory.
///
/// ```
/// use gradus_models::{Lstm, RecurrentConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::random::{Generator, Scheme};
/// let config = RecurrentConfig { vocabulary: 27, embedding: 64, hidden: 64 };
/// assert_eq!(Lstm::new(config, &mut Generator::new(Scheme::Torch, 3407))?.parameter_count(), 36_571);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub type Lstm = Recurrent<LstmCell>;

/// m ← f∘m + i∘c, h ← o∘tanh m
#[derive(Module)]
pub struct LstmCell {
    input: Linear,
    forget: Linear,
    candidate: Linear,
    output: Linear,
}

impl Cell for LstmCell {
    fn new(input: usize, hidden: usize, rng: &mut Generator) -> Result<LstmCell> {
        let mut gate = || Linear::like_pytorch(input + hidden, hidden, true, rng);
        Ok(LstmCell { input: gate()?, forget: gate()?, candidate: gate()?, output: gate()? })
    }

    fn gates(&self) -> Vec<(&'static str, &Linear)> {
        vec![("input", &self.input), ("forget", &self.forget), ("candidate", &self.candidate), ("output", &self.output)]
    }

    fn begin(&self, start: Tensor) -> Vec<Tensor> {
        let memory = Tensor::full(start.shape(), 0.0, start.dtype());
        vec![start, memory]
    }

    fn step(&self, x: &Tensor, memory: &[Tensor]) -> Result<Vec<Tensor>> {
        let [h, m] = [&memory[0], &memory[1]];
        let xh = Tensor::cat(&[x, h], 1)?; // [B, C + H]
        let i = self.input.forward(&xh)?.sigmoid();
        let f = self.forget.forward(&xh)?.sigmoid();
        let o = self.output.forward(&xh)?.sigmoid();
        let c = self.candidate.forward(&xh)?.tanh();
        let m = f.try_mul(m)? + i * c;
        Ok(vec![o * m.tanh(), m])
    }

    fn sequence(&self, brought: &Tensor, weight: &Tensor, start: &Tensor) -> Result<(Tensor, Option<Tensor>)> {
        let (states, gates) = brought.lstm(weight, start)?;
        Ok((states, Some(gates)))
    }
}
