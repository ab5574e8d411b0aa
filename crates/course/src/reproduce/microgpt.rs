//! microgpt (A. Karpathy, February 2026): 200 lines of Python, a whole GPT of single numbers. By Python's random numbers, so
//! that it comes to the same losses and writes the same names.

use gradus_data::{Lines, Source};
use gradus_scalar::microgpt::{Adam, Config, MicroGpt};
use gradus_tensor::random::PythonRandom;
use gradus_train::Error;

use super::Desk;

/// Steps, a name each.
const STEPS: usize = 1000;
/// The step, its loss under CPython 3.11, and how far away it may be. The first are told to all digits; in the later ones
/// the last digits have grown.
const LOSSES: [(usize, f64, f64); 10] = [
    (1, 3.365_966_947_584_850_4, 1e-12),
    (2, 3.424_272_783_871_771_7, 1e-12),
    (3, 3.177_802_125_458_052, 1e-12),
    (10, 3.222_888_240_118_262_4, 1e-12),
    (20, 2.745_285_393_655_64, 1e-12),
    (50, 2.4050, 5e-5),
    (100, 3.3669, 5e-5),
    (200, 2.3097, 5e-5),
    (500, 2.0645, 5e-5),
    (1000, 2.6497, 5e-5),
];
const NAMES: &str = "kamon ann karai jaire vialan karia yeran anna areli kaina konna keylen liole alerin earan lenne kana \
                     lara alela anton";

pub(super) fn work(desk: &mut Desk<'_>) -> Result<(), Error> {
    let lines = Lines::open(&Source::find(&desk.names)?)?;
    let mut names: Vec<&str> = lines.items().iter().map(AsRef::as_ref).collect();
    let mut random = PythonRandom::new(42);
    random.shuffle(&mut names);
    let mut letters: Vec<char> = names.iter().flat_map(|name| name.chars()).collect();
    letters.sort_unstable();
    letters.dedup();
    // The mark before and after each name stands behind the letters.
    let mark = letters.len();
    desk.count("names", 32_033, names.len());
    desk.count("tokens", 27, mark + 1);
    let mut gpt = MicroGpt::new(Config::published(mark + 1), || random.gauss(0.0, 0.08));
    desk.count("parameters", 4192, gpt.parameters().len());

    let mut losses = Vec::with_capacity(STEPS);
    for (step, name) in names.iter().cycle().take(STEPS).enumerate() {
        if step % 64 == 0 {
            desk.tell("a GPT of single numbers", step as f64 / STEPS as f64)?;
        }
        let places = name.chars().filter_map(|letter| letters.binary_search(&letter).ok());
        let document: Vec<usize> = [mark].into_iter().chain(places).chain([mark]).collect();
        losses.push(gpt.learn(&document, STEPS as u64, &Adam::default()));
    }
    for (step, loss, within) in LOSSES {
        desk.number(&format!("loss of step {step}"), loss, losses[step - 1], within);
    }
    let mut written = Vec::new();
    for _ in 0..20 {
        let tokens = gpt.write(mark, 0.5, |weights| random.choice_by_weight(weights));
        written.push(tokens.into_iter().map(|token| letters[token]).collect::<String>());
    }
    desk.words("twenty names", NAMES, &written.join(" "));
    Ok(())
}
