//! A session: a recipe come to life. Data, model, optimiser and random numbers at some step.
//!
//! It knows nothing of files or screens. Whatever trains (the command line, a page, a sweep) asks
//! it for one step after the other; what it is at any step can be taken as a [`Checkpoint`] and
//! put back, and goes on to the same bits.

use gradus_models::LanguageModel;
use gradus_models::language::reader;
use gradus_nn::{Module, Optimizer, Param, training};
use gradus_recipe::{Batches, Recipe};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Tensor, no_grad, simd_level};
use serde::{Deserialize, Serialize};

use crate::build::Network;
use crate::checkpoint::{Checkpoint, Dtype, Entry};
use crate::corpus::{Corpus, Meaning, Split, lasting};
use crate::objective::Objective;
use crate::{Error, build, state};

/// Names of what a checkpoint holds beside the parameters.
const OPTIMIZER: &str = "optimizer/";
const BATCHES: &str = "random/batches";
const DROPOUT: &str = "random/dropout";

/// Data, model, optimiser and random numbers at some step.
pub struct Session {
    recipe: Recipe,
    corpus: Corpus,
    model: Network,
    optimizer: Box<dyn Optimizer>,
    /// What a model remembers besides its parameters.
    buffers: Vec<(String, Param)>,
    batches: Generator,
    /// What dropout draws from; `None` where everything is drawn from one generator.
    dropout: Option<Generator>,
    rows: Vec<i64>,
    /// The batch of every step, where it is always the same.
    fixed: Option<(Tensor, Tensor)>,
    /// The learning rate in place of the schedule's.
    held: Option<f64>,
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
    /// The bits of a learning rate set by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<u64>,
    /// The instructions it was computed with: another level rounds differently in the last bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    simd: Option<String>,
    #[serde(flatten)]
    meaning: Meaning,
}

impl State {
    fn of(checkpoint: &Checkpoint) -> Result<Self, Error> {
        serde_json::from_str(&checkpoint.state).map_err(|e| damaged(e.to_string()))
    }
}

fn damaged(what: String) -> Error {
    Error::Damaged(format!("the checkpoint does not fit: {what}"))
}

impl Session {
    /// Loads the data and draws the first parameters: step 0.
    ///
    /// # Errors
    /// Where the data cannot be read or does not fit the recipe, or the sizes are impossible.
    pub fn new(mut recipe: Recipe) -> Result<Self, Error> {
        recipe.data.block_size = recipe.model.block().unwrap_or(recipe.data.block_size);
        let corpus = Corpus::load(&recipe)?;
        recipe.data.source = lasting(&recipe.data.source);
        Self::with_corpus(recipe, corpus)
    }

    /// The session of a checkpoint without its data, to generate or to predict something else: what the numbers mean
    /// stands in the checkpoint.
    ///
    /// # Errors
    /// Where the checkpoint does not fit the recipe.
    pub fn without_data(recipe: Recipe, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let corpus = Corpus::remembered(&recipe, State::of(checkpoint)?.meaning);
        let mut session = Self::with_corpus(recipe, corpus)?;
        session.load(checkpoint)?;
        Ok(session)
    }

    /// As [`Session::new`], with data that is at hand already.
    ///
    /// # Errors
    /// Where the sizes are impossible, or there is nothing to train on.
    pub fn with_corpus(mut recipe: Recipe, corpus: Corpus) -> Result<Self, Error> {
        recipe.data.block_size = corpus.block_size();
        let root = Generator::new(build::scheme(recipe.training.rng), recipe.training.seed);
        let own_streams = root.scheme() == Scheme::Gradus;
        let mut init = if own_streams { root.stream("init") } else { root.clone() };
        let model = build::model(&recipe, &corpus, &mut init)?;
        // A lecture draws everything from one generator, one thing after the other.
        let batches = if own_streams { root.stream("batches") } else { init };
        let dropout = own_streams.then(|| root.stream("dropout"));
        let optimizer = build::optimizer(&recipe, model.module().parameters());
        if optimizer.parameters().is_empty() && recipe.training.steps > 0 {
            return Err(Error::Request(format!(
                "a model of kind {} is counted, not trained: set steps = 0",
                recipe.model.kind()
            )));
        }
        let (buffers, rows) = (model.module().buffers(), vec![0; recipe.training.batch]);
        let mut session = Session {
            recipe,
            corpus,
            model,
            optimizer,
            buffers,
            batches,
            dropout,
            rows,
            fixed: None,
            held: None,
            step: 0,
            recent: Recent::default(),
        };
        session.fixed = session.fix()?;
        session.try_single()?;
        Ok(session)
    }

