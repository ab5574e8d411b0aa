//! What all models of the next symbol have in common: how they are asked, and how any of them writes.

use gradus_nn::Module;
use gradus_tensor::{Error, Result, Tensor, ensure, no_grad};

/// A model that predicts the next symbol of a text.
pub trait LanguageModel: Module {
    /// The number of different symbols.
    fn vocabulary(&self) -> usize;

    /// What a pass takes and gives.
    fn form(&self) -> Form;

    /// A reader of `texts` texts that remembers what it has read, where the model has a way to; the one that every
    /// model has looks back at the symbols each time.
    fn remembering(&self, texts: usize) -> Option<Box<dyn Reader + '_>> {
        let _ = texts;
        None
    }
}

/// What a pass of a model takes and gives; symbols are `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Contexts `[B, block]` to logits `[B, vocabulary]` of what follows each. What lies before the beginning of a text
    /// is filled with the symbol that it begins with.
    Contexts {
        /// How many symbols the model sees.
        block: usize,
    },
    /// Sequences `[B, T]` to logits `[B, T, vocabulary]` of what follows each place.
    Sequences {
        /// The most symbols in a sequence; `None` where there is no end.
        longest: Option<usize>,
    },
}

/// Some texts that a model reads side by side, symbol by symbol.
pub trait Reader {
    /// Reads one more symbol of each text, and gives the logits `[texts, vocabulary]` of what follows.
    ///
    /// # Errors
    /// When their number is not that of the texts, or one is not in the vocabulary.
    fn read(&mut self, symbols: &[i64]) -> Result<Tensor>;

    /// Goes on with the texts at these places alone.
    ///
    /// # Errors
    /// When there is no such place.
    fn keep(&mut self, places: &[usize]) -> Result<()>;
}

/// Begins to read `texts` texts.
pub fn reader(model: &dyn LanguageModel, texts: usize) -> Box<dyn Reader + '_> {
    model.remembering(texts).unwrap_or_else(|| Box::new(Window::new(model, texts)))
}

/// Reads by looking at the last symbols again.
pub(crate) struct Window<'a> {
    model: &'a dyn LanguageModel,
    /// What the model sees of each text; all have the same length.
    rows: Vec<Vec<i64>>,
}

impl<'a> Window<'a> {
    pub(crate) fn new(model: &'a dyn LanguageModel, texts: usize) -> Window<'a> {
        Window { model, rows: vec![vec![]; texts] }
    }

    /// Takes one more symbol of each text in, and lets the oldest go where the model sees no further.
    pub(crate) fn push(&mut self, symbols: &[i64]) -> Result<()> {
        check(symbols, self.rows.len())?;
        let (first, most) = match self.model.form() {
            Form::Contexts { block } => (block, block),
            Form::Sequences { longest } => (1, longest.unwrap_or(usize::MAX)),
        };
        for (row, &symbol) in self.rows.iter_mut().zip(symbols) {
            if row.is_empty() {
                // A context is filled up with what a text begins with.
                *row = vec![symbol; first];
                continue;
            }
            row.push(symbol);
            if row.len() > most {
                row.remove(0);
            }
        }
        Ok(())
    }

    /// The logits of what follows.
    pub(crate) fn logits(&self) -> Result<Tensor> {
        let width = self.rows.first().map_or(0, Vec::len);
        let seen = Tensor::from_slice(&self.rows.concat(), &[self.rows.len(), width])?;
        let logits = no_grad(|| self.model.forward(&seen))?;
        match self.model.form() {
            Form::Contexts { .. } => Ok(logits),
            Form::Sequences { .. } => logits.select(1, -1),
        }
    }
}

impl Reader for Window<'_> {
    fn read(&mut self, symbols: &[i64]) -> Result<Tensor> {
        self.push(symbols)?;
        self.logits()
    }

    fn keep(&mut self, places: &[usize]) -> Result<()> {
        self.rows = places.iter().map(|&place| at(&self.rows, place).cloned()).collect::<Result<_>>()?;
        Ok(())
    }
}

/// The row at `place`.
fn at<T>(rows: &[T], place: usize) -> Result<&T> {
    rows.get(place).ok_or_else(|| Error::new("keep", format!("there is no text at place {place} of {}", rows.len())))
}

