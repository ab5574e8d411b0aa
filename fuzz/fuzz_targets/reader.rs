//! The reader that GRADUS_FUZZ names, or the first.

#![no_main]

use std::sync::LazyLock;

use gradus_fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static READER: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("GRADUS_FUZZ").unwrap_or_else(|_| TARGETS[0].name.to_owned());
    TARGETS.iter().find(|target| target.name == name).expect("there is no such target")
});

fuzz_target!(|bytes: &[u8]| {
    if let Err(how) = READER.check(bytes, &MEMORY) {
        panic!("{how}");
    }
});
