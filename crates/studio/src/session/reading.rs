//! What a model says: predictions, texts, losses. Edits of activations and the letter graph's bias are in force here.

use gradus_models::language::Form;
use gradus_tensor::{Tensor, no_grad, probe};
use gradus_train::Evaluation;
use gradus_train::corpus::Split;
use gradus_train::generate::sample_generator;
use gradus_train::generate::{Sample, Sampling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::board::Note;
use crate::edits::{Amount, Edit, Kind, Patch};
use crate::letters::Bias;
use crate::limits;
use crate::probes::{Editing, Intervention, Interventions, Patched};
use crate::refusal::{Answer, Refusal};
use crate::session::ActiveSession;
use crate::session::look::{Source, likeliest};

/// How the next letter is chosen.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PredictionAsk")]
pub struct Predict {
    pub(crate) context: String,
    pub(crate) target: Option<String>,
    pub(crate) temperature: f64,
    pub(crate) top_k: Option<usize>,
    pub(crate) top_p: Option<f64>,
    pub(crate) importance: bool,
    pub(crate) edited: bool,
    pub(crate) compare: bool,
}

impl Default for Predict {
    fn default() -> Self {
        Predict {
            context: String::new(),
            target: None,
            temperature: 1.0,
            top_k: None,
            top_p: None,
            importance: false,
            edited: true,
            compare: false,
        }
    }
}

/// The next letter's probabilities.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Prediction {
    step: u64,
    /// What the model saw.
    tokens: Vec<i64>,
    letters: Vec<String>,
    target: Option<String>,
    #[serde(flatten)]
    odds: Odds,
    bias: Option<Vec<f32>>,
    importance: Option<Vec<Importance>>,
    unedited: Option<Odds>,
}

/// Logits and what follows from them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Odds {
    logits: Vec<f32>,
    /// After temperature, top-k and top-p.
    probabilities: Vec<f32>,
    /// softmax(logits)
    plain: Vec<f32>,
    /// −ln of the target's plain probability.
    loss: Option<f64>,
}

/// How much a position of the context speaks for the target: gradient × input, summed over its vector.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Importance {
    position: usize,
    letter: String,
    score: f64,
}

/// What is generated.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Generate {
    pub(crate) count: usize,
    pub(crate) prompt: String,
    pub(crate) temperature: f64,
    pub(crate) top_k: Option<usize>,
    pub(crate) top_p: Option<f64>,
    /// So many tokens at most, after the prompt.
    pub(crate) length: usize,
    pub(crate) seed: Option<u64>,
    pub(crate) edited: bool,
}

impl Default for Generate {
    fn default() -> Self {
        Generate {
            count: 10,
            prompt: String::new(),
            temperature: 1.0,
            top_k: None,
            top_p: None,
            length: 100,
            seed: None,
            edited: true,
        }
    }
}

/// Texts that a model wrote.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Generated {
    pub(crate) step: u64,
    pub(crate) seed: u64,
    pub(crate) samples: Vec<Sample>,
}

/// How well a split is predicted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Evaluated {
    split: &'static str,
    step: u64,
    #[serde(flatten)]
    pub(crate) evaluation: Evaluation,
}

/// Letters shown live, and how many samples.
const SHOWN: usize = 10;
const SHOWN_LENGTH: usize = 60;

impl ActiveSession {
    /// A text's tokens.
    ///
    /// # Errors
    /// Where it is too long, or has letters that the vocabulary does not.
    pub fn encode(&self, text: &str) -> Answer<Vec<i64>> {
        if text.chars().count() > limits::CONTEXT {
            return Err(Refusal::unprocessable(format!("a context has at most {} letters", limits::CONTEXT)));
        }
        let tokenizer = self.session().corpus().tokenizer()?;
        // The mark in front is how people write where a text begins.
        let mark = self.mark().and_then(|mark| tokenizer.piece(mark)).filter(|mark| !mark.is_empty());
        let text = mark.map_or(text, |mark| text.trim_start_matches(mark.as_str()));
        Ok(tokenizer.encode(text)?)
    }

    /// What stands before and after every text of a list; running text has no such mark, whatever its tokenizer.
    pub fn mark(&self) -> Option<i64> {
        self.session().corpus().mark()
    }

    /// The token of one letter; the mark is token 0.
    pub fn token(&self, letter: &str) -> Answer<i64> {
        let place = self.family.long.vocabulary.iter().position(|known| known == letter);
        place.map(|token| token as i64).ok_or_else(|| {
            Refusal::unprocessable(format!("{letter:?} is no token of this model; its tokens are in \"vocabulary\""))
        })
    }

    /// A token's text.
    pub fn letter(&self, token: i64) -> String {
        usize::try_from(token).ok().and_then(|i| self.family.long.vocabulary.get(i)).cloned().unwrap_or_default()
    }

