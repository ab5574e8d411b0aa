#![doc = include_str!("../README.md")]

mod builtin;
mod document;
mod intake;
mod keys;
mod schedule;
mod schema;
mod stored;

use std::fmt;
use std::path::Path;

pub use builtin::{BUILTIN, Builtin};
pub use intake::Intake;
pub use keys::*;
pub use schema::{Field, Form, Key, Limits, Mismatch, Value};

use document::{Lines, Origin};

/// What is wrong with a recipe: one line, the place first.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct RecipeError(String);

impl RecipeError {
    pub(crate) fn new(place: &dyn fmt::Display, message: String) -> Self {
        RecipeError(format!("{place}: {message}"))
    }
}

/// A complete, checked recipe.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// What it is called: the file's name without `.toml`.
    pub name: String,
    /// Steps, batch, seed.
    pub training: Training,
    /// What is learned from.
    pub data: Data,
    /// How it is dealt out.
    pub split: Split,
    /// The network.
    pub model: Model,
    /// How gradients become updates.
    pub optimizer: Optimizer,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// What a run keeps.
    pub record: Record,
}

/// One change to a recipe, as the command line gives it.
#[derive(Debug, Clone)]
pub struct Override {
    key: String,
    value: String,
    flag: String,
}

impl Override {
    /// From `KEY=VALUE` of `--set`.
    ///
    /// # Errors
    /// Where there is no `=`.
    pub fn parse(assignment: &str) -> Result<Self, RecipeError> {
        let flag = format!("--set {assignment}");
        match assignment.split_once('=') {
            Some((key, value)) => Ok(Override { key: key.trim().to_string(), value: value.to_string(), flag }),
            None => Err(RecipeError::new(&flag, "write KEY=VALUE, e.g. --set model.hidden=300".to_string())),
        }
    }

    /// A flag of its own that stands for a key, such as `--steps 100` for `steps=100`.
    pub fn flag(flag: &str, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let shown = match &value {
            Value::Text(text) => text.clone(),
            value => value.to_string(),
        };
        Override { key: key.to_string(), value: value.to_string(), flag: format!("{flag} {shown}") }
    }

    /// What it changes: `model.hidden`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Where it was given: `--set model.hidden=300`.
    pub fn origin(&self) -> &str {
        &self.flag
    }
}

impl Recipe {
    /// Reads a recipe's text. `file` names it in messages.
    ///
    /// # Errors
    /// The first mistake in the text.
    pub fn parse(file: &str, text: &str) -> Result<Self, RecipeError> {
        Self::parse_with(file, text, &[])
    }

    /// Reads a recipe's text and changes some of its keys.
    ///
    /// # Errors
    /// The first mistake in the text, or in a change.
    pub fn parse_with(file: &str, text: &str, overrides: &[Override]) -> Result<Self, RecipeError> {
        let mut lines = Lines::parse(file, text)?;
        // Kinds first: they decide which other keys there are.
        let kinds_first = overrides
            .iter()
            .filter(|o| o.key.ends_with(".kind"))
            .chain(overrides.iter().filter(|o| !o.key.ends_with(".kind")));
        for change in kinds_first {
            lines.set(&change.key, &change.value, change.flag.clone())?;
        }
        let recipe = Recipe {
            name: stem(file),
            training: Training::read(&mut lines)?,
            data: Data::read(&mut lines)?,
            split: Split::read(&mut lines)?,
            model: Model::read(&mut lines)?,
            optimizer: Optimizer::read(&mut lines)?,
            schedule: Schedule::read(&mut lines)?,
            record: Record::read(&mut lines)?,
        };
        if let Some((section, name, origin)) = lines.untaken().next() {
            return Err(recipe.unknown(section, name, origin));
        }
        let useless = Self::keys().into_iter().filter(|key| recipe.is_of_kind(key) && !recipe.has(key));
        match useless.into_iter().find_map(|key| lines.meant(&key).map(|origin| recipe.useless(&key, origin))) {
            Some(error) => Err(error),
            None => Ok(recipe),
        }
    }

    /// A built-in recipe by name.
    ///
    /// # Errors
    /// Where there is none of that name; the text names the nearest.
    pub fn builtin(name: &str) -> Result<Self, RecipeError> {
        Source::builtin(name)?.read(&[])
    }

