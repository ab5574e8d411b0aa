//! A look: one recorded pass through the model, forward and backward.

use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

use gradus_tensor::{DType, Tensor, probe};
use gradus_train::corpus::Split;
use gradus_train::objective::predictions;

use crate::limits;
use crate::probes::{Interventions, Operated, Recorded, Recording};
use crate::refusal::{Answer, Refusal};
use crate::session::{ActiveSession, Mode};

/// Which pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A context, and the token whose loss gradients are of; the likeliest where none is said.
    Context {
        /// What the model reads.
        text: String,
        /// What should come next.
        target: Option<String>,
        /// Whether edits of activations are in force.
        edited: bool,
    },
    /// An example of the data.
    Example {
        /// Of which part.
        split: Split,
        /// Its place there.
        row: usize,
        /// Whether edits of activations are in force.
        edited: bool,
    },
    /// The batch of the step that comes next.
    Batch,
}

/// What the loss of a pass is of.
enum Wanted {
    /// The token that follows; the likeliest where none is said.
    Token(Option<i64>),
    /// The class it is of; the likeliest where none is said.
    Class(Option<i64>),
    /// What the data want.
    Targets(Tensor),
}

/// A parameter at the time of a look.
#[derive(Debug)]
pub struct Parameter {
    pub(crate) name: String,
    pub(crate) value: Tensor,
    pub(crate) gradient: Option<Tensor>,
    pub(crate) is_buffer: bool,
}

/// What was seen. Tensors never change once they are made, so it can be looked at from any thread while training goes on.
#[derive(Debug)]
pub struct Look {
    pub(crate) step: u64,
    pub(crate) source: Source,
    /// The token whose loss it is, where it is of a context.
    pub(crate) target: Option<i64>,
    pub(crate) loss: f64,
    pub(crate) input: Tensor,
    pub(crate) loss_tensor: Tensor,
    pub(crate) parameters: Vec<Parameter>,
    /// In the order in which they were computed; gradients hang on them.
    pub(crate) activations: Vec<(String, Tensor)>,
    pub(crate) operations: Vec<Operated>,
}

/// Value or gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize, Default, schemars::JsonSchema)]
#[schemars(rename = "ValueOrGradient")]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The value.
    #[default]
    Value,
    /// The gradient of the loss by it.
    Gradient,
}

impl Look {
    /// The step that it was seen at.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Every tensor with a name.
    pub fn lines(&self) -> Vec<TensorLine> {
        let parameters = self.parameters.iter().map(|parameter| {
            let kind = if parameter.is_buffer { "buffer" } else { "parameter" };
            (parameter.name.as_str(), kind, &parameter.value)
        });
        let activations = self.activations.iter().map(|(name, tensor)| (name.as_str(), "activation", tensor));
        let lines = parameters.chain(activations).map(|(name, kind, tensor)| TensorLine {
            name: name.to_string(),
            kind,
            shape: tensor.shape().to_vec(),
            dtype: crate::slice::word(tensor.dtype()),
            numbers: tensor.numel(),
        });
        lines.collect()
    }

    /// A tensor by name.
    ///
    /// # Errors
    /// Where there is none of that name, or no gradient reached it.
    pub fn tensor(&self, name: &str, part: Part) -> Answer<Tensor> {
        let no_gradient = || Refusal::unprocessable(format!("no gradient reaches {name} in this pass"));
        if let Some(parameter) = self.parameters.iter().find(|parameter| parameter.name == name) {
            return match part {
                Part::Value => Ok(parameter.value.clone()),
                Part::Gradient => parameter.gradient.clone().ok_or_else(no_gradient),
            };
        }
        let activation = match name {
            "input" => Some(&self.input),
            "loss" => Some(&self.loss_tensor),
            _ => self.activations.iter().rev().find(|(known, _)| known == name).map(|(_, tensor)| tensor),
        };
        let Some(tensor) = activation else {
            return Err(Refusal::not_found(format!(
                "the model has no value {name:?}; GET the session's tensors for all"
            )));
        };
        match part {
            Part::Value => Ok(tensor.clone()),
            Part::Gradient => tensor.grad().ok_or_else(no_gradient),
        }
    }
}

