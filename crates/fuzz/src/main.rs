//! `cargo run --release -p gradus-fuzz -- [SECONDS [TARGET…]]`: hunts for files that bring a reader down.
//! With `--file FILE TARGET` it reads that file alone.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gradus_fuzz::{TARGETS, Target, hunt};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A file that takes longer has found a loop.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    if let [flag, file, name] = arguments
        && flag == "--file"
    {
        let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
        let answer = find(name)?.check(&bytes, &MEMORY)?;
        println!("{}", answer.err().unwrap_or_else(|| "it was read".to_owned()));
        return Ok(());
    }
    let seconds = arguments.first().map_or(Ok(10.0), |text| text.parse::<f64>());
    let seconds = seconds.ok().filter(|s| (0.0..1e6).contains(s)).ok_or("say how many seconds: a number")?;
    let names = arguments.get(1..).unwrap_or_default();
    let chosen: Vec<&Target> = match names {
        [] => TARGETS.iter().collect(),
        names => names.iter().map(|name| find(name)).collect::<Result<_, _>>()?,
    };
    let each = Duration::from_secs_f64(seconds / chosen.len() as f64);
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64);
    chosen.iter().try_for_each(|target| one(target, each, seed))
}

fn find(name: &str) -> Result<&'static Target, String> {
    let names = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .ok_or_else(|| format!("there is no target {name}; they are {}", names()))
}

fn one(target: &'static Target, time: Duration, seed: u64) -> Result<(), String> {
    let folder = PathBuf::from("target/fuzz");
    let file = folder.join(target.name);
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    // When the file at hand was begun, in seconds after `start`; the largest number once all are done.
    let begun = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let (shown, name, watched) = (file.display().to_string(), target.name, begun.clone());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let begun = watched.load(Ordering::Relaxed);
            if begun == u64::MAX {
                return;
            }
            if start.elapsed() > Duration::from_secs(begun) + PATIENCE {
                eprintln!("error: {name} does not come to an end; the file is {shown}");
                std::process::exit(1);
            }
        }
    });
    let found = hunt(target, time, seed, &MEMORY, |bytes| {
        begun.store(start.elapsed().as_secs(), Ordering::Relaxed);
        // What ends the program at once (no memory, no stack) leaves the file behind.
        let _ = std::fs::write(&file, bytes);
    });
    begun.store(u64::MAX, Ordering::Relaxed);
    println!("{:<16} {:>8} files, {:>3} answers", target.name, found.tried, found.answers);
    match found.wrong {
        Some((_, how)) => Err(format!("{}: {how}; the file is {}", target.name, file.display())),
        None => std::fs::remove_file(&file).map_err(|e| format!("{}: {e}", file.display())),
    }
}
