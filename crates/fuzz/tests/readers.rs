//! The readers hold for a moment, and the hunt finds what it should.

use std::time::Duration;

use gradus_fuzz::{TARGETS, Target, hunt};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn short(target: &Target) -> gradus_fuzz::Found {
    hunt(target, Duration::from_millis(300), 1, &MEMORY, |_| {})
}

// One test: memory is counted for the whole program.
#[test]
fn readers_hold_and_faults_are_found() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(
            seeds.iter().any(|seed| (target.read)(seed) == Ok(())),
            "{}: no file to begin with is right",
            target.name
        );
        let found = short(target);
        if let Some((bytes, how)) = found.wrong {
            panic!("{}: {how}: {}", target.name, bytes.escape_ascii());
        }
        assert!(found.tried > 20 && found.answers > 1, "{}: {} files", target.name, found.tried);
    }

    let seeds = || vec![b"length 0004".to_vec()];
    let faulty = [
        (
            "panics",
            Target {
                name: "a",
                seeds,
                read: |b| {
                    let _ = b[3];
                    Ok(())
                },
                growth: 1,
            },
        ),
        ("takes memory", Target { name: "b", seeds, read: allocates, growth: 1 }),
        (
            "says two lines",
            Target { name: "c", seeds, read: |b| if b.len() < 9 { Err("a\nb".into()) } else { Ok(()) }, growth: 1 },
        ),
    ];
    fn allocates(bytes: &[u8]) -> Result<(), String> {
        let text = bytes.get(7..11).and_then(|b| std::str::from_utf8(b).ok()).and_then(|t| t.parse::<usize>().ok());
        let taken: Vec<u64> = Vec::with_capacity(text.ok_or("no length")? << 10);
        assert!(taken.is_empty());
        Ok(())
    }
    for (fault, target) in faulty {
        assert!(short(&target).wrong.is_some(), "a reader that {fault} was not found out");
    }
}
