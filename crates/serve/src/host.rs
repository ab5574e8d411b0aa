//! The world around a session, as a server has it: threads, and the system's clock.

use std::sync::LazyLock;
use std::time::Instant;

use gradus_studio::host::Host;

/// This process.
pub(crate) struct Process;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Host for Process {
    fn seconds(&self) -> f64 {
        BEGAN.elapsed().as_secs_f64()
    }

    fn beside(&self, name: &str, work: Box<dyn FnOnce() + Send>) -> Result<(), String> {
        let thread = std::thread::Builder::new().name(format!("gradus-{name}"));
        thread.spawn(work).map(drop).map_err(|error| error.to_string())
    }
}
