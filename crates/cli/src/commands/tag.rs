//! `gradus tag`: words on a run.

use super::Context;
use super::runs::Summary;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Puts words on a run (WORD or +WORD) and takes them off (-WORD). Without words it shows those that are there.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// +good, -old
    #[arg(value_name = "WORD", allow_hyphen_values = true)]
    words: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let store = context.store()?;
    let (mut add, mut remove, mut json) = (Vec::new(), Vec::new(), false);
    for word in &args.words {
        match word.strip_prefix('-') {
            // What looks like a word to be taken off comes here, options too.
            None => add.push(word.strip_prefix('+').unwrap_or(word).to_string()),
            Some("-json") => json = true,
            Some("-wide") => output::stay_wide(),
            Some(other) if other.starts_with('-') => {
                return Err(Failure::Usage(format!(
                    "there is no option {word}; a tag is taken off with one -: {other}"
                )));
            }
            Some(word) => remove.push(word.to_string()),
        }
    }
    if let Some(both) = add.iter().find(|word| remove.contains(word)) {
        return Err(Failure::Usage(format!("{both} is to be put on and taken off at once")));
    }
    let run = store.tag(&args.run, &add, &remove)?;
    match (json, run.tags()) {
        (true, _) => output::json(&Summary::of(&run)),
        (false, []) => output::text(&format!("run {} has no tags", run.name())),
        (false, tags) => output::text(&format!("run {}: {}", run.name(), tags.join(" "))),
    }
}
