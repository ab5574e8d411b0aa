//! What may be asked of one session. Every limit is told by the error that meets it.

/// Numbers of a tensor in one answer.
pub const TENSOR_NUMBERS: usize = 1 << 22;
/// Numbers in all values of one recorded pass.
pub const LOOK_NUMBERS: usize = 1 << 26;
/// Texts in one answer.
pub const SAMPLES: usize = 1000;
/// Tokens in all texts of one answer.
pub const TOKENS: usize = 50_000;
/// Tokens in a text.
pub const SAMPLE_LENGTH: usize = 2000;
/// Letters in a context.
pub const CONTEXT: usize = 4096;
/// Steps in one `step` command.
pub const STEPS: u64 = 1000;
/// Steps in each format of a precision study.
pub const STUDY_STEPS: u64 = 10_000;
/// Entries of an edit log.
pub const EDITS: usize = 10_000;
/// Connections of a letter graph.
pub const CONNECTIONS: usize = 100_000;
/// Listeners to one session's events.
pub const LISTENERS: usize = 1000;
/// Numbers in a view.
pub const VIEW_NUMBERS: usize = 1 << 20;
/// Seconds that a session works for one request, before the rest is done between requests or left.
pub const WAIT: f64 = 10.0;
/// Seconds that a session trains on when the last who listened to it has gone.
pub const UNWATCHED: f64 = 180.0;
/// Seconds between two events to one listener.
pub const TICK: f64 = 0.1;