    /// What the model is given for a text: `[1, T]`.
    pub fn input(&self, text: &[i64]) -> Answer<Tensor> {
        let last = |text: &[i64], most: usize| text[text.len().saturating_sub(most)..].to_vec();
        let seen = match self.session().language_model()?.form() {
            Form::Contexts { block } => {
                let text = last(text, block);
                [vec![0; block - text.len()], text].concat()
            }
            Form::Sequences { longest } => {
                // A list's texts begin with a mark; running text begins anywhere.
                let marked = self.session().corpus().is_list() || text.is_empty();
                let text = if marked { [&[0], text].concat() } else { text.to_vec() };
                last(&text, longest.unwrap_or(usize::MAX))
            }
        };
        Ok(Tensor::from_slice(&seen, &[1, seen.len()])?)
    }

    /// The logits of what follows, `[1, V]`.
    pub fn last(&self, logits: Tensor) -> Answer<Tensor> {
        Ok(if logits.ndim() == 3 { logits.select(1, -1)? } else { logits })
    }

    /// Passes texts through the edited or the unedited network.
    pub fn reading<T>(&mut self, edited: bool, f: impl FnOnce(&mut Self) -> Answer<T>) -> Answer<T> {
        let interventions = if edited { self.interventions()? } else { Interventions::default() };
        if interventions.is_empty() {
            return f(self);
        }
        let (editing, result) = probe::with(Editing { interventions, failed: None }, || f(self));
        match editing.failed {
            Some(what) => Err(Refusal::unprocessable(what)),
            None => result,
        }
    }

    /// The logits of what follows a text, without the bias.
    fn logits(&mut self, input: &Tensor, edited: bool) -> Answer<Vec<f32>> {
        self.reading(edited, |live| {
            let logits = no_grad(|| live.model().forward(input))?;
            Ok(no_grad(|| live.last(logits))?.to_vec())
        })
    }

    /// The next letter.
    ///
    /// # Errors
    /// Where the context or a setting makes no sense.
    pub fn predict(&mut self, asked: &Predict) -> Answer<Prediction> {
        let sampling =
            Sampling { temperature: asked.temperature, top_k: asked.top_k, top_p: asked.top_p, ..Sampling::default() };
        sampling.check()?;
        let text = self.encode(&asked.context)?;
        let input = self.input(&text)?;
        let target = asked.target.as_deref().map(|letter| self.token(letter)).transpose()?;
        let mut logits = self.logits(&input, asked.edited)?;
        let bias = if asked.edited { self.bias()? } else { None }.map(|bias| bias.after(&text, logits.len()));
        for (logit, added) in logits.iter_mut().zip(bias.iter().flatten()) {
            *logit += added;
        }
        let unedited = if asked.compare {
            let logits = self.unedited(|live| live.logits(&input, false))?;
            Some(Odds::new(logits, &sampling, target))
        } else {
            None
        };
        let importance = if asked.importance {
            let token = target.unwrap_or_else(|| likeliest(&logits));
            Some(self.importance(asked, token)?)
        } else {
            None
        };
        let tokens = input.to_vec::<i64>();
        Ok(Prediction {
            step: self.step(),
            letters: tokens.iter().map(|&token| self.letter(token)).collect(),
            tokens,
            target: asked.target.clone(),
            odds: Odds::new(logits, &sampling, target),
            bias,
            importance,
            unedited,
        })
    }

    /// Gradient × input of ln p(target), at each position of the context.
    fn importance(&mut self, asked: &Predict, target: i64) -> Answer<Vec<Importance>> {
        let source =
            Source::Context { text: asked.context.clone(), target: Some(self.letter(target)), edited: asked.edited };
        let look = self.look(&source, true)?;
        let tokens = look.input.to_vec::<i64>();
        let mut scores = vec![0.0; tokens.len()];
        // The first table that the tokens are looked up in: one vector for each.
        let fits = |output: &Tensor| output.numel() > 0 && output.numel().is_multiple_of(tokens.len().max(1));
        let looked_up = look.operations.iter().find(|made| made.formula.name == "embedding" && fits(&made.output));
        if let Some((value, gradient)) = looked_up.and_then(|made| Some((&made.output, made.output.grad()?))) {
            let width = (value.numel() / tokens.len().max(1)).max(1);
            let products = value.to_vec::<f64>().into_iter().zip(gradient.to_vec::<f64>());
            for (i, (x, g)) in products.enumerate() {
                // The loss is −ln p.
                scores[i / width] -= x * g;
            }
        }
        let tokens = tokens.into_iter().zip(scores).enumerate();
        Ok(tokens
            .map(|(position, (token, score))| Importance { position, letter: self.letter(token), score })
            .collect())
    }

