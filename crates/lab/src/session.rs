//! A session: a recipe come to life. Data, model, optimiser and random numbers at some step.
//!
//! It knows nothing of files or screens. Whatever trains (the command line, a page, a sweep) asks
//! it for one step after the other; what it is at any step can be taken as a [`Checkpoint`] and
//! put back, and goes on to the same bits.

use gradus_data::Contexts;
use gradus_nn::{Module, Optimizer, Param};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Array, DType, Probe, Tensor, no_grad, probe};
use serde::{Deserialize, Serialize};

use crate::corpus::{Corpus, Split, Symbols, lasting};
use crate::recipe::Recipe;
use crate::store::{Checkpoint, Dtype, Entry};
use crate::{Error, build, state};

/// Rows that are evaluated at once: enough to keep the machine busy, little memory.
const EVALUATION_ROWS: usize = 4096;

/// Names of what a checkpoint holds beside the parameters.
const OPTIMIZER: &str = "optimizer/";
const BATCHES: &str = "random/batches";

/// Data, model, optimiser and random numbers at some step.
pub struct Session {
    recipe: Recipe,
    corpus: Corpus,
    model: Box<dyn Module>,
    optimizer: Box<dyn Optimizer>,
    batches: Generator,
    rows: Vec<i64>,
    step: u64,
    recent: Recent,
}

/// The losses since they were last asked for. Part of a checkpoint, so that a run that was killed
/// records the same means as one that was not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Recent {
    sum: f64,
    count: u64,
}

/// What stands in a checkpoint besides tensors.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    version: u32,
    step: u64,
    data_checksum: u32,
    /// The bits of the sum: decimal digits are not asked to carry it.
    recent_sum: u64,
    recent_count: u64,
    vocabulary: Symbols,
}

impl State {
    fn of(checkpoint: &Checkpoint) -> Result<Self, Error> {
        serde_json::from_str(&checkpoint.state).map_err(|e| damaged(e.to_string()))
    }
}

fn damaged(what: String) -> Error {
    Error::Damaged(format!("the checkpoint does not fit: {what}"))
}

/// How well a model predicts a split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Evaluation {
    /// Mean negative log-likelihood, in nats.
    pub loss: f64,
    /// e to the loss: between how many equally likely tokens the model wavers.
    pub perplexity: f64,
    /// How often the most likely token is the right one.
    pub accuracy: f64,
    /// How many predictions were asked for.
    pub examples: usize,
}

impl Session {
    /// Loads the data and draws the first parameters: step 0.
    ///
    /// # Errors
    /// Where the data cannot be read or does not fit the recipe, or the sizes are impossible.
    pub fn new(mut recipe: Recipe) -> Result<Self, Error> {
        let corpus = Corpus::load(&recipe.data, &recipe.split)?;
        recipe.data.source = lasting(&recipe.data.source);
        Self::with_corpus(recipe, corpus)
    }

    /// The session of a checkpoint without its data, to generate or to predict something else: the vocabulary stands
    /// in the checkpoint.
    ///
    /// # Errors
    /// Where the checkpoint does not fit the recipe.
    pub fn without_data(recipe: Recipe, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let corpus = Corpus::remembered(&recipe.data, State::of(checkpoint)?.vocabulary.vocabulary()?);
        let mut session = Self::with_corpus(recipe, corpus)?;
        session.load(checkpoint)?;
        Ok(session)
    }

    /// As [`Session::new`], with data that is at hand already.
    ///
    /// # Errors
    /// Where the sizes are impossible, or there is nothing to train on.
    pub fn with_corpus(recipe: Recipe, corpus: Corpus) -> Result<Self, Error> {
        let root = Generator::new(recipe.training.rng.into(), recipe.training.seed);
        let own_streams = root.scheme() == Scheme::Gradus;
        let mut init = if own_streams { root.stream("init") } else { root.clone() };
        let model = build::model(&recipe, corpus.vocabulary().len(), &mut init)?;
        // A lecture draws everything from one generator, one thing after the other.
        let batches = if own_streams { root.stream("batches") } else { init };
        let optimizer = build::optimizer(&recipe, model.parameters());
        let rows = vec![0; recipe.training.batch];
        Ok(Session { recipe, corpus, model, optimizer, batches, rows, step: 0, recent: Recent::default() })
    }

    /// The recipe it follows.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The data.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// The model.
    pub fn model(&self) -> &dyn Module {
        &*self.model
    }

    /// The parameters by name.
    pub fn parameters(&self) -> &[(String, Param)] {
        self.optimizer.parameters()
    }

