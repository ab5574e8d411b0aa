//! `gradus rename`: a run gets another name.

use serde::Serialize;

use super::Context;
use crate::failure::Outcome;
use crate::output;

/// Gives a run another name. One that is being trained keeps its own.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// Its new name
    new: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Renamed<'a> {
    run: &'a str,
    was: &'a str,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    context.store()?.rename(&args.run, &args.new)?;
    match args.json {
        true => output::json(&Renamed { run: &args.new, was: &args.run }),
        false => output::text(&format!("run {} is called {} now", args.run, args.new)),
    }
}
