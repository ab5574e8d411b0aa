//! `gradus train`: a recipe becomes a recorded run.

use std::path::PathBuf;

use gradus_train::store::{Facts, Run, Store, Writer};
use gradus_insight::diagnostics::Notes;
use gradus_train::run::{ActiveRun, Ending, Summary};
use serde::Serialize;
use gradus_recipe::{Override, Source};
use gradus_train::Session;
use gradus_insight::explain;

use super::Context;
use crate::failure::{Failure, Outcome};
use crate::file::write_pictures;
use crate::output::{self, duration, grouped, note};
use crate::progress::Watcher;
use crate::interrupt;

/// Trains a model by a recipe, and records the run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A built-in recipe (see: gradus recipes) or a TOML file
    recipe: String,
    #[command(flatten)]
    changes: Changes,
    /// How many steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..), allow_negative_numbers = true)]
    steps: Option<i64>,
    #[command(flatten)]
    threads: Threads,
    /// What to call the run [default: the recipe's name with a number]
    #[arg(long, value_name = "RUN")]
    name: Option<String>,
    /// Print one JSON object at the end
    #[arg(long)]
    json: bool,
}

/// `--step`, wherever a checkpoint is chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct At {
    /// Use the checkpoint at this step, or the one with the best held-out loss, not the last
    #[arg(long, value_name = "N|best", value_parser = At::parse)]
    step: Option<Step>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Number(u64),
    Best,
}

impl At {
    fn parse(text: &str) -> Result<Step, String> {
        match text {
            "best" => Ok(Step::Best),
            _ => text.parse().map(Step::Number).map_err(|_| "give a step's number, or best".to_string()),
        }
    }

    /// Whether one is chosen.
    pub(crate) fn is_given(&self) -> bool {
        self.step.is_some()
    }

    /// The step of the chosen checkpoint; `None` for the last.
    pub(crate) fn of(&self, store: &Store, run: &Run) -> Outcome<Option<u64>> {
        match self.step {
            None => Ok(None),
            Some(Step::Number(step)) => Ok(Some(step)),
            Some(Step::Best) => match store.best_step(run)? {
                Some(step) => Ok(Some(step)),
                None => Err(Failure::Failed(format!("run {} has no held-out losses to choose by: --step N", run.name()))),
            },
        }
    }
}

/// What may be changed in a recipe, wherever one is named.
#[derive(Debug, clap::Args)]
pub(crate) struct Changes {
    /// A file with one thing a line, or a built-in data set, in place of the recipe's
    #[arg(long, value_name = "FILE|NAME")]
    data: Option<String>,
    /// Change one key of the recipe; may be given often (keys: gradus recipes --keys)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where all random numbers start
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..), allow_negative_numbers = true)]
    seed: Option<i64>,
}

impl Changes {
    /// As changes of a recipe's keys.
    pub(crate) fn read(&self) -> Outcome<Vec<Override>> {
        let mut changes = self.set.iter().map(|s| Override::parse(s)).collect::<Result<Vec<_>, _>>()?;
        changes.extend(self.seed.map(|n| Override::flag("--seed", "seed", n)));
        changes.extend(self.data.as_deref().map(|data| Override::flag("--data", "data.source", data)));
        Ok(changes)
    }
}

