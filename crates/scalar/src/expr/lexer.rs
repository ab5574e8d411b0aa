//! Text into tokens.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use super::{Binary, Message};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Word(&'a str),
    Sign(Binary),
    Open,
    Close,
    Comma,
    Equals,
    Semicolon,
    Newline,
    End,
}

/// The tokens of a text with their places, closed by [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, Message> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some(&(start, c)) = chars.peek() {
        if c == '.' || c.is_ascii_digit() {
            let end = number_end(text, start);
            while chars.next_if(|&(at, _)| at < end).is_some() {}
            tokens.push((number(&text[start..end], start..end)?, start..end));
            continue;
        }
        if starts_word(c) {
            let end = skip_while(&mut chars, text, continues_word);
            tokens.push((Token::Word(&text[start..end]), start..end));
            continue;
        }
        chars.next();
        let mut end = start + c.len_utf8();
        let token = match c {
            '\n' => Token::Newline,
            c if c.is_whitespace() => continue,
            '*' if chars.next_if(|&(_, next)| next == '*').is_some() => {
                end += 1;
                Token::Sign(Binary::Power)
            }
            '^' => Token::Sign(Binary::Power),
            '+' => Token::Sign(Binary::Add),
            '-' | '−' => Token::Sign(Binary::Subtract),
            '*' | '×' | '·' | '⋅' => Token::Sign(Binary::Multiply),
            '/' | '÷' => Token::Sign(Binary::Divide),
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '=' => Token::Equals,
            ';' => Token::Semicolon,
            c => return Err(Message::at(start..end, unknown(c))),
        };
        tokens.push((token, start..end));
    }
    tokens.push((Token::End, text.len()..text.len()));
    Ok(tokens)
}

fn starts_word(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn continues_word(c: char) -> bool {
    starts_word(c) || c.is_ascii_digit()
}

/// Whether a text is a name as a whole.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(starts_word) && text.chars().all(continues_word)
}

fn skip_while(chars: &mut Peekable<CharIndices<'_>>, text: &str, belongs: impl Fn(char) -> bool) -> usize {
    while chars.next_if(|&(_, c)| belongs(c)).is_some() {}
    chars.peek().map_or(text.len(), |&(at, _)| at)
}

/// Where the number that starts at `start` ends: digits, a point, digits, an exponent.
fn number_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(start);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = end + 1 + sign;
        if digits(exponent) > exponent {
            end = digits(exponent);
        }
    }
    end
}

fn number(text: &str, at: Range<usize>) -> Result<Token<'static>, Message> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Token::Number(number)),
        Ok(_) => {
            let largest = f64::MAX;
            Err(Message::at(at, format!("{text} is too large: numbers go up to {largest:.4e}")))
        }
        Err(_) => Err(Message::at(at, format!("`{text}` is not a number: write it like 0.5 or 1e-3"))),
    }
}

fn unknown(c: char) -> String {
    let known = "names, numbers, + - * / ** ^ ( ) = and ; can stand here";
    match c {
        '²' | '³' => "write a power as ^2 or **2".to_owned(),
        '[' | ']' | '{' | '}' => format!("`{c}` is not part of an expression: use ( and )"),
        c if c.is_control() => format!("a character {c:?} is not part of an expression: {known}"),
        c => format!("`{c}` is not part of an expression: {known}"),
    }
}
