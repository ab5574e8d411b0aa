//! `gradus import`: a GPT-2 model from elsewhere as a run.

use std::path::PathBuf;

use gradus_exchange::import::{self, Request};
use serde_json::json;

use super::Context;
use crate::failure::Outcome;
use crate::output::{self, grouped};

/// Takes a GPT-2 model of nanoGPT or Hugging Face in as a run; nothing in its file is executed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The parameters (.safetensors, or PyTorch's .pt or .bin), or the folder they are in with config.json and tokenizer
    file: PathBuf,
    /// Name the run
    #[arg(long, value_name = "RUN")]
    name: Option<String>,
    /// Attention heads, where no config.json says it
    #[arg(long, value_name = "N")]
    heads: Option<usize>,
    /// A text in the model's tokens to evaluate it on and train it further: a file or a built-in name
    #[arg(long, value_name = "FILE|NAME")]
    data: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let request = Request {
        file: args.file.clone(),
        name: args.name.clone(),
        heads: args.heads,
        data: args.data.clone(),
    };
    // Everything that can be wrong with the file is found before the store is made.
    let imported = import::import(&request)?;
    let run = imported.record(context.new_store()?)?;
    let (parameters, tokenizer, about) = (imported.parameters(), &imported.tokenizer, &imported.about);
    if args.json {
        let data = imported.has_data();
        return output::json(&json!({ "run": run, "parameters": parameters, "tokenizer": tokenizer, "data": data }));
    }
    let parameters = grouped(parameters as u64);
    let mut told = format!(
        "{run}: {about}, {parameters} parameters\ntokenizer: {tokenizer}\nlook at it with: gradus sample {run} -n 1"
    );
    if !imported.has_data() {
        told.push_str("\nno data: import it with --data FILE to evaluate it and to train it further");
    }
    output::text(&told)
}
