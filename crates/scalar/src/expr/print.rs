//! A program as text that reads back as the same program.

use std::fmt;

use super::{ATOM_BINDS, Binary, Item, Kind, NEGATE_BINDS, Program, Statement};

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, statement) in self.statements.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            statement.fmt(f)?;
        }
        Ok(())
    }
}

/// A piece of text still to be written.
enum Piece {
    Text(&'static str),
    /// The part that ends with this item, in parentheses where it binds less tightly than asked.
    Part {
        end: usize,
        binds: u8,
    },
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name} = ")?;
        }
        let starts = starts(&self.items);
        let mut pieces = vec![Piece::Part { end: self.items.len() - 1, binds: 0 }];
        while let Some(piece) = pieces.pop() {
            let (end, binds) = match piece {
                Piece::Text(text) => {
                    f.write_str(text)?;
                    continue;
                }
                Piece::Part { end, binds } => (end, binds),
            };
            let kind = &self.items[end].kind;
            if binds_of(kind) < binds {
                f.write_str("(")?;
                pieces.push(Piece::Text(")"));
            }
            match kind {
                Kind::Number(number) => write_number(f, *number)?,
                Kind::Name(name) => f.write_str(name)?,
                Kind::Negate => {
                    f.write_str("-")?;
                    pieces.push(Piece::Part { end: end - 1, binds: NEGATE_BINDS });
                }
                Kind::Call(function) => {
                    write!(f, "{}(", function.name())?;
                    pieces.push(Piece::Text(")"));
                    pieces.push(Piece::Part { end: end - 1, binds: 0 });
                }
                Kind::Binary(sign) => {
                    let (left, right) = sides(*sign);
                    pieces.push(Piece::Part { end: end - 1, binds: right });
                    if *sign == Binary::Power {
                        pieces.push(Piece::Text(sign.sign()));
                    } else {
                        pieces.extend([" ", sign.sign(), " "].map(Piece::Text));
                    }
                    pieces.push(Piece::Part { end: starts[end - 1] - 1, binds: left });
                }
            }
        }
        Ok(())
    }
}

/// How tightly a sign asks its left and right side to bind.
fn sides(sign: Binary) -> (u8, u8) {
    let binds = sign.binds();
    if sign.groups_to_the_right() {
        // a**-b needs no parentheses.
        (binds + 1, NEGATE_BINDS)
    } else {
        (binds, binds + 1)
    }
}

fn binds_of(kind: &Kind) -> u8 {
    match kind {
        Kind::Negate => NEGATE_BINDS,
        Kind::Number(number) if number.is_sign_negative() => NEGATE_BINDS,
        Kind::Binary(sign) => sign.binds(),
        Kind::Number(_) | Kind::Name(_) | Kind::Call(_) => ATOM_BINDS,
    }
}

/// For every item, where the part that it completes begins.
fn starts(items: &[Item]) -> Vec<usize> {
    let mut starts = Vec::with_capacity(items.len());
    let mut open = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let mut start = i;
        for _ in 0..item.kind.operands() {
            start = open.pop().unwrap_or(start);
        }
        open.push(start);
        starts.push(start);
    }
    starts
}

/// A number in the fewest digits that give the same one.
fn write_number(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    if number == 0.0 || (1e-5..1e15).contains(&number.abs()) { write!(f, "{number}") } else { write!(f, "{number:?}") }
}
