//! What a recipe may say: the machinery behind the tables in [`keys`](super::keys).
//!
//! A key is defined once (name, type, default, range, doc). From that one line come the Rust
//! field, the reading with its checks, the writing, the help text and the suggestions in errors.

use gradus_nn::Nonlinearity;
use std::fmt;

/// A value as a recipe writes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// Quoted text.
    Text(String),
    /// `[a, b, …]`.
    List(Vec<Value>),
    /// Something a recipe has no use for (a date, a table where a value belongs), by name.
    Other(&'static str),
}

impl Value {
    /// The value with its type, as an error message quotes it.
    pub(crate) fn found(&self) -> String {
        match self {
            Value::Bool(v) => format!("{v} (true or false)"),
            Value::Int(v) => format!("{v}"),
            Value::Float(v) => format!("{v:?}"),
            Value::Text(v) => format!("the text {v:?}"),
            Value::List(_) => format!("the list {self}"),
            Value::Other(name) => (*name).to_string(),
        }
    }
}

/// The value in TOML.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(v) => write!(f, "{v}"),
            Value::Int(v) => write!(f, "{v}"),
            Value::Float(v) => write!(f, "{v:?}"),
            Value::Text(v) => write_toml_text(f, v),
            Value::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Value::Other(name) => f.write_str(name),
        }
    }
}

/// A TOML basic string: quotes, backslashes and control characters are escaped.
fn write_toml_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04X}", c as u32)?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

/// The numbers a key accepts, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Limits {
    /// No limit beside the type's own.
    pub const NONE: Limits = Limits { min: f64::NEG_INFINITY, max: f64::INFINITY };

    fn check(&self, value: f64) -> Result<(), String> {
        if value >= self.min && value <= self.max { Ok(()) } else { Err(self.to_string()) }
    }
}

impl From<std::ops::RangeInclusive<f64>> for Limits {
    fn from(range: std::ops::RangeInclusive<f64>) -> Self {
        Limits { min: *range.start(), max: *range.end() }
    }
}

/// `between 1 and 4096`, `of at least 0`.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min.is_finite(), self.max.is_finite()) {
            (true, true) => write!(f, "between {} and {}", self.min, self.max),
            (true, false) => write!(f, "of at least {}", self.min),
            (false, true) => write!(f, "of at most {}", self.max),
            (false, false) => f.write_str("of any size"),
        }
    }
}

/// The type of a key, in a form that a help text or an input form can show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Any text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of numbers.
    Floats,
    /// A list of whole numbers.
    Ints,
    /// A list of texts.
    Texts,
}

impl Form {
    /// `a whole number between 1 and 4096`: what an error says was wanted.
    pub fn wanted(&self, limits: &Limits) -> String {
        let bounded = |what: &str| {
            if *limits == Limits::NONE { what.to_string() } else { format!("{what} {limits}") }
        };
        match self {
            Form::Bool => "true or false".to_string(),
            Form::Int => bounded("a whole number"),
            Form::Float => bounded("a number"),
            Form::Text => "a text in quotes".to_string(),
            Form::Choice(words) => format!("one of {}", quoted(words)),
            Form::Floats => bounded("a list of numbers, each"),
            Form::Ints => bounded("a list of whole numbers, each"),
            Form::Texts => "a list of texts in quotes".to_string(),
        }
    }
}

/// `"a", "b" or "c"`.
pub(crate) fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// One key of a recipe.
#[derive(Debug, Clone)]
pub struct Key {
    /// The section it stands in: `model`; empty for the lines before the first section.
    pub section: &'static str,
    /// The section's `kind` it belongs to, where the section has kinds.
    pub kind: Option<&'static str>,
    /// The word itself: `hidden`.
    pub name: &'static str,
    /// Its type.
    pub form: Form,
    /// The numbers it accepts.
    pub limits: Limits,
    /// What it is where a recipe does not say.
    pub default: Value,
    /// What it means, in one line.
    pub doc: &'static str,
}

