//! `gradus runs`: the recorded runs, a line each.

use gradus_train::store::{Run, Store};
use serde::Serialize;
use gradus_train::Error;

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

/// What is known about a run without opening its folder.
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
    /// From a run's rows.
    pub(crate) fn of(store: &Store, run: &Run) -> Result<Self, Error> {
        let metrics = store.last_metrics(run)?;
        let metric = |name: &str| {
            metrics.iter().find(|(n, _)| n == name).map(|(_, value)| *value).filter(|v| v.is_finite())
        };
        Ok(Summary {
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
            train_loss: metric("train_loss"),
            dev_loss: metric("dev_loss"),
            test_loss: metric("test_loss"),
        })
    }
}

#[derive(Debug, Serialize)]
struct Listing {
    runs: Vec<Summary>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let runs = match context.store_if_any()? {
        Some(store) => store
            .runs()?
            .iter()
            .map(|run| Summary::of(&store, run))
            .collect::<Result<Vec<_>, _>>()?,
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
