//! What a session asks of the world around it: the time, and work that goes on beside it. A server has threads and a system
//! clock; a worker in a browser has neither of the two in this form.

/// The world around a session.
pub trait Host: Send + Sync {
    /// Seconds since some moment; they never go back.
    fn seconds(&self) -> f64;

    /// Has something done beside the session.
    ///
    /// # Errors
    /// Why it cannot be.
    fn beside(&self, name: &str, work: Box<dyn FnOnce() + Send>) -> Result<(), String>;
}
