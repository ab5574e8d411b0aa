//! What time it is, as far as training needs to know.

/// Seconds that pass.
pub trait Clock: Send {
    /// Seconds since some moment.
    fn seconds(&self) -> f64;
}

/// The system's clock, which never goes back.
#[derive(Debug)]
pub struct SystemClock(std::time::Instant);

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock(std::time::Instant::now())
    }
}

impl Clock for SystemClock {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
