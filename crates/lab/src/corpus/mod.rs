//! The data of a recipe, ready to train on: a tokenizer, and examples in three parts.

mod examples;

use std::path::Path;
use std::sync::Arc;

use gradus_data::registry::{self, Kind};
use gradus_data::{DataError, Lines, Source, Split as Deal, Text, contexts, sequences};
use gradus_tokenizers::{Kind as TokenizerKind, Tokenizer};

pub use examples::{Examples, Windows};

use crate::Error;
use crate::recipe::{self, Data, DataKind, Recipe};
use examples::Nothing;

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

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// Contexts of a fixed length, and the token that follows.
    Contexts,
    /// Whole sequences, and what follows at each of their places.
    Sequences,
}

/// What was read.
enum Content {
    Lines(Lines),
    Text(Text),
}

/// The data of a recipe.
pub struct Corpus {
    tokenizer: Tokenizer,
    intake: Intake,
    block_size: usize,
    /// The list, to tell what stands in it; `None` for running text, and where it is not at hand any more.
    lines: Option<Lines>,
    /// Whether texts begin and end somewhere, as the lines of a list do.
    listed: bool,
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
        let (data, split, intake) = (&recipe.data, &recipe.split, recipe.model.intake());
        let kind = TokenizerKind::named(&data.tokenizer, data.vocabulary)?;
        match read(data)? {
            Content::Lines(lines) => {
                let tokenizer = Tokenizer::of_lines(kind, lines.items())?;
                let block_size = fitting(&lines, data.block_size, intake);
                check_size(&lines, block_size, intake)?;
                let deal = deal(split);
                let dealt = if data.together { lines.split_together(&deal) } else { lines.split(&deal) }?;
                let examples = |items: &[Arc<str>]| of_lines(items, &tokenizer, block_size, intake);
                Ok(Corpus {
                    parts: [examples(&dealt.train)?, examples(&dealt.dev)?, examples(&dealt.test)?],
                    intake,
                    block_size,
                    checksum: checksum(lines.items().iter().map(|item| &**item)),
                    listed: true,
                    lines: Some(lines),
                    tokenizer,
                })
            }
            Content::Text(text) => {
                let tokenizer = Tokenizer::of_text(kind, text.content())?;
                let tokens = tokenizer.encode(text.content())?;
                let parts = cut(&text, &tokens, split, data.block_size)?;
                Ok(Corpus {
                    parts: parts.map(|tokens| of_text(tokens, data.block_size, intake)),
                    intake,
                    block_size: data.block_size,
                    checksum: checksum([text.content()].into_iter()),
                    listed: false,
                    lines: None,
                    tokenizer,
                })
            }
        }
    }

    /// What is left of the data of a trained model: its tokenizer, and the list where it can still be read.
    pub(crate) fn remembered(recipe: &Recipe, tokenizer: Tokenizer) -> Self {
        // The vocabularies of GPT models have a mark that running text does not begin with.
        let known = registry::find(&recipe.data.source);
        let text = known.map_or(recipe.data.kind == DataKind::Text, |set| set.kind == Kind::Text);
        let listed = !text && tokenizer.mark().is_some();
        let list = || Source::find(&recipe.data.source).and_then(|source| Lines::open(&source)).ok();
        Corpus {
            listed,
            lines: listed.then(list).flatten(),
            tokenizer,
            intake: recipe.model.intake(),
            block_size: recipe.data.block_size,
            parts: [Box::new(Nothing), Box::new(Nothing), Box::new(Nothing)],
            checksum: 0,
        }
    }

    /// The tokens a model of these data knows.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Tokens in an example.
    pub fn block_size(&self) -> usize {
        self.block_size
    }

    /// Whether texts have a beginning and an end, both marked by token 0, as the lines of a list do.
    pub fn is_list(&self) -> bool {
        self.listed
    }

    /// The examples of a part.
    pub fn examples(&self, split: Split) -> &dyn Examples {
        &*self.parts[split as usize]
    }

    /// Examples of other data (a built-in name or a file) in this vocabulary.
    ///
    /// # Errors
    /// Where they cannot be read, or hold what is not in the vocabulary.
    pub fn examples_of(&self, source: &str) -> Result<Box<dyn Examples>, Error> {
        let source = Source::find(source)?;
        if self.listed {
            let lines = Lines::open(&source)?;
            check_size(&lines, self.block_size, self.intake)?;
            return of_lines(lines.items(), &self.tokenizer, self.block_size, self.intake);
        }
        let text = Text::open(&source)?;
        let tokens = self.tokenizer.encode(text.content())?;
        enough(&text, tokens.len(), self.block_size)?;
        Ok(of_text(&tokens, self.block_size, self.intake))
    }

    /// Whether a text stands in the list, letter for letter; `None` where the list is not at hand.
    pub fn is_known(&self, text: &str) -> Option<bool> {
        self.lines.as_ref().map(|lines| lines.contains(text))
    }

    /// A fingerprint of the data: what is on the lines, in their order, or the text.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }
}

