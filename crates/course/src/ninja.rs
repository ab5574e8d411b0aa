//! Backpropagation by hand, at work on data (makemore, part 4): the exercises on the first batch, then training with the
//! backward pass by hand alone. The formulas stand in `gradus_models::manual_mlp::by_hand`.

use std::time::Instant;

use gradus_data::{Contexts, Lines, Source, Split, Vocabulary, contexts};
use gradus_models::language::{Extent, write};
use gradus_models::manual_mlp::compare::{self, exercises};
use gradus_models::{ManualMlp, ManualMlpConfig};
use gradus_nn::{Module, Optimizer, Sgd};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Tensor, no_grad};
use gradus_train::generate::Sampling;
use gradus_train::run::{Flow, Progress};
use gradus_train::{Error, NonFinite};
use serde::Serialize;

/// The lecture's sizes.
const BLOCK: usize = 3;
const EMBEDDING: usize = 10;
const HIDDEN_IN_EXERCISES: usize = 64;
const HIDDEN_IN_TRAINING: usize = 200;
const BATCH: usize = 32;
/// The learning rate of the first half of the steps, and of the second.
const RATES: [f64; 2] = [0.1, 0.01];

/// Steps between two losses that are noted.
const NOTED: u64 = 10_000;
/// Steps between two reports of progress.
const REPORTED: u64 = 500;
/// Examples that are evaluated at once.
const ROWS: usize = 4096;
const SAMPLES: usize = 20;
/// Where a sample without an end is cut.
const LONGEST: usize = 60;
/// The samples start from this many seeds further on, as in the lecture.
const SAMPLE_SEED: u64 = 10;

/// The data of the exercises and of the training.
pub struct Ninja {
    vocabulary: Vocabulary,
    lines: Lines,
    train: Contexts,
    dev: Contexts,
    seed: u64,
}

/// One gradient by hand beside autograd's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Of what it is the gradient.
    pub name: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether all numbers are equal.
    pub exact: bool,
    /// Whether all are equal but for rounding.
    pub approximate: bool,
    /// The largest difference.
    pub maxdiff: f64,
}

impl From<compare::Comparison> for Comparison {
    fn from(c: compare::Comparison) -> Self {
        let compare::Comparison { name, shape, exact, approximate, maxdiff } = c;
        Comparison { name, shape, exact, approximate, maxdiff }
    }
}

/// What came of the exercises.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exercises {
    /// The model's parameters.
    pub parameters: usize,
    /// Units in the hidden layer.
    pub hidden: usize,
    /// Examples in the batch.
    pub batch: usize,
    /// The loss of the batch, before any training.
    pub loss: f64,
    /// Exercise 1: every step of the way back.
    pub steps: Vec<Comparison>,
    /// Exercise 2: the way back through the cross-entropy at once.
    pub cross_entropy: Comparison,
    /// Exercise 3: the way back through batch normalisation at once.
    pub batch_norm: Comparison,
}

/// A loss on the way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Noted {
    /// Before this step.
    pub step: u64,
    /// The loss of its batch.
    pub loss: f64,
}

/// What came of training by hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trained {
    /// The model's parameters.
    pub parameters: usize,
    /// Units in the hidden layer.
    pub hidden: usize,
    /// Steps made.
    pub steps: u64,
    /// How long they took.
    pub seconds: f64,
    /// How many a second.
    pub steps_per_second: f64,
    /// The loss of the first batch.
    pub loss_first: f64,
    /// The losses of single batches, every so often.
    pub losses: Vec<Noted>,
    /// The loss of all train examples, with the normalisation's statistics taken over all of them.
    pub train_loss: f64,
    /// The loss of all dev examples.
    pub dev_loss: f64,
    /// What the model writes.
    pub samples: Vec<Sample>,
}

/// A text that the model wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// Whether it stands in the data.
    pub known: bool,
}

impl Ninja {
    /// Reads `data` (a built-in name or a file with one thing a line) and deals it out as the course does.
    ///
    /// # Errors
    /// Where it cannot be read, or is too little for train, dev and test.
    pub fn open(data: &str, seed: u64) -> Result<Self, Error> {
        let lines = Lines::open(&Source::find(data)?)?;
        let vocabulary = lines.vocabulary();
        let parts = lines.split(&Split::COURSE)?;
        let of = |items| contexts(items, &vocabulary, BLOCK);
        Ok(Ninja { train: of(&parts.train)?, dev: of(&parts.dev)?, lines, vocabulary, seed })
    }

    fn model(&self, hidden: usize) -> Result<(ManualMlp, Generator), Error> {
        let mut random = Generator::new(Scheme::Torch, self.seed);
        let vocabulary = self.vocabulary.len();
        let config = ManualMlpConfig { vocabulary, block: BLOCK, embedding: EMBEDDING, hidden };
        Ok((ManualMlp::new(config, &mut random)?, random))
    }

