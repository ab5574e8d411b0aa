use crate::{DataError, error::shown};

/// Contexts of a fixed length and the token that follows each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contexts {
    /// The contexts, one after the other: `[N, block_size]`.
    pub x: Vec<i64>,
    /// What follows each: `[N]`.
    pub y: Vec<i64>,
    /// Tokens in a context.
    pub block_size: usize,
}

impl Contexts {
    /// How many examples there are.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.y.is_empty()
    }

    /// Copies a batch: rows `rows` of x into `x` (`[B, block_size]`) and of y into `y` (`[B]`).
    ///
    /// # Panics
    /// Where a row is beyond the end or the slices have other sizes.
    pub fn gather(&self, rows: &[i64], x: &mut [i64], y: &mut [i64]) {
        assert_eq!((x.len(), y.len()), (rows.len() * self.block_size, rows.len()), "sizes of a batch");
        for ((x, y), &row) in x.chunks_exact_mut(self.block_size).zip(y).zip(rows) {
            let row = row as usize;
            x.copy_from_slice(&self.x[row * self.block_size..(row + 1) * self.block_size]);
            *y = self.y[row];
        }
    }
}

/// What turns text into tokens, as far as examples need to know.
pub trait Encode {
    /// The token that stands before and after each thing of a list, where there is one.
    fn mark_id(&self) -> Option<i64>;

    /// The text's tokens, without marks.
    ///
    /// # Errors
    /// Where the text holds what no token stands for.
    fn encode(&self, text: &str) -> Result<Vec<i64>, DataError>;
}

/// Each item's every token, and the mark at its end, with the `block_size` tokens before it; what
/// lies before the beginning is filled with marks. `emma` with block size 3 gives `... → e`,
/// `..e → m`, `.em → m`, `emm → a`, `mma → .`:
///
/// ```
/// use gradus_data::{Vocabulary, contexts};
///
/// let vocabulary = Vocabulary::of_lines(&["emma"]); // . a e m
/// let examples = contexts(&["emma"], &vocabulary, 3)?;
/// assert_eq!(examples.x, [0, 0, 0, /**/ 0, 0, 2, /**/ 0, 2, 3, /**/ 2, 3, 3, /**/ 3, 3, 1]);
/// assert_eq!(examples.y, [2, 3, 3, 1, 0]);
/// # Ok::<(), gradus_data::DataError>(())
/// ```
///
/// # Errors
/// Where a character is not in the vocabulary, the vocabulary has no mark, or the block size is 0.
pub fn contexts<S: AsRef<str>>(
    items: &[S],
    vocabulary: &impl Encode,
    block_size: usize,
) -> Result<Contexts, DataError> {
    let mark = mark(vocabulary)?;
    if block_size == 0 {
        return Err(DataError::NoContext);
    }
    let n: usize = items.iter().map(|item| item.as_ref().chars().count() + 1).sum();
    let (mut x, mut y) = (Vec::with_capacity(n * block_size), Vec::with_capacity(n));
    for item in items {
        let mut tokens = vec![mark; block_size];
        tokens.extend(vocabulary.encode(item.as_ref())?);
        tokens.push(mark);
        for window in tokens.windows(block_size + 1) {
            x.extend_from_slice(&window[..block_size]);
            y.push(window[block_size]);
        }
    }
    Ok(Contexts { x, y, block_size })
}

/// The target of places that nothing follows: losses leave it out.
pub const IGNORE: i64 = -1;

/// Whole items as sequences, for models that read them in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequences {
    /// A mark, the item, and marks up to the end: `[N, length]`.
    pub x: Vec<i64>,
    /// What follows at each place: the item, a mark, then [`IGNORE`]: `[N, length]`.
    pub y: Vec<i64>,
    /// Places in a sequence.
    pub length: usize,
}

/// Each item as one sequence of `length` places; it takes one place more than it has tokens.
///
/// # Errors
/// Where an item is too long, a character is not in the vocabulary, or the vocabulary has no mark.
pub fn sequences<S: AsRef<str>>(items: &[S], vocabulary: &impl Encode, length: usize) -> Result<Sequences, DataError> {
    let mark = mark(vocabulary)?;
    let (mut x, mut y) = (Vec::with_capacity(items.len() * length), Vec::with_capacity(items.len() * length));
    for item in items {
        let tokens = vocabulary.encode(item.as_ref())?;
        let needed = tokens.len() + 1;
        if needed > length {
            return Err(DataError::LongItem { item: shown(item.as_ref()), needed, length });
        }
        x.push(mark);
        x.extend_from_slice(&tokens);
        x.extend(std::iter::repeat_n(mark, length - needed));
        y.extend_from_slice(&tokens);
        y.push(mark);
        y.extend(std::iter::repeat_n(IGNORE, length - needed));
    }
    Ok(Sequences { x, y, length })
}

fn mark(vocabulary: &impl Encode) -> Result<i64, DataError> {
    vocabulary.mark_id().ok_or(DataError::Vocabulary("they lack the mark that stands before and after each line"))
}
