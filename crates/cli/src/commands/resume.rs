//! `gradus resume`: a run goes on from a checkpoint, to the same bits as if it had never stopped.

use super::Context;
use super::train::{Threads, carry_out};
use crate::failure::Outcome;
use crate::output::{grouped, note};

/// Goes on with a run from its last checkpoint.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// Train up to this step, counted from the beginning [default: where the run was to end]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64))]
    steps: Option<u64>,
    /// Go back to the checkpoint at this step first
    #[arg(long, value_name = "N")]
    step: Option<u64>,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object at the end
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    args.threads.apply();
    let store = context.store()?;
    let resumed = gradus_train::resume(store, &args.run, args.step, args.steps)?;
    note(&format!(
        "run {} goes on from step {} to {}",
        args.run,
        grouped(resumed.session.step()),
        grouped(resumed.until),
    ));
    if let Some(notice) = &resumed.notice {
        note(notice);
    }
    carry_out(resumed.session, resumed.run, resumed.until, args.json)
}