    /// What of the recipe is allowed and cannot be meant: [`Recipe::doubts`], and what depends on the data.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = self.recipe.doubts();
        let patience = self.recipe.training.patience;
        if patience > 0 && self.held_out().is_none() {
            doubts.push(format!(
                "patience = {patience} waits for nothing: there is no held-out split to measure (split.dev, split.test)"
            ));
        }
        doubts
    }

    /// A layer may refuse a batch of a single example, such as one that normalises over the batch. That is found out before
    /// anything is recorded.
    fn try_single(&mut self) -> Result<(), Error> {
        let examples = self.corpus.examples(Split::Train);
        let size = self.fixed.as_ref().map_or(self.rows.len(), |(inputs, _)| inputs.shape()[0]);
        if size != 1 || self.optimizer.parameters().is_empty() || examples.is_empty() {
            return Ok(());
        }
        let (inputs, _) = examples.batch(&[0]);
        let buffers: Vec<_> = self.buffers.iter().map(|(_, buffer)| buffer.value()).collect();
        let tried = training(&mut self.batches.clone(), || no_grad(|| self.model.module().forward(&inputs)));
        for ((_, buffer), value) in self.buffers.iter().zip(buffers) {
            buffer.set(value);
        }
        let refused =
            |e| Error::Request(format!("a batch of one example cannot be trained on: {e}; set batch to 2 or more"));
        tried.map(drop).map_err(refused)
    }

    /// The batch of every step, where the recipe wants the same each time.
    fn fix(&mut self) -> Result<Option<(Tensor, Tensor)>, Error> {
        let examples = self.corpus.examples(Split::Train);
        match self.recipe.training.batches {
            _ if examples.is_empty() => Ok(None),
            Batches::Random => Ok(None),
            Batches::One => self.draw().map(Some),
            Batches::Full => Ok(Some(examples.batch(&examples.once()))),
        }
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
        self.model.module()
    }

    /// The model, to be asked for what comes next.
    ///
    /// # Errors
    /// Where it is no language model.
    pub fn language_model(&self) -> Result<&dyn LanguageModel, Error> {
        let kind = self.recipe.model.kind();
        let what = || format!("a model of kind {kind} tells classes or values: it does not go on with a text");
        self.model.language().ok_or_else(|| Error::Request(what()))
    }

    /// What training makes small.
    pub fn objective(&self) -> Objective {
        Objective::of(&self.recipe.model)
    }

    /// What the model remembers besides its parameters, such as running statistics, by name.
    pub fn buffers(&self) -> &[(String, Param)] {
        &self.buffers
    }

    /// What the next batches are drawn from (and, in the `torch` scheme, all else).
    pub fn batches(&self) -> &Generator {
        &self.batches
    }

    /// The parameters by name.
    pub fn parameters(&self) -> &[(String, Param)] {
        self.optimizer.parameters()
    }

    /// What the optimiser remembers from step to step, by name.
    pub fn optimizer_state(&self) -> Vec<(String, Tensor)> {
        self.optimizer.state()
    }

    /// How many steps it has made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.held.unwrap_or_else(|| self.recipe.schedule.learning_rate(self.step, self.recipe.training.steps as u64))
    }

    /// Holds the learning rate at a value of one's own from here on; `None` goes back to the schedule. It is part of a
    /// checkpoint.
    pub fn hold_learning_rate(&mut self, learning_rate: Option<f64>) {
        self.held = learning_rate;
    }

    /// The rule that moves the parameters.
    pub(crate) fn optimizer(&self) -> &dyn Optimizer {
        self.optimizer.as_ref()
    }

    /// The model, and what its dropout draws from.
    pub(crate) fn model_and_dropout(&mut self) -> (&dyn Module, &mut Generator) {
        (self.model.module(), self.dropout.as_mut().unwrap_or(&mut self.batches))
    }

    /// The gradients are dropped.
    pub(crate) fn forget_gradients(&self) {
        self.optimizer.zero_grad();
    }

    /// Moves the parameters by their gradients, each first multiplied with `scale`: the step is made.
    pub(crate) fn move_parameters(&mut self, learning_rate: f64, scale: f64) {
        self.optimizer.step_scaled(learning_rate, scale);
        self.step += 1;
    }

    /// Counts the loss of a step among those since the mean was last asked for.
    pub(crate) fn count(&mut self, loss: f64) {
        self.recent.sum += loss;
        self.recent.count += 1;
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

    /// The micro-batches of the next step, each inputs `[B, width]` and targets. All are drawn before any is used, so that
    /// each can be weighted by the predictions in all of them.
    pub fn batches_of_step(&mut self) -> Result<Vec<(Tensor, Tensor)>, Error> {
        let parts = self.recipe.training.accumulate;
        match &self.fixed {
            Some(batch) => Ok(vec![batch.clone(); parts]),
            None => (0..parts).map(|_| self.draw()).collect(),
        }
    }

    /// Draws a batch.
    fn draw(&mut self) -> Result<(Tensor, Tensor), Error> {
        let examples = self.corpus.examples(Split::Train);
        self.batches.fill_randint(0, examples.len() as i64, &mut self.rows)?;
        Ok(examples.batch(&self.rows))
    }

    /// The logits `[vocabulary]` of the token after these, of a text's beginning where there are none.
    ///
    /// # Errors
    /// Where it is no language model, a token is not in the vocabulary, or an operation refuses.
    pub fn logits(&self, tokens: &[i64]) -> Result<Vec<f32>, Error> {
        let mut reader = reader(self.language_model()?, 1);
        // A list's texts begin with a mark; running text begins anywhere.
        let start = self.corpus.mark().or_else(|| tokens.is_empty().then_some(0));
        let mut logits = None;
        for &token in start.iter().chain(tokens) {
            logits = Some(reader.read(&[token])?);
        }
        Ok(logits.map_or_else(Vec::new, |logits| logits.to_vec()))
    }

    /// Everything it is at this step.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let places = self.parameters().iter().chain(&self.buffers);
        let parameters = places.map(|(name, param)| (name.clone(), param.value()));
        let optimizer = self.optimizer.state().into_iter();
        let optimizer = optimizer.map(|(name, tensor)| (format!("{OPTIMIZER}{name}"), tensor));
        let mut entries: Vec<Entry> = parameters.chain(optimizer).map(|(name, t)| state::to_entry(name, &t)).collect();
        for (name, random) in [(BATCHES, Some(&self.batches)), (DROPOUT, self.dropout.as_ref())] {
            let Some(bytes) = random.map(Generator::state) else { continue };
            entries.push(Entry { name: name.to_string(), dtype: Dtype::U8, shape: vec![bytes.len()], bytes });
        }
        let state = State {
            version: 1,
            step: self.step,
            data_checksum: self.corpus.checksum(),
            recent_sum: self.recent.sum.to_bits(),
            recent_count: self.recent.count,
            held: self.held.map(f64::to_bits),
            simd: Some(simd_level().word().to_string()),
            meaning: self.corpus.meaning().clone(),
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

    /// What it means to go on from a checkpoint on this machine; `None` where that gives the same bits.
    ///
    /// # Errors
    /// Where the checkpoint is damaged.
    pub fn other_instructions(checkpoint: &Checkpoint) -> Result<Option<String>, Error> {
        let (had, has) = (State::of(checkpoint)?.simd, simd_level().word());
        let differs = had.filter(|had| had != has);
        Ok(differs.map(|had| {
            format!(
                "computed with {had} instructions up to here and with {has} from here on: the last bits of sums differ, and \
                 with them, in time, the losses (GRADUS_SIMD lowers the level of a machine that has more)"
            )
        }))
    }

    /// Takes everything over from a checkpoint.
    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let state = State::of(checkpoint)?;
        // Everything is read before anything is changed.
        let mut values = Vec::new();
        for (name, param) in self.parameters().iter().chain(&self.buffers) {
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
        let random = |name| {
            let entry = checkpoint.entry(name).ok_or_else(|| damaged("the random numbers are missing".to_string()))?;
            Ok::<_, Error>(Generator::from_state(&entry.bytes)?)
        };
        let batches = random(BATCHES)?;
        let dropout = self.dropout.is_some().then(|| random(DROPOUT)).transpose()?;
        self.optimizer.load_state(&optimizer)?;
        for ((_, param), value) in self.parameters().iter().chain(&self.buffers).zip(values) {
            param.set(value);
        }
        self.batches = batches;
        self.dropout = dropout;
        self.held = state.held.map(f64::from_bits);
        self.step = state.step;
        self.recent = Recent { sum: f64::from_bits(state.recent_sum), count: state.recent_count };
        Ok(())
    }
}
