//! `gradus repair`: everything in the store looked at, and mended where it can be.

use super::Context;
use crate::failure::Outcome;
use crate::output::{self, grouped};

/// Looks at every run, and mends what kills, damage and hands left. Nothing that could be of use is removed: what cannot be
/// read is set aside, under its name with `.damaged` behind.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let found = match context.store_if_any()? {
        Some(store) => store.repair()?,
        None if args.json => Default::default(),
        None => {
            output::note(&context.no_runs());
            return Ok(());
        }
    };
    if args.json {
        return output::json(&found);
    }
    let mut out = String::new();
    for mended in &found.mended {
        for what in &mended.what {
            out.push_str(&format!("{}: {what}\n", mended.run));
        }
    }
    let rest = if found.mended.is_empty() { "nothing had to be mended" } else { "the others are as they should be" };
    out.push_str(&format!(
        "{} of the store can be opened; {rest}",
        if found.runs == 1 { "1 run".to_string() } else { format!("{} runs", grouped(found.runs as u64)) }
    ));
    output::text(&out)
}
