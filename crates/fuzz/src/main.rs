//! Hunts for files that bring a reader down.
//!
//! - `cargo run --release -p gradus-fuzz -- [SECONDS [TARGET…]]`: a share of the time for each target.
//! - `… -- --file FILE TARGET`: reads that file alone.
//! - `… -- --again SEED TARGET`: the same files once more, each written to `target/fuzz/TARGET` before it is tried: what
//!   ended the program at once (no memory, no stack) is found there.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
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
    match arguments {
        [flag, file, name] if flag == "--file" => {
            let bytes = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
            let answer = find(name)?.check(&bytes, &MEMORY)?;
            println!("{}", answer.err().unwrap_or_else(|| "it was read".to_owned()));
            Ok(())
        }
        [flag, seed, name] if flag == "--again" => {
            let seed = seed.parse().map_err(|_| format!("{seed} is no seed: it is a number"))?;
            one(find(name)?, Duration::MAX, seed, true)
        }
        _ => {
            let seconds = arguments.first().map_or(Ok(10.0), |text| text.parse::<f64>());
            let seconds = seconds.ok().filter(|s| (0.0..1e6).contains(s)).ok_or("say how many seconds: a number")?;
            let chosen: Vec<&Target> = match arguments.get(1..).unwrap_or_default() {
                [] => TARGETS.iter().collect(),
                names => names.iter().map(|name| find(name)).collect::<Result<_, _>>()?,
            };
            let each = Duration::from_secs_f64(seconds / chosen.len() as f64);
            let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64);
            chosen.iter().try_for_each(|target| one(target, each, seed, false))
        }
    }
}

fn find(name: &str) -> Result<&'static Target, String> {
    let names = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .ok_or_else(|| format!("there is no target {name}; they are {}", names()))
}

/// What is being read: the file, and since when.
type AtWork = Arc<Mutex<Option<(Vec<u8>, Instant)>>>;

fn one(target: &'static Target, time: Duration, seed: u64, traced: bool) -> Result<(), String> {
    println!("{:<16} seed {seed}", target.name);
    let at_work: AtWork = Arc::default();
    watch(target.name, at_work.clone());
    let found = hunt(target, time, seed, &MEMORY, |bytes| {
        if traced {
            let _ = keep(target.name, bytes);
        }
        *held(&at_work) = Some((bytes.to_vec(), Instant::now()));
    });
    *held(&at_work) = None;
    println!("{:16} {} files, {} answers", "", found.tried, found.answers);
    match found.wrong {
        Some((bytes, how)) => Err(format!("{}: {how}; the file is {}", target.name, keep(target.name, &bytes)?)),
        None => Ok(()),
    }
}

fn held(at_work: &AtWork) -> std::sync::MutexGuard<'_, Option<(Vec<u8>, Instant)>> {
    at_work.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the program where a file takes too long.
fn watch(name: &'static str, at_work: AtWork) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            match &*held(&at_work) {
                None => return,
                Some((bytes, since)) if since.elapsed() > PATIENCE => {
                    let file = keep(name, bytes).unwrap_or_else(|error| error);
                    eprintln!("error: {name} does not come to an end; the file is {file}");
                    std::process::exit(1);
                }
                Some(_) => {}
            }
        }
    });
}

/// Writes a file for whoever mends the reader.
fn keep(name: &str, bytes: &[u8]) -> Result<String, String> {
    let path = PathBuf::from("target/fuzz").join(name);
    let written = std::fs::create_dir_all("target/fuzz").and_then(|()| std::fs::write(&path, bytes));
    written.map(|()| path.display().to_string()).map_err(|e| format!("{}: {e}", path.display()))
}
