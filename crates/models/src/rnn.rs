//! The simple recurrent network (Elman 1990, Cognitive Science 14:179–211; as a language model Mikolov et al. 2010).
//!
//! h ← tanh([x, h]·W + b)

use crate::recurrent::{Cell, Recurrent};
use gradus_nn::{Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Result, Tensor};

/// A recurrent network whose state is squashed by tanh at every step.
///
/// ```
/// use gradus_models::{Rnn, RecurrentConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = RecurrentConfig { vocabulary: 27, embedding: 64, hidden: 64 };
/// let model = Rnn::new(config, &mut Generator::new(Scheme::Torch, 3407))?;
/// assert_eq!(model.parameter_count(), 11_803);
/// assert_eq!(model.forward(&Tensor::from_slice(&[0_i64, 5, 13, 13, 1], &[1, 5])?)?.shape(), [1, 5, 27]);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub type Rnn = Recurrent<RnnCell>;

/// h ← tanh([x, h]·W + b)
#[derive(Module)]
pub struct RnnCell {
    hidden: Linear,
}

impl Cell for RnnCell {
    fn new(input: usize, hidden: usize, rng: &mut Generator) -> Result<RnnCell> {
        Ok(RnnCell { hidden: Linear::like_pytorch(input + hidden, hidden, true, rng)? })
    }

    fn gates(&self) -> Vec<(&'static str, &Linear)> {
        vec![("hidden", &self.hidden)]
    }

    fn step(&self, x: &Tensor, memory: &[Tensor]) -> Result<Vec<Tensor>> {
        let xh = Tensor::cat(&[x, &memory[0]], 1)?; // [B, C + H]
        Ok(vec![self.hidden.forward(&xh)?.tanh()])
    }

    fn sequence(&self, brought: &Tensor, weight: &Tensor, start: &Tensor) -> Result<(Tensor, Option<Tensor>)> {
        Ok((brought.rnn(weight, start)?, None))
    }
}
