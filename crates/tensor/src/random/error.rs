use std::fmt;

/// A draw that was asked for with impossible arguments, or a saved state that cannot be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RandomError {
    /// `randint` with nothing between the bounds.
    EmptyRange {
        /// First value that may be drawn.
        low: i64,
        /// First value that may no longer be drawn.
        high: i64,
    },
    /// Bounds of a uniform draw that are out of order, or not finite numbers.
    Interval {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Mean or standard deviation that describe no normal distribution.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// A rate of an exponential distribution that is not a positive number.
    Rate(f64),
    /// A probability outside 0 to 1.
    Probability(f64),
    /// A weight that is negative, infinite or not a number.
    Weight {
        /// Position among the weights.
        index: usize,
        /// The weight.
        value: f64,
    },
    /// Weights of which none is above zero.
    NoWeight {
        /// How many weights there are.
        count: usize,
    },
    /// More different draws than there are weights above zero.
    TooManyDraws {
        /// Draws asked for.
        draws: usize,
        /// Weights above zero.
        positive: usize,
    },
    /// A saved state that is cut off, altered or of another kind.
    State(&'static str),
    /// A name that belongs to no scheme.
    UnknownScheme(String),
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyRange { low, high } => write!(
                f,
                "randint: no whole number lies in {low}..{high}; the upper bound must be greater than the lower one"
            ),
            Self::Interval { low, high } => {
                write!(f, "uniform: {low} to {high} is no interval; give two finite bounds, the lower one first")
            }
            Self::Normal { mean, std } => write!(
                f,
                "normal: mean {mean} with standard deviation {std} is no distribution; both must be finite and the deviation not negative"
            ),
            Self::Rate(rate) => write!(f, "exponential: the rate is {rate}; it must be finite and above zero"),
            Self::Probability(p) => {
                write!(f, "the probability is {p}; it must lie between 0 and 1")
            }
            Self::Weight { index, value } => {
                write!(f, "multinomial: weight {index} is {value}; weights must be finite and not negative")
            }
            Self::NoWeight { count } => {
                write!(f, "multinomial: none of the {count} weights is above zero, so nothing can be drawn")
            }
            Self::TooManyDraws { draws, positive } => write!(
                f,
                "multinomial: {draws} different draws out of {positive} weights above zero; draw fewer, or with replacement"
            ),
            Self::State(what) => write!(f, "random state: {what}; it must be what `Generator::state` returned"),
            Self::UnknownScheme(name) => {
                write!(f, "unknown random-number scheme `{name}`; the schemes are `gradus` and `torch`")
            }
        }
    }
}

impl std::error::Error for RandomError {}
