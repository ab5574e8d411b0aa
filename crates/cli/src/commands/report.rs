//! `gradus report`: a run on one page.

use std::path::PathBuf;

use serde::Serialize;
use gradus_insight::report;

use super::Context;
use super::train::Threads;
use crate::failure::Outcome;
use crate::file::{goes_to_stdout, write_whole};
use crate::output::{self, note};

/// Writes one HTML page about a run that needs nothing else: losses, samples, what is inside the model, the recipe.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// Where the page is written [default: RUN.html]
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Reported<'a> {
    run: &'a str,
    report: String,
    bytes: usize,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    args.threads.apply();
    let store = context.store()?;
    let page = report::page(&store, &store.run(&args.run)?)?;
    let file = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.html", args.run)));
    if goes_to_stdout(&file, args.json)? {
        return write_whole(&file, page.as_bytes());
    }
    write_whole(&file, page.as_bytes())?;
    if args.json {
        let report = file.display().to_string();
        return output::json(&Reported { run: &args.run, report, bytes: page.len() });
    }
    note(&format!("written: {}; open it in a browser", file.display()));
    Ok(())
}
