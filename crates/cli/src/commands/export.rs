//! `gradus export`: a run for the rest of the field.

use std::path::PathBuf;

use gradus_exchange as exchange;
use gradus_insight::precision::stored;
use gradus_train::Session;
use gradus_exchange::{pytorch, safetensors, tensorboard};
use gradus_recipe::StoredAs;

use super::Context;
use crate::failure::{Failure, Outcome};
use crate::file::{goes_to_stdout, write_whole};
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
    /// How safetensors holds the numbers; with this the loss after storing is told
    #[arg(long, value_enum)]
    dtype: Option<Stored>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Stored {
    F32,
    Bf16,
    F16,
}

impl Stored {
    fn of(self) -> StoredAs {
        match self {
            Stored::F32 => StoredAs::F32,
            Stored::Bf16 => StoredAs::Bf16,
            Stored::F16 => StoredAs::F16,
        }
    }
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
    if matches!(args.to, Form::Safetensors) {
        goes_to_stdout(&args.output, false)?;
    }
    if args.dtype.is_some() && !matches!(args.to, Form::Safetensors) {
        return Err(Failure::Usage("--dtype is for --to safetensors: the others hold numbers as they are".to_string()));
    }
    let told = match args.to {
        Form::Safetensors => {
            let dtype = args.dtype.map_or(StoredAs::F32, Stored::of);
            let session = match args.dtype {
                Some(_) => Session::of_run(&run, args.step)?,
                None => Session::of_run_without_data(&run, args.step)?,
            };
            let bytes = safetensors::parameters_as(&session, dtype)?;
            write_whole(&args.output, &bytes)?;
            let loss = match args.dtype {
                Some(_) => told_loss(&session, dtype)?,
                None => String::new(),
            };
            format!("{place}: the parameters of {}, {} bytes{loss}", args.run, grouped(bytes.len() as u64))
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

/// The held-out loss as stored, beside that of the parameters as they were.
fn told_loss(session: &Session, dtype: StoredAs) -> Outcome<String> {
    let loss = |dtype| Ok::<_, gradus_train::Error>(stored::loss(session, dtype)?.dev_loss);
    Ok(match (loss(StoredAs::F32)?, loss(dtype)?) {
        (Some(before), Some(after)) if dtype != StoredAs::F32 => {
            format!("; held-out loss {after:.4} as {}, {before:.4} before", dtype.word())
        }
        (_, Some(after)) => format!("; held-out loss {after:.4}"),
        _ => String::new(),
    })
}
