//! `gradus lr`: looking for a good learning rate.

use std::path::PathBuf;

use gradus_train::finder::{Found, Range, find};
use gradus_insight::digits::figure;
use gradus_train::run::Flow;
use serde::Serialize;
use gradus_train::Session;
use gradus_recipe::Source;

use super::Context;
use super::train::{Changes, Threads};
use crate::failure::Outcome;
use crate::file::{check_picture, write_picture};
use crate::output::{self, grouped, note};
use crate::interrupt;

/// Looks for a good learning rate: a short training in which the rate grows from step to step, and the loss tells where
/// it is too small and where too large. Nothing is recorded.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A built-in recipe (see: gradus recipes) or a TOML file
    recipe: String,
    #[command(flatten)]
    changes: Changes,
    /// The first rate
    #[arg(long, default_value_t = Range::default().from, value_name = "LR", allow_negative_numbers = true)]
    from: f64,
    /// The last rate
    #[arg(long, default_value_t = Range::default().to, value_name = "LR", allow_negative_numbers = true)]
    to: f64,
    /// How many rates: one step each
    #[arg(long, default_value_t = Range::default().steps, value_name = "N")]
    steps: usize,
    #[command(flatten)]
    threads: Threads,
    /// Draw the loss against the rate into this file: .svg or .png
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Searched {
    recipe: String,
    from: f64,
    to: f64,
    #[serde(flatten)]
    found: Found,
    picture: Option<String>,
}

/// Rows of the table.
const ROWS: usize = 13;

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    args.output.as_deref().map_or(Ok(()), |path| check_picture(path, args.json))?;
    let recipe = Source::find(&args.recipe)?.read(&args.changes.read()?)?;
    args.threads.apply();
    interrupt::listen()?;
    let name = recipe.name.clone();
    let mut session = Session::new(recipe)?;
    let range = Range { from: args.from, to: args.to, steps: args.steps };
    let tenth = (args.steps / 10).max(1);
    let found = find(&mut session, range, &mut |made| {
        if made.is_multiple_of(tenth) && args.steps > tenth {
            note(&format!("step {} of {}", grouped(made as u64), grouped(args.steps as u64)));
        }
        if interrupt::asked() { Flow::Stop } else { Flow::Continue }
    })?;
    if let Some(file) = &args.output {
        write_picture(file, &found.picture())?;
    }
    let picture = args.output.as_ref().map(|file| file.display().to_string());
    if args.json {
        return output::json(&Searched { recipe: name, from: args.from, to: args.to, found, picture });
    }
    let mut rows = vec![["learning rate", "log10", "loss"].map(str::to_string).to_vec()];
    let last = found.tried.len().saturating_sub(1);
    for i in 0..ROWS.min(found.tried.len()) {
        let tried = &found.tried[last * i / (ROWS - 1).max(1)];
        rows.push(vec![
            figure(tried.learning_rate, 3),
            format!("{:.2}", tried.learning_rate.log10()),
            format!("{:.4}", tried.smoothed),
        ]);
    }
    let mut out = output::table(&rows, &[0, 1, 2]);
    if found.ran_away {
        out.push_str("beyond that the loss runs away\n");
    }
    let suggestion = figure(found.suggestion, 2);
    out.push_str(&format!(
        "\nthe loss is lowest around {} and hardly higher up to {suggestion}: train with schedule.lr = {suggestion}\n",
        figure(found.lowest, 2)
    ));
    output::text(&out)?;
    match picture {
        Some(file) => note(&format!("drawn: {file}")),
        None => note("to see the curve, add -o lr.svg (or .png)"),
    }
    note(&format!("train with it: gradus train {} --set schedule.lr={suggestion}", args.recipe));
    Ok(())
}
