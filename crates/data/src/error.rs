use std::path::PathBuf;

/// Data that cannot be used: what is wrong, where, and what to do, in one line.
///
/// `place` is what the user named: a file's path or a data set's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither a known data set nor a file.
    #[error("`{name}` is neither a data set nor a file{}; the data sets are {known}", suggestion(.nearest))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The most similar known name, where one is similar.
        nearest: Option<&'static str>,
        /// All known names.
        known: String,
    },
    /// A path that leads nowhere.
    #[error("{path}: there is no such file; check the path, or name a data set (gradus data list)")]
    Missing {
        /// The path.
        path: String,
    },
    /// A folder where a file is wanted.
    #[error("{path} is a folder; name a file in it")]
    Folder {
        /// The path.
        path: String,
    },
    /// A pipe, a socket or a device, which may never end.
    #[error("{path} is not a regular file but a pipe or a device; copy its contents into a file and name that")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// The system does not let it be read.
    #[error("{path} may not be read: permission denied; allow it (chmod u+r) or name another file")]
    Permission {
        /// The path.
        path: String,
    },
    /// Any other trouble of the system's.
    #[error("{path} could not be read: {source}; check the disk and try again")]
    Io {
        /// The path.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// More than is kept in memory.
    #[error("{place} holds more than {limit_mib} MiB; Gradus keeps data in memory: take a part of it")]
    TooLarge {
        /// File or data set.
        place: String,
        /// The limit.
        limit_mib: u64,
    },
    /// A compressed file that cannot be unpacked.
    #[error("{place} begins as a gzip file but cannot be unpacked: it is cut off or damaged; copy it again")]
    Gzip {
        /// File or data set.
        place: String,
    },
    /// A data set that is not carried along and has not been downloaded.
    #[error("{name} is not on this machine yet; run `gradus data fetch {name}` (it belongs at {path})")]
    NotFetched {
        /// Its name.
        name: &'static str,
        /// Where it belongs.
        path: PathBuf,
    },
    /// A downloaded data set whose size is not the published one.
    #[error("{path} is not the published {name}: {found} bytes, not {expected}; run `gradus data fetch {name}` again")]
    Damaged {
        /// Its name.
        name: &'static str,
        /// Where it stands.
        path: PathBuf,
        /// Bytes found.
        found: u64,
        /// Bytes published.
        expected: u64,
    },
    /// A known data set of another kind.
    #[error("{name} is {kind}, and {wanted} is wanted here; name another (gradus data list)")]
    Kind {
        /// Its name.
        name: &'static str,
        /// What it is.
        kind: &'static str,
        /// What was expected.
        wanted: &'static str,
    },
    /// Nothing at all.
    #[error("{place} is empty; {wanted}")]
    Empty {
        /// File or data set.
        place: String,
        /// What it should hold.
        wanted: &'static str,
    },
    /// Lines, but nothing on them.
    #[error("{place} holds only blank lines ({count} of them); it should hold one thing a line, such as a name")]
    Blank {
        /// File or data set.
        place: String,
        /// How many there are.
        count: usize,
    },
    /// Bytes that are no UTF-8 text.
    #[error(
        "{place}: byte {column} of line {line} is 0x{byte:02x}, which is not UTF-8 text; save the file as UTF-8 (for \
         example: iconv -f {guess} -t utf-8)"
    )]
    NotUtf8 {
        /// File or data set.
        place: String,
        /// Line, from 1.
        line: usize,
        /// Byte in the line, from 1.
        column: usize,
        /// The first byte that does not fit.
        byte: u8,
        /// What it may be encoded in.
        guess: &'static str,
    },
    /// Running text where one thing a line is wanted.
    #[error(
        "{place}: line {line} is {} characters long: this is running text, not one thing a line (the limit is {} \
         characters); break it into lines",
        thousands(.characters), thousands(.limit)
    )]
    LongLine {
        /// File or data set.
        place: String,
        /// Line, from 1.
        line: usize,
        /// Its length.
        characters: usize,
        /// The longest that is taken.
        limit: usize,
    },
    /// Nothing that could be told apart.
    #[error(
        "{place} holds a single kind of character, `{}`; to learn anything it takes at least 2 different ones, and \
         better hundreds of lines",
        character.escape_debug()
    )]
    OneCharacter {
        /// File or data set.
        place: String,
        /// The character.
        character: char,
    },
    /// Too little for every part of a split.
    #[error("{place} has too few {unit} ({found}); to divide them into parts takes at least {needed}")]
    TooFew {
        /// File or data set.
        place: String,
        /// How many there are.
        found: usize,
        /// Of what.
        unit: &'static str,
        /// How many are needed.
        needed: usize,
    },
    /// Shares of a split that are no shares.
    #[error("a split needs shares between 0 and 1 that leave something to train on; dev {dev} and test {test} do not")]
    Shares {
        /// The share for dev.
        dev: f64,
        /// The share for test.
        test: f64,
    },
    /// A text shorter than one window and the character after it.
    #[error(
        "the text has {tokens} tokens, and windows of {block_size} need at least {}; take a smaller block size or a \
         longer text",
        block_size + 1
    )]
    ShortText {
        /// Tokens there are.
        tokens: usize,
        /// Tokens in a window.
        block_size: usize,
    },
    /// A context of no characters.
    #[error("the block size is 0; a context needs at least 1 token")]
    NoContext,
    /// A thing that is longer than the sequence it should fit into.
    #[error("`{item}` takes {needed} places with its mark, and a sequence has {length}; take a larger block size")]
    LongItem {
        /// The thing.
        item: String,
        /// Places it takes.
        needed: usize,
        /// Places there are.
        length: usize,
    },
    /// A character that the vocabulary lacks.
    #[error(
        "`{}` (U+{:04X}) is not in the vocabulary of {size} tokens: {sample}", character.escape_debug(),
        *character as u32
    )]
    UnknownCharacter {
        /// The character.
        character: char,
        /// How many tokens there are.
        size: usize,
        /// The first of them.
        sample: String,
    },
    /// A number that stands for no character.
    #[error("token {id} is outside the vocabulary of {size} tokens (0 to {})", size - 1)]
    UnknownToken {
        /// The number.
        id: i64,
        /// How many tokens there are.
        size: usize,
    },
    /// Saved characters that are no vocabulary.
    #[error("these characters are no vocabulary: {0}")]
    Vocabulary(&'static str),
    /// Pictures that are not in the form expected.
    #[error("{place}: {what}")]
    Images {
        /// File or data set.
        place: String,
        /// What is wrong, where, and what to do.
        what: String,
    },
    /// Points that cannot be made.
    #[error("{what}")]
    Toy {
        /// What is wrong, and what to do.
        what: String,
    },
    /// A tokenizer that cannot be made.
    #[error("{what}")]
    Tokenizer {
        /// What is wrong, and what to do.
        what: String,
    },
    /// A table that is not in the form expected.
    #[error("{place}: {what}")]
    Table {
        /// File or data set.
        place: String,
        /// What is wrong, where, and what to do.
        what: String,
    },
}

fn suggestion(nearest: &Option<&'static str>) -> String {
    nearest.map_or(String::new(), |name| format!(" (did you mean `{name}`?)"))
}

/// 10000000 as 10,000,000.
fn thousands(number: &usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
    groups.join(",")
}

/// Words of a file in a message: on one line, and not for ever.
pub(crate) fn shown(word: &str) -> String {
    let mut text: String = word.chars().take(40).flat_map(char::escape_debug).collect();
    if word.chars().nth(40).is_some() {
        text.push('…');
    }
    text
}
