//! `gradus compare`: runs side by side.

use std::path::PathBuf;

use gradus_insight::compare::{Difference, differences};
use gradus_insight::diagnostics::pictures::over_steps;
use gradus_insight::digits::pace;
use gradus_train::store::Run;
use serde::Serialize;
use gradus_recipe::Recipe;

use super::Context;
use super::runs::Summary;
use crate::failure::{Failure, Outcome};
use crate::file::{check_picture, write_picture};
use crate::output::{self, duration, grouped, note};

/// Shows runs side by side: where their recipes differ, their losses and their speed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The runs, two or more (see: gradus runs)
    #[arg(required = true, num_args = 1..)]
    runs: Vec<String>,
    /// Draw their losses over the steps into this file: .svg or .png
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Compared {
    runs: Vec<Side>,
    differences: Vec<Difference>,
    picture: Option<String>,
}

#[derive(Debug, Serialize)]
struct Side {
    #[serde(flatten)]
    summary: Summary,
    steps_per_second: Option<f64>,
    loss_first: Option<f64>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    if args.runs.len() < 2 {
        return Err(Failure::Usage("two runs are needed to compare; see: gradus runs".to_string()));
    }
    args.output.as_deref().map_or(Ok(()), |path| check_picture(path, args.json))?;
    let store = context.store()?;
    let runs = args.runs.iter().map(|name| store.run(name)).collect::<Result<Vec<Run>, _>>()?;
    let recipes = runs.iter().map(Run::recipe).collect::<Result<Vec<Recipe>, _>>()?;
    let differences = differences(&recipes.iter().collect::<Vec<_>>());
    let mut sides = Vec::with_capacity(runs.len());
    let mut losses = Vec::with_capacity(runs.len());
    for run in &runs {
        sides.push(Side {
            summary: Summary::of(run),
            steps_per_second: (run.seconds() > 0.0).then(|| run.step() as f64 / run.seconds()),
            loss_first: store.metric(run, "loss")?.first().map(|(_, loss)| *loss).filter(|loss| loss.is_finite()),
        });
        losses.push((run.name().to_string(), store.metric(run, "loss_mean")?));
    }
    if let Some(file) = &args.output {
        write_picture(file, &over_steps("Loss on the train split, mean of the batches", "nats", &losses))?;
    }
    if args.json {
        let picture = args.output.as_ref().map(|file| file.display().to_string());
        return output::json(&Compared { runs: sides, differences, picture });
    }
    output::text(&side_by_side(&sides, &differences))?;
    match &args.output {
        Some(file) => note(&format!("drawn: {}", file.display())),
        None => note("their losses over the steps: add -o losses.svg (or .png)"),
    }
    Ok(())
}

/// A table with a column a run.
fn side_by_side(sides: &[Side], differences: &[Difference]) -> String {
    let row = |name: &str, value: &dyn Fn(&Side) -> String| -> Vec<String> {
        [name.to_string()].into_iter().chain(sides.iter().map(value)).collect()
    };
    let loss = |loss: Option<f64>| loss.map_or("–".to_string(), |v| format!("{v:.4}"));
    let rows = vec![
        row("", &|side| side.summary.run.clone()),
        row("model", &|side| side.summary.model.clone()),
        row("parameters", &|side| grouped(side.summary.parameters as u64)),
        row("steps", &|side| grouped(side.summary.step)),
        row("status", &|side| side.summary.status.to_string()),
        row("first loss", &|side| loss(side.loss_first)),
        row("train loss", &|side| loss(side.summary.train_loss)),
        row("dev loss", &|side| loss(side.summary.dev_loss)),
        row("test loss", &|side| loss(side.summary.test_loss)),
        row("time", &|side| duration(side.summary.seconds)),
        row("steps a second", &|side| {
            side.steps_per_second.map_or("–".to_string(), pace)
        }),
    ];
    let right: Vec<usize> = (1..=sides.len()).collect();
    let mut out = output::table(&rows, &right);
    if differences.is_empty() {
        out.push_str("\ntheir recipes are the same\n");
        return out;
    }
    out.push_str("\nwhere their recipes differ\n");
    let rows: Vec<Vec<String>> = differences
        .iter()
        .map(|difference| {
            let values = difference.values.iter().map(|value| value.clone().unwrap_or_else(|| "–".to_string()));
            [difference.key.clone()].into_iter().chain(values).collect()
        })
        .collect();
    out.push_str(&output::table(&rows, &right));
    out
}
