//! `gradus note`: a text of a run.

use super::Context;
use super::runs::Summary;
use crate::failure::Outcome;
use crate::output;

/// Notes a text of a run, in the place of the one before; an empty text ('') takes it away. Without a text it shows the one
/// that is there.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// The text; several words need no quotes
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let store = context.store()?;
    let run = match args.text.is_empty() {
        true => store.run(&args.run)?,
        false => store.annotate(&args.run, &args.text.join(" "))?,
    };
    match (args.json, run.note()) {
        (true, _) => output::json(&Summary::of(&run)),
        (false, "") => output::text(&format!("run {} has no note", run.name())),
        (false, note) => output::text(note),
    }
}
