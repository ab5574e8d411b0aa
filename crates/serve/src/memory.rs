//! How much memory the process takes, and how much it may.

use std::fs;

use crate::limits;
use crate::refusal::{Answer, Refusal};

/// Bytes that the process holds; `None` where the system does not say.
pub(crate) fn used() -> Option<u64> {
    kilobytes("/proc/self/status", "VmRSS:")
}

/// Bytes that the process may hold where nothing else is said: a share of the machine's memory, or of what its
/// control group may take.
pub(crate) fn usual() -> Option<u64> {
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse::<u64>().ok());
    let all = [kilobytes("/proc/meminfo", "MemTotal:"), group].into_iter().flatten().min()?;
    Some((all as f64 * limits::MEMORY_SHARE) as u64)
}

/// Refuses where `limit` would be reached with so many parameters more: each has a value, a gradient, two numbers of
/// an optimiser and one in a checkpoint in the making.
///
/// # Errors
/// A plain answer with both numbers.
pub(crate) fn check(limit: Option<u64>, parameters: usize) -> Answer<()> {
    let (Some(used), Some(limit)) = (used(), limit) else { return Ok(()) };
    let used = used.saturating_add(parameters as u64 * 20);
    if used <= limit {
        return Ok(());
    }
    let mebibytes = |bytes: u64| bytes >> 20;
    Err(Refusal::limit(format!(
        "the laboratory would hold {} MiB, and it may hold {} MiB: close a session, or begin a smaller one \
         (gradus serve --memory sets the limit)",
        mebibytes(used),
        mebibytes(limit)
    )))
}

/// A line such as `VmRSS:   1234 kB`.
fn kilobytes(file: &str, word: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
