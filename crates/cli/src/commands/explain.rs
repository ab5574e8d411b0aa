//! `gradus explain`: why a classifier says what it says of one example.

use std::path::PathBuf;

use gradus_train::corpus::Split;
use gradus_insight::explain::{Example, Explanation, Question, explain};
use gradus_train::store::Run;
use serde::Serialize;
use gradus_train::Session;

use super::Context;
use super::eval::Part;
use super::train::{At, Threads};
use crate::failure::{Failure, Outcome};
use crate::file::write_pictures;
use crate::output::{self, grouped, note};

/// Explains what a run's model says of one example: how probable each class is, what speaks for it, the training examples that
/// look most alike; with pictures.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    /// A row of the split by its number, a PNG picture, measurements with commas between them, or a word
    #[arg(value_name = "ROW|IMAGE|NUMBERS|WORD", default_value = "0")]
    example: String,
    /// The class to explain [default: the one that the model says]
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Which part of the run's data a row is of [default: test, or else dev, or else train]
    #[arg(long, value_enum)]
    split: Option<Part>,
    /// Two measurements for the landscape, by name or number [default: those that tell the classes apart best]
    #[arg(long, value_name = "A,B")]
    features: Option<String>,
    #[command(flatten)]
    at: At,
    /// The folder that the pictures are written into [default: explain/EXAMPLE in the run's folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Explained<'a> {
    run: &'a str,
    step: u64,
    #[serde(flatten)]
    explanation: &'a Explanation,
    pictures: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    args.threads.apply();
    let store = context.store()?;
    let run = store.run(&args.run)?;
    let session = open(&run, args.at.of(&store, &run)?, &args.example)?;
    let filled = |split: &Split| !session.corpus().examples(*split).is_empty();
    let split = args.split.map_or_else(
        || [Split::Test, Split::Dev].into_iter().find(filled).unwrap_or(Split::Train),
        Split::from,
    );
    let example = Example::find(&session, Some(&args.example), split)?;
    let features = args.features.as_deref().map(|features| two_features(&session, features)).transpose()?;
    let question = Question { class: args.class.as_deref(), features };
    let (explanation, pictures) = explain(&session, &example, question)?;
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None => run.folder().join("explain").join(&example.slug),
    };
    let files = write_pictures(&folder, &pictures)?;
    let files: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    if args.json {
        let step = session.step();
        return output::json(&Explained { run: &args.run, step, explanation: &explanation, pictures: files });
    }
    output::text(&format!("{} at step {}: {}", args.run, grouped(session.step()), explanation.text()))?;
    note(&format!("\npictures, as PNG and as SVG beside it ({}):", pictures.len()));
    let drawn = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "png"));
    output::text(&drawn.map(|file| format!("{}\n", file.display())).collect::<String>())
}

/// The session; where its data are gone, an example of one's own can still be asked about.
fn open(run: &Run, step: Option<u64>, example: &str) -> Outcome<Session> {
    let is_row = example.trim().parse::<usize>().is_ok();
    match Session::of_run(run, step) {
        Err(why) if !is_row => Ok(Session::of_run_without_data(run, step).map_err(|_| why)?),
        session => Ok(session?),
    }
}

/// Two features, by their names or numbers.
fn two_features(session: &Session, text: &str) -> Outcome<[usize; 2]> {
    let names = &session.corpus().features()?.names;
    let find = |wanted: &str| {
        let wanted = wanted.trim();
        let by_number = || wanted.parse().ok().filter(|&i: &usize| i < names.len());
        // The unit in brackets may be left out.
        let is_meant = |name: &String| name == wanted || name.split(" (").next() == Some(wanted);
        names.iter().position(is_meant).or_else(by_number)
    };
    let found: Option<Vec<usize>> = text.split(',').map(find).collect();
    match found.as_deref() {
        Some(&[a, b]) if a != b => Ok([a, b]),
        _ if names.is_empty() => Err(Failure::Usage("--features: pictures have pixels, and no named measurements".into())),
        _ => Err(Failure::Usage(format!(
            "--features takes two different ones of {}, with a comma between them; {text} is not that",
            names.join(", ")
        ))),
    }
}
