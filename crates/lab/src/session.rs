//! A session: a recipe come to life. Data, model, optimiser and random numbers at some step.
//!
//! It knows nothing of files or screens. Whatever trains (the command line, a page, a sweep) asks
//! it for one step after the other; what it is at any step can be taken as a [`Checkpoint`] and
//! put back, and goes on to the same bits.

use gradus_models::LanguageModel;
use gradus_models::language::reader;
use gradus_nn::{Module, Optimizer, Param, clip_factor, training};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Probe, Tensor, no_grad, probe};
use serde::{Deserialize, Serialize};

use crate::build::Network;
use crate::corpus::{Corpus, Examples, Intake, Meaning, Split, lasting};
use crate::diagnostics::{Before, Ratio};
use crate::objective::Objective;
use crate::recipe::{Batches, Recipe};
use crate::store::{Checkpoint, Dtype, Entry};
use crate::{Error, build, state};

/// Predictions that are made at once in an evaluation: enough to keep the machine busy, little memory.
const AT_ONCE: usize = 4096;
/// How many of those a picture or a word counts for.
const SEVERAL: usize = 16;

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

/// How well a model predicts a split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Evaluation {
    /// What training makes small: mean negative log-likelihood in nats, or mean squared error.
    pub loss: f64,
    /// e to the loss: between how many equally likely tokens or classes the model wavers. Of a cross-entropy only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perplexity: Option<f64>,
    /// How often the most likely token or class is the right one. Not of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// How many predictions were asked for.
    pub examples: usize,
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
        let root = Generator::new(recipe.training.rng.into(), recipe.training.seed);
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
        Ok(session)
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
        self.recipe.model.objective()
    }

    /// What the model remembers besides its parameters, such as running statistics, by name.
    pub fn buffers(&self) -> &[(String, Param)] {
        &self.buffers
    }

    /// What the next batches are drawn from (and, in the `torch` scheme, all else).
    pub(crate) fn batches(&self) -> &Generator {
        &self.batches
    }

    /// The parameters by name.
    pub fn parameters(&self) -> &[(String, Param)] {
        self.optimizer.parameters()
    }

    /// What the optimiser remembers from step to step, by name.
    pub(crate) fn optimizer_state(&self) -> Vec<(String, Tensor)> {
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

    /// One step: a batch (or several), its loss, its gradients, an update. Gives the loss.
    ///
    /// # Errors
    /// Where the loss is no finite number (nothing is updated then), or an operation refuses.
    pub fn advance(&mut self) -> Result<f64, Error> {
        let loss = self.gradients()?;
        self.update();
        self.remember(loss);
        Ok(loss)
    }

    /// As [`Session::advance`]; tells besides how large gradient and update of each parameter were beside its values.
    ///
    /// # Errors
    /// As [`Session::advance`].
    pub fn advance_measured(&mut self) -> Result<(f64, Vec<Ratio>), Error> {
        let loss = self.gradients()?;
        let before = Before::of(self.parameters());
        self.update();
        self.remember(loss);
        Ok((loss, before.ratios(self.parameters())))
    }

    /// The loss of the next batch (or several), its gradients left with the parameters.
    fn gradients(&mut self) -> Result<f64, Error> {
        let parts = self.recipe.training.accumulate;
        let mut mean = 0.0;
        for _ in 0..parts {
            let (inputs, targets) = self.batch()?;
            let loss = self.loss_of(&inputs, &targets)?;
            let value = loss.item()?;
            if !value.is_finite() {
                self.optimizer.zero_grad();
                return Err(self.diverged(value, &inputs));
            }
            mean += value / parts as f64;
            if parts == 1 { loss.into_backward()? } else { (loss / parts as f64).into_backward()? }
        }
        Ok(mean)
    }

    /// Counts a loss among those since the mean was last asked for.
    fn remember(&mut self, loss: f64) {
        self.recent.sum += loss;
        self.recent.count += 1;
    }

    /// The loss of the next batch with its history, for whoever wants to look at gradients before
    /// [`Session::update`] uses them up.
    ///
    /// # Errors
    /// Where an operation refuses.
    pub fn loss(&mut self) -> Result<Tensor, Error> {
        let (inputs, targets) = self.batch()?;
        self.loss_of(&inputs, &targets)
    }

    /// The loss of a batch, with the model in training.
    fn loss_of(&mut self, inputs: &Tensor, targets: &Tensor) -> Result<Tensor, Error> {
        let model = self.model.module();
        let outputs = training(self.dropout.as_mut().unwrap_or(&mut self.batches), || model.forward(inputs))?;
        Ok(self.recipe.model.objective().loss(&outputs, inputs, targets)?)
    }

    /// Moves the parameters by their gradients: the step is made.
    pub fn update(&mut self) {
        let (rate, most) = (self.learning_rate(), self.recipe.training.clip);
        let scale = if most > 0.0 { clip_factor(self.parameters(), most).0 } else { 1.0 };
        self.optimizer.step_scaled(rate, scale);
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

    /// The next batch: inputs `[B, width]` and targets.
    fn batch(&mut self) -> Result<(Tensor, Tensor), Error> {
        match &self.fixed {
            Some(batch) => Ok(batch.clone()),
            None => self.draw(),
        }
    }

    /// Draws a batch.
    fn draw(&mut self) -> Result<(Tensor, Tensor), Error> {
        let examples = self.corpus.examples(Split::Train);
        self.batches.fill_randint(0, examples.len() as i64, &mut self.rows)?;
        Ok(examples.batch(&self.rows))
    }

    /// The error for a loss that is no number: where the first bad value stands, and what helps.
    fn diverged(&self, loss: f64, inputs: &Tensor) -> Error {
        let bad = self.parameters().iter().find(|(_, param)| !param.value().all_finite());
        let place = match bad {
            Some((name, _)) => format!("the first bad tensor is the parameter {name}"),
            None => {
                let (first, _) = probe::with(FirstBad(None), || no_grad(|| self.model().forward(inputs).is_ok()));
                match first.0 {
                    Some(name) => format!("the first bad tensor is the result of {name}"),
                    None => "every tensor before it is finite".to_string(),
                }
            }
        };
        Error::Diverged(format!(
            "the loss became {loss} at step {}; {place}; lower schedule.lr (now {}) or start from \
             smaller weights",
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

    /// The split that decides which checkpoint is best: dev, or test where there is no dev split.
    pub fn held_out(&self) -> Option<Split> {
        [Split::Dev, Split::Test].into_iter().find(|&split| !self.corpus.examples(split).is_empty())
    }

    /// Predicts any examples; `name` is for the message where there are none.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn evaluate_on(&self, examples: &dyn Examples, name: &str) -> Result<Evaluation, Error> {
        let mut rows = examples.once();
        if rows.is_empty() {
            return Err(Error::Request(format!(
                "the {name} split of {} is empty: there is nothing to evaluate",
                self.recipe.data.source
            )));
        }
        let each = match self.recipe.model.intake() {
            Intake::Contexts => 1,
            Intake::Sequences => examples.width().max(1),
            // A picture's way through a network is wider than a token's.
            Intake::Features | Intake::Words => SEVERAL,
        };
        let objective = self.objective();
        let most = self.recipe.record.evaluate_at_most;
        if most > 0 && most / each < rows.len() {
            // Evenly spread, the same ones every time.
            let (wanted, all) = ((most / each).max(1), rows.len());
            rows = (0..wanted).map(|i| rows[(i as u128 * all as u128 / wanted as u128) as usize]).collect();
        }
        let (mut sum, mut right, mut predictions) = (0.0, Some(0), 0);
        for rows in rows.chunks((AT_ONCE / each).max(1)) {
            let (inputs, targets) = examples.batch(rows);
            let outputs = no_grad(|| self.model().forward(&inputs))?;
            let (hits, counted) = objective.hits(&outputs, &targets);
            if counted > 0 {
                sum += no_grad(|| objective.loss(&outputs, &inputs, &targets))?.item()? * counted as f64;
            }
            right = right.zip(hits).map(|(right, hits)| right + hits);
            predictions += counted;
        }
        let loss = sum / predictions as f64;
        Ok(Evaluation {
            loss,
            perplexity: (objective == Objective::CrossEntropy).then(|| loss.exp()),
            accuracy: right.map(|right| right as f64 / predictions as f64),
            examples: predictions,
        })
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
