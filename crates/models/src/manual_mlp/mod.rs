//! The BatchNorm MLP trained with a backward pass written by hand (makemore, part 4). The formulas stand in [`by_hand`],
//! [`compare`] holds them against autograd; here is the model around them.
//!
//! In training the model is one single operation, whose backward pass is the one by hand: any training loop trains it so.
//! Where a probe looks at what is in between, autograd does the same, operation by operation.

#![allow(non_snake_case)]

pub mod by_hand;
pub mod compare;

use crate::language::{Form, LanguageModel};
use by_hand::{EPS, Forward, Parameters, Step};
use gradus_nn::init::Init;
use gradus_nn::{BatchNorm, BatchNormConfig, Embedding, Linear, Module, Nonlinearity, Param, is_training};
use gradus_tensor::autograd::{Grads, Op, emit};
use gradus_tensor::ops::BatchStatistics;
use gradus_tensor::random::Generator;
use gradus_tensor::{Array, DType, Error, Result, Tensor, ensure, no_grad, probe};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct ManualMlpConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// How many symbols the model sees.
    pub block: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Units in the hidden layer.
    pub hidden: usize,
}

/// The lecture's normalisation.
const NORM: BatchNormConfig =
    BatchNormConfig { momentum: 0.001, eps: EPS, sample_variance: true, keep_deviation: false, axis: -1, places: 1 };
/// Rows that [`ManualMlp::calibrate`] takes at once.
const ROWS: usize = 8192;

/// The model.
///
/// ```
/// use gradus_models::{ManualMlp, ManualMlpConfig};
/// use gradus_nn::{Module, Optimizer, Sgd};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let config = |hidden| ManualMlpConfig { vocabulary: 27, block: 3, embedding: 10, hidden };
/// let mut rng = Generator::new(Scheme::Torch, 2147483647);
/// assert_eq!(ManualMlp::new(config(64), &mut rng)?.parameter_count(), 4_137);
/// let model = ManualMlp::new(config(200), &mut rng)?;
/// assert_eq!(model.parameter_count(), 12_297);
///
/// let (x, y) = (Tensor::from_slice(&[0_i64, 0, 5, 0, 5, 13], &[2, 3])?, Tensor::from_slice(&[13_i64, 13], &[2])?);
/// let mut sgd = Sgd::new(model.parameters());
/// let first = model.manual_step(&x, &y)?;
/// sgd.step(0.1);
/// assert!(model.manual_step(&x, &y)? < first);
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct ManualMlp {
    #[module(skip)]
    config: ManualMlpConfig,
    embedding: Embedding,
    hidden: Linear,
    norm: BatchNorm,
    output: Linear,
}

impl ManualMlp {
    /// A model with weights drawn from `rng` in the order table, hidden weights and bias, output weights and bias. Nothing
    /// starts as 0 or 1, where a wrong gradient might look right: the normalisation's scale and shift are drawn too, from
    /// a stream of their own, as in the lecture.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: ManualMlpConfig, rng: &mut Generator) -> Result<ManualMlp> {
        let ManualMlpConfig { vocabulary, block, embedding, hidden } = config;
        let small = Init::Normal(0.1);
        let kaiming = Init::Kaiming { gain: Nonlinearity::Tanh.gain() };
        let embedding_table = Embedding::new(vocabulary, embedding, Init::Normal(1.0), rng)?;
        let hidden_layer = Linear::with_bias(block * embedding, hidden, kaiming, Some(small), rng)?;
        let output = Linear::with_bias(hidden, vocabulary, small, Some(small), rng)?;
        let (norm, mut stream) = (BatchNorm::new(hidden, NORM), rng.stream("scale and shift"));
        norm.weight.set(small.draw(&[hidden], hidden, hidden, &mut stream)? + 1.0);
        norm.bias.set(small.draw(&[hidden], hidden, hidden, &mut stream)?);
        Ok(ManualMlp { config, embedding: embedding_table, hidden: hidden_layer, norm, output })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &ManualMlpConfig {
        &self.config
    }

    /// The parameters as the formulas name them, without a history.
    ///
    /// # Errors
    /// Never, for a model as it was made.
    pub fn by_name(&self) -> Result<Parameters> {
        let [C, W1, b1, bngain, bnbias, W2, b2] = self.places()?.map(|place| place.value().detach());
        Ok(Parameters { C, W1, b1, bngain: bngain.unsqueeze(0)?, bnbias: bnbias.unsqueeze(0)?, W2, b2 })
    }

    /// One pass forward and one back, both by hand: gives the loss, and leaves every parameter its gradient, ready for an
    /// optimiser. Running statistics follow the batch's. Contexts `[n, block]`, targets `[n]` (`i64`).
    ///
    /// # Errors
    /// When the shapes do not fit, or a symbol is not in the vocabulary.
    pub fn manual_step(&self, x: &Tensor, y: &Tensor) -> Result<f64> {
        no_grad(|| {
            let Step { loss, gradients, forward } = by_hand::step(&self.by_name()?, x, y)?;
            for (place, gradient) in self.places()?.into_iter().zip(gradients_of_places(gradients)) {
                place.add_grad(&Tensor::from_array(gradient.reshaped(place.value().shape())))?;
            }
            self.follow(&forward)?;
            Ok(loss)
        })
    }

