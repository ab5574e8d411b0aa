//! `gradus runs`: the recorded runs, a line each.

use gradus_train::store::Run;
use serde::Serialize;

use super::Context;
use crate::failure::Outcome;
use crate::output::{self, duration, grouped};

/// Lists the recorded runs, the oldest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is known about a run without reading its logs.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) run: String,
    pub(crate) recipe: String,
    pub(crate) model: String,
    pub(crate) data: String,
    pub(crate) parameters: usize,
    pub(crate) status: &'static str,
    pub(crate) step: u64,
    pub(crate) steps: u64,
    pub(crate) seconds: f64,
    /// Seconds since 1970.
    pub(crate) created: u64,
    pub(crate) train_loss: Option<f64>,
    pub(crate) dev_loss: Option<f64>,
    pub(crate) test_loss: Option<f64>,
}

impl Summary {
    /// Of a run.
    pub(crate) fn of(run: &Run) -> Self {
        Summary {
            run: run.name().to_string(),
            recipe: run.recipe_name().to_string(),
            model: run.model().to_string(),
            data: run.data().to_string(),
            parameters: run.parameters(),
            status: run.status(),
            step: run.step(),
            steps: run.steps(),
            seconds: run.seconds(),
            created: run.created(),
            train_loss: run.last("train_loss"),
            dev_loss: run.last("dev_loss"),
            test_loss: run.last("test_loss"),
        }
    }
}

#[derive(Debug, Serialize)]
struct Listing {
    runs: Vec<Summary>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let runs = match context.store_if_any()? {
        Some(store) => store.runs()?.iter().map(Summary::of).collect(),
        None => vec![],
    };
    if args.json {
        return output::json(&Listing { runs });
    }
    if runs.is_empty() {
        output::note(&context.no_runs());
        return Ok(());
    }
    let head = ["run", "model", "data", "parameters", "step", "status", "train", "dev", "time"];
    let mut rows = vec![head.map(str::to_string).to_vec()];
    let loss = |loss: Option<f64>| loss.map_or("–".to_string(), |v| format!("{v:.4}"));
    rows.extend(runs.iter().map(|run| {
        vec![
            run.run.clone(),
            run.model.clone(),
            run.data.clone(),
            grouped(run.parameters as u64),
            format!("{} of {}", grouped(run.step), grouped(run.steps)),
            run.status.to_string(),
            loss(run.train_loss),
            loss(run.dev_loss),
            duration(run.seconds),
        ]
    }));
    output::text(&output::table(&rows, &[3, 4, 6, 7, 8]))
}
