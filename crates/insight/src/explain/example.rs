//! The one example that is asked about.

use std::path::Path;

use gradus_data::{Picture, Samples, Source, Targets};
use gradus_train::corpus::Split;
use gradus_train::{Error, Session};

/// One example, as the model sees it.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it is, in words: `picture 13 of the test split`.
    pub what: String,
    /// A name for files about it: `test-13`.
    pub slug: String,
    /// What it is in truth, where that is known: its class, by its number.
    pub class: Option<usize>,
    /// Of values: what was wanted.
    pub wanted: Vec<f64>,
    /// What the model is shown.
    pub(super) shown: Shown,
    /// Its row, where it is one of the training split.
    pub(super) train_row: Option<usize>,
}

/// What a model is shown.
#[derive(Debug, Clone)]
pub(super) enum Shown {
    /// Measurements or a picture.
    Numbers(Vec<f32>),
    /// A word: its tokens, and the letters that they stand for.
    Word(Vec<i64>, Vec<String>),
}

impl Example {
    /// The example that somebody means: the number of a row of a split, a PNG picture, measurements with commas between
    /// them, or a word, by what the model takes. Without any, the first row.
    ///
    /// # Errors
    /// Where there is no such row or file, or the model takes nothing of the kind.
    pub fn find(session: &Session, asked: Option<&str>, split: Split) -> Result<Self, Error> {
        super::needs_classifier(session)?;
        let asked = asked.unwrap_or("0").trim();
        if let Ok(row) = asked.parse::<usize>() {
            return Self::row(session, split, row);
        }
        if session.corpus().features().is_err() {
            return Self::word(session, asked);
        }
        if session.corpus().features()?.is_picture() {
            return Self::picture(session, asked);
        }
        Self::measurements(session, asked)
    }

    /// A row of a split.
    ///
    /// # Errors
    /// Where there is none.
    pub fn row(session: &Session, split: Split, row: usize) -> Result<Self, Error> {
        let (corpus, word) = (session.corpus(), split.word());
        let examples = corpus.examples(split);
        if row >= examples.len() {
            let last = examples.len().checked_sub(1);
            let there = last.map_or("it is empty".to_string(), |last| format!("its rows are 0 to {last}"));
            return Err(Error::Request(format!("the {word} split has no row {row}: {there}")));
        }
        let (slug, train_row) = (format!("{word}-{row}"), (split == Split::Train).then_some(row));
        let Ok(samples) = corpus.samples(split) else {
            let (tokens, label) = examples.batch(&[row as i64]);
            let mut tokens = tokens.to_vec::<i64>();
            tokens.truncate(tokens.iter().rposition(|&token| token != 0).map_or(0, |last| last + 1));
            let pieces = pieces(session, &tokens)?;
            let what = format!("{} (row {row} of the {word} split)", pieces.concat());
            let class = label.to_vec::<i64>().first().map(|&label| label as usize);
            return Ok(Example {
                what,
                slug,
                class,
                wanted: Vec::new(),
                shown: Shown::Word(tokens, pieces),
                train_row,
            });
        };
        let kind = if corpus.features()?.is_picture() { "picture" } else { "example" };
        let (class, wanted) = target(samples, row);
        let shown = Shown::Numbers(samples.row(row).to_vec());
        Ok(Example { what: format!("{kind} {row} of the {word} split"), slug, class, wanted, shown, train_row })
    }

    /// A PNG picture of one's own, brought into the form of the data.
    fn picture(session: &Session, file: &str) -> Result<Self, Error> {
        let features = session.corpus().features()?;
        let [1, height, width] = features.shape[..] else {
            let shape = &features.shape;
            return Err(Error::Request(format!("a picture cannot be given to a model that takes the shape {shape:?}")));
        };
        let path = Path::new(file);
        if !path.exists() {
            return Err(Error::Request(format!(
                "there is no file {file}: give a PNG picture, or the number of a row of the data"
            )));
        }
        let digit = Picture::open(&Source::file(path))?.as_digit(height, width);
        Ok(Self::own(file, path, Shown::Numbers(features.seen(digit.grey)?)))
    }

    /// Measurements with commas between them.
    fn measurements(session: &Session, asked: &str) -> Result<Self, Error> {
        let features = session.corpus().features()?;
        let number = |text: &str| text.trim().parse::<f32>().ok().filter(|v| v.is_finite());
        let numbers: Option<Vec<f32>> = asked.split(',').map(number).collect();
        let wanted = || {
            let names = features.names.join(", ");
            Error::Request(format!(
                "{asked} is no example: give the number of a row, or measurements with commas: {names}"
            ))
        };
        let numbers = numbers.filter(|numbers| numbers.len() == features.width()).ok_or_else(wanted)?;
        Ok(Self::own(asked, Path::new("own"), Shown::Numbers(features.seen(numbers)?)))
    }

    /// A word of one's own.
    fn word(session: &Session, word: &str) -> Result<Self, Error> {
        let tokenizer = session.corpus().tokenizer()?;
        let known = |word: &str| tokenizer.encode(word).ok();
        // Lists may be written in lower case throughout.
        let found = known(word).map(|tokens| (word.to_owned(), tokens));
        let lower = || known(&word.to_lowercase()).map(|tokens| (word.to_lowercase(), tokens));
        let (word, tokens) = match found.or_else(lower) {
            Some(found) => found,
            None => (word.to_owned(), tokenizer.encode(word)?),
        };
        if tokens.is_empty() {
            return Err(Error::Request("there are no letters to look at: give a word".to_string()));
        }
        let pieces = pieces(session, &tokens)?;
        Ok(Self::own(&word, Path::new(&word), Shown::Word(tokens, pieces)))
    }

    fn own(what: &str, name: &Path, shown: Shown) -> Self {
        let stem = name.file_stem().unwrap_or_default().to_string_lossy();
        let safe = |c: char| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
        let slug: String = stem.chars().map(safe).take(60).collect();
        let slug = if slug.is_empty() { "own".to_string() } else { slug };
        Example { what: what.to_owned(), slug, class: None, wanted: Vec::new(), shown, train_row: None }
    }
}

/// The letters that tokens stand for.
fn pieces(session: &Session, tokens: &[i64]) -> Result<Vec<String>, Error> {
    let tokenizer = session.corpus().tokenizer()?;
    Ok(tokens.iter().map(|&token| tokenizer.piece(token).unwrap_or_default()).collect())
}

/// A row's class, or the values that are wanted of it.
fn target(samples: &Samples, row: usize) -> (Option<usize>, Vec<f64>) {
    match &samples.targets {
        Targets::Classes { labels, .. } => (usize::try_from(labels[row]).ok(), Vec::new()),
        Targets::Values { values, names } => {
            let width = names.len();
            (None, values[row * width..(row + 1) * width].iter().map(|&v| f64::from(v)).collect())
        }
    }
}
