//! Text: a list of lines, or running text.

use std::sync::Arc;

use gradus_data::registry::{self, Kind};
use gradus_data::{DataError, Lines, Source, Text, contexts, sequences};
use gradus_recipe::{self as recipe, Data, DataKind, Recipe};
use gradus_tokenizers::{Kind as TokenizerKind, Tokenizer};

use super::{Corpus, Examples, Intake, Meaning, Windows, checksum, deal};
use crate::Error;

/// What is known of text besides its tokens.
pub(super) struct Language {
    /// Whether texts begin and end somewhere, as the lines of a list do.
    pub(super) listed: bool,
    /// The list, to tell what stands in it; `None` for running text, and where it is not at hand any more.
    pub(super) lines: Option<Lines>,
}

impl Language {
    /// What can still be known of the text of a trained model.
    pub(super) fn remembered(recipe: &Recipe, tokenizer: Option<&Tokenizer>) -> Self {
        // The vocabularies of GPT models have a mark that running text does not begin with.
        let known = registry::find(&recipe.data.source);
        let text = known.map_or(recipe.data.kind == DataKind::Text, |set| set.kind == Kind::Text);
        let listed = !text && tokenizer.is_some_and(|tokenizer| tokenizer.mark().is_some());
        let list = || Source::find(&recipe.data.source).and_then(|source| Lines::open(&source)).ok();
        Language { listed, lines: listed.then(list).flatten() }
    }

    /// Examples of another source in the same vocabulary.
    pub(super) fn examples_of(
        &self,
        source: &str,
        tokenizer: &Tokenizer,
        block_size: usize,
        intake: Intake,
    ) -> Result<Box<dyn Examples>, Error> {
        let source = Source::find(source)?;
        if self.listed {
            let lines = Lines::open(&source)?;
            check_size(&lines, block_size, intake)?;
            return of_lines(lines.items(), tokenizer, block_size, intake);
        }
        let text = Text::open(&source)?;
        let tokens = tokenizer.encode(text.content())?;
        enough(&text, tokens.len(), block_size)?;
        Ok(of_text(&tokens, block_size, intake))
    }
}

/// What was read.
enum Content {
    Lines(Lines),
    Text(Text),
}

/// The corpus of a recipe for a language model.
pub(super) fn load(recipe: &Recipe) -> Result<Corpus, Error> {
    let (data, split, intake) = (&recipe.data, &recipe.split, recipe.model.intake());
    let kind = TokenizerKind::named(&data.tokenizer, data.vocabulary)?;
    let corpus = |tokenizer, block_size, language, parts, checksum| Corpus {
        source: data.source.clone(),
        intake,
        block_size,
        meaning: Meaning { tokenizer: Some(tokenizer), ..Meaning::default() },
        language: Some(language),
        samples: None,
        parts,
        checksum,
    };
    match read(data)? {
        Content::Lines(lines) => {
            let tokenizer = Tokenizer::of_lines(kind, lines.items())?;
            let block_size = fitting(&lines, data.block_size, intake);
            check_size(&lines, block_size, intake)?;
            let deal = deal(split);
            let dealt = if data.together { lines.split_together(&deal) } else { lines.split(&deal) }?;
            let examples = |items: &[Arc<str>]| of_lines(items, &tokenizer, block_size, intake);
            let parts = [examples(&dealt.train)?, examples(&dealt.dev)?, examples(&dealt.test)?];
            let checksum = checksum(lines.items().iter().map(|item| &**item));
            Ok(corpus(tokenizer, block_size, Language { listed: true, lines: Some(lines) }, parts, checksum))
        }
        Content::Text(text) => {
            let tokenizer = Tokenizer::of_text(kind, text.content())?;
            let tokens = tokenizer.encode(text.content())?;
            let parts = cut(&text, &tokens, split, data.block_size)?;
            let parts = parts.map(|tokens| of_text(tokens, data.block_size, intake));
            let checksum = checksum([text.content()].into_iter());
            Ok(corpus(tokenizer, data.block_size, Language { listed: false, lines: None }, parts, checksum))
        }
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
        Intake::Sequences => block_size.max(lines.lengths().1 + 1),
        _ => block_size,
    }
}

fn of_lines(
    items: &[Arc<str>],
    tokenizer: &Tokenizer,
    block_size: usize,
    intake: Intake,
) -> Result<Box<dyn Examples>, Error> {
    Ok(match intake {
        Intake::Sequences => Box::new(sequences(items, tokenizer, block_size)?),
        _ => Box::new(contexts(items, tokenizer, block_size)?),
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
        Intake::Sequences => lines.len(),
        _ => lines.items().iter().map(|item| item.chars().count() + 1).sum(),
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
