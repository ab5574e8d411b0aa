//! `gradus sweep`: every combination of some recipe keys.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use gradus_train::sweep::{Axis, Entry, combinations, sweep};
use gradus_insight::diagnostics::Notes;
use gradus_train::run::Flow;
use serde::Serialize;
use gradus_recipe::{Override, Source};

use super::Context;
use super::train::Changes;
use crate::failure::{Failure, Outcome};
use crate::output::{self, duration, grouped, note};
use crate::interrupt;

/// Trains every combination of some recipe keys, records them all and ranks them by their dev loss.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A built-in recipe (see: gradus recipes) or a TOML file
    recipe: String,
    /// A key and the values it is to take; may be given often
    #[arg(long, required = true, value_name = "KEY=A,B,C")]
    grid: Vec<String>,
    #[command(flatten)]
    changes: Changes,
    /// How many steps each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..), allow_negative_numbers = true)]
    steps: Option<i64>,
    /// How many are trained at the same time
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Swept {
    recipe: String,
    keys: Vec<String>,
    /// The best first.
    runs: Vec<Entry>,
}

/// How often progress is told.
const TELL: Duration = Duration::from_secs(2);

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let axes = args.grid.iter().map(|grid| Axis::parse(grid)).collect::<Result<Vec<_>, _>>()?;
    let mut changes = args.changes.read()?;
    changes.extend(args.steps.map(|n| Override::flag("--steps", "steps", n)));
    let combinations = combinations(&Source::find(&args.recipe)?, &changes, &axes)?;
    let mut doubts: Vec<String> = combinations.iter().flat_map(|combination| combination.recipe.doubts()).collect();
    doubts.dedup();
    // Of many the first few stand for all.
    doubts.iter().take(5).for_each(|doubt| note(&format!("note: {doubt}")));
    interrupt::listen()?;
    // The store is made before the first of several makes it.
    let home = context.home().to_path_buf();
    drop(context.new_store()?);
    let count = combinations.len();
    note(&format!("{count} combinations of {}", args.recipe));
    let told = Mutex::new(Instant::now());
    let runs = sweep(&home, &combinations, usize::from(args.jobs), &|| Box::new(Notes), &|done, progress| {
        let mut told = told.lock().unwrap_or_else(|e| e.into_inner());
        if told.elapsed() >= TELL {
            *told = Instant::now();
            note(&format!(
                "{done} of {count} done; step {} of {}, loss {:.4}",
                grouped(progress.step),
                grouped(progress.steps),
                progress.loss
            ));
        }
        if interrupt::asked() { Flow::Stop } else { Flow::Continue }
    });
    let stopped = runs.len() < count;
    let failed = runs.iter().filter(|entry| entry.error.is_some()).count();
    let keys: Vec<String> = axes.into_iter().map(|axis| axis.key).collect();
    if args.json {
        output::json(&Swept { recipe: args.recipe.clone(), keys, runs })?;
    } else {
        output::text(&ranking(&keys, &runs))?;
        if let Some(best) = runs.first().and_then(|entry| entry.run.as_deref()) {
            note(&format!("more about the best: gradus show {best}; its page: gradus report {best}"));
        }
    }
    match (stopped, failed) {
        (true, _) => Err(Failure::Stopped("stopped; what was being trained is saved: see gradus runs".to_string())),
        (_, 0) => Ok(()),
        (_, failed) => Err(Failure::Failed(format!("{failed} of {count} runs failed; the others are recorded"))),
    }
}

fn ranking(keys: &[String], runs: &[Entry]) -> String {
    let mut head = vec!["rank".to_string()];
    head.extend(keys.iter().cloned());
    head.extend(["train", "dev", "test", "time", "run"].map(str::to_string));
    let mut rows = vec![head];
    let loss = |loss: Option<f64>| loss.map_or("–".to_string(), |v| format!("{v:.4}"));
    for (rank, entry) in runs.iter().enumerate() {
        let mut row = vec![(rank + 1).to_string()];
        row.extend(entry.values.iter().cloned());
        row.extend([
            loss(entry.train_loss),
            loss(entry.dev_loss),
            loss(entry.test_loss),
            entry.seconds.map_or("–".to_string(), duration),
            entry.run.clone().unwrap_or_else(|| "–".to_string()),
        ]);
        rows.push(row);
    }
    let right: Vec<usize> = (0..keys.len() + 5).collect();
    let mut out = output::table(&rows, &right);
    for entry in runs {
        if let Some(error) = &entry.error {
            out.push_str(&format!("{}: {error}\n", entry.values.join(", ")));
        }
    }
    out
}
