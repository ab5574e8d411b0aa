//! Programs into values.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::lexer::is_name;
use super::message::nearest;
use super::{Binary, Function, Item, Kind, Message, Program, Statement, function_words};
use crate::op::Op;
use crate::value::Value;

/// What a program computed.
#[derive(Debug)]
pub struct Evaluation {
    /// The last statement's value.
    pub root: Value,
    /// Every name that was used or computed, in order of appearance.
    pub names: Vec<(String, Value)>,
    /// What a person should know about the result: a division by zero, a value that was given and
    /// not used.
    pub notes: Vec<Message>,
}

impl Evaluation {
    /// The value of a name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.names.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// Backpropagation from the root, with a note where a gradient is not a finite number.
    pub fn backward(&mut self) {
        self.root.zero_grad();
        self.root.backward();
        let order = self.root.topological();
        if let Some(value) = order.iter().rev().find(|value| !value.grad().is_finite()) {
            let what = match value.label() {
                label if label.is_empty() => format!("a value {:?}", value.data()),
                label => format!("`{label}`"),
            };
            let grad = value.grad();
            let note = format!("the gradient of {what} is {grad:?}: the slope is not finite there");
            self.notes.push(Message::general(note));
        }
    }
}

impl Program {
    /// Computes the program with the given names.
    ///
    /// # Errors
    /// When a name has no value, or one is given twice.
    pub fn evaluate(&self, given: &[(String, f64)]) -> Result<Evaluation, Message> {
        let mut evaluator = Evaluator::new(self, given)?;
        let mut root = None;
        for (i, statement) in self.statements.iter().enumerate() {
            root = Some(evaluator.statement(i, statement)?);
        }
        let root = root.ok_or_else(|| Message::general("there is no expression"))?;
        evaluator.note_unused(&root);
        Ok(Evaluation { root, names: evaluator.names, notes: evaluator.notes })
    }
}

/// Reads a given name, `a=2`; the value may be any expression without names, `a=1/3`.
///
/// # Errors
/// A message about the place in `text` that cannot be understood.
///
/// ```
/// use gradus_scalar::expr::parse_binding;
///
/// assert_eq!(parse_binding("b = -3")?, ("b".to_owned(), -3.0));
/// assert_eq!(parse_binding("c").unwrap_err().text, "`c` gives no value: write c=1");
/// # Ok::<(), gradus_scalar::expr::Message>(())
/// ```
pub fn parse_binding(text: &str) -> Result<(String, f64), Message> {
    let whole = 0..text.len();
    let Some(equals) = text.find('=') else {
        let name = text.trim();
        let name = if is_name(name) { name } else { "a" };
        return Err(Message::at(whole, format!("`{text}` gives no value: write {name}=1")));
    };
    let name = text[..equals].trim();
    if !is_name(name) {
        let message = format!("`{name}` is not a name: begin with a letter, as in x1=2");
        return Err(Message::at(0..equals.max(1), message));
    }
    // The value is read where it stands, so that a message's place is right.
    let value_only = format!("{}{}", " ".repeat(equals + 1), &text[equals + 1..]);
    let program = Program::parse(&value_only)?;
    if let Some(statement) = program.statements.get(1) {
        return Err(Message::at(statement.at.clone(), "give one value to a name"));
    }
    let number = program
        .evaluate(&[])
        .map_err(|message| Message { text: format!("{name} must be a number: {}", message.text), ..message })?
        .root
        .data();
    if !number.is_finite() {
        let message = format!("the value of {name} is {number:?}: give a finite number");
        return Err(Message::at(equals + 1..text.len(), message));
    }
    Ok((name.to_owned(), number))
}

struct Evaluator<'a> {
    program: &'a Program,
    given: HashMap<&'a str, f64>,
    given_order: Vec<&'a str>,
    used: HashSet<&'a str>,
    names: Vec<(String, Value)>,
    current: HashMap<&'a str, Value>,
    /// Every statement's value, with its name or as it stands.
    results: Vec<(Value, &'a Statement)>,
    notes: Vec<Message>,
}

/// A value on the stack; a constant one was computed from numbers alone.
struct Operand {
    value: Value,
    constant: bool,
}

impl Operand {
    fn is_number(&self) -> bool {
        self.constant && self.value.op() == Op::Leaf
    }
}

impl<'a> Evaluator<'a> {
    fn new(program: &'a Program, given: &'a [(String, f64)]) -> Result<Self, Message> {
        let mut values = HashMap::new();
        for (name, value) in given {
            if values.insert(name.as_str(), *value).is_some() {
                let message = format!("`{name}` is given twice: leave one {name}=… out");
                return Err(Message::general(message));
            }
        }
        Ok(Self {
            program,
            given: values,
            given_order: given.iter().map(|(name, _)| name.as_str()).collect(),
            used: HashSet::new(),
            names: Vec::new(),
            current: HashMap::new(),
            results: Vec::new(),
            notes: Vec::new(),
        })
    }

