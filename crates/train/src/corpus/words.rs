//! Words, to be told apart by the list that they stand in.

use gradus_data::{Lines, Lists, Source};
use gradus_recipe::Recipe;
use gradus_tokenizers::Tokenizer;

use super::examples::Words;
use super::{Corpus, Examples, Intake, Meaning, Outputs, checksum, deal};
use crate::Error;

/// The corpus of a recipe for a model that tells lists apart.
pub(super) fn load(recipe: &Recipe) -> Result<Corpus, Error> {
    let data = &recipe.data;
    let sources = std::iter::once(&data.source).chain(&data.against).map(|source| Source::find(source));
    let lists = Lists::open(&sources.collect::<Result<Vec<_>, _>>()?)?;
    let lists = if data.even { lists.evened() } else { lists };
    let tokenizer = Tokenizer::Characters(lists.vocabulary());
    let longest = lists.items.iter().map(|item| item.chars().count()).max().unwrap_or(0);
    let parts = deal(&recipe.split).stratified(&lists.labels)?;
    let part = |rows: &Vec<usize>| -> Result<Box<dyn Examples>, Error> {
        let items = rows.iter().map(|&row| &*lists.items[row]);
        words(items, rows.iter().map(|&row| lists.labels[row]).collect(), &tokenizer, longest)
    };
    let label = |label: &i64| if *label == 0 { "0" } else { "1" };
    let pieces = lists.items.iter().map(|item| &**item).chain(lists.labels.iter().map(label));
    Ok(Corpus {
        source: data.source.clone(),
        intake: Intake::Words,
        block_size: longest,
        language: None,
        samples: None,
        parts: [part(&parts[0])?, part(&parts[1])?, part(&parts[2])?],
        checksum: checksum(pieces),
        meaning: Meaning {
            outputs: Some(Outputs { names: lists.names.clone(), are_classes: true }),
            tokenizer: Some(tokenizer),
            features: None,
        },
    })
}

/// Words as tokens `[N, longest]`, the shorter ones filled up with the mark, 0.
fn words<'a>(
    items: impl Iterator<Item = &'a str>,
    labels: Vec<i64>,
    tokenizer: &Tokenizer,
    longest: usize,
) -> Result<Box<dyn Examples>, Error> {
    let mut tokens = Vec::with_capacity(labels.len() * longest);
    for (row, item) in items.enumerate() {
        tokens.extend(tokenizer.encode(item)?);
        tokens.resize((row + 1) * longest, 0);
    }
    Ok(Box::new(Words { tokens, longest, labels }))
}

/// The words of another list, all of one of the classes: that which is called as the list is.
pub(super) fn of_source(meaning: &Meaning, source: &str, longest: usize) -> Result<Box<dyn Examples>, Error> {
    let (Some(tokenizer), Some(outputs)) = (&meaning.tokenizer, &meaning.outputs) else {
        return Err(Error::Damaged("the checkpoint does not say what its model takes".to_string()));
    };
    let lines = Lines::open(&Source::find(source)?)?;
    let class = outputs.names.iter().position(|name| name == lines.label()).ok_or_else(|| {
        Error::Request(format!(
            "{} is none of the lists the model tells apart: {}",
            lines.label(),
            outputs.names.join(", ")
        ))
    })?;
    let longest = longest.max(lines.lengths().1);
    words(lines.items().iter().map(|item| &**item), vec![class as i64; lines.len()], tokenizer, longest)
}
