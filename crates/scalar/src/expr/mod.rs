//! Expressions as text: `L = tanh(a*b + c)` with `a=2`, `b=-3`, `c=10`.
//!
//! ```text
//! program    = statement { (";" | newline) statement }
//! statement  = [ name "=" ] sum
//! sum        = product { ("+" | "-") product }
//! product    = signed { ("*" | "/") signed }
//! signed     = { "-" | "+" } power
//! power      = atom [ ("**" | "^") signed ]        so -a**2 is -(a**2), a**b**c is a**(b**c)
//! atom       = number | name | "(" sum ")" | function "(" sum ")"
//! function   = "exp" | "ln" | "log" (= ln) | "sqrt" | "tanh" | "sigmoid" | "relu" …  see [`function_words`]
//! ```
//!
//! [`Program::parse`] reads such a text, [`Program::evaluate`] computes it with [`Value`]s; names
//! become labels, the last statement is the result. What is wrong with a text is told as a
//! [`Message`] that knows its place. Reading, writing and computing keep their own stack, so that no
//! depth of parentheses is too deep.
//!
//! ```
//! use gradus_scalar::expr::Program;
//!
//! let program = Program::parse("d = a + b; f = c * d; l = f + e")?;
//! let given = [("a", 2.0), ("b", -3.0), ("c", 5.0), ("e", 10.0)].map(|(n, x)| (n.to_owned(), x));
//! let mut result = program.evaluate(&given)?;
//! result.backward();
//! let grad = |name| result.value(name).map(|value| value.grad());
//! assert_eq!(result.root.data(), 5.0);
//! assert_eq!(["l", "f", "d", "e", "c", "b", "a"].map(grad), [1.0, 1.0, 5.0, 1.0, -1.0, 5.0, 5.0].map(Some));
//!
//! let text = "tanh(a * (b + 1)";
//! let wrong = Program::parse(text).unwrap_err();
//! assert_eq!(
//!     wrong.render(text),
//!     "\
//! this ( is never closed: add a ) where it should end
//!   tanh(a * (b + 1)
//!       ^"
//! );
//! # Ok::<(), gradus_scalar::expr::Message>(())
//! ```
//!
//! [`Value`]: crate::Value

mod evaluate;
mod lexer;
mod message;
mod parser;
mod print;

use std::ops::Range;

pub use evaluate::{Evaluation, parse_binding};
pub use message::Message;

use crate::op::Op;

/// Statements, read and ready to be evaluated. [`Display`](std::fmt::Display) writes them as text
/// that reads back as the same program.
#[derive(Clone, Debug)]
pub struct Program {
    statements: Vec<Statement>,
}

/// `name = expression`, or an expression alone.
#[derive(Clone, Debug)]
struct Statement {
    name: Option<String>,
    /// Where the name stands, or the expression where there is none.
    at: Range<usize>,
    /// The expression in postfix order: operands first, then what is done with them.
    items: Vec<Item>,
}

/// One step of an expression, and where in the text it stands.
#[derive(Clone, Debug)]
struct Item {
    kind: Kind,
    at: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Number(f64),
    Name(String),
    Negate,
    Binary(Binary),
    Call(Function),
}

impl Kind {
    /// How many of the values before it the step takes.
    fn operands(&self) -> usize {
        match self {
            Self::Number(_) | Self::Name(_) => 0,
            Self::Negate | Self::Call(_) => 1,
            Self::Binary(_) => 2,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// How tightly negation binds: between products and powers.
const NEGATE_BINDS: u8 = 3;
/// How tightly a single number, name or call holds together.
const ATOM_BINDS: u8 = 5;

impl Binary {
    fn binds(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide => 2,
            Self::Power => 4,
        }
    }

    fn groups_to_the_right(self) -> bool {
        self == Self::Power
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "**",
        }
    }
}

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    /// An operation.
    Op(Op),
    /// The root: `x ** 0.5`.
    Sqrt,
}

/// Every word for a function; the first word of each is the one that is written.
fn functions() -> impl Iterator<Item = (&'static str, Function)> {
    let operations = Op::FUNCTIONS.iter().map(|&(word, op)| (word, Function::Op(op)));
    operations.chain([("log", Function::Op(Op::Ln)), ("sqrt", Function::Sqrt)])
}

/// The words for functions: `exp`, `tanh`.
pub fn function_words() -> Vec<&'static str> {
    functions().map(|(word, _)| word).collect()
}

impl Function {
    fn named(word: &str) -> Option<Self> {
        functions().find(|(name, _)| *name == word).map(|(_, function)| function)
    }

    fn name(self) -> &'static str {
        functions().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

/// Two programs are equal when they compute the same; places in the text do not count.
impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        let kinds = |s: &Statement| s.items.iter().map(|item| item.kind.clone()).collect::<Vec<_>>();
        let same = |(a, b): (&Statement, &Statement)| a.name == b.name && kinds(a) == kinds(b);
        self.statements.len() == other.statements.len() && self.statements.iter().zip(&other.statements).all(same)
    }
}