    /// How many steps it has made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.recipe.schedule.learning_rate(self.step, self.recipe.training.steps as u64)
    }

    /// One step: a batch, its loss, its gradients, an update. Gives the batch's loss.
    ///
    /// # Errors
    /// Where the loss is no finite number (nothing is updated then), or an operation refuses.
    pub fn advance(&mut self) -> Result<f64, Error> {
        let (contexts, targets) = self.batch()?;
        let loss = self.model.forward(&contexts)?.cross_entropy(&targets)?;
        let value = loss.item()?;
        if !value.is_finite() {
            return Err(self.diverged(value, &contexts));
        }
        loss.into_backward()?;
        self.update();
        self.recent.sum += value;
        self.recent.count += 1;
        Ok(value)
    }

    /// The loss of the next batch with its history, for whoever wants to look at gradients before
    /// [`Session::update`] uses them up.
    ///
    /// # Errors
    /// Where an operation refuses.
    pub fn loss(&mut self) -> Result<Tensor, Error> {
        let (contexts, targets) = self.batch()?;
        Ok(self.model.forward(&contexts)?.cross_entropy(&targets)?)
    }

    /// Moves the parameters by their gradients: the step is made.
    pub fn update(&mut self) {
        self.optimizer.step(self.learning_rate());
        self.step += 1;
    }

    /// The mean loss of the batches since this was last asked; `None` where there were none.
    pub fn take_mean_loss(&mut self) -> Option<f64> {
        let mean = self.mean_loss();
        self.recent = Recent::default();
        mean
    }

    /// As [`Session::take_mean_loss`], but the batches are still there for the next who asks.
    pub fn mean_loss(&self) -> Option<f64> {
        let Recent { sum, count } = self.recent;
        (count > 0).then(|| sum / count as f64)
    }

    /// The next batch: contexts `[B, block]` and targets `[B]`.
    fn batch(&mut self) -> Result<(Tensor, Tensor), Error> {
        let examples = self.corpus.examples(Split::Train);
        self.batches.fill_randint(0, examples.len() as i64, &mut self.rows)?;
        Ok(gather(examples, &self.rows))
    }

    /// The error for a loss that is no number: where the first bad value stands, and what helps.
    fn diverged(&self, loss: f64, contexts: &Tensor) -> Error {
        let bad = self.parameters().iter().find(|(_, param)| !param.value().all_finite());
        let place = match bad {
            Some((name, _)) => format!("the first bad tensor is the parameter {name}"),
            None => {
                let (first, _) = probe::with(FirstBad(None), || no_grad(|| self.model.forward(contexts).is_ok()));
                match first.0 {
                    Some(name) => format!("the first bad tensor is the result of {name}"),
                    None => "every tensor before it is finite".to_string(),
                }
            }
        };
        Error::Diverged(format!(
            "the loss became {loss} at step {}; {place}; lower schedule.lr (now {}) or start from \
             smaller weights (init.scheme)",
            self.step,
            self.learning_rate()
        ))
    }

    /// Predicts a whole split.
    ///
    /// # Errors
    /// Where the split is empty, or an operation refuses.
    pub fn evaluate(&self, split: Split) -> Result<Evaluation, Error> {
        self.evaluate_on(self.corpus.examples(split), split.word())
    }

    /// Predicts any examples; `name` is for the message where there are none.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn evaluate_on(&self, examples: &Contexts, name: &str) -> Result<Evaluation, Error> {
        if examples.is_empty() {
            return Err(Error::Request(format!(
                "the {name} split of {} is empty: there is nothing to evaluate",
                self.recipe.data.source
            )));
        }
        let (mut nats, mut right) = (0.0, 0);
        for start in (0..examples.len()).step_by(EVALUATION_ROWS) {
            let count = EVALUATION_ROWS.min(examples.len() - start);
            let rows: Vec<i64> = (start as i64..(start + count) as i64).collect();
            let (contexts, targets) = gather(examples, &rows);
            let logits = no_grad(|| self.model.forward(&contexts))?;
            nats += no_grad(|| logits.cross_entropy(&targets))?.item()? * count as f64;
            right += hits(&logits, &targets);
        }
        let loss = nats / examples.len() as f64;
        Ok(Evaluation {
            loss,
            perplexity: loss.exp(),
            accuracy: right as f64 / examples.len() as f64,
            examples: examples.len(),
        })
    }

    /// The logits `[vocabulary]` of the next token after a context of `block_size` tokens.
    ///
    /// # Errors
    /// Where an operation refuses.
    pub fn logits(&self, contexts: &[i64]) -> Result<Vec<f32>, Error> {
        let block = self.recipe.data.block_size;
        let contexts = Tensor::from_slice(contexts, &[contexts.len() / block, block])?;
        Ok(no_grad(|| self.model.forward(&contexts))?.to_vec())
    }

    /// Everything it is at this step.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let parameters = self.parameters().iter().map(|(name, param)| (name.clone(), param.value()));
        let optimizer = self.optimizer.state().into_iter();
        let optimizer = optimizer.map(|(name, tensor)| (format!("{OPTIMIZER}{name}"), tensor));
        let mut entries: Vec<Entry> = parameters.chain(optimizer).map(|(name, t)| state::to_entry(name, &t)).collect();
        let random = self.batches.state();
        entries.push(Entry { name: BATCHES.to_string(), dtype: Dtype::U8, shape: vec![random.len()], bytes: random });
        let state = State {
            version: 1,
            step: self.step,
            data_checksum: self.corpus.checksum(),
            recent_sum: self.recent.sum.to_bits(),
            recent_count: self.recent.count,
            vocabulary: self.corpus.vocabulary().into(),
        };
        let state =
            serde_json::to_string(&state).map_err(|e| Error::Damaged(format!("the state cannot be written: {e}")))?;
        Ok(Checkpoint::new(entries, state))
    }

    /// Becomes what it was when the checkpoint was taken.
    ///
    /// # Errors
    /// Where the checkpoint is of another model, or of other data.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        if State::of(checkpoint)?.data_checksum != self.corpus.checksum() {
            return Err(Error::Request(format!(
                "the data {} have changed since the run was trained: put the old ones back, or train again",
                self.recipe.data.source
            )));
        }
        self.load(checkpoint)
    }

    /// Takes everything over from a checkpoint.
    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let state = State::of(checkpoint)?;
        // Everything is read before anything is changed.
        let mut values = Vec::new();
        for (name, param) in self.parameters() {
            let entry = checkpoint.entry(name).ok_or_else(|| damaged(format!("the parameter {name} is missing")))?;
            let value = state::to_tensor(entry).map_err(damaged)?;
            if value.shape() != param.value().shape() {
                return Err(damaged(format!(
                    "{name} has the shape {:?} and the recipe's model {:?}",
                    value.shape(),
                    param.value().shape()
                )));
            }
            values.push(value);
        }
        let optimizer = checkpoint
            .entries
            .iter()
            .filter_map(|entry| Some((entry.name.strip_prefix(OPTIMIZER)?.to_string(), entry)))
            .map(|(name, entry)| Ok((name, state::to_tensor(entry)?)))
            .collect::<Result<Vec<_>, String>>()
            .map_err(damaged)?;
        let random = checkpoint.entry(BATCHES).ok_or_else(|| damaged("the random numbers are missing".to_string()))?;
        let batches = Generator::from_state(&random.bytes)?;
        self.optimizer.load_state(&optimizer)?;
        for ((_, param), value) in self.parameters().iter().zip(values) {
            param.set(value);
        }
        self.batches = batches;
        self.step = state.step;
        self.recent = Recent { sum: f64::from_bits(state.recent_sum), count: state.recent_count };
        Ok(())
    }
}

