//! Why something that was asked of a session is not done: a kind for programs, and one line for people.

use std::fmt;

/// What kind of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing.
    NotFound,
    /// It does not fit what the session is doing.
    Conflict,
    /// The loss stopped being a number.
    Diverged,
    /// More than one answer may hold.
    TooLarge,
    /// A value out of range, a name that does not exist, a recipe with a mistake.
    Unprocessable,
    /// Too many listeners, requests or threads, or too little memory.
    Limit,
    /// Not the asker's fault: the disk is full, the store is damaged, or there is a defect in the program.
    Internal,
}

impl Kind {
    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Kind::NotFound => "not_found",
            Kind::Conflict => "conflict",
            Kind::Diverged => "diverged",
            Kind::TooLarge => "too_large",
            Kind::Unprocessable => "unprocessable",
            Kind::Limit => "limit",
            Kind::Internal => "internal",
        }
    }
}

/// Why a request is not answered.
#[derive(Debug, Clone)]
pub struct Refusal {
    kind: Kind,
    message: String,
}

/// What is answered to what was asked.
pub type Answer<T> = Result<T, Refusal>;

macro_rules! refusals {
    ($($name:ident = $kind:ident;)+) => {
        impl Refusal {
            $(
            #[doc = concat!("A [`Kind::", stringify!($kind), "`] with its line.")]
            pub fn $name(message: impl Into<String>) -> Self {
                Refusal { kind: Kind::$kind, message: message.into() }
            })+
        }
    };
}

refusals! {
    not_found = NotFound;
    conflict = Conflict;
    diverged = Diverged;
    too_large = TooLarge;
    unprocessable = Unprocessable;
    limit = Limit;
    internal = Internal;
}

impl Refusal {
    /// What kind it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The line for people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl From<gradus_train::Error> for Refusal {
    fn from(error: gradus_train::Error) -> Self {
        use gradus_train::Error;
        match &error {
            Error::Diverged(_) => Refusal::diverged(error.to_string()),
            Error::Io { .. } | Error::Interrupted { .. } => Refusal::internal(error.to_string()),
            _ => Refusal::unprocessable(error.to_string()),
        }
    }
}

macro_rules! unprocessable {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Refusal::unprocessable(error.to_string())
            }
        }
    )*};
}

unprocessable! {
    gradus_tensor::Error,
    gradus_tensor::random::RandomError,
    gradus_data::DataError,
    gradus_recipe::RecipeError,
}
