//! A recurrent network that reads a text to its end and says what it is, with the cell of [`crate::lstm`].
//!
//! Symbol 0 fills texts up to the same length. The state after the last symbol that is not 0 counts: however far a text is
//! filled up, the logits are the same.

use super::check_sizes;
use crate::lstm::LstmCell;
use crate::recurrent::{Cell, states};
use gradus_nn::init::Init;
use gradus_nn::{Embedding, Linear, Module};
use gradus_tensor::random::Generator;
use gradus_tensor::{Error, Result, Tensor, ensure};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct LstmClassifierConfig {
    /// Number of different symbols, the filling 0 included.
    pub vocabulary: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Length of the state.
    pub hidden: usize,
    /// Number of classes.
    pub classes: usize,
}

/// The model. A probe sees `embedding.out` `[T, B, C]`, the gates `cell.input`, `cell.forget`, `cell.candidate` and
/// `cell.output` and the states `hidden` `[B, T, H]`, of which the last one is `features` `[B, H]`, and the logits
/// `output.out`. T ends with the longest text of a batch.
///
/// ```
/// use gradus_models::{LstmClassifier, LstmClassifierConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = LstmClassifierConfig { vocabulary: 27, embedding: 8, hidden: 16, classes: 2 };
/// let model = LstmClassifier::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// let emma = model.forward(&Tensor::from_slice(&[5_i64, 13, 13, 1], &[1, 4])?)?;
/// let filled = model.forward(&Tensor::from_slice(&[5_i64, 13, 13, 1, 0, 0, 0], &[1, 7])?)?;
/// assert_eq!(emma.to_vec::<f32>(), filled.to_vec::<f32>());
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct LstmClassifier {
    #[module(skip)]
    config: LstmClassifierConfig,
    embedding: Embedding,
    cell: LstmCell,
    output: Linear,
}

impl LstmClassifier {
    /// A model with PyTorch's initial weights, drawn from `rng` in the order table, cell, output.
    ///
    /// # Errors
    /// When a size is 0.
    pub fn new(config: LstmClassifierConfig, rng: &mut Generator) -> Result<LstmClassifier> {
        let LstmClassifierConfig { vocabulary, embedding, hidden, classes } = config;
        let sizes = [
            ("the vocabulary", vocabulary),
            ("the length of a vector", embedding),
            ("the length of the state", hidden),
            ("the number of classes", classes),
        ];
        check_sizes("lstm_classifier", &sizes)?;
        Ok(LstmClassifier {
            embedding: Embedding::new(vocabulary, embedding, Init::Normal(1.0), rng)?,
            cell: LstmCell::new(embedding, hidden, rng)?,
            output: Linear::like_pytorch(hidden, classes, true, rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &LstmClassifierConfig {
        &self.config
    }

    /// The state after the last symbol of each text, `[B, H]`, for symbols `[B, T]` (`i64`). An empty text is read as a
    /// single 0.
    ///
    /// # Errors
    /// When a symbol is not in the vocabulary.
    pub fn features(&self, symbols: &Tensor) -> Result<Tensor> {
        let (op, hidden) = ("lstm_classifier", self.config.hidden);
        let &[batch, time] = symbols.shape() else {
            return Err(Error::new(op, format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        ensure!(time > 0, op, "texts {:?} have no symbols; fill them up with symbol 0", symbols.shape());
        let texts = symbols.to_vec::<i64>();
        let last = |text: &[i64]| text.iter().rposition(|&symbol| symbol != 0).unwrap_or(0);
        let last: Vec<usize> = texts.chunks_exact(time).map(last).collect();
        let longest = last.iter().max().map_or(1, |last| last + 1);
        let start = Tensor::full(&[batch, hidden], 0.0, self.embedding.weight.value().dtype());
        let h = states(&self.cell, &self.embedding, &symbols.narrow(1, 0, longest)?, &start)?; // [T, B, H]
        let rows: Vec<i64> = last.iter().enumerate().map(|(text, last)| (last * batch + text) as i64).collect();
        let h = h.reshape(&[(longest * batch) as isize, hidden as isize])?; // [T·B, H]
        Ok(h.index_select(0, &Tensor::from_slice(&rows, &[batch])?)?.tap("features"))
    }
}

impl Module for LstmClassifier {
    /// Logits `[B, classes]` for symbols `[B, T]` (`i64`), filled up with 0 at the end.
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        self.output.named("output", &self.features(symbols)?)
    }
}