/// A tensor with a name.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TensorInfo")]
pub struct TensorLine {
    name: String,
    #[schemars(extend("enum" = ["parameter", "buffer", "activation"]))]
    kind: &'static str,
    shape: Vec<usize>,
    dtype: &'static str,
    numbers: usize,
}

/// A split by its word.
///
/// # Errors
/// Where it is none.
pub fn split(word: &str) -> Answer<Split> {
    Split::ALL
        .into_iter()
        .find(|split| split.word() == word)
        .ok_or_else(|| Refusal::unprocessable(format!("\"split\" is train, dev or test, found {word:?}")))
}

/// The last looks: several panels of a page ask for the same.
#[derive(Debug, Default)]
pub struct Looks(Vec<Kept>);

#[derive(Debug)]
struct Kept {
    made: f64,
    version: u64,
    operations: bool,
    look: Arc<Look>,
}

/// Looks that are kept.
const KEPT: usize = 4;

impl ActiveSession {
    /// As [`ActiveSession::look`], but one that was made at this step, or while it trains a moment ago, serves again.
    ///
    /// # Errors
    /// As [`ActiveSession::look`].
    pub fn look_again(&mut self, source: &Source, operations: bool) -> Answer<Arc<Look>> {
        let (step, version, playing) = (self.step(), self.version, self.mode != Mode::Paused);
        let now = self.host.seconds();
        self.looks.0.retain(|kept| {
            kept.version == version && (kept.look.step == step || playing && now - kept.made < limits::TICK)
        });
        let fits = |kept: &&Kept| kept.look.source == *source && kept.operations >= operations;
        if let Some(kept) = self.looks.0.iter().find(fits) {
            return Ok(kept.look.clone());
        }
        let look = Arc::new(self.look(source, operations)?);
        if self.looks.0.len() >= KEPT {
            self.looks.0.remove(0);
        }
        self.looks.0.push(Kept { made: now, version, operations, look: look.clone() });
        Ok(look)
    }

    /// Looks at a pass; the session is the same afterwards.
    ///
    /// # Errors
    /// Where the context has letters that the vocabulary does not, or an edit cannot be made.
    pub fn look(&mut self, source: &Source, operations: bool) -> Answer<Look> {
        match source {
            Source::Context { text, target, edited } => {
                let interventions = if *edited { self.interventions()? } else { Interventions::default() };
                let (input, wanted) = self.context(text, target.as_deref())?;
                self.look_at_one(source, input, wanted, interventions, operations)
            }
            Source::Example { split, row, edited } => {
                let examples = self.session().corpus().examples(*split);
                if *row >= examples.len() {
                    let n = examples.len();
                    return Err(Refusal::unprocessable(format!(
                        "there is no example {row}: the {} part has {n}",
                        split.word()
                    )));
                }
                let (input, targets) = examples.batch(&[*row as i64]);
                let interventions = if *edited { self.interventions()? } else { Interventions::default() };
                self.look_at_one(source, input, Wanted::Targets(targets), interventions, operations)
            }
            Source::Batch => self.peek(|live| live.look_at_batch(operations)),
        }
    }

    /// The pass that a word of a log means: a context; or, of a model that is shown no text, an example such as `dev:3`
    /// (the first there is, where nothing is said).
    ///
    /// # Errors
    /// Where it is no example.
    pub fn pass(&self, word: &str, edited: bool) -> Answer<Source> {
        if self.session().corpus().tokenizer().is_ok() {
            return Ok(Source::Context { text: word.to_string(), target: None, edited });
        }
        if word.is_empty() {
            return Ok(Source::Example { split: Split::Train, row: 0, edited });
        }
        let example = word.split_once(':').and_then(|(part, row)| Some((split(part).ok()?, row.parse().ok()?)));
        let (split, row) = example.ok_or_else(|| {
            Refusal::unprocessable(format!("{word:?} is no example of the data: write a part and a row, such as dev:3"))
        })?;
        Ok(Source::Example { split, row, edited })
    }

