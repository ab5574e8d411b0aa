//! A convolutional network for texts (Kim 2014, arXiv:1408.5882).
//!
//! Kernels of several widths are slid along the symbols' vectors, each looking for a pattern of so many neighbours; of
//! each only the strongest answer counts, wherever it was found.
//!
//! Symbol 0 fills texts up to the same length and says nothing: its vector is 0, and windows that see nothing else do not
//! answer. However far a text is filled up, the logits are the same.

use super::check_sizes;
use gradus_nn::init::Init;
use gradus_nn::{Conv1d, Embedding, Linear, Module, Nonlinearity};
use gradus_tensor::ops::Conv;
use gradus_tensor::random::Generator;
use gradus_tensor::{Error, Result, Tensor, ensure};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct TextCnnConfig {
    /// Number of different symbols, the filling 0 included.
    pub vocabulary: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// How many neighbours the kernels see: 3, 4 and 5 in the paper.
    pub widths: Vec<usize>,
    /// Kernels of each width.
    pub channels: usize,
    /// Number of classes.
    pub classes: usize,
}

/// The model. A probe sees `embedding.out` `[B, T, C]`, of each width `convs.0.out` and `convs.0.activation`
/// `[B, channels, T + width − 1]`, the strongest answers of all as `features` `[B, widths·channels]`, and the logits
/// `output.out`.
///
/// ```
/// use gradus_models::{TextCnn, TextCnnConfig};
/// use gradus_nn::Module;
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = TextCnnConfig { vocabulary: 27, embedding: 8, widths: vec![2, 3], channels: 16, classes: 2 };
/// let model = TextCnn::new(config, &mut Generator::new(Scheme::Gradus, 1))?;
/// let emma = model.forward(&Tensor::from_slice(&[5_i64, 13, 13, 1], &[1, 4])?)?;
/// let filled = model.forward(&Tensor::from_slice(&[5_i64, 13, 13, 1, 0, 0, 0], &[1, 7])?)?;
/// assert_eq!(emma.to_vec::<f32>(), filled.to_vec::<f32>());
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct TextCnn {
    #[module(skip)]
    config: TextCnnConfig,
    embedding: Embedding,
    convs: Vec<Conv1d>,
    output: Linear,
}

impl TextCnn {
    /// A model with weights drawn from `rng` in the order table, kernels, output.
    ///
    /// # Errors
    /// When a size is 0.
    pub fn new(config: TextCnnConfig, rng: &mut Generator) -> Result<TextCnn> {
        let TextCnnConfig { vocabulary, embedding, ref widths, channels, classes } = config;
        let sizes = [
            ("the vocabulary", vocabulary),
            ("the length of a vector", embedding),
            ("the number of widths", widths.len()),
            ("the number of channels", channels),
            ("the number of classes", classes),
        ];
        check_sizes("text_cnn", &sizes)?;
        let table = Embedding::new(vocabulary, embedding, Init::Normal(1.0), rng)?;
        let mut convs = Vec::new();
        for &width in widths {
            check_sizes("text_cnn", &[("a width", width)])?;
            // So much padding that every window that touches a symbol is there.
            let options = Conv { padding: [width - 1], ..Conv::default() };
            convs.push(Conv1d::new(embedding, channels, [width], true, Nonlinearity::Relu.init(), options, rng)?);
        }
        // Small: the strongest of many answers is large, and the first logits should still be near each other.
        let output = Linear::new(widths.len() * channels, classes, true, Init::Normal(0.01), rng)?;
        Ok(TextCnn { config, embedding: table, convs, output })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &TextCnnConfig {
        &self.config
    }

    /// The strongest answer of each kernel, `[B, widths·channels]`, for symbols `[B, T]` (`i64`).
    ///
    /// # Errors
    /// When a symbol is not in the vocabulary.
    pub fn features(&self, symbols: &Tensor) -> Result<Tensor> {
        let &[batch, time] = symbols.shape() else {
            return Err(Error::new("text_cnn", format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        ensure!(time > 0, "text_cnn", "texts {:?} have no symbols; fill them up with symbol 0", symbols.shape());
        let real: Vec<bool> = symbols.to_vec::<i64>().iter().map(|&symbol| symbol != 0).collect();
        let vectors = self.embedding.named("embedding", symbols)?; // [B, T, C]
        let x = vectors.try_mul(&mask(&real, &[batch, time, 1])?)?.transpose(1, 2)?; // [B, C, T]
        let mut strongest = Vec::new();
        for (i, (conv, &width)) in self.convs.iter().zip(&self.config.widths).enumerate() {
            let name = format_args!("convs.{i}");
            let answers = super::activated(name, conv, Nonlinearity::Relu, &x)?; // [B, channels, T + width − 1]
            // Window u sees the places u − (width − 1) to u. Answers being 0 at least, a 0 is none.
            let windows = time + width - 1;
            let sees = (0..batch * windows).map(|i| (i / windows, i % windows)).map(|(text, u)| {
                let seen = (u + 1).saturating_sub(width)..(u + 1).min(time);
                real[text * time..][..time][seen].contains(&true)
            });
            let sees = mask(&sees.collect::<Vec<_>>(), &[batch, 1, windows])?;
            strongest.push(answers.try_mul(&sees)?.max_dims(&[2], false)?); // [B, channels]
        }
        Ok(Tensor::cat(&strongest.iter().collect::<Vec<_>>(), 1)?.tap("features"))
    }
}

/// 1 where `true`, 0 elsewhere.
fn mask(places: &[bool], shape: &[usize]) -> Result<Tensor> {
    Tensor::from_slice(&places.iter().map(|&place| f32::from(place)).collect::<Vec<_>>(), shape)
}

impl Module for TextCnn {
    /// Logits `[B, classes]` for symbols `[B, T]` (`i64`), filled up with 0.
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        self.output.named("output", &self.features(symbols)?)
    }
}