impl Key {
    /// The whole name, `model.hidden`, as `--set` takes it.
    pub fn path(&self) -> String {
        path(self.section, self.name)
    }
}

/// `section.name`, or the name alone for a key that stands before the first section.
pub(crate) fn path(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_string() } else { format!("{section}.{name}") }
}

/// A Rust type that can stand in a recipe.
pub trait Field: Sized {
    /// The type's name for people.
    const FORM: Form;

    /// From a recipe's value.
    ///
    /// # Errors
    /// `Err` where the type or the size is wrong; the caller knows the key and says the rest.
    fn read(value: &Value, limits: &Limits) -> Result<Self, Mismatch>;

    /// To a recipe's value.
    fn write(&self) -> Value;
}

/// The value does not fit the key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mismatch;

impl From<String> for Mismatch {
    fn from(_: String) -> Self {
        Mismatch
    }
}

impl Field for bool {
    const FORM: Form = Form::Bool;

    fn read(value: &Value, _: &Limits) -> Result<Self, Mismatch> {
        match value {
            Value::Bool(v) => Ok(*v),
            _ => Err(Mismatch),
        }
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

macro_rules! whole_number {
    ($($int:ty),*) => {$(
        impl Field for $int {
            const FORM: Form = Form::Int;

            fn read(value: &Value, limits: &Limits) -> Result<Self, Mismatch> {
                match value {
                    Value::Int(v) => {
                        limits.check(*v as f64)?;
                        <$int>::try_from(*v).map_err(|_| Mismatch)
                    }
                    _ => Err(Mismatch),
                }
            }

            fn write(&self) -> Value {
                // Read from an i64, so it fits one.
                Value::Int(*self as i64)
            }
        }
    )*};
}

whole_number!(usize, u64, u32);

impl Field for f64 {
    const FORM: Form = Form::Float;

    fn read(value: &Value, limits: &Limits) -> Result<Self, Mismatch> {
        let v = match value {
            Value::Float(v) => *v,
            Value::Int(v) => *v as f64,
            _ => return Err(Mismatch),
        };
        if !v.is_finite() {
            return Err(Mismatch);
        }
        limits.check(v)?;
        Ok(v)
    }

    fn write(&self) -> Value {
        Value::Float(*self)
    }
}

macro_rules! list {
    ($($item:ty => $form:ident),*) => {$(
        impl Field for Vec<$item> {
            const FORM: Form = Form::$form;

            fn read(value: &Value, limits: &Limits) -> Result<Self, Mismatch> {
                match value {
                    Value::List(items) => items.iter().map(|item| <$item>::read(item, limits)).collect(),
                    _ => Err(Mismatch),
                }
            }

            fn write(&self) -> Value {
                Value::List(self.iter().map(Field::write).collect())
            }
        }
    )*};
}

list!(f64 => Floats, usize => Ints, String => Texts);

impl Field for String {
    const FORM: Form = Form::Text;

    fn read(value: &Value, _: &Limits) -> Result<Self, Mismatch> {
        match value {
            Value::Text(v) => Ok(v.clone()),
            _ => Err(Mismatch),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl Field for Nonlinearity {
    const FORM: Form = Form::Choice(Nonlinearity::NAMES);

    fn read(value: &Value, _: &Limits) -> Result<Self, Mismatch> {
        match value {
            Value::Text(word) => Nonlinearity::named(word).ok_or(Mismatch),
            _ => Err(Mismatch),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.name().to_string())
    }
}

/// An enum whose variants are words in a recipe.
macro_rules! choice {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $word:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $vdoc])+ $variant,)+
        }

        impl $name {
            /// The word a recipe uses.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        impl $crate::schema::Field for $name {
            const FORM: $crate::schema::Form =
                $crate::schema::Form::Choice(&[$($word),+]);

            fn read(
                value: &$crate::schema::Value,
                _: &$crate::schema::Limits,
            ) -> Result<Self, $crate::schema::Mismatch> {
                match value {
                    $($crate::schema::Value::Text(w) if w == $word => Ok($name::$variant),)+
                    _ => Err($crate::schema::Mismatch),
                }
            }

            fn write(&self) -> $crate::schema::Value {
                $crate::schema::Value::Text(self.word().to_string())
            }
        }
    };
}
pub(crate) use choice;

