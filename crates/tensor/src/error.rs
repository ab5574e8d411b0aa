//! Errors that name the operation, the shapes, the module and the remedy.

use std::fmt;

/// What went wrong in an operation: `linear fc1: input [32, 20] does not fit weight [30, 200]: the last axis is 20,
/// the weight wants 30`.
///
/// ```
/// use gradus_tensor::Tensor;
/// let (a, b) = (Tensor::zeros(&[2, 3]), Tensor::zeros(&[2, 3]));
/// let error = a.matmul(&b).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "matmul: [2, 3] does not fit [2, 3]: the left has 3 columns, the right 2 rows; transpose or reshape one of them"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    op: &'static str,
    path: String,
    text: String,
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of operation `op`.
    pub fn new(op: &'static str, text: impl Into<String>) -> Self {
        Error(Box::new(Parts { op, path: String::new(), text: text.into() }))
    }

    /// The operation that refused.
    pub fn op(&self) -> &'static str {
        self.0.op
    }

    /// The path of the module it happened in, such as `blocks.0.fc1`; empty outside of any.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The same error, seen from a module that calls the failing part `name`: paths grow from the inside out.
    pub fn within(mut self, name: impl fmt::Display) -> Self {
        let inner = std::mem::take(&mut self.0.path);
        self.0.path = if inner.is_empty() { name.to_string() } else { format!("{name}.{inner}") };
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { op, path, text } = &*self.0;
        if path.is_empty() { write!(f, "{op}: {text}") } else { write!(f, "{op} {path}: {text}") }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// Returns early with an [`Error`] of operation `$op` unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($cond:expr, $op:expr, $($text:tt)+) => {
        if !$cond {
            return Err($crate::Error::new($op, format!($($text)+)));
        }
    };
}