    /// What a text is to the model, and what may follow it or it may be.
    fn context(&self, text: &str, target: Option<&str>) -> Answer<(Tensor, Wanted)> {
        let tokens = self.encode(text)?;
        Ok(match self.task() {
            Ok(task) => {
                let class = |name: &str| {
                    let place = task.classes.iter().position(|class| class == name);
                    place.map(|class| class as i64).ok_or_else(|| {
                        Refusal::unprocessable(format!("there is no class {name:?}: {}", task.classes.join(", ")))
                    })
                };
                (self.word(tokens)?, Wanted::Class(target.map(class).transpose()?))
            }
            Err(_) => (self.input(&tokens)?, Wanted::Token(target.map(|letter| self.token(letter)).transpose()?)),
        })
    }

    fn look_at_one(
        &self,
        source: &Source,
        input: Tensor,
        wanted: Wanted,
        interventions: Interventions,
        operations: bool,
    ) -> Answer<Look> {
        let recording = Recording::new(interventions, operations, limits::LOOK_NUMBERS);
        let (recording, passed) = probe::with(recording, || -> Answer<_> {
            let outputs = self.model().forward(&input)?;
            let loss = |outputs: &Tensor, targets: &Tensor| self.session().objective().loss(outputs, &input, targets);
            Ok(match &wanted {
                Wanted::Token(target) => {
                    let logits = self.last(outputs)?;
                    let target = target.unwrap_or_else(|| likeliest(&logits.to_vec::<f32>()));
                    (Some(target), logits.cross_entropy(&Tensor::from_slice(&[target], &[1])?)?)
                }
                Wanted::Class(target) => {
                    let target = target.or_else(|| predictions(&outputs).first().copied()).unwrap_or(0);
                    (Some(target), loss(&outputs, &Tensor::from_slice(&[target], &[1])?)?)
                }
                Wanted::Targets(targets) => {
                    let target = (targets.dtype() == DType::I64).then(|| targets.to_vec::<i64>());
                    (target.and_then(|target| target.first().copied()), loss(&outputs, targets)?)
                }
            })
        });
        let recorded = recording.finish().map_err(Refusal::unprocessable)?;
        let (target, loss) = passed?;
        self.seen(source.clone(), target, input, loss, recorded)
    }

    fn look_at_batch(&mut self, operations: bool) -> Answer<Look> {
        let recording = Recording::new(Interventions::default(), operations, limits::LOOK_NUMBERS);
        let (recording, loss) = probe::with(recording, || self.session_mut().first_loss());
        let recorded = recording.finish().map_err(Refusal::unprocessable)?;
        // The batch itself passes no gate that a probe sees.
        let input = Tensor::arange(0);
        self.seen(Source::Batch, None, input, loss?, recorded)
    }

    /// Runs the backward pass, and gathers everything.
    fn seen(
        &self,
        source: Source,
        target: Option<i64>,
        input: Tensor,
        loss: Tensor,
        recorded: Recorded,
    ) -> Answer<Look> {
        loss.retain_grad();
        if loss.is_tracked() {
            loss.backward()?;
        }
        let mut parameters = Vec::new();
        self.model().visit(&mut |name, param| {
            let (value, gradient) = (param.value(), param.grad());
            // The next step must find none.
            param.zero_grad();
            parameters.push(Parameter { name: name.to_string(), value, gradient, is_buffer: !param.is_trainable() });
        });
        Ok(Look {
            step: self.step(),
            source,
            target,
            loss: loss.item()?,
            input,
            loss_tensor: loss,
            parameters,
            activations: recorded.values,
            operations: recorded.operations,
        })
    }
}

/// The first of the largest.
pub fn likeliest(logits: &[f32]) -> i64 {
    let largest = logits.iter().enumerate().reduce(|a, b| if b.1 > a.1 { b } else { a });
    largest.map_or(0, |(i, _)| i as i64)
}
