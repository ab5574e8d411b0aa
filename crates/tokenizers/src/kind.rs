use gradus_data::DataError;

/// How text is taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Each character that occurs is a token.
    Characters,
}

/// The names that [`Kind::named`] knows.
pub const NAMES: [&str; 1] = ["characters"];

impl Kind {
    /// The kind that a recipe or a command line calls so; `size`, the number of tokens, counts for
    /// those that are trained on the data.
    ///
    /// # Errors
    /// Where there is no such kind.
    pub fn named(name: &str, _size: usize) -> Result<Self, DataError> {
        match name {
            "characters" => Ok(Self::Characters),
            _ => {
                let known = NAMES.join(", ");
                Err(DataError::Tokenizer {
                    what: format!("there is no tokenizer `{name}`; the tokenizers are {known}"),
                })
            }
        }
    }
}
