//! A whole GPT of single numbers learns a handful of names and writes some: `cargo run --release -p gradus-scalar --example
//! microgpt`. With `--bench` it prints the time a step takes, as JSON; bench/peers/microgpt_python.py is the same in Python.

use std::time::Instant;

use gradus_scalar::Random;
use gradus_scalar::microgpt::{Adam, Config, MicroGpt};

/// A step learns one of these: six letters on average, as many as given names have.
const NAMES: [&str; 16] = [
    "anna",
    "olivia",
    "maria",
    "nora",
    "isabella",
    "eva",
    "charlotte",
    "amelia",
    "leo",
    "william",
    "theodore",
    "jan",
    "sebastian",
    "henry",
    "alexander",
    "hugo",
];
/// The mark before and after a name, behind the 26 letters.
const MARK: usize = 26;
const STEPS: u64 = 1000;

fn document(name: &str) -> Vec<usize> {
    let letters = name.bytes().map(|letter| usize::from(letter - b'a'));
    [MARK].into_iter().chain(letters).chain([MARK]).collect()
}

fn main() {
    let bench = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--bench") => true,
        Some(other) => {
            eprintln!("error: unknown option {other}: use --bench, or nothing");
            std::process::exit(2)
        }
    };
    let mut random = Random::new(42);
    // Six uniform numbers in (−1, 1) have a variance of 2: a normal one with a deviation of 0.08, nearly.
    let mut draw = || (0..6).map(|_| random.uniform(-1.0, 1.0)).sum::<f64>() * 0.08 / 2f64.sqrt();
    let mut gpt = MicroGpt::new(Config::published(MARK + 1), &mut draw);
    let documents = NAMES.map(document);
    let (mut times, mut last) = (Vec::new(), f64::NAN);
    for document in documents.iter().cycle().take(STEPS as usize) {
        let start = Instant::now();
        last = gpt.learn(document, STEPS, &Adam::default());
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    if bench {
        // Names are of unequal length: a step is the mean over a round of all of them.
        let mut rounds: Vec<f64> =
            times.chunks_exact(NAMES.len()).map(|round| round.iter().sum::<f64>() / NAMES.len() as f64).collect();
        rounds.sort_by(f64::total_cmp);
        let (least, median) = (rounds[0], rounds[rounds.len() / 2]);
        println!(
            "{{\"name\": \"gradus-scalar\", \"repeats\": {STEPS}, \"us_min\": {least:.1}, \"us_median\": {median:.1}, \
             \"loss_last\": {last:?}}}"
        );
        return;
    }
    println!("loss of the last name {last:.4}");
    for _ in 0..8 {
        let text = gpt.write(MARK, 0.5, |p| {
            let mut left = (draw() * 37.0).rem_euclid(1.0);
            p.iter()
                .position(|p| {
                    left -= p;
                    left < 0.0
                })
                .unwrap_or(MARK)
        });
        println!("{}", text.iter().map(|&token| char::from(b'a' + token as u8)).collect::<String>());
    }
}
