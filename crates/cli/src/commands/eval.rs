//! `gradus eval`: how well a run's model predicts.

use gradus_train::corpus::Split;
use gradus_insight::explain::{self, Confusion, Contrast};
use serde::Serialize;
use gradus_train::{Session, Evaluation};

use super::Context;
use super::train::{At, Threads};
use crate::failure::Outcome;
use crate::output::{self, grouped};

/// Measures a run's model: loss, perplexity, accuracy.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// Which part of the run's data [default: dev, or test where there is no dev split]
    #[arg(long, value_enum)]
    split: Option<Part>,
    /// A file with one thing a line, or a built-in data set, in place of the run's data
    #[arg(long, value_name = "FILE|NAME", conflicts_with = "split")]
    data: Option<String>,
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Part {
    Train,
    Dev,
    Test,
}

impl From<Part> for Split {
    fn from(part: Part) -> Self {
        match part {
            Part::Train => Split::Train,
            Part::Dev => Split::Dev,
            Part::Test => Split::Test,
        }
    }
}

#[derive(Debug, Serialize)]
struct Evaluated<'a> {
    run: &'a str,
    step: u64,
    /// `None` where other data than the run's were asked for.
    split: Option<&'static str>,
    data: &'a str,
    #[serde(flatten)]
    evaluation: Evaluation,
    /// Of a model that tells classes: which it takes for which.
    #[serde(skip_serializing_if = "Option::is_none")]
    confusion: Option<Confusion>,
    /// How well the nearest training examples and the means of the classes do.
    #[serde(skip_serializing_if = "Option::is_none")]
    without_network: Option<Contrast>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    args.threads.apply();
    let store = context.store()?;
    let run = store.run(&args.run)?;
    let step = args.at.of(&store, &run)?;
    let session = match args.data {
        Some(_) => Session::of_run_without_data(&run, step)?,
        None => Session::of_run(&run, step)?,
    };
    let (split, data, evaluation, confusion, contrast) = match &args.data {
        Some(data) => {
            let examples = session.corpus().examples_of(data)?;
            let evaluation = session.evaluate_on(&*examples, data)?;
            (None, data.as_str(), evaluation, explain::confusion(&session, &*examples)?, None)
        }
        None => {
            let split = args.split.map_or_else(|| session.held_out().unwrap_or(Split::Dev), Split::from);
            let data = session.recipe().data.source.as_str();
            let evaluation = session.evaluate(split)?;
            let confusion = explain::confusion(&session, session.corpus().examples(split))?;
            (Some(split.word()), data, evaluation, confusion, explain::beside_network(&session, split)?)
        }
    };
    if args.json {
        let (run, step) = (args.run.as_str(), session.step());
        let without_network = contrast;
        return output::json(&Evaluated { run, step, split, data, evaluation, confusion, without_network });
    }
    let part = split.map_or(data.to_string(), |split| format!("{split} split of {data}"));
    let (step, examples) = (grouped(session.step()), grouped(evaluation.examples as u64));
    let mut out = format!("{} at step {step}, {part}, {examples} predictions\n", args.run);
    let unit = if evaluation.perplexity.is_some() { "nats" } else { "(mean squared error)" };
    out.push_str(&format!("loss        {:.4} {unit}\n", evaluation.loss));
    if let Some(perplexity) = evaluation.perplexity {
        out.push_str(&format!("perplexity  {perplexity:.4}\n"));
    }
    if let Some(accuracy) = evaluation.accuracy {
        out.push_str(&format!("accuracy    {:.2} %\n", accuracy * 100.0));
    }
    if let Some(contrast) = contrast {
        let (neighbours, centroid) = (100.0 * contrast.neighbours, 100.0 * contrast.centroid);
        out.push_str("without a network, for contrast\n");
        out.push_str(&format!("            {neighbours:.2} %  by the vote of the 5 nearest training examples\n"));
        out.push_str(&format!("            {centroid:.2} %  by the nearest mean of a class\n"));
    }
    if let Some(confusion) = confusion {
        out.push_str(&format!("\n{}", confusion.text()));
    }
    output::text(&out)
}
