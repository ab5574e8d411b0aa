//! The data of a recipe, ready to train on: a vocabulary, and examples in three parts.

use std::path::Path;

use gradus_data::{Contexts, DataError, Lines, Source, Split as Deal, Vocabulary, contexts, registry};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::recipe::{self, Data};

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
    /// `train`, `dev` or `test`.
    pub fn word(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Dev => "dev",
            Split::Test => "test",
        }
    }
}

/// The data of a recipe.
pub struct Corpus {
    vocabulary: Vocabulary,
    block_size: usize,
    /// What the list holds; `None` where it is not at hand any more.
    lines: Option<Lines>,
    /// Train, dev, test.
    parts: [Contexts; 3],
    checksum: u32,
}

impl Corpus {
    /// Reads the data of a recipe and deals them out.
    ///
    /// # Errors
    /// Where they cannot be read, or are too few for the split.
    pub fn load(data: &Data, split: &recipe::Split) -> Result<Self, Error> {
        let lines = Lines::open(&Source::find(&data.source)?)?;
        let vocabulary = lines.vocabulary();
        check_size(&lines, data.block_size)?;
        let deal = deal(split);
        let parts = if data.together { lines.split_together(&deal) } else { lines.split(&deal) }?;
        let examples = |items| contexts(items, &vocabulary, data.block_size);
        Ok(Corpus {
            parts: [examples(&parts.train)?, examples(&parts.dev)?, examples(&parts.test)?],
            block_size: data.block_size,
            checksum: checksum(&lines),
            lines: Some(lines),
            vocabulary,
        })
    }

    /// What is left of the data of a trained model: its vocabulary, and the list where it can still be read.
    pub(crate) fn remembered(data: &Data, vocabulary: Vocabulary) -> Self {
        let nothing = || Contexts { x: vec![], y: vec![], block_size: data.block_size };
        Corpus {
            vocabulary,
            block_size: data.block_size,
            lines: Source::find(&data.source).and_then(|source| Lines::open(&source)).ok(),
            parts: [nothing(), nothing(), nothing()],
            checksum: 0,
        }
    }

    /// The tokens a model of these data knows.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The examples of a part: contexts `[N, block_size]` and what follows them `[N]`.
    pub fn examples(&self, split: Split) -> &Contexts {
        &self.parts[split as usize]
    }

    /// Examples of other data (a built-in name or a file) in this vocabulary.
    ///
    /// # Errors
    /// Where they cannot be read, or hold what is not in the vocabulary.
    pub fn examples_of(&self, source: &str) -> Result<Contexts, Error> {
        let lines = Lines::open(&Source::find(source)?)?;
        check_size(&lines, self.block_size)?;
        Ok(contexts(lines.items(), &self.vocabulary, self.block_size)?)
    }

    /// Whether a text stands in the list, letter for letter; `None` where the list is not at hand.
    pub fn is_known(&self, text: &str) -> Option<bool> {
        self.lines.as_ref().map(|lines| lines.contains(text))
    }

    /// A fingerprint of the list: what is on the lines, in their order.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }
}

/// The most tokens that all contexts together may hold: 2 GiB.
const MOST_TOKENS: usize = 1 << 28;

/// Refuses contexts that no memory holds before they are made.
fn check_size(lines: &Lines, block_size: usize) -> Result<(), Error> {
    let examples: usize = lines.items().iter().map(|item| item.chars().count() + 1).sum();
    if examples.saturating_mul(block_size) <= MOST_TOKENS {
        return Ok(());
    }
    Err(Error::Request(format!(
        "data.block_size {block_size} is too large for {examples} examples; at most {} is possible with these data",
        MOST_TOKENS / examples
    )))
}

/// A source as it can be found again from any folder: a data set's name, or a file's whole path.
pub(crate) fn lasting(source: &str) -> String {
    if registry::find(source).is_some() {
        return source.to_string();
    }
    Path::new(source).canonicalize().map_or_else(|_| source.to_string(), |path| path.to_string_lossy().into_owned())
}

/// A vocabulary as a checkpoint keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Symbols {
    mark: Option<char>,
    characters: String,
}

impl From<&Vocabulary> for Symbols {
    fn from(vocabulary: &Vocabulary) -> Self {
        Symbols { mark: vocabulary.mark(), characters: vocabulary.characters() }
    }
}

impl Symbols {
    pub(crate) fn vocabulary(&self) -> Result<Vocabulary, DataError> {
        Vocabulary::new(self.mark, &self.characters)
    }
}

fn checksum(lines: &Lines) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for item in lines.items() {
        crc.update(item.as_bytes());
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