/// The rows of `memory [texts, ...]` at these places.
pub(crate) fn rows_at(memory: &Tensor, places: &[usize]) -> Result<Tensor> {
    let rows: Vec<i64> = places.iter().map(|&place| place as i64).collect();
    memory.index_select(0, &Tensor::from_slice(&rows, &[rows.len()])?)
}

pub(crate) fn check(symbols: &[i64], texts: usize) -> Result<()> {
    ensure!(symbols.len() == texts, "read", "{} symbols for {texts} texts; give one for each", symbols.len());
    Ok(())
}

/// How long texts go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Symbols at which a text is cut, its prompt included.
    pub length: usize,
    /// The symbol that is read before the first.
    pub start: Option<i64>,
    /// The symbol that ends a text.
    pub end: Option<i64>,
}

/// How many texts are written side by side: enough to fill the products, few enough that what is remembered of them stays
/// in the nearer caches.
const SIDE_BY_SIDE: usize = 64;

/// Writes `count` texts that begin with `prompt`, some of them side by side. `choose` gets a text's number and the logits of what may
/// follow, and says what does. A text without a start and a prompt begins after symbol 0.
///
/// ```
/// use gradus_models::{Bigram, BigramConfig, language::{Extent, write}};
/// use gradus_nn::init::Init;
/// use gradus_tensor::{Error, random::{Generator, Scheme}};
/// let model = Bigram::new(BigramConfig { vocabulary: 4, init: Init::Constant(0.0) }, &mut Generator::new(Scheme::Gradus, 1))?;
/// // Always the last symbol, five of them at most.
/// let texts = write::<Error>(&model, &[2], 2, Extent { length: 5, start: Some(0), end: Some(0) }, |_, logits| Ok(logits.len() as i64 - 1))?;
/// assert_eq!(texts, [[2, 3, 3, 3, 3], [2, 3, 3, 3, 3]]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the prompt is not in the vocabulary, or `choose` fails.
pub fn write<E: From<Error>>(
    model: &dyn LanguageModel,
    prompt: &[i64],
    count: usize,
    extent: Extent,
    mut choose: impl FnMut(usize, &[f32]) -> Result<i64, E>,
) -> Result<Vec<Vec<i64>>, E> {
    let mut texts = vec![prompt.to_vec(); count];
    if prompt.len() < extent.length {
        for (group, texts) in texts.chunks_mut(SIDE_BY_SIDE).enumerate() {
            write_on(model, texts, extent, |text, logits| choose(group * SIDE_BY_SIDE + text, logits))?;
        }
    }
    Ok(texts)
}

/// Goes on with texts, all of which are one prompt so far, until each has come to its end.
fn write_on<E: From<Error>>(
    model: &dyn LanguageModel,
    texts: &mut [Vec<i64>],
    extent: Extent,
    mut choose: impl FnMut(usize, &[f32]) -> Result<i64, E>,
) -> Result<(), E> {
    let mut reader = reader(model, texts.len());
    let prompt = texts[0].clone();
    let start = extent.start.or_else(|| prompt.is_empty().then_some(0));
    let mut logits = None;
    for symbol in start.into_iter().chain(prompt) {
        logits = Some(reader.read(&vec![symbol; texts.len()])?);
    }
    let Some(mut logits) = logits else { return Ok(()) };
    // The texts that go on, by number.
    let mut open: Vec<usize> = (0..texts.len()).collect();
    loop {
        let (mut places, mut symbols) = (Vec::new(), Vec::new());
        for (place, logits) in logits.to_vec::<f32>().chunks_exact(model.vocabulary()).enumerate() {
            let text = open[place];
            let symbol = choose(text, logits)?;
            if Some(symbol) == extent.end {
                continue;
            }
            texts[text].push(symbol);
            if texts[text].len() < extent.length {
                places.push(place);
                symbols.push(symbol);
            }
        }
        if places.is_empty() {
            return Ok(());
        }
        if places.len() < open.len() {
            reader.keep(&places)?;
            open = places.iter().map(|&place| open[place]).collect();
        }
        logits = reader.read(&symbols)?;
    }
}
