//! Tokens into statements: Dijkstra's shunting yard, which needs no recursion.

use std::ops::Range;

use super::lexer::{Token, tokens};
use super::message::nearest;
use super::{Binary, Function, Item, Kind, Message, NEGATE_BINDS, Program, Statement, function_words};

impl Program {
    /// Reads a program.
    ///
    /// # Errors
    /// A message about the first place that cannot be understood.
    pub fn parse(text: &str) -> Result<Self, Message> {
        let tokens = tokens(text)?;
        let mut parser = Parser { text, tokens: &tokens, position: 0 };
        let mut statements = Vec::new();
        while parser.skip_separators() {
            statements.push(parser.statement()?);
        }
        if statements.is_empty() {
            let message = "there is no expression: write one like tanh(a*b + c)";
            return Err(Message::at(text.len()..text.len(), message));
        }
        Ok(Self { statements })
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [(Token<'a>, Range<usize>)],
    position: usize,
}

/// What waits on the operator stack until its right side is complete.
enum Pending {
    /// An open parenthesis, with the function that it belongs to.
    Open(Option<Function>),
    Negate,
    Binary(Binary),
}

impl Pending {
    /// How tightly it holds its right side; an open parenthesis does not let go at all.
    fn binds(&self) -> u8 {
        match self {
            Self::Open(_) => 0,
            Self::Negate => NEGATE_BINDS,
            Self::Binary(sign) => sign.binds(),
        }
    }
}

/// An expression in the making.
#[derive(Default)]
struct Yard {
    items: Vec<Item>,
    pending: Vec<(Pending, Range<usize>)>,
    open: usize,
}

impl Yard {
    /// Writes out what waits and binds more tightly than a sign that comes now.
    fn settle(&mut self, binds: u8, groups_to_the_right: bool) {
        while let Some((pending, at)) = self
            .pending
            .pop_if(|(pending, _)| pending.binds() > binds || (pending.binds() == binds && !groups_to_the_right))
        {
            let kind = match pending {
                Pending::Negate => Kind::Negate,
                Pending::Binary(sign) => Kind::Binary(sign),
                Pending::Open(_) => unreachable!("no sign binds as loosely as a parenthesis"),
            };
            self.write(kind, at);
        }
    }

    /// Appends a step; a negated number becomes a negative number.
    fn write(&mut self, kind: Kind, at: Range<usize>) {
        if kind == Kind::Negate
            && let Some(Item { kind: Kind::Number(number), at: number_at }) = self.items.last_mut()
        {
            *number = -*number;
            *number_at = at.start..number_at.end;
            return;
        }
        self.items.push(Item { kind, at });
    }
}

impl<'a> Parser<'a> {
    fn token(&self) -> &'a Token<'a> {
        &self.tokens[self.position].0
    }

    fn at(&self) -> Range<usize> {
        self.tokens[self.position].1.clone()
    }

    fn next_token(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.position + 1).map(|(token, _)| token)
    }

    /// The current token as it was written.
    fn written(&self) -> &'a str {
        &self.text[self.at()]
    }

    /// Goes to the next statement; false at the end.
    fn skip_separators(&mut self) -> bool {
        while matches!(self.token(), Token::Semicolon | Token::Newline) {
            self.position += 1;
        }
        *self.token() != Token::End
    }

    fn statement(&mut self) -> Result<Statement, Message> {
        let start = self.at();
        let mut name = None;
        if let (Token::Word(word), Some(Token::Equals)) = (self.token(), self.next_token()) {
            name = Some((*word).to_owned());
            self.position += 2;
        }
        let items = self.expression()?;
        let end = self.tokens[self.position - 1].1.end;
        let at = if name.is_some() { start } else { start.start..end };
        Ok(Statement { name, at, items })
    }

    /// Reads up to the statement's end and leaves the separator.
    fn expression(&mut self) -> Result<Vec<Item>, Message> {
        let mut yard = Yard::default();
        loop {
            self.operand(&mut yard)?;
            if self.sign(&mut yard)? {
                return Ok(yard.items);
            }
        }
    }

    fn skip_newlines_within(&mut self, yard: &Yard) {
        while yard.open > 0 && *self.token() == Token::Newline {
            self.position += 1;
        }
    }

    /// Reads signs and parentheses up to and with one number or name.
    fn operand(&mut self, yard: &mut Yard) -> Result<(), Message> {
        loop {
            self.skip_newlines_within(yard);
            let at = self.at();
            match self.token() {
                Token::Number(number) => {
                    yard.items.push(Item { kind: Kind::Number(*number), at });
                    self.position += 1;
                    return Ok(());
                }
                Token::Word(word) if self.next_token() == Some(&Token::Open) => {
                    let function = Function::named(word).ok_or_else(|| unknown(word, at.clone()))?;
                    yard.pending.push((Pending::Open(Some(function)), at.start..at.end + 1));
                    yard.open += 1;
                    self.position += 2;
                }
                Token::Word(word) => {
                    yard.items.push(Item { kind: Kind::Name((*word).to_owned()), at });
                    self.position += 1;
                    return Ok(());
                }
                Token::Open => {
                    yard.pending.push((Pending::Open(None), at));
                    yard.open += 1;
                    self.position += 1;
                }
                Token::Sign(Binary::Subtract) => {
                    yard.pending.push((Pending::Negate, at));
                    self.position += 1;
                }
                Token::Sign(Binary::Add) => self.position += 1,
                Token::End | Token::Newline => {
                    let message = "the expression ends here, but a number or a name should follow";
                    return Err(Message::at(at.start..at.start, message));
                }
                _ => {
                    let written = self.written();
                    let message = format!("a number or a name is missing before `{written}`");
                    return Err(Message::at(at, message));
                }
            }
        }
    }

    /// Reads closing parentheses and one sign between two operands; true at the statement's end.
    fn sign(&mut self, yard: &mut Yard) -> Result<bool, Message> {
        loop {
            self.skip_newlines_within(yard);
            let at = self.at();
            match self.token() {
                Token::Sign(sign) => {
                    yard.settle(sign.binds(), sign.groups_to_the_right());
                    yard.pending.push((Pending::Binary(*sign), at));
                    self.position += 1;
                    return Ok(false);
                }
                Token::Close => {
                    self.close(yard)?;
                    self.position += 1;
                }
                Token::End | Token::Semicolon | Token::Newline => {
                    yard.settle(1, false);
                    let Some((_, at)) = yard.pending.pop() else {
                        return Ok(true);
                    };
                    let message = "this ( is never closed: add a ) where it should end";
                    return Err(Message::at(at.end - 1..at.end, message));
                }
                Token::Equals => {
                    let message = "only a name can stand before =, as in d = a + b";
                    return Err(Message::at(at, message));
                }
                Token::Comma => {
                    let message = "a comma does not belong here: every function takes one value";
                    return Err(Message::at(at, message));
                }
                Token::Number(_) | Token::Word(_) | Token::Open => {
                    let before = &self.text[self.tokens[self.position - 1].1.clone()];
                    let written = self.written();
                    let message = format!(
                        "a sign is missing between `{before}` and `{written}`: \
                         write * where they are to be multiplied"
                    );
                    return Err(Message::at(at, message));
                }
            }
        }
    }

    fn close(&self, yard: &mut Yard) -> Result<(), Message> {
        yard.settle(1, false);
        match yard.pending.pop() {
            Some((Pending::Open(function), at)) => {
                yard.open -= 1;
                if let Some(function) = function {
                    yard.write(Kind::Call(function), at.start..self.at().end);
                }
                Ok(())
            }
            _ => Err(Message::at(self.at(), "this ) has no ( before it: take it away or add one")),
        }
    }
}

fn unknown(word: &str, at: Range<usize>) -> Message {
    let known = function_words();
    let advice = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}; for a product write {word}*(…)", known.join(", ")),
    };
    Message::at(at, format!("there is no function `{word}`: {advice}"))
}