    /// The next batch: contexts `[n, block]` and targets `[n]`.
    fn draw(&self, random: &mut Generator) -> Result<(Tensor, Tensor), Error> {
        let (mut rows, mut x, mut y) = ([0; BATCH], [0; BATCH * BLOCK], [0; BATCH]);
        random.fill_randint(0, self.train.len() as i64, &mut rows)?;
        self.train.gather(&rows, &mut x, &mut y);
        Ok((Tensor::from_slice(&x, &[BATCH, BLOCK])?, Tensor::from_slice(&y, &[BATCH])?))
    }

    /// Works the exercises on the first batch.
    ///
    /// # Errors
    /// Where memory does not hold the model.
    pub fn exercises(&self) -> Result<Exercises, Error> {
        let (model, mut random) = self.model(HIDDEN_IN_EXERCISES)?;
        let (x, y) = self.draw(&mut random)?;
        let worked = exercises(&model.by_name()?, &x, &y)?;
        Ok(Exercises {
            parameters: model.parameter_count(),
            hidden: HIDDEN_IN_EXERCISES,
            batch: BATCH,
            loss: worked.loss,
            steps: worked.steps.into_iter().map(Comparison::from).collect(),
            cross_entropy: worked.cross_entropy.into(),
            batch_norm: worked.batch_norm.into(),
        })
    }

    /// Trains with the backward pass by hand; `None` where `watch` stopped it.
    ///
    /// # Errors
    /// Where the loss stops being a number.
    pub fn train(&self, steps: u64, watch: &mut dyn FnMut(&Progress) -> Flow) -> Result<Option<Trained>, Error> {
        let (model, mut random) = self.model(HIDDEN_IN_TRAINING)?;
        let mut sgd = Sgd::new(model.parameters());
        let (mut losses, mut since_report) = (Vec::new(), Vec::new());
        let start = Instant::now();
        for step in 0..steps {
            let (x, y) = self.draw(&mut random)?;
            let loss = model.manual_step(&x, &y)?;
            if !loss.is_finite() {
                let what = format!("the loss became {loss}");
                let learning_rate = RATES[usize::from(step >= steps.div_ceil(2))];
                return Err(Error::Diverged(NonFinite { step, what, tensor: None, learning_rate }));
            }
            sgd.step(RATES[usize::from(step >= steps.div_ceil(2))]);
            since_report.push(loss);
            if step % NOTED == 0 {
                losses.push(Noted { step, loss });
            }
            if (step + 1) % REPORTED == 0 {
                let loss = since_report.iter().sum::<f64>() / since_report.len() as f64;
                since_report.clear();
                let steps_per_second = (step + 1) as f64 / start.elapsed().as_secs_f64();
                if watch(&Progress { step: step + 1, steps, loss, steps_per_second }) == Flow::Stop {
                    return Ok(None);
                }
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        model.calibrate(&self.train.x)?;
        Ok(Some(Trained {
            parameters: model.parameter_count(),
            hidden: HIDDEN_IN_TRAINING,
            steps,
            seconds,
            steps_per_second: steps as f64 / seconds.max(f64::MIN_POSITIVE),
            loss_first: losses.first().map_or(f64::NAN, |noted| noted.loss),
            losses,
            train_loss: mean_loss(&model, &self.train)?,
            dev_loss: mean_loss(&model, &self.dev)?,
            samples: self.samples(&model)?,
        }))
    }

    fn samples(&self, model: &ManualMlp) -> Result<Vec<Sample>, Error> {
        let mut random = Generator::new(Scheme::Torch, self.seed.wrapping_add(SAMPLE_SEED));
        let (plain, extent) = (Sampling::default(), Extent { length: LONGEST, start: Some(0), end: Some(0) });
        let mut next = |_: usize, logits: &[f32]| {
            let mut token = [0];
            random.fill_multinomial(&plain.probabilities(logits), false, &mut token)?;
            Ok::<i64, Error>(token[0])
        };
        // One after the other, as the lecture does, so that the draws come in its order.
        let texts = (0..SAMPLES).map(|_| write(model, &[], 1, extent, &mut next));
        let texts = texts.collect::<Result<Vec<_>, Error>>()?.concat();
        let text_of = |tokens: &Vec<i64>| {
            let text = self.vocabulary.decode(tokens)?;
            Ok(Sample { known: self.lines.contains(&text), text })
        };
        texts.iter().map(text_of).collect()
    }
}

/// The mean loss of all examples.
fn mean_loss(model: &ManualMlp, data: &Contexts) -> Result<f64, Error> {
    let mut sum = 0.0;
    for (x, y) in data.x.chunks(ROWS * BLOCK).zip(data.y.chunks(ROWS)) {
        let logits = no_grad(|| model.forward(&Tensor::from_slice(x, &[y.len(), BLOCK])?))?;
        sum += logits.cross_entropy(&Tensor::from_slice(y, &[y.len()])?)?.item()? * y.len() as f64;
    }
    Ok(sum / data.len() as f64)
}
