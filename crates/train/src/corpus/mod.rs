//! The data of a recipe, ready to train on: examples in three parts, and what their numbers mean.

mod examples;
mod features;
mod language;
mod words;

use std::path::Path;

use gradus_data::{Samples, Split as Deal, registry};
use gradus_recipe::{self as recipe, Recipe};
use gradus_tokenizers::Tokenizer;
use serde::{Deserialize, Serialize};

pub use examples::{Examples, Windows};
pub use features::Features;
pub use gradus_recipe::Intake;

use crate::Error;
use examples::Nothing;
use language::Language;

/// A part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// What is learned from.
    Train,
    /// What decisions are made on.
    Dev,
    /// What is looked at once, at the end.
    Test,
}

impl Split {
    /// All three, in this order.
    pub const ALL: [Split; 3] = [Split::Train, Split::Dev, Split::Test];

    /// `train`, `dev` or `test`.
    pub fn word(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Dev => "dev",
            Split::Test => "test",
        }
    }
}

/// What the numbers that come out of a model say of an example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outputs {
    /// What the classes or the values are called.
    pub names: Vec<String>,
    /// Whether they are classes, one of which is right, and not values.
    pub are_classes: bool,
}

/// What a model's numbers mean: enough to ask it about what it was not trained on. Part of every checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// What the numbers of tokens stand for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<Tokenizer>,
    /// What goes in, where that is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
    /// What comes out, where that is no token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Outputs>,
}

/// The data of a recipe.
pub struct Corpus {
    /// What they are called in messages.
    source: String,
    intake: Intake,
    block_size: usize,
    meaning: Meaning,
    /// Of text: what else is known of it.
    language: Option<Language>,
    /// Of measurements, points and pictures: train, dev, test as a model sees them.
    samples: Option<[Samples; 3]>,
    /// Train, dev, test.
    parts: [Box<dyn Examples>; 3],
    checksum: u32,
}

impl Corpus {
    /// Reads the data of a recipe and deals them out. Where whole lines are read and one is longer than the recipe's
    /// block, the block is longer: see [`Corpus::block_size`].
    ///
    /// # Errors
    /// Where they cannot be read, or are too few for the split.
    pub fn load(recipe: &Recipe) -> Result<Self, Error> {
        match recipe.model.intake() {
            Intake::Contexts | Intake::Sequences => language::load(recipe),
            Intake::Features => features::load(recipe),
            Intake::Words => words::load(recipe),
        }
    }

    /// What is left of the data of a trained model: what its numbers mean, and the list where it can still be read.
    pub fn remembered(recipe: &Recipe, meaning: Meaning) -> Self {
        let intake = recipe.model.intake();
        let language = || Language::remembered(recipe, meaning.tokenizer.as_ref());
        Corpus {
            source: recipe.data.source.clone(),
            language: intake.is_language().then(language),
            samples: None,
            intake,
            block_size: recipe.data.block_size,
            parts: [Box::new(Nothing), Box::new(Nothing), Box::new(Nothing)],
            checksum: 0,
            meaning,
        }
    }

    /// What the numbers mean.
    pub fn meaning(&self) -> &Meaning {
        &self.meaning
    }

    /// The tokens a model of these data knows.
    ///
    /// # Errors
    /// Where the data are no text.
    pub fn tokenizer(&self) -> Result<&Tokenizer, Error> {
        self.meaning
            .tokenizer
            .as_ref()
            .ok_or_else(|| Error::Request(format!("{} is no text: it has no tokens", self.source)))
    }

    /// What goes into a model of measurements, points or pictures.
    ///
    /// # Errors
    /// Where the data are text.
    pub fn features(&self) -> Result<&Features, Error> {
        let none = || Error::Request(format!("{} is text: it has no measurements", self.source));
        self.meaning.features.as_ref().ok_or_else(none)
    }

    /// What comes out of a model that is no language model.
    ///
    /// # Errors
    /// Where the next token comes out.
    pub fn outputs(&self) -> Result<&Outputs, Error> {
        let none = || Error::Request(format!("a model of {} tells the next token, and no class or value", self.source));
        self.meaning.outputs.as_ref().ok_or_else(none)
    }

    /// How many numbers come out for an example: tokens, classes or values.
    pub fn output_count(&self) -> usize {
        match (&self.meaning.outputs, &self.meaning.tokenizer) {
            (Some(outputs), _) => outputs.names.len(),
            (None, Some(tokenizer)) => tokenizer.len(),
            (None, None) => 0,
        }
    }

    /// Tokens in an example.
    pub fn block_size(&self) -> usize {
        self.block_size
    }

    /// Whether texts have a beginning and an end, both marked by token 0, as the lines of a list do.
    pub fn is_list(&self) -> bool {
        self.language.as_ref().is_some_and(|language| language.listed)
    }

    /// The token that texts begin and end with, where they do.
    pub fn mark(&self) -> Option<i64> {
        self.meaning.tokenizer.as_ref().filter(|_| self.is_list()).and_then(Tokenizer::mark)
    }

    /// The examples of a part.
    pub fn examples(&self, split: Split) -> &dyn Examples {
        &*self.parts[split as usize]
    }

    /// The measurements, points or pictures of a part, as the model sees them (scaled, where the recipe says so).
    ///
    /// # Errors
    /// Where the data are text, or not at hand any more.
    pub fn samples(&self, split: Split) -> Result<&Samples, Error> {
        self.features()?;
        let gone = || Error::Request(format!("the data {} are not at hand", self.source));
        Ok(&self.samples.as_ref().ok_or_else(gone)?[split as usize])
    }

    /// Examples of other data (a built-in name or a file) in this vocabulary, or of these classes.
    ///
    /// # Errors
    /// Where they cannot be read, or hold what the model does not know.
    pub fn examples_of(&self, source: &str) -> Result<Box<dyn Examples>, Error> {
        match (self.intake, &self.language) {
            (Intake::Features, _) => features::of_source(&self.meaning, source),
            (_, Some(language)) => language.examples_of(source, self.tokenizer()?, self.block_size, self.intake),
            (_, None) => words::of_source(&self.meaning, source, self.block_size),
        }
    }

    /// Whether a text stands in the list, letter for letter; `None` where the list is not at hand.
    pub fn is_known(&self, text: &str) -> Option<bool> {
        self.language.as_ref()?.lines.as_ref().map(|lines| lines.contains(text))
    }

    /// A fingerprint of the data: what is on the lines, in their order, or the text, or the numbers.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }
}

/// A source as it can be found again from any folder: a data set's name, or a file's whole path.
pub(crate) fn lasting(source: &str) -> String {
    if registry::find(source).is_some() {
        return source.to_string();
    }
    Path::new(source).canonicalize().map_or_else(|_| source.to_string(), |path| path.to_string_lossy().into_owned())
}

fn checksum<'a>(pieces: impl Iterator<Item = &'a str>) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for piece in pieces {
        crc.update(piece.as_bytes());
        crc.update(b"\n");
    }
    crc.finalize()
}

fn deal(split: &recipe::Split) -> Deal {
    match split {
        recipe::Split::Course(keys) => Deal::Course { seed: keys.seed, shuffles: keys.shuffles },
        recipe::Split::Makemore(keys) => Deal::Makemore { seed: keys.seed },
        recipe::Split::Random(keys) => Deal::Random { seed: keys.seed, dev: keys.dev, test: keys.test },
        recipe::Split::Contiguous(keys) => Deal::Contiguous { dev: keys.dev, test: keys.test },
    }
}
