//! `gradus sample`: text from a trained model.

use std::time::{SystemTime, UNIX_EPOCH};

use gradus_train::generate::{Sample, Sampling};
use gradus_train::generate::sample_generator;
use serde::Serialize;
use gradus_train::Session;

use super::Context;
use super::train::{At, Threads};
use crate::failure::Outcome;
use crate::output::{self, note};

/// What marks a text that stands in the training data.
pub(crate) const KNOWN: &str = "known";

/// Generates text with a run's model.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// How many
    #[arg(short, default_value_t = 20, value_name = "N")]
    n: usize,
    /// How each begins
    #[arg(long, default_value = "", value_name = "TEXT")]
    prompt: String,
    /// Below 1 bolder, above 1 more adventurous, 0 always the likeliest
    #[arg(long, default_value_t = 1.0, value_name = "T", allow_negative_numbers = true)]
    temperature: f64,
    /// Choose among the K likeliest only
    #[arg(long, value_name = "K")]
    top_k: Option<usize>,
    /// Choose among the likeliest that together reach the share P
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    top_p: Option<f64>,
    /// Cut a text that does not end after so many tokens
    #[arg(long, default_value_t = 500, value_name = "N")]
    length: usize,
    /// End a text where it comes to these words
    #[arg(long, value_name = "TEXT")]
    stop: Option<String>,
    /// The same seed gives the same texts [default: a new one each time, told on stderr]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Sampled {
    run: String,
    step: u64,
    seed: u64,
    samples: Vec<Sample>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let sampling = Sampling {
        temperature: args.temperature,
        top_k: args.top_k,
        top_p: args.top_p,
        length: args.length,
        stop: args.stop.clone(),
    };
    sampling.check()?;
    args.threads.apply();
    let store = context.store()?;
    let run = store.run(&args.run)?;
    let session = Session::of_run_without_data(&run, args.at.of(&store, &run)?)?;
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let random = sample_generator(gradus_train::build::scheme(session.recipe().training.rng), seed);
    let samples = session.generate(args.n, &args.prompt, &sampling, &random)?;
    if args.json {
        let (run, step) = (args.run.clone(), session.step());
        return output::json(&Sampled { run, step, seed, samples });
    }
    output::text(&lines(&samples))?;
    if args.seed.is_none() {
        note(&format!("the same again: --seed {seed}"));
    }
    Ok(())
}

/// Samples a line each; those that stand in the training data are marked.
pub(crate) fn lines(samples: &[Sample]) -> String {
    let width = samples.iter().map(|s| s.text.chars().count()).max().unwrap_or(0).min(24);
    let mut out = String::new();
    for sample in samples {
        if sample.known == Some(true) {
            let pad = width.saturating_sub(sample.text.chars().count());
            out.push_str(&format!("{}{}  {KNOWN}\n", sample.text, " ".repeat(pad)));
        } else {
            out.push_str(&format!("{}\n", sample.text));
        }
    }
    out
}

/// A seed that is short enough to be typed again.
fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
    now / 1000 % 1_000_000
}
