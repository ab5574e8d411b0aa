//! `gradus export`: a run for the rest of the field.

use std::path::PathBuf;

use gradus_lab::Session;
use gradus_lab::exchange::{self, pytorch, safetensors, tensorboard};

use super::Context;
use crate::failure::Outcome;
use crate::output::{self, grouped};

/// Writes a run for other programs: its model, or what it recorded.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// safetensors: the parameters; pytorch: a folder with the model in plain PyTorch and a script that trains on from
    /// exactly there; tensorboard: losses, histograms and text as an event file
    #[arg(long, value_enum)]
    to: Form,
    /// The file (safetensors) or the new folder (pytorch, tensorboard)
    #[arg(short, value_name = "PATH")]
    output: PathBuf,
    /// Use the checkpoint at this step, not the last
    #[arg(long, value_name = "N")]
    step: Option<u64>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    Safetensors,
    Pytorch,
    Tensorboard,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let store = context.store()?;
    let run = store.run(&args.run)?;
    let place = args.output.display();
    let told = match args.to {
        Form::Safetensors => {
            let bytes = safetensors::parameters(&Session::of_run_without_data(&run, args.step)?)?;
            exchange::write(&args.output, &bytes)?;
            format!("{place}: the parameters of {}, {} bytes", args.run, grouped(bytes.len() as u64))
        }
        Form::Pytorch => {
            let session = Session::of_run(&run, args.step)?;
            exchange::write_folder(&args.output, &pytorch::files(&session)?)?;
            format!(
                "{place}: {} at step {} for PyTorch; go on training with: python {place}/train.py --steps 1000",
                args.run,
                grouped(session.step())
            )
        }
        Form::Tensorboard => {
            let events = tensorboard::events(&store, &run)?;
            exchange::write_folder(&args.output, &[(&tensorboard::file_name(&run), events)])?;
            format!("{place}: what {} recorded; look at it with: tensorboard --logdir {place}", args.run)
        }
    };
    output::text(&told)
}
