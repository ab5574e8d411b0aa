//! A recipe's text as lines: key, value and the place to name when something is wrong.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::RecipeError;
use super::schema::{Field, Key, Limits, Value, path, quoted};

/// Where a value came from, as errors name it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// A line of a file (or of a built-in recipe).
    Line { file: String, line: usize },
    /// `--set KEY=VALUE`, or a flag that stands for one.
    Set { flag: String },
}

/// `mlp.toml:12`, or `--set model.hidden=0`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Line { file, line } => write!(f, "{file}:{line}"),
            Origin::Set { flag } => f.write_str(flag),
        }
    }
}

/// One key and its value.
#[derive(Debug, Clone)]
struct Line {
    section: String,
    name: String,
    value: Value,
    origin: Origin,
    /// Asked for by a section that knows the key.
    taken: bool,
}

/// All that a recipe says, to be taken key by key; what nobody takes is unknown.
#[derive(Debug)]
pub(crate) struct Lines {
    lines: Vec<Line>,
}

impl Lines {
    /// Reads a recipe's text. `file` is only for the messages.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, RecipeError> {
        let at = |offset: usize| Origin::Line {
            file: file.to_string(),
            line: text.as_bytes()[..offset.min(text.len())].iter().filter(|&&b| b == b'\n').count() + 1,
        };
        let table = DeTable::parse(text).map_err(|e| {
            let offset = e.span().map_or(0, |span| span.start);
            RecipeError::new(&at(offset), format!("this is not TOML: {}", e.message()))
        })?;
        let mut lines = Vec::new();
        let mut add = |section: &str, name: &str, value: &Spanned<DeValue<'_>>, origin| {
            lines.push(Line {
                section: section.to_string(),
                name: name.to_string(),
                value: convert(value.get_ref()),
                origin,
                taken: false,
            });
        };
        for (name, value) in table.get_ref() {
            match value.get_ref() {
                DeValue::Table(section) => {
                    for (key, value) in section {
                        add(name.get_ref(), key.get_ref(), value, at(key.span().start));
                    }
                    if section.is_empty() {
                        // An empty section says nothing, but its name is checked all the same.
                        let nothing = Spanned::new(0..0, DeValue::Table(DeTable::new()));
                        add(name.get_ref(), "", &nothing, at(name.span().start));
                    }
                }
                _ => add("", name.get_ref(), value, at(name.span().start)),
            }
        }
        // In the order of the text, so that the first mistake is the one reported.
        lines.sort_by_key(|line| match &line.origin {
            Origin::Line { line, .. } => *line,
            Origin::Set { .. } => 0,
        });
        Ok(Lines { lines })
    }

    /// Adds or replaces one key: `key` is `model.hidden`, `value` a TOML value or a bare word.
    ///
    /// A new `kind` takes the section's keys of the old kind with it: they would mean nothing.
    pub(crate) fn set(&mut self, key: &str, value: &str, flag: String) -> Result<(), RecipeError> {
        let origin = Origin::Set { flag };
        let (section, name) = match key.split_once('.') {
            Some((section, name)) => (section, name),
            None => ("", key),
        };
        if name.is_empty() {
            return Err(RecipeError::new(
                &origin,
                "a key is missing; write KEY=VALUE, e.g. model.hidden=300".to_string(),
            ));
        }
        let value = match DeValue::parse(value.trim()) {
            Ok(parsed) => convert(parsed.get_ref()),
            // Not TOML: a bare word such as names.txt or adamw.
            Err(_) => Value::Text(value.trim().to_string()),
        };
        if name == "kind" {
            let same = self.find(section, name).is_some_and(|old| old.value == value);
            if !same {
                self.lines.retain(|line| line.section != section || matches!(line.origin, Origin::Set { .. }));
            }
        }
        self.lines.retain(|line| line.section != section || line.name != name);
        self.lines.push(Line { section: section.to_string(), name: name.to_string(), value, origin, taken: false });
        Ok(())
    }

    fn find(&self, section: &str, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.section == section && line.name == name)
    }

    /// The value of a key, or its default.
    pub(crate) fn take<T: Field>(
        &mut self,
        section: &str,
        name: &str,
        default: impl FnOnce() -> T,
        limits: &Limits,
    ) -> Result<T, RecipeError> {
        let Some(line) = self.lines.iter_mut().find(|line| line.section == section && line.name == name) else {
            return Ok(default());
        };
        line.taken = true;
        T::read(&line.value, limits).map_err(|_| {
            RecipeError::new(
                &line.origin,
                format!("{} must be {}, found {}", path(section, name), T::FORM.wanted(limits), line.value.found()),
            )
        })
    }

    /// The `kind` of a section: one of `kinds`, the first where nothing is said.
    pub(crate) fn take_kind(
        &mut self,
        section: &str,
        kinds: &'static [&'static str],
    ) -> Result<&'static str, RecipeError> {
        let Some(line) = self.lines.iter_mut().find(|line| line.section == section && line.name == "kind") else {
            return Ok(kinds[0]);
        };
        line.taken = true;
        let known = match &line.value {
            Value::Text(word) => kinds.iter().find(|kind| *kind == word),
            _ => None,
        };
        known.copied().ok_or_else(|| {
            RecipeError::new(
                &line.origin,
                format!("{} must be one of {}, found {}", path(section, "kind"), quoted(kinds), line.value.found()),
            )
        })
    }

    /// Where a key stands that somebody wrote for this very model: what a recipe's text says of the data for the model
    /// that it names means nothing once another was set.
    pub(crate) fn meant(&self, key: &Key) -> Option<&Origin> {
        let is_set = |line: &Line| matches!(line.origin, Origin::Set { .. });
        let swapped = self.find("model", "kind").is_some_and(is_set);
        let line = self.find(key.section, key.name)?;
        (is_set(line) || !swapped).then_some(&line.origin)
    }

    /// What nobody asked for: section, name, place.
    pub(crate) fn untaken(&self) -> impl Iterator<Item = (&str, &str, &Origin)> {
        self.lines
            .iter()
            .filter(|line| !line.taken)
            .map(|line| (line.section.as_str(), line.name.as_str(), &line.origin))
    }
}

/// From TOML's values to ours; numbers that fit no 64 bits become what they are: too large.
fn convert(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(int) => i64::from_str_radix(int.as_str(), int.radix())
            .map_or(Value::Other("a number that is too large"), Value::Int),
        DeValue::Float(float) => {
            float.as_str().parse().map_or(Value::Other("a number that cannot be read"), Value::Float)
        }
        DeValue::Boolean(bool) => Value::Bool(*bool),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => Value::List(items.iter().map(|item| convert(item.get_ref())).collect()),
        DeValue::Table(_) => Value::Other("a table"),
    }
}