    fn statement(&mut self, index: usize, statement: &'a Statement) -> Result<Value, Message> {
        let mut stack: Vec<Operand> = Vec::new();
        for item in &statement.items {
            let operand = match &item.kind {
                Kind::Number(number) => Operand { value: Value::new(*number), constant: true },
                Kind::Name(name) => {
                    let value = self.name(name, &item.at, index)?;
                    Operand { value, constant: false }
                }
                kind => {
                    let operands = stack.split_off(stack.len() - kind.operands());
                    let value = apply(kind, &operands);
                    self.note_not_finite(item, &operands, &value);
                    let constant = operands.iter().all(|operand| operand.constant);
                    Operand { value, constant }
                }
            };
            stack.push(operand);
        }
        let value = stack.pop().map(|operand| operand.value);
        let value = value.ok_or_else(|| Message::general("there is no expression"))?;
        if let Some(name) = &statement.name {
            let label = value.label();
            if label.is_empty() {
                value.set_label(name);
            } else {
                let note = format!("`{name}` is the same value as `{label}` and is drawn under that name");
                self.notes.push(Message::at(statement.at.clone(), note));
            }
            self.names.push((name.clone(), value.clone()));
            self.current.insert(name, value.clone());
        }
        self.results.push((value.clone(), statement));
        Ok(value)
    }

    /// The value of a name: computed before, or given.
    fn name(&mut self, name: &'a str, at: &Range<usize>, statement: usize) -> Result<Value, Message> {
        if let Some(value) = self.current.get(name) {
            return Ok(value.clone());
        }
        let Some(&number) = self.given.get(name) else {
            return Err(Message::at(at.clone(), self.unknown(name, statement)));
        };
        self.used.insert(name);
        let value = Value::new(number).with_label(name);
        self.current.insert(name, value.clone());
        self.names.push((name.to_owned(), value.clone()));
        Ok(value)
    }

    /// What to say of a name without a value.
    fn unknown(&self, name: &str, statement: usize) -> String {
        if Function::named(name).is_some() && !self.given.contains_key(name) {
            return format!("{name} is a function: write {name}(…)");
        }
        let later =
            self.program.statements[statement..].iter().any(|statement| statement.name.as_deref() == Some(name));
        if later {
            return format!("`{name}` is used before it is computed: give it first, as {name}=1");
        }
        let known = self.given.keys().chain(self.current.keys()).copied();
        let known: Vec<&str> = known.chain(function_words()).collect();
        match nearest(name, known) {
            Some(near) => format!("`{name}` has no value: give one, as {name}=1, or did you mean `{near}`?"),
            None => format!("`{name}` has no value: give one, as {name}=1"),
        }
    }

    fn note_not_finite(&mut self, item: &Item, operands: &[Operand], value: &Value) {
        let inputs: Vec<f64> = operands.iter().map(|operand| operand.value.data()).collect();
        let result = value.data();
        if result.is_finite() || inputs.iter().any(|input| !input.is_finite()) {
            return;
        }
        let why = match (&item.kind, inputs.as_slice()) {
            (Kind::Binary(Binary::Divide), [_, 0.0]) => "division by zero".to_owned(),
            (Kind::Binary(Binary::Power), [0.0, _]) => "zero to a negative power".to_owned(),
            (Kind::Binary(Binary::Power), [base, _]) if *base < 0.0 && result.is_nan() => {
                "a negative number has no real power with a fraction in it".to_owned()
            }
            (Kind::Call(function @ (Function::Op(Op::Ln) | Function::Sqrt)), [x]) if *x <= 0.0 => {
                format!("{} of {x:?}", function.name())
            }
            _ => "larger than the largest 64-bit number".to_owned(),
        };
        self.notes.push(Message::at(item.at.clone(), format!("{why}: the result is {result:?}")));
    }

    /// Notes for what was given or computed and has no part in the result.
    fn note_unused(&mut self, root: &Value) {
        let computed = |name| self.program.statements.iter().any(|s| s.name.as_deref() == Some(name));
        for &name in self.given_order.iter().filter(|name| !self.used.contains(*name)) {
            let value = self.given[name];
            let note = match computed(name) {
                true => format!("{name}={value} is not used: the expression computes `{name}` itself"),
                false => format!("{name}={value} is not used: the expression has no `{name}`"),
            };
            self.notes.push(Message::general(note));
        }
        let drawn: HashSet<Value> = root.topological().into_iter().collect();
        for (value, statement) in &self.results {
            if !drawn.contains(value) {
                let what = statement.name.as_deref().unwrap_or("this value");
                let note = format!("{what} has no part in the result, the last statement");
                self.notes.push(Message::at(statement.at.clone(), note));
            }
        }
    }
}

/// One step on the values before it.
fn apply(kind: &Kind, operands: &[Operand]) -> Value {
    match (kind, operands) {
        (Kind::Negate, [x]) => -&x.value,
        (Kind::Call(function), [x]) => match function {
            Function::Op(op) => x.value.unary(*op),
            Function::Sqrt => x.value.powf(0.5),
        },
        (Kind::Binary(sign), [x, y]) => match sign {
            Binary::Add => &x.value + &y.value,
            Binary::Multiply => &x.value * &y.value,
            // A number that was written down is negated and inverted as a number.
            Binary::Subtract if y.is_number() => &x.value - y.value.data(),
            Binary::Divide if y.is_number() => &x.value / y.value.data(),
            Binary::Subtract => &x.value - &y.value,
            Binary::Divide => &x.value / &y.value,
            // An exponent that cannot change needs no gradient.
            Binary::Power if y.constant => x.value.powf(y.value.data()),
            Binary::Power => x.value.pow(&y.value),
        },
        _ => unreachable!("a step takes as many values as it says"),
    }
}
