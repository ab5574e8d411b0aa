//! `gradus inspect`: a run's model in numbers.

use gradus_lab::Session;
use gradus_lab::diagnostics::{Diagnosis, Row, look};
use serde::Serialize;

use super::Context;
use super::train::Threads;
use crate::failure::Outcome;
use crate::output::{self, grouped};

/// Shows every parameter and named activation of a run in numbers, with gradients, at the step
/// that would come next.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// Use the checkpoint at this step, not the last
    #[arg(long, value_name = "N")]
    step: Option<u64>,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Inspected<'a> {
    run: &'a str,
    #[serde(flatten)]
    inspection: Diagnosis,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    args.threads.apply();
    let store = context.store()?;
    let mut session = Session::of_run(&store.run(&args.run)?, args.step)?;
    let inspection = look(&mut session)?;
    if args.json {
        return output::json(&Inspected { run: &args.run, inspection });
    }
    let mut rows = vec![
        ["parameter", "shape", "mean", "std", "min", "max", "gradient std", "update:data"]
            .map(str::to_string)
            .to_vec(),
    ];
    let small = |value: Option<f64>| value.map_or("–".to_string(), |v| format!("{v:.2e}"));
    rows.extend(inspection.parameters.iter().map(|row| {
        let mut cells = common(row);
        cells.extend([small(row.gradient_std), small(row.update_ratio)]);
        cells
    }));
    let mut out = format!(
        "{} at step {}: loss of one batch {:.4}, learning rate {}\n\n",
        args.run,
        grouped(inspection.step),
        inspection.loss,
        inspection.learning_rate,
    );
    out.push_str(&output::table(&rows, &[2, 3, 4, 5, 6, 7]));
    let mut rows = vec![
        ["activation", "shape", "mean", "std", "min", "max", "gradient std", "saturated"]
            .map(str::to_string)
            .to_vec(),
    ];
    rows.extend(inspection.activations.iter().map(|row| {
        let mut cells = common(row);
        let saturated = row.saturated.map_or("–".to_string(), |s| format!("{:.1} %", s * 100.0));
        cells.extend([small(row.gradient_std), saturated]);
        cells
    }));
    out.push('\n');
    out.push_str(&output::table(&rows, &[2, 3, 4, 5, 6, 7]));
    output::text(&out)
}

/// Name, shape and statistics of the values.
fn common(row: &Row) -> Vec<String> {
    let number = |v: f64| format!("{v:.4}");
    let s = &row.statistics;
    vec![
        row.name.clone(),
        format!("{:?}", row.shape),
        number(s.mean),
        s.std.map_or("–".to_string(), number),
        number(s.min),
        number(s.max),
    ]
}
