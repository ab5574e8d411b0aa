//! What one client may ask for. Every limit is told by `GET /api`, and by the error that meets it.

use std::time::Duration;

pub(crate) use gradus_studio::limits::{CONTEXT, EDITS, LISTENERS, SAMPLE_LENGTH, SAMPLES, STEPS, TENSOR_NUMBERS};

/// Sessions that are awake at once; more go to sleep, the longest unused first.
pub(crate) const SESSIONS: usize = 16;
/// Bytes in a request's body.
pub(crate) const BODY_BYTES: usize = 1 << 20;
/// Bytes in a body that brings data.
pub(crate) const UPLOAD_BYTES: usize = 16 << 20;
/// Requests that may wait for one session.
pub(crate) const WAITING: usize = 1024;
/// The share of all memory that the process may take before new sessions are refused.
pub(crate) const MEMORY_SHARE: f64 = 0.6;
/// Bytes of all data that clients brought.
pub(crate) const UPLOADS_BYTES: u64 = 1 << 30;
/// How long a request may take.
pub(crate) const REQUEST: Duration = Duration::from_secs(60);
/// How long a session may be unused before it sleeps.
pub(crate) const IDLE_SESSION: Duration = Duration::from_secs(15 * 60);
/// How long a listener hears nothing before it is told that the line stands.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Between two events to one listener.
pub(crate) const TICK: Duration = Duration::from_millis((gradus_studio::limits::TICK * 1000.0) as u64);