    /// Generates texts.
    ///
    /// # Errors
    /// Where the prompt or a setting makes no sense.
    pub fn generate(&mut self, asked: &Generate) -> Answer<Generated> {
        for (what, value, most) in
            [("count", asked.count, limits::SAMPLES), ("length", asked.length, limits::SAMPLE_LENGTH)]
        {
            if !(1..=most).contains(&value) {
                return Err(Refusal::unprocessable(format!("{what:?} is between 1 and {most}, found {value}")));
            }
        }
        if asked.count * asked.length > limits::TOKENS {
            let most = limits::TOKENS;
            return Err(Refusal::unprocessable(format!(
                "{} texts of {} tokens are too many for one answer: {most} tokens in all",
                asked.count, asked.length
            )));
        }
        let sampling = Sampling {
            temperature: asked.temperature,
            top_k: asked.top_k,
            top_p: asked.top_p,
            // In a text's length its prompt is counted.
            length: asked.length + self.encode(&asked.prompt)?.len(),
            ..Sampling::default()
        };
        let recipe = self.session().recipe();
        let seed = asked.seed.unwrap_or_else(|| recipe.training.seed.wrapping_add(self.step()));
        let random = sample_generator(gradus_train::build::scheme(recipe.training.rng), seed);
        let bias = if asked.edited { self.bias()? } else { None };
        let samples = self.reading(asked.edited, |live| match bias {
            None => Ok(live.session().generate(asked.count, &asked.prompt, &sampling, &random)?),
            Some(bias) => live.generate_biased(asked, &sampling, &bias, &random),
        })?;
        Ok(Generated { step: self.step(), seed, samples })
    }

    /// Measures a split.
    ///
    /// # Errors
    /// Where it is empty.
    pub fn evaluate(&mut self, split: Split, edited: bool) -> Answer<Evaluated> {
        let evaluation = self.reading(edited, |live| Ok(live.session().evaluate(split)?))?;
        Ok(Evaluated { split: split.word(), step: self.step(), evaluation })
    }

    /// The bias that is in force.
    fn bias(&self) -> Answer<Option<Bias>> {
        let mut graphs = self
            .log
            .enabled(Kind::Bias)
            .filter_map(|edit| match &edit.value {
                Some(Amount::Letters(graph)) => Some(graph),
                _ => None,
            })
            .peekable();
        match graphs.peek() {
            Some(_) => Bias::new(graphs, self.session().corpus().tokenizer()?, self.mark()),
            None => Ok(None),
        }
    }

    /// Whether a bias names only letters that there are.
    pub fn check_bias(&self, edit: &Edit) -> Answer<()> {
        match &edit.value {
            Some(Amount::Letters(graph)) => {
                Bias::new([graph].into_iter(), self.session().corpus().tokenizer()?, self.mark()).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// The edits of activations that are in force, ready to be made.
    pub(crate) fn interventions(&mut self) -> Answer<Interventions> {
        let edits: Vec<Edit> = self.log.enabled(Kind::Activation).cloned().collect();
        let made = edits.iter().map(|edit| self.intervention(edit)).collect::<Answer<Vec<_>>>()?;
        Ok(Interventions(made.into()))
    }

    fn intervention(&mut self, edit: &Edit) -> Answer<Intervention> {
        let patch = match &edit.value {
            Some(Amount::Patch(Patch { numbers: Some(numbers), .. })) => {
                Some(Patched { shape: numbers.shape.clone(), values: numbers.values.clone() })
            }
            Some(Amount::Patch(Patch { context, .. })) => {
                let source = self.pass(context, false)?;
                let tensor = self.look(&source, false)?.tensor(&edit.name, Default::default())?;
                Some(Patched { shape: tensor.shape().to_vec(), values: tensor.to_vec() })
            }
            _ => None,
        };
        Ok(Intervention {
            name: edit.name.clone(),
            region: edit.range.clone(),
            operation: edit.operation,
            value: edit.number().unwrap_or(0.0),
            seed: edit.seed.unwrap_or(edit.id),
            patch,
        })
    }

    /// Whether there is such an activation, and the edit can be made for an empty context.
    pub fn check_intervention(&mut self, edit: &Edit) -> Answer<()> {
        if let Some(Amount::Patch(Patch { session: Some(session), numbers: None, .. })) = &edit.value {
            return Err(Refusal::unprocessable(format!(
                "the patch from session {session:?} has no numbers: let the server take them (POST the edit anew)"
            )));
        }
        let source = self.pass("", false)?;
        let look = self.look(&source, false)?;
        if !look.activations.iter().any(|(name, _)| *name == edit.name) {
            let names: Vec<&str> = look.activations.iter().map(|(name, _)| name.as_str()).collect();
            return Err(Refusal::unprocessable(format!(
                "the model has no activation {:?}; it has {}",
                edit.name,
                names.join(", ")
            )));
        }
        self.intervention(edit).map(drop)
    }

    /// Pins some samples to the board.
    pub fn show_samples(&mut self) {
        let asked = Generate { count: SHOWN, length: SHOWN_LENGTH, edited: false, ..Generate::default() };
        if let Ok(generated) = self.generate(&asked) {
            self.board.pin(Note::Samples, &generated);
        }
    }
}

impl Odds {
    fn new(logits: Vec<f32>, sampling: &Sampling, target: Option<i64>) -> Self {
        let plain = Sampling::default().probabilities(&logits);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit - largest).exp()).sum();
        let loss = target.and_then(|target| logits.get(usize::try_from(target).ok()?));
        Odds {
            loss: loss.map(|&logit| sum.ln() - f64::from(logit - largest)),
            probabilities: sampling.probabilities(&logits),
            plain,
            logits,
        }
    }
}