    /// The model as one operation on its parameters, with the backward pass by hand.
    fn forward_by_hand(&self, x: &Tensor) -> Result<Tensor> {
        let parameters = self.by_name()?;
        let forward = no_grad(|| by_hand::short_forward(&parameters, x))?;
        self.follow(&forward)?;
        let values: Vec<Tensor> = self.places()?.into_iter().map(Param::value).collect();
        let logits = forward.logits.array().clone();
        let op = || ByHand { parameters, x: x.clone(), forward };
        Ok(emit(&values.iter().collect::<Vec<_>>(), logits, op).tap("output.out"))
    }

    /// Lets the running statistics follow those of a batch.
    fn follow(&self, Forward { mean, variance, .. }: &Forward) -> Result<()> {
        self.norm.follow(&BatchStatistics { mean: mean.squeeze(0)?, variance: variance.squeeze(0)? });
        Ok(())
    }

    /// The places of the parameters in the order of [`gradients_of_places`].
    fn places(&self) -> Result<[&Param; 7]> {
        let (Some(b1), Some(b2)) = (&self.hidden.bias, &self.output.bias) else {
            return Err(Error::new("manual_mlp", "a layer has lost its bias"));
        };
        let (gain, shift) = (&self.norm.weight, &self.norm.bias);
        Ok([&self.embedding.weight, &self.hidden.weight, b1, gain, shift, &self.output.weight, b2])
    }

    /// Sets the running statistics to those of all contexts `[N, block]` together, as the lecture does after training.
    ///
    /// # Errors
    /// When there are fewer than two contexts, or a symbol is not in the vocabulary.
    pub fn calibrate(&self, contexts: &[i64]) -> Result<()> {
        let (block, hidden) = (self.config.block.max(1), self.config.hidden);
        let count = contexts.len() / block;
        ensure!(
            count > 1 && contexts.len() == count * block,
            "manual_mlp",
            "{} symbols are not two or more contexts of {block}",
            contexts.len()
        );
        // The mean first, then how far everything lies from it: Σ f(x) / divisor, a stretch of contexts at a time.
        let sums = |f: &dyn Fn(&Tensor) -> Result<Tensor>, divisor: usize| -> Result<Tensor> {
            let mut sums = vec![0.0_f64; hidden];
            for rows in contexts.chunks(ROWS * block) {
                let x = Tensor::from_slice(rows, &[rows.len() / block, block])?;
                let hprebn = self.hidden.forward(&self.embedding.forward(&x)?.flatten(1, 2)?)?; // [rows, H]
                let part = f(&hprebn)?.to_dtype(DType::F64).sum_dims(&[0], false)?.to_vec::<f64>();
                sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
            let means: Vec<f32> = sums.iter().map(|sum| (sum / divisor as f64) as f32).collect();
            Tensor::from_slice(&means, &[hidden])
        };
        no_grad(|| {
            let mean = sums(&|x| Ok(x.clone()), count)?;
            let variance = sums(&|x| Ok(x.try_sub(&mean)?.powf(2.0)), count - 1)?;
            self.norm.running_mean.set(mean);
            self.norm.running_spread.set(variance);
            Ok(())
        })
    }
}

/// The gradients in the order of [`ManualMlp::places`].
fn gradients_of_places(gradients: Parameters) -> [Array; 7] {
    let Parameters { C, W1, b1, bngain, bnbias, W2, b2 } = gradients;
    [C, W1, b1, bngain, bnbias, W2, b2].map(Tensor::into_array)
}

/// The whole model as one operation.
struct ByHand {
    parameters: Parameters,
    x: Tensor,
    forward: Forward,
}

impl Op for ByHand {
    const NAME: &'static str = "by_hand";
    const FORMULA: &'static str = "logits = batch_norm(C[x] · W1 + b1) through tanh · W2 + b2, the model in one";
    const BACKWARD: &'static str = "the formulas of part 4, written by hand, from the logits to every parameter";

    fn backward(&self, grad: Array, to: &mut Grads<'_>) {
        let dlogits = Tensor::from_array(grad);
        let gradients = no_grad(|| by_hand::short_backward(&self.parameters, &self.x, &self.forward, &dlogits));
        let Ok(gradients) = gradients else { unreachable!("what went forward fits on the way back") };
        let hidden = [self.parameters.bngain.numel()];
        for (i, gradient) in gradients_of_places(gradients).into_iter().enumerate() {
            // Scale and shift are rows in the formulas.
            to.give(i, if gradient.ndim() == 2 && (3..5).contains(&i) { gradient.reshaped(&hidden) } else { gradient });
        }
    }
}

/// What a probe may look at on the way.
const BETWEEN: [&str; 4] = ["embedding.out", "hidden.out", "norm.out", "tanh"];

impl Module for ManualMlp {
    /// Logits `[B, vocabulary]` for contexts `[B, block]` (`i64`).
    fn forward(&self, contexts: &Tensor) -> Result<Tensor> {
        if is_training() && !BETWEEN.iter().any(|name| probe::wants(name)) {
            return self.forward_by_hand(contexts);
        }
        let vectors = self.embedding.named("embedding", contexts)?; // [B, block, embedding]
        let x = vectors.flatten(-2, -1)?; // [B, block·embedding]
        let h = self.norm.named("norm", &self.hidden.named("hidden", &x)?)?.tanh().tap("tanh"); // [B, hidden]
        self.output.named("output", &h) // [B, vocabulary]
    }
}

impl LanguageModel for ManualMlp {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Contexts { block: self.config.block }
    }
}
