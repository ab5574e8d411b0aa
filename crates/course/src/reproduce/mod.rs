//! The course, run again: the figures its lectures print beside those that come out here.
//!
//! One file a chapter, read beside the lecture. Chapters train by the built-in recipes wherever there is one, so that
//! what holds here holds for `gradus train`, too.

mod gpt;
mod makemore;
mod microgpt;
mod micrograd;
mod zoo;

use gradus_recipe::Recipe;
use gradus_train::corpus::Split;
use gradus_train::{Error, Session};
use serde::Serialize;

/// A figure, or some words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// Words, such as samples.
    Text(String),
}

/// How a figure is held against the lecture's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// At most this far away.
    Within(f64),
    /// At most as large: the lecture names a mark to get below.
    AtMost,
    /// The same.
    Equal,
}

/// One figure of the course and its counterpart here.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// The chapter.
    pub chapter: &'static str,
    /// What it measures.
    pub what: String,
    /// What the lecture prints.
    pub lecture: Value,
    /// What comes out here.
    pub own: Value,
    /// Own minus the lecture's, for numbers.
    pub difference: Option<f64>,
    /// How far away it may be.
    pub bound: Bound,
    /// Whether it is within that.
    pub agrees: bool,
}

/// A chapter of the course.
pub struct Chapter {
    /// What `gradus reproduce` calls it.
    pub name: &'static str,
    /// What it is about, in one line.
    pub about: &'static str,
    /// Which list or text it needs: `names`, `shakespeare`, or none.
    pub data: Option<&'static str>,
    work: fn(&mut Desk<'_>) -> Result<(), Error>,
}

/// The chapters, in the order of the course.
pub const CHAPTERS: [Chapter; 11] = [
    Chapter {
        name: "micrograd",
        about: "automatic differentiation by single numbers",
        data: None,
        work: micrograd::work,
    },
    Chapter { name: "part-1", about: "bigrams, counted and learned", data: Some("names"), work: makemore::part_1 },
    Chapter { name: "part-2", about: "the MLP", data: Some("names"), work: makemore::part_2 },
    Chapter { name: "part-3", about: "batch normalisation", data: Some("names"), work: makemore::part_3 },
    Chapter { name: "part-3-deep", about: "five tanh layers", data: Some("names"), work: makemore::part_3_deep },
    Chapter {
        name: "part-3-ladder",
        about: "initialisation, step by step",
        data: Some("names"),
        work: makemore::ladder,
    },
    Chapter { name: "part-4", about: "backward by hand", data: Some("names"), work: makemore::part_4 },
    Chapter { name: "part-5", about: "WaveNet and its ladder", data: Some("names"), work: makemore::part_5 },
    Chapter { name: "makemore", about: "the models of makemore.py", data: Some("names"), work: zoo::work },
    Chapter { name: "microgpt", about: "a whole GPT of single numbers", data: Some("names"), work: microgpt::work },
    Chapter { name: "gpt", about: "a small GPT on Shakespeare", data: Some("shakespeare"), work: gpt::work },
];

/// Where the data of the chapters are, and who watches.
pub struct Course<'a> {
    /// The list of names: a file, or a data set's name.
    pub names: String,
    /// The text: a file, or a data set's name.
    pub text: String,
    /// Only what takes seconds.
    pub quick: bool,
    /// Told what is being done, and how far it is between 0 and 1; `false` stops.
    pub watch: &'a mut dyn FnMut(&str, f64) -> bool,
}

impl Course<'_> {
    /// Works one chapter through.
    ///
    /// # Errors
    /// Where data are missing or an operation refuses, or the watcher wants no more.
    pub fn work(&mut self, chapter: &Chapter) -> Result<Vec<Figure>, Error> {
        let (names, text) = (self.names.clone(), self.text.clone());
        let (quick, watch) = (self.quick, &mut *self.watch);
        let mut desk = Desk { chapter: chapter.name, names, text, quick, watch, figures: Vec::new() };
        (chapter.work)(&mut desk)?;
        Ok(desk.figures)
    }
}

/// Where a chapter is worked: what it may use, and the figures so far.
struct Desk<'a> {
    chapter: &'static str,
    names: String,
    text: String,
    quick: bool,
    watch: &'a mut dyn FnMut(&str, f64) -> bool,
    figures: Vec<Figure>,
}

impl Desk<'_> {
    fn push(&mut self, what: &str, lecture: Value, own: Value, difference: Option<f64>, bound: Bound, agrees: bool) {
        let (chapter, what) = (self.chapter, what.to_string());
        self.figures.push(Figure { chapter, what, lecture, own, difference, bound, agrees });
    }

    /// A number that may differ by `within`.
    fn number(&mut self, what: &str, lecture: f64, own: f64, within: f64) {
        let difference = own - lecture;
        let agrees = difference.abs() <= within;
        self.push(what, Value::Number(lecture), Value::Number(own), Some(difference), Bound::Within(within), agrees);
    }

    /// A number that must not be larger than a mark.
    fn at_most(&mut self, what: &str, mark: f64, own: f64) {
        let agrees = own <= mark;
        self.push(what, Value::Number(mark), Value::Number(own), Some(own - mark), Bound::AtMost, agrees);
    }

    /// A count.
    fn count(&mut self, what: &str, lecture: usize, own: usize) {
        let [lecture, own] = [lecture, own].map(|n| n as f64);
        let agrees = lecture == own;
        self.push(what, Value::Number(lecture), Value::Number(own), Some(own - lecture), Bound::Equal, agrees);
    }

    /// Some words.
    fn words(&mut self, what: &str, lecture: &str, own: &str) {
        let agrees = lecture == own;
        self.push(what, Value::Text(lecture.into()), Value::Text(own.into()), None, Bound::Equal, agrees);
    }

    /// Says how far a piece of work is.
    fn tell(&mut self, what: &str, done: f64) -> Result<(), Error> {
        if (self.watch)(what, done) { Ok(()) } else { Err(Error::Request("stopped before the end".to_string())) }
    }

    /// The recipe of this name on the course's own names.
    fn recipe(&self, name: &str, changes: &[&str]) -> Result<Recipe, Error> {
        let source = format!("data.source={}", quoted(&self.names));
        Ok(Recipe::builtin(name)?.with(&[&[source.as_str()], changes].concat())?)
    }

    /// Trains `steps` steps from the start; gives the losses of the batches, too.
    fn train(&mut self, what: &str, recipe: Recipe, steps: usize) -> Result<(Session, Vec<f64>), Error> {
        let mut session = Session::new(recipe)?;
        let mut losses = Vec::with_capacity(steps);
        for step in 0..steps {
            if step % 64 == 0 {
                self.tell(what, step as f64 / steps as f64)?;
            }
            losses.push(session.advance()?);
        }
        Ok((session, losses))
    }

    /// Train and dev loss against the lecture's.
    fn losses(&mut self, what: &str, session: &Session, lecture: [f64; 2], within: f64) -> Result<(), Error> {
        for (split, lecture) in [Split::Train, Split::Dev].into_iter().zip(lecture) {
            let own = session.evaluate(split)?.loss;
            self.number(&format!("{what}{} loss", split.word()), lecture, own, within);
        }
        Ok(())
    }
}

/// A text as `--set` takes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
