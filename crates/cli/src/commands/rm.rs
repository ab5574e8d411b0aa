//! `gradus rm`: runs are removed, with all that was recorded of them.

use std::io::{self, IsTerminal, Write};

use gradus_train::store::Run;
use serde::Serialize;

use super::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{self, grouped};

/// Removes runs with all that was recorded of them: checkpoints, records, samples. On a terminal it asks first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The runs (see: gradus runs); 'mlp-*' stands for all whose names begin so
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Removed {
    removed: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let store = context.store()?;
    let mut runs: Vec<Run> = Vec::new();
    for pattern in &args.runs {
        for run in store.named(pattern)? {
            if runs.iter().all(|other| other.name() != run.name()) {
                runs.push(run);
            }
        }
    }
    // All or none: found out before anything is removed.
    if let Some(run) = runs.iter().find(|run| run.is_training()) {
        return Err(Failure::Failed(format!(
            "run {} is being trained: stop it first; nothing was removed",
            run.name()
        )));
    }
    if !args.yes && io::stdin().is_terminal() && io::stderr().is_terminal() && !agreed(&runs)? {
        return Err(Failure::Stopped("nothing was removed".to_string()));
    }
    let mut removed = Vec::new();
    for run in &runs {
        store.delete(run.name())?;
        removed.push(run.name().to_string());
    }
    match args.json {
        true => output::json(&Removed { removed }),
        false => output::text(&format!("removed {}", removed.join(", "))),
    }
}

fn agreed(runs: &[Run]) -> Outcome<bool> {
    let mut text = String::new();
    for run in runs {
        text.push_str(&format!("{}: {}, {} steps\n", run.name(), run.model(), grouped(run.step())));
    }
    let what = if runs.len() == 1 { "this run".to_string() } else { format!("these {} runs", runs.len()) };
    let mut err = io::stderr().lock();
    write!(err, "{text}remove {what} for good? [y/N] ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