/// Reads a source as what it is: known data sets know themselves, of a file the recipe says it.
fn read(data: &Data) -> Result<Content, Error> {
    let source = Source::find(&data.source)?;
    let text = match source.data_set() {
        Some(set) => set.kind == Kind::Text,
        None => data.kind == DataKind::Text,
    };
    Ok(if text { Content::Text(Text::open(&source)?) } else { Content::Lines(Lines::open(&source)?) })
}

/// The block that holds every line whole, where whole lines are read.
fn fitting(lines: &Lines, block_size: usize, intake: Intake) -> usize {
    match intake {
        Intake::Contexts => block_size,
        Intake::Sequences => block_size.max(lines.lengths().1 + 1),
    }
}

fn of_lines(
    items: &[Arc<str>],
    tokenizer: &Tokenizer,
    block_size: usize,
    intake: Intake,
) -> Result<Box<dyn Examples>, Error> {
    Ok(match intake {
        Intake::Contexts => Box::new(contexts(items, tokenizer, block_size)?),
        Intake::Sequences => Box::new(sequences(items, tokenizer, block_size)?),
    })
}

fn of_text(tokens: &[i64], width: usize, intake: Intake) -> Box<dyn Examples> {
    Box::new(Windows { tokens: tokens.into(), width, each: intake == Intake::Sequences })
}

/// Running text in three parts, in its order: a window that straddles a cut would be learned from and tested on.
fn cut<'a>(text: &Text, tokens: &'a [i64], split: &recipe::Split, block_size: usize) -> Result<[&'a [i64]; 3], Error> {
    let (dev, test) = match split {
        recipe::Split::Course(_) => (0.1, 0.1),
        recipe::Split::Makemore(_) => (0.0, 0.1),
        recipe::Split::Random(keys) => (keys.dev, keys.test),
        recipe::Split::Contiguous(keys) => (keys.dev, keys.test),
    };
    if dev + test >= 1.0 {
        return Err(DataError::Shares { dev, test }.into());
    }
    // Down to whole tokens, as int(0.9 * n).
    let until = |share: f64| (share * tokens.len() as f64) as usize;
    let (train, rest) = tokens.split_at(until(1.0 - dev - test));
    let (dev_part, test_part) = rest.split_at(until(1.0 - test).saturating_sub(train.len()).min(rest.len()));
    for (part, wanted) in [(train, true), (dev_part, dev > 0.0), (test_part, test > 0.0)] {
        if wanted {
            enough(text, part.len(), block_size)?;
        }
    }
    Ok([train, if dev > 0.0 { dev_part } else { &[] }, if test > 0.0 { test_part } else { &[] }])
}

/// Refuses a part of a text that does not hold a single window and what follows it.
fn enough(text: &Text, tokens: usize, block_size: usize) -> Result<(), Error> {
    if tokens > block_size {
        return Ok(());
    }
    Err(Error::Request(format!(
        "a part of {} holds {tokens} tokens, and one example takes {}: give a longer text or a smaller data.block_size",
        text.label(),
        block_size + 1
    )))
}

/// The most tokens that all examples together may hold: 2 GiB.
const MOST_TOKENS: usize = 1 << 28;

/// Refuses examples that no memory holds before they are made.
fn check_size(lines: &Lines, block_size: usize, intake: Intake) -> Result<(), Error> {
    let examples: usize = match intake {
        Intake::Contexts => lines.items().iter().map(|item| item.chars().count() + 1).sum(),
        Intake::Sequences => lines.len(),
    };
    if examples.saturating_mul(block_size) <= MOST_TOKENS {
        return Ok(());
    }
    Err(Error::Request(format!(
        "{examples} examples of {block_size} tokens are too many to hold; with these data a block of at most {} is \
         possible (running text: --set data.kind=text)",
        MOST_TOKENS / examples.max(1)
    )))
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
