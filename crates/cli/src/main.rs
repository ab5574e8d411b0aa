//! The `gradus` command line: arguments in, text and progress bars out.
//!
//! Results go to stdout, progress and messages to stderr. Exit status: 0 done, 1 failed, 2 wrong
//! usage. An error is one line, `error: …`, that says what to do next.

mod commands;
mod failure;
mod file;
mod interrupt;
mod output;
mod progress;
mod usage;
mod welcome;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use commands::{Command, Context};
use failure::Outcome;

/// Neural networks from one neuron to a GPT, with every number in sight.
#[derive(Debug, Parser)]
#[command(name = "gradus", version, disable_help_subcommand = true)]
struct Cli {
    /// Where runs are kept [default: $GRADUS_HOME, else .gradus in the working folder]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,

    /// Do not fold tables to the width of the terminal
    #[arg(long, global = true)]
    wide: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

fn main() -> ExitCode {
    failure::install_panic_hook();
    // A panic is already told by the hook; what is left is the exit status.
    match std::panic::catch_unwind(run) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.report(),
        Err(_) => ExitCode::FAILURE,
    }
}

fn run() -> Outcome {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::explain(error),
    };
    if cli.wide {
        output::stay_wide();
    }
    let context = Context::new(cli.home);
    match cli.command {
        Some(command) => command.run(&context),
        None => welcome::print(),
    }
}
