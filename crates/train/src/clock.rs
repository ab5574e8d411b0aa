//! What time it is, as far as training needs to know.

/// Seconds that pass.
pub trait Clock: Send {
    /// Seconds since some moment.
    fn seconds(&self) -> f64;
}

/// No clock: no time passes. What takes its measure from time (checkpoints every so many seconds) does not happen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeless;

impl Clock for Timeless {
    fn seconds(&self) -> f64 {
        0.0
    }
}

/// The system's clock, where there is one that this crate may read (feature `files`); else no time passes.
pub fn usual() -> Box<dyn Clock> {
    #[cfg(feature = "files")]
    return Box::new(SystemClock::default());
    #[cfg(not(feature = "files"))]
    Box::new(Timeless)
}

/// The system's clock, which never goes back.
#[cfg(feature = "files")]
#[derive(Debug)]
pub struct SystemClock(std::time::Instant);

#[cfg(feature = "files")]
impl Default for SystemClock {
    fn default() -> Self {
        SystemClock(std::time::Instant::now())
    }
}

#[cfg(feature = "files")]
impl Clock for SystemClock {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
