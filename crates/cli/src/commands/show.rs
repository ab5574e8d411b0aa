//! `gradus show`: everything recorded about one run.

use std::fmt::Write;

use gradus_train::Session;
use serde::Serialize;

use super::Context;
use super::runs::Summary;
use crate::failure::Outcome;
use crate::output::{self, duration, grouped};

/// Shows one run: how it stands, its losses, checkpoints, samples and recipe.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    summary: Summary,
    folder: String,
    /// Where the pictures of a classifier's training are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pictures: Option<String>,
    checkpoints: Vec<u64>,
    /// What the model is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<gradus_nn::Summary>,
    /// Pairs of step and value.
    loss: Vec<(u64, f64)>,
    samples: Vec<String>,
    recipe_toml: String,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let store = context.store()?;
    let run = store.run(&args.run)?;
    let recipe = run.recipe()?;
    let losses = store.metric(&run, "loss_mean")?;
    let checkpoints = run.checkpoints()?;
    let pictures = run.folder().join("pictures");
    let pictures = pictures.is_dir().then(|| pictures.display().to_string());
    // The model of the last checkpoint, where there is one that can be read.
    let session = checkpoints.last().and_then(|&step| Session::of_run_without_data(&run, Some(step)).ok());
    let parts = session.map(|session| gradus_nn::Summary::of(session.model()));
    if args.json {
        return output::json(&Shown {
            summary: Summary::of(&run),
            folder: run.folder().display().to_string(),
            pictures,
            checkpoints,
            parts,
            loss: losses,
            samples: run.samples().map_or(vec![], |s| s.lines().map(str::to_string).collect()),
            recipe_toml: recipe.to_toml(),
        });
    }
    let mut out = String::new();
    let mut fact = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", output::hanging(&format!("{name:<12} "), &value));
    };
    fact("run", run.name().to_string());
    fact("status", run.status().to_string());
    if let Some(ended) = run.ended() {
        fact("why", ended.why.clone());
    }
    if !run.tags().is_empty() {
        fact("tags", run.tags().join(" "));
    }
    for (number, line) in run.note().lines().enumerate() {
        fact(if number == 0 { "note" } else { "" }, line.to_string());
    }
    fact("model", format!("{}, {} parameters", run.model(), grouped(run.parameters() as u64)));
    fact("data", run.data().to_string());
    let time = match run.seconds() {
        // Made of its checkpoints again: nobody knows how long it took.
        seconds if seconds <= 0.0 => String::new(),
        seconds => format!(" in {} ({} a second)", duration(seconds), grouped((run.step() as f64 / seconds) as u64)),
    };
    fact("steps", format!("{} of {}{time}", grouped(run.step()), grouped(run.steps())));
    let last = store.last_metrics(&run)?;
    for split in ["train", "dev", "test"] {
        let name = format!("{split}_loss");
        if let Some((_, value)) = last.iter().find(|(found, _)| *found == name) {
            let right = last.iter().find(|(found, _)| *found == format!("{split}_accuracy"));
            let right = right.map_or(String::new(), |(_, share)| format!("   {:.2} % right", 100.0 * share));
            fact(&format!("{split} loss"), format!("{value:.4}{right}"));
        }
    }
    fact("folder", run.folder().display().to_string());
    if let Some(pictures) = &pictures {
        fact("pictures", pictures.clone());
    }
    let steps: Vec<String> = checkpoints.iter().map(|&step| grouped(step)).collect();
    fact("checkpoints", steps.join("  "));
    if let Some(parts) = parts {
        let _ = writeln!(out, "\n{parts}");
    }
    if !losses.is_empty() {
        out.push_str("\nmean loss up to step\n");
        let rows: Vec<Vec<String>> = spread(&losses, 12)
            .map(|(step, loss)| vec![grouped(*step + 1), format!("{loss:.4}")])
            .collect();
        out.push_str(&output::table(&rows, &[0, 1]));
    }
    if let Some(samples) = run.samples() {
        let _ = write!(out, "\nsamples\n{samples}");
    }
    let _ = write!(out, "\nrecipe ({})\n{}", run.recipe_name(), recipe.to_toml());
    output::text(&out)
}

/// At most `count` items, evenly spaced, the last among them.
fn spread<T>(items: &[T], count: usize) -> impl Iterator<Item = &T> {
    let stride = items.len().div_ceil(count).max(1);
    let skip = items.len().saturating_sub(1) % stride;
    items.iter().skip(skip).step_by(stride)
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn the_last_item_is_always_shown() {
        for n in 1..50 {
            let items: Vec<usize> = (0..n).collect();
            let shown: Vec<usize> = spread(&items, 12).copied().collect();
            assert_eq!(shown.last(), Some(&(n - 1)));
            assert!(shown.len() <= 12, "{n}: {shown:?}");
        }
    }
}
