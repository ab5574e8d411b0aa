//! What one client may ask for. Every limit is told by `GET /api`, and by the error that meets it.

use std::time::Duration;

/// Sessions that are awake at once; more go to sleep, the longest unused first.
pub(crate) const SESSIONS: usize = 16;
/// Bytes in a request's body.
pub(crate) const BODY_BYTES: usize = 1 << 20;
/// Bytes in a body that brings data.
pub(crate) const UPLOAD_BYTES: usize = 16 << 20;
/// Numbers of a tensor in one answer.
pub(crate) const TENSOR_NUMBERS: usize = 1 << 22;
/// Numbers in all values of one recorded pass.
pub(crate) const LOOK_NUMBERS: usize = 1 << 26;
/// Texts in one answer.
pub(crate) const SAMPLES: usize = 1000;
/// Tokens in all texts of one answer.
pub(crate) const TOKENS: usize = 50_000;
/// Tokens in a text.
pub(crate) const SAMPLE_LENGTH: usize = 2000;
/// Letters in a context.
pub(crate) const CONTEXT: usize = 4096;
/// Steps in one `step` command.
pub(crate) const STEPS: u64 = 1000;
/// Steps in each format of a precision study.
pub(crate) const STUDY_STEPS: u64 = 10_000;
/// Entries of an edit log.
pub(crate) const EDITS: usize = 10_000;
/// Connections of a letter graph.
pub(crate) const CONNECTIONS: usize = 100_000;
/// Listeners to one session's events.
pub(crate) const LISTENERS: usize = 1000;
/// Requests that may wait for one session.
pub(crate) const WAITING: usize = 1024;
/// The share of all memory that the process may take before new sessions are refused.
pub(crate) const MEMORY_SHARE: f64 = 0.6;

/// Numbers in a view.
pub(crate) const VIEW_NUMBERS: usize = 1 << 20;
/// Bytes of all data that clients brought.
pub(crate) const UPLOADS_BYTES: u64 = 1 << 30;
/// How long a session works for one request, before the rest is done between requests or left.
pub(crate) const WAIT: Duration = Duration::from_secs(10);
/// How long a request may take.
pub(crate) const REQUEST: Duration = Duration::from_secs(60);
/// How long a session may be unused before it sleeps.
pub(crate) const IDLE_SESSION: Duration = Duration::from_secs(15 * 60);
/// Between two events to one listener.
pub(crate) const TICK: Duration = Duration::from_millis(100);
/// How long a listener hears nothing before it is told that the line stands.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);