    /// The same recipe with some keys changed (`model.hidden=300`).
    ///
    /// # Errors
    /// The first mistake in a change.
    pub fn with(&self, assignments: &[&str]) -> Result<Self, RecipeError> {
        let overrides: Vec<Override> = assignments.iter().map(|a| Override::parse(a)).collect::<Result<_, _>>()?;
        Self::parse_with(&self.name, &self.to_toml(), &overrides)
    }

    /// Every key a recipe may hold, in the order a recipe is written.
    pub fn keys() -> Vec<Key> {
        [
            Training::keys(None),
            Data::keys(None),
            Split::keys(),
            Model::keys(),
            Optimizer::keys(),
            Schedule::keys(),
            Record::keys(None),
        ]
        .concat()
    }

    /// The keys this recipe has (of each section's kind) with their values.
    pub fn entries(&self) -> Vec<(Key, Value)> {
        // Of every key that the chosen kinds have, whether the model has a use for it or not.
        let values = [
            self.training.write(),
            self.data.write(),
            self.split.write(),
            self.model.write(),
            self.optimizer.write(),
            self.schedule.write(),
            self.record.write(),
        ]
        .concat();
        let keys: Vec<Key> = Self::keys().into_iter().filter(|key| self.is_of_kind(key)).collect();
        debug_assert_eq!(keys.len(), values.len());
        keys.into_iter().zip(values).filter(|(key, _)| self.has(key)).collect()
    }

    /// The whole recipe in TOML, every default written out, each key with what it means.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for (key, value) in self.entries() {
            if key.section != section {
                section = key.section;
                text.push_str(&format!("\n[{section}]\n"));
            }
            let line = format!("{} = {value}", key.name);
            text.push_str(&format!("{line:<32} # {}\n", key.doc));
        }
        text
    }

    /// Settings that are allowed and cannot be meant: they contradict each other, or do nothing. A sentence each, for people.
    pub fn doubts(&self) -> Vec<String> {
        let (steps, mut doubts) = (self.training.steps, Vec::new());
        if let Schedule::Cosine(keys) = &self.schedule {
            if steps > 0 && keys.warmup >= steps {
                doubts.push(format!(
                    "the warm-up (schedule.warmup = {}) is not over when the training is (steps = {steps}): the learning rate \
                     never gets to schedule.lr",
                    keys.warmup
                ));
            }
            if keys.min_lr > keys.lr {
                doubts.push(format!(
                    "the learning rate rises: schedule.min_lr = {}, where it ends, is above schedule.lr = {}",
                    keys.min_lr, keys.lr
                ));
            }
        }
        let record = &self.record;
        if steps > 0 && record.every > steps {
            doubts.push(format!(
                "record.every = {} is more than there are steps ({steps}): the loss is recorded at the first and the last only",
                record.every
            ));
        }
        if self.training.patience >= record.checkpoints && self.training.patience > 0 {
            doubts.push(format!(
                "patience = {} cannot run out: there are {} evaluations (record.checkpoints)",
                self.training.patience, record.checkpoints
            ));
        }
        doubts
    }

    /// The kind chosen in a section that has kinds.
    fn kind(&self, section: &str) -> Option<&'static str> {
        match section {
            "split" => Some(self.split.kind()),
            "model" => Some(self.model.kind()),
            "optimizer" => Some(self.optimizer.kind()),
            "schedule" => Some(self.schedule.kind()),
            _ => None,
        }
    }

    /// Whether a key belongs to the kinds chosen here.
    fn is_of_kind(&self, key: &Key) -> bool {
        key.kind.is_none() || key.kind == self.kind(key.section)
    }

    /// Whether a key says anything here: a flower has no tokens.
    fn has(&self, key: &Key) -> bool {
        self.is_of_kind(key) && (key.section != "data" || self.model.intake().reads(key.name))
    }

    /// The error for a key that the model has no use for.
    fn useless(&self, key: &Key, origin: &Origin) -> RecipeError {
        let (path, kind) = (key.path(), self.model.kind());
        RecipeError::new(
            origin,
            format!("{path} says nothing about the data of a model of kind {kind:?}: leave it out"),
        )
    }

    /// The error for a key that is not there, with the nearest that is.
    fn unknown(&self, section: &str, name: &str, origin: &Origin) -> RecipeError {
        let keys = Self::keys();
        let path = schema::path(section, name);
        if section.is_empty() && keys.iter().any(|key| key.section == name) {
            return RecipeError::new(
                origin,
                format!("{name} is a section: write [{name}] and its keys on the lines below"),
            );
        }
        if !keys.iter().any(|key| key.section == section) {
            let nearest = nearest(section, keys.iter().map(|key| key.section.to_string()));
            return RecipeError::new(origin, format!("there is no section [{section}]; the nearest is [{nearest}]"));
        }
        let elsewhere: Vec<&'static str> =
            keys.iter().filter(|key| key.section == section && key.name == name).filter_map(|key| key.kind).collect();
        if let Some(kind) = self.kind(section).filter(|_| !elsewhere.is_empty()) {
            return RecipeError::new(
                origin,
                format!(
                    "{path} belongs to {section}.kind = {}, and this recipe has {kind:?}",
                    schema::quoted(&elsewhere)
                ),
            );
        }
        let known: Vec<&Key> = keys.iter().filter(|key| self.has(key)).collect();
        // The same word in another section is a better guess than a similar one here.
        let nearest = match known.iter().find(|key| key.name == name) {
            Some(key) => key.path(),
            None => nearest(&path, known.iter().map(|key| key.path())),
        };
        RecipeError::new(origin, format!("there is no key {path}; the nearest is {nearest}"))
    }
}