/// `--threads`, wherever something is computed.
#[derive(Debug, clap::Args)]
pub(crate) struct Threads {
    /// How many threads to use; the results are the same with any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Threads {
    /// Tells the engine.
    pub(crate) fn apply(&self) {
        if let Some(n) = self.threads {
            gradus_train::set_threads(usize::from(n));
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let mut changes = args.changes.read()?;
    changes.extend(args.steps.map(|n| Override::flag("--steps", "steps", n)));
    let recipe = Source::find(&args.recipe)?.read(&changes)?;
    args.threads.apply();
    // Everything that can be wrong with the recipe or its data is found before the store is made.
    let session = Session::new(recipe)?;
    session.doubts().iter().for_each(|doubt| note(&format!("note: {doubt}")));
    let facts = Facts {
        parameters: session.model().parameter_count(),
        data_checksum: session.corpus().checksum(),
    };
    let run = context.new_store()?.create(args.name.as_deref(), session.recipe(), &facts)?;
    let until = session.recipe().training.steps as u64;
    note(&format!(
        "run {}: {}, {} parameters, {} steps on {}",
        run.run().name(),
        run.run().model(),
        grouped(facts.parameters as u64),
        grouped(until),
        run.run().data(),
    ));
    carry_out(session, run, until, args.json)
}

/// Trains up to a step, with a progress bar, and prints what came of it.
pub(crate) fn carry_out(session: Session, writer: Writer, until: u64, json: bool) -> Outcome {
    interrupt::listen()?;
    let mut watcher = Watcher::new(session.step(), until);
    let mut run = ActiveRun::new(session, writer, until, Box::new(Notes))?;
    let ended = run.to_end(&mut |progress| watcher.watch(progress));
    watcher.end();
    match ended? {
        Ending::Finished(summary) | Ending::StoppedEarly(summary) => {
            let pictures = draw(&run);
            match json {
                true => output::json(&Trained { summary: &summary, pictures }),
                false => print(&summary, run.session(), &pictures),
            }
        }
        Ending::Stopped => {
            let name = run.writer().run().name();
            Err(Failure::Stopped(format!(
                "stopped and saved at step {} of {}; go on with: gradus resume {name}",
                grouped(run.step()),
                grouped(until),
            )))
        }
        Ending::Diverged(why) => {
            let (name, saved) = (run.writer().run().name(), run.checkpoints().last().copied().unwrap_or(0));
            Err(Failure::Failed(format!("{why}; run {name} keeps its checkpoint at step {}", grouped(saved))))
        }
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Trained<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    /// The files with what there is to see of a model that is no language model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pictures: Vec<PathBuf>,
}

/// Draws what there is to see of a classifier into the run's folder. The training is done whatever becomes of them.
fn draw(run: &ActiveRun) -> Vec<PathBuf> {
    let (session, run) = (run.session(), run.writer());
    let folder = run.run().folder().join("pictures");
    let drawn = || -> Outcome<Vec<PathBuf>> {
        let mut pictures = explain::pictures(session)?;
        if !pictures.is_empty() {
            pictures.extend(explain::curves(session.objective(), &|name| run.series(name))?);
        }
        let files = if pictures.is_empty() { Vec::new() } else { write_pictures(&folder, &pictures)? };
        Ok(files.into_iter().map(|file| folder.join(file)).collect())
    };
    drawn().unwrap_or_else(|failure| {
        if let Failure::Failed(why) = failure {
            note(&format!("no pictures were drawn: {why}"));
        }
        Vec::new()
    })
}

fn print(summary: &Summary, session: &Session, pictures: &[PathBuf]) -> Outcome {
    // Whether it is a language model.
    let writes = session.language_model().is_ok();
    note(&format!(
        "{} steps in {} ({} a second)",
        grouped(summary.steps),
        duration(summary.seconds),
        grouped(summary.steps_per_second as u64),
    ));
    let mut out = String::new();
    let figures = [
        ("train", summary.train_loss, summary.train_accuracy),
        ("dev", summary.dev_loss, summary.dev_accuracy),
        ("test", summary.test_loss, summary.test_accuracy),
    ];
    for (split, loss, accuracy) in figures {
        if let Some(loss) = loss {
            let right = accuracy.map_or(String::new(), |share| format!("   {:.2} % right", share * 100.0));
            out.push_str(&format!("{split:<5} loss  {loss:.4}{right}\n"));
        }
    }
    if let (Some(loss), Some(step)) = (summary.best_loss, summary.best_step.filter(|&step| step < summary.steps)) {
        let (run, step_grouped) = (&summary.run, grouped(step));
        let next = if writes { "sample" } else { "eval" };
        out.push_str(&format!("best held-out loss {loss:.4} at step {step_grouped}: gradus {next} {run} --step best\n"));
    }
    if summary.stopped_early {
        out.push_str("stopped early: the held-out loss did not get better any more\n");
    }
    if !summary.samples.is_empty() {
        out.push_str(&format!(
            "\n{} samples ({} = stands in the training data)\n",
            summary.samples.len(),
            super::sample::KNOWN
        ));
        out.push_str(&super::sample::lines(&summary.samples));
    }
    output::text(&out)?;
    if let Some(folder) = pictures.first().and_then(|file| file.parent()) {
        let names: Vec<_> = pictures.iter().step_by(2).filter_map(|file| file.file_stem()).collect();
        let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
        note(&format!("\npictures in {} (SVG and PNG): {}", folder.display(), names.join(", ")));
    }
    let more = if writes { "more names: gradus sample" } else { "why it says what it says: gradus explain" };
    note(&format!("\nrecorded as {0}; {more} {0}; all about it: gradus show {0}", summary.run));
    Ok(())
}