/// Looks for the first operation whose result is not finite.
struct FirstBad(Option<String>);

impl Probe for FirstBad {
    fn wants(&self, _: &str) -> bool {
        false
    }

    fn value(&mut self, _: &str, _: &Tensor) -> Option<Tensor> {
        None
    }

    fn operation(&mut self, path: &str, name: &'static str, _: &[&Tensor], output: &Tensor) {
        if self.0.is_none() && !output.all_finite() {
            self.0 = Some(format!("{name} in {}", if path.is_empty() { "the model" } else { path }));
        }
    }
}

/// Some rows of the examples: contexts `[B, block]` and targets `[B]`.
fn gather(examples: &Contexts, rows: &[i64]) -> (Tensor, Tensor) {
    let mut targets = None;
    let contexts = Array::build(&[rows.len(), examples.block_size], |x: &mut [i64]| {
        targets = Some(Array::build(&[rows.len()], |y: &mut [i64]| examples.gather(rows, x, y)));
    });
    let targets = targets.unwrap_or_else(|| Array::full(&[0], 0.0, DType::I64));
    (Tensor::from_array(contexts), Tensor::from_array(targets))
}

/// In how many rows the largest logit is the target's.
fn hits(logits: &Tensor, targets: &Tensor) -> usize {
    let classes = logits.shape().last().copied().unwrap_or(1).max(1);
    let best = |row: &[f32]| {
        let largest = row.iter().enumerate().reduce(|a, b| if b.1 > a.1 { b } else { a });
        largest.map_or(-1, |(i, _)| i as i64)
    };
    let logits = logits.to_vec::<f32>();
    let rows = logits.chunks_exact(classes).map(best);
    rows.zip(targets.to_vec::<i64>()).filter(|(best, target)| best == target).count()
}