/// A struct whose fields are the keys of a section, or of some of its kinds.
///
/// `field: Type = default;` or `field: Type = default, min..=max;`
macro_rules! keys {
    (
        $(#[doc = $doc:literal])+
        $name:ident in $section:literal {
            $($(#[doc = $fdoc:literal])+ $field:ident: $ty:ty = $default:expr $(, $limits:expr)?;)*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $fdoc])+ pub $field: $ty,)*
        }

        impl $name {
            /// The keys, in the order a recipe is written, as those of a `kind` of the section.
            pub(crate) fn keys(kind: Option<&'static str>) -> Vec<$crate::schema::Key> {
                #[allow(unused_imports)]
                use $crate::schema::{Field, Key, Limits};
                vec![$(Key {
                    section: $section,
                    kind,
                    name: stringify!($field),
                    form: <$ty as Field>::FORM,
                    limits: keys!(@limits $($limits)?),
                    default: { let default: $ty = $default; default.write() },
                    doc: concat!($($fdoc, "\n",)+).trim(),
                },)*]
            }

            /// From a recipe's lines.
            #[allow(unused_variables)]
            pub(crate) fn read(
                lines: &mut $crate::document::Lines,
            ) -> Result<Self, $crate::RecipeError> {
                Ok($name {
                    $($field: lines.take($section, stringify!($field), || $default, &keys!(@limits $($limits)?))?,)*
                })
            }

            /// Its keys' values, in the order of [`Self::keys`].
            pub(crate) fn write(&self) -> Vec<$crate::schema::Value> {
                vec![$($crate::schema::Field::write(&self.$field),)*]
            }
        }
    };
    (@limits) => { $crate::schema::Limits::NONE };
    (@limits $limits:expr) => { $crate::schema::Limits::from($limits) };
}
pub(crate) use keys;

/// A section whose `kind` decides which further keys it has. The first kind is the default.
macro_rules! kinds {
    (
        $(#[doc = $doc:literal])+
        $name:ident in $section:literal {
            $($(#[doc = $vdoc:literal])+ $variant:ident($keys:ident) = $word:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $($(#[doc = $vdoc])+ $variant($keys),)+
        }

        impl $name {
            /// The words `kind` may be, the default first.
            pub const KINDS: &'static [&'static str] = &[$($word),+];

            /// The word `kind` is.
            pub fn kind(&self) -> &'static str {
                match self {
                    $($name::$variant(_) => $word,)+
                }
            }

            /// `kind` itself, then the keys of every kind.
            pub(crate) fn keys() -> Vec<$crate::schema::Key> {
                use $crate::schema::{Form, Key, Limits, Value};
                let mut keys = vec![Key {
                    section: $section,
                    kind: None,
                    name: "kind",
                    form: Form::Choice(Self::KINDS),
                    limits: Limits::NONE,
                    default: Value::Text(Self::KINDS[0].to_string()),
                    doc: concat!($($doc, "\n",)+).trim(),
                }];
                $(keys.extend($keys::keys(Some($word)));)+
                keys
            }

            pub(crate) fn read(
                lines: &mut $crate::document::Lines,
            ) -> Result<Self, $crate::RecipeError> {
                match lines.take_kind($section, Self::KINDS)? {
                    $($word => Ok($name::$variant($keys::read(lines)?)),)+
                    _ => unreachable!("take_kind gives one of KINDS"),
                }
            }

            pub(crate) fn write(&self) -> Vec<$crate::schema::Value> {
                let mut values = vec![$crate::schema::Value::Text(self.kind().to_string())];
                match self {
                    $($name::$variant(keys) => values.extend(keys.write()),)+
                }
                values
            }
        }
    };
}
pub(crate) use kinds;
