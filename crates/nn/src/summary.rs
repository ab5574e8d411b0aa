//! A model as a tree: its parts with their names, shapes, and how many numbers there are to train.

use crate::{Param, Parts, Visitor};
use std::fmt;

/// What something is made of. Shown, it is a tree; parts that follow each other and are made alike share a line.
///
/// ```
/// use gradus_nn::{Linear, Nonlinearity, Sequential, Summary, init::Init};
/// use gradus_tensor::random::{Generator, Scheme};
/// let mut rng = Generator::new(Scheme::Gradus, 1);
/// let mut linear = |from, to| Linear::new(from, to, false, Init::Kaiming { gain: 1.0 }, &mut rng);
/// let model = Sequential::new().push(linear(8, 8)?).push(linear(8, 8)?).push(Nonlinearity::Relu).push(linear(8, 1)?);
/// assert_eq!(Summary::of(&model).to_string(), "\
/// Sequential                  136
/// ├─ 0 to 1      2 × Linear   128
/// │  └─ weight   [8, 8]        64
/// ├─ 2           relu           0
/// └─ 3           Linear         8
///    └─ weight   [8, 1]         8");
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Summary {
    /// What the whole calls it; empty for the whole itself.
    pub name: String,
    /// What it is: `Linear`; for a parameter or a buffer nothing.
    pub kind: String,
    /// The shape of a parameter or a buffer.
    pub shape: Option<Vec<usize>>,
    /// Whether it is a buffer: kept, but not trained.
    pub is_buffer: bool,
    /// How many numbers there are to train in it.
    pub parameters: usize,
    /// Its parts, in order.
    pub parts: Vec<Summary>,
}

impl Summary {
    /// Of a layer or a model.
    pub fn of<P: Parts + ?Sized>(whole: &P) -> Summary {
        Summary::named("", whole)
    }

    fn named<P: Parts + ?Sized>(name: &str, part: &P) -> Summary {
        struct Gather(Vec<Summary>);
        impl Visitor for Gather {
            fn parameter(&mut self, name: &str, param: &Param) {
                self.0.push(Summary {
                    name: name.to_owned(),
                    kind: String::new(),
                    shape: Some(param.value().shape().to_vec()),
                    is_buffer: !param.is_trainable(),
                    parameters: if param.is_trainable() { param.numel() } else { 0 },
                    parts: vec![],
                });
            }

            fn part(&mut self, name: &str, part: &dyn Parts) {
                match name {
                    "" => part.parts(self),
                    name => self.0.push(Summary::named(name, part)),
                }
            }
        }
        let mut gather = Gather(vec![]);
        part.parts(&mut gather);
        let parameters = gather.0.iter().map(|part| part.parameters).sum();
        Summary { name: name.to_owned(), kind: part.kind(), shape: None, is_buffer: false, parameters, parts: gather.0 }
    }

    /// How many of the parts from `first` on are made alike: `blocks.0`, `blocks.1`, …
    fn alike(&self, first: usize) -> usize {
        let one = &self.parts[first];
        if one.shape.is_some() {
            return 1;
        }
        let is_alike = |other: &&Summary| {
            stem(&other.name) == stem(&one.name) && (&other.kind, &other.parts) == (&one.kind, &one.parts)
        };
        1 + self.parts[first + 1..].iter().take_while(is_alike).count()
    }

    /// The lines below it: what stands left (branches and name), in the middle (kind or shape), and the numbers.
    fn lines(&self, indent: &str, to: &mut Vec<[String; 3]>) {
        let mut first = 0;
        while let Some(part) = self.parts.get(first) {
            let alike = self.alike(first);
            let is_last = first + alike == self.parts.len();
            let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let name = match alike {
                1 => part.name.clone(),
                n => format!("{} to {}", part.name, number(&self.parts[first + n - 1].name)),
            };
            let what = match (&part.shape, alike) {
                (Some(shape), _) => format!("{shape:?}"),
                (None, 1) => part.kind.clone(),
                (None, n) => format!("{n} × {}", part.kind),
            };
            let numbers = if part.is_buffer { "buffer".to_owned() } else { grouped(alike * part.parameters) };
            to.push([format!("{indent}{branch}{name}"), what, numbers]);
            part.lines(&format!("{indent}{below}"), to);
            first += alike;
        }
    }
}

/// `blocks.` of `blocks.12`.
fn stem(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// `12` of `blocks.12`.
fn number(name: &str) -> &str {
    &name[stem(name).len()..]
}

/// `11,897`
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![[self.kind.clone(), String::new(), grouped(self.parameters)]];
        self.lines("", &mut lines);
        let widest = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let (left, middle, right) = (widest(0), widest(1), widest(2));
        for (i, [name, what, numbers]) in lines.iter().enumerate() {
            let end = if i + 1 == lines.len() { "" } else { "\n" };
            write!(f, "{name:<left$}   {what:<middle$}   {numbers:>right$}{end}")?;
        }
        Ok(())
    }
}