/// A recipe's text and where it came from, not yet read.
#[derive(Debug, Clone)]
pub struct Source {
    file: String,
    text: String,
}

impl Source {
    /// A built-in recipe's name, or a TOML file: what has a `/` or ends in `.toml` is a file.
    ///
    /// # Errors
    /// Where there is no such recipe, or the file cannot be read.
    pub fn find(name: &str) -> Result<Self, RecipeError> {
        let path = Path::new(name);
        if !name.contains(std::path::MAIN_SEPARATOR) && path.extension().is_none_or(|e| e != "toml") {
            return Self::builtin(name);
        }
        let error = |what: String| RecipeError::new(&name, what);
        let bytes = std::fs::read(path).map_err(|e| {
            error(match e.kind() {
                std::io::ErrorKind::NotFound => {
                    "there is no such file (built-in recipes: see gradus recipes)".to_string()
                }
                _ => format!("the recipe cannot be read: {e}"),
            })
        })?;
        let text = String::from_utf8(bytes).map_err(|_| error("the recipe is not UTF-8 text".to_string()))?;
        Ok(Source { file: name.to_string(), text })
    }

    fn builtin(name: &str) -> Result<Self, RecipeError> {
        match BUILTIN.iter().find(|recipe| recipe.name == name) {
            Some(recipe) => Ok(Source { file: format!("{name}.toml"), text: recipe.text.to_string() }),
            None => {
                let nearest = nearest(name, BUILTIN.iter().map(|r| r.name.to_string()));
                Err(RecipeError(format!(
                    "there is no built-in recipe {name:?}; the nearest is {nearest} \
                     (all: gradus recipes; a file's name ends in .toml)"
                )))
            }
        }
    }

    /// Reads the text, with some keys changed.
    ///
    /// # Errors
    /// The first mistake in the text, or in a change; or where two changes are of one key.
    pub fn read(&self, overrides: &[Override]) -> Result<Recipe, RecipeError> {
        for (number, change) in overrides.iter().enumerate() {
            if let Some(other) = overrides[..number].iter().find(|other| other.key == change.key) {
                let what = format!("{} is given twice, by {} too: leave one of them out", change.key, other.flag);
                return Err(RecipeError::new(&change.flag, what));
            }
        }
        Recipe::parse_with(&self.file, &self.text, overrides)
    }
}

/// `recipes/mlp.toml` → `mlp`.
fn stem(file: &str) -> String {
    Path::new(file).file_stem().map_or_else(|| file.to_string(), |stem| stem.to_string_lossy().into_owned())
}

/// The most similar of some words (Damerau–Levenshtein, as typing slips go).
pub fn nearest(word: &str, candidates: impl Iterator<Item = String>) -> String {
    candidates
        .filter(|candidate| !candidate.is_empty())
        .min_by_key(|candidate| strsim::damerau_levenshtein(word, candidate))
        .unwrap_or_default()
}

macro_rules! into_value {
    ($($ty:ty => $variant:ident,)*) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Value::$variant(value.into())
            }
        }
    )*};
}

into_value! {
    i64 => Int,
    f64 => Float,
    bool => Bool,
    String => Text,
    &str => Text,
}

#[cfg(test)]
mod tests;
