//! `gradus precision`: the same training in several number formats.

use std::path::PathBuf;

use gradus_insight::precision::plan::USUAL;
use gradus_insight::precision::stored::{self, Stored};
use gradus_insight::precision::{Difference, Format, LayerMean, LossScale, Places, Plan, Trial, compare, picture};
use gradus_insight::digits::figure;
use gradus_train::store::{Checkpoint, Run};
use serde::Serialize;
use gradus_train::Session;
use gradus_recipe::{Override, Source};

use super::Context;
use super::train::{At, Changes, Threads};
use crate::failure::{Failure, Outcome};
use crate::file::{check_picture, write_picture};
use crate::output::{self, grouped, note};
use crate::progress::Work;
use crate::interrupt;

/// Trains from the same initial weights on the same batches in several number formats, and tells what each came to, and
/// why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A built-in recipe, a TOML file, or a run, whose recipe is followed again from the start
    #[arg(value_name = "RUN|RECIPE")]
    name: String,
    /// The formats: f64, f32, tf32, bf16, f16, e4m3, e5m2, decimal:1 to decimal:7. f64 is trained in any case
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', default_values = USUAL)]
    formats: Vec<String>,
    /// Where numbers are rounded: everywhere, or some of weights, activations, gradients, optimizer
    #[arg(long = "where", value_name = "PLACES", default_value = "everywhere")]
    places: String,
    /// To the nearest number, or by chance to one of the two neighbours, right on average
    #[arg(long, value_enum, default_value_t = Rounding::Nearest)]
    rounding: Rounding,
    /// Multiply the loss's gradient, so that small gradients do not vanish: by a number, or by dynamic, which is halved
    /// when gradients overflow
    #[arg(long, value_name = "N|dynamic", allow_hyphen_values = true)]
    loss_scale: Option<String>,
    /// Update an f32 copy of the weights, which is rounded for each pass
    #[arg(long)]
    master_weights: bool,
    /// How many steps each; the schedule is stretched to them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..), allow_negative_numbers = true)]
    steps: Option<i64>,
    /// How often each training is held against f64, layer by layer
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    looks: u64,
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    threads: Threads,
    /// Draw the loss curves into this file: .svg or .png
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rounding {
    Nearest,
    Stochastic,
}

#[derive(Debug, Serialize)]
struct Study {
    recipe: String,
    /// The step from which all began.
    from: u64,
    steps: u64,
    parameters: usize,
    #[serde(rename = "where")]
    places: String,
    rounding: &'static str,
    loss_scale: String,
    master_weights: bool,
    formats: Vec<Trial>,
    /// A run's last checkpoint, stored in fewer bits.
    stored: Option<Vec<Stored>>,
    picture: Option<String>,
}

/// What all trainings begin from.
struct Start {
    recipe: gradus_recipe::Recipe,
    checkpoint: Option<Checkpoint>,
    /// The run as it was trained.
    run: Option<Session>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    let formats = args.formats.iter().map(|name| Format::parse(name.trim())).collect::<Result<Vec<_>, _>>()?;
    let places = Places::parse(&args.places).map_err(gradus_train::Error::from)?;
    let loss_scale = args.loss_scale.as_deref().map(LossScale::parse).transpose()?;
    if let Some(path) = &args.output {
        check_picture(path, args.json)?;
    }
    args.threads.apply();
    let start = start(args, context)?;
    let begin = || {
        let mut session = Session::new(start.recipe.clone())?;
        if let Some(checkpoint) = &start.checkpoint {
            session.restore(checkpoint)?;
        }
        Ok(session)
    };
    let plan = Plan {
        places,
        stochastic: args.rounding == Rounding::Stochastic,
        loss_scale: loss_scale.unwrap_or(LossScale::Constant(1.0)),
        masters: args.master_weights,
        looks: args.looks,
        ..Plan::new(formats, args.steps.map_or(start.recipe.training.steps as u64, i64::unsigned_abs))
    };
    let first = begin()?;
    let (from, parameters) = (first.step(), first.model().parameter_count());
    drop(first);
    if plan.steps == 0 {
        return Err(Failure::Usage("the recipe has no steps to make: say how many with --steps N".to_string()));
    }
    interrupt::listen_saying("stopping; Ctrl-C again to quit at once")?;
    let mut work = Work::new("precision");
    let trials = compare(&begin, &plan, &mut |progress| {
        // Looking at the clock each step would cost more than some steps do.
        let glance = progress.step.is_multiple_of(16);
        !glance || work.tell(progress.format, progress.step as f64 / progress.steps as f64)
    });
    work.end();
    let Some(trials) = trials? else {
        return Err(Failure::Stopped("stopped; a comparison is not recorded: ask for fewer --steps".to_string()));
    };
    let stored = start.run.as_ref().map(stored::losses).transpose()?;
    if let Some(path) = &args.output {
        let title = format!("{} in {} formats: loss", start.recipe.name, trials.len());
        write_picture(path, &picture::losses(&title, &trials))?;
    }
    let study = Study {
        recipe: start.recipe.name.clone(),
        from,
        steps: plan.steps,
        parameters,
        places: args.places.clone(),
        rounding: if plan.stochastic { "stochastic" } else { "nearest" },
        loss_scale: args.loss_scale.clone().unwrap_or_else(|| "1".to_string()),
        master_weights: plan.masters,
        formats: trials,
        stored,
        picture: args.output.as_ref().map(|path| path.display().to_string()),
    };
    if args.json {
        return output::json(&study);
    }
    output::text(&text(&study))?;
    match &study.picture {
        Some(path) => note(&format!("drawn: {path}")),
        None => note("the loss curves as a picture: add -o curves.svg (or .png)"),
    }
    Ok(())
}

/// The recipe of a run, or of that name.
fn start(args: &Args, context: &Context) -> Outcome<Start> {
    let mut changes = args.changes.read()?;
    let store = context.store_if_any()?;
    let run: Option<Run> = store.as_ref().and_then(|store| store.run(&args.name).ok());
    let Some((store, run)) = store.as_ref().zip(run) else {
        if args.at.is_given() {
            return Err(Failure::Usage(format!("{} is no run: --step chooses among a run's checkpoints", args.name)));
        }
        changes.extend(args.steps.map(|n| Override::flag("--steps", "steps", n)));
        let recipe = Source::find(&args.name)?.read(&changes)?;
        return Ok(Start { recipe, checkpoint: None, run: None });
    };
    if !changes.is_empty() {
        return Err(Failure::Usage(format!(
            "{} is a run, whose recipe stands: name a recipe to change it with --set, --data or --seed",
            args.name
        )));
    }
    let mut recipe = run.recipe()?;
    let step = args.at.of(store, &run)?;
    let trained = Session::of_run(&run, step)?;
    let checkpoint = step.is_some().then(|| trained.checkpoint()).transpose()?;
    if checkpoint.is_none() {
        recipe.training.steps = args.steps.map_or(recipe.training.steps, |n| n as usize);
    }
    Ok(Start { recipe, checkpoint, run: Some(trained) })
}

fn text(study: &Study) -> String {
    let from = if study.from == 0 { String::new() } else { format!(" from step {} on", grouped(study.from)) };
    let mut out = format!(
        "{}: {} parameters, {} steps{from} in each format, on the same batches from the same weights\n\n",
        study.recipe,
        grouped(study.parameters as u64),
        grouped(study.steps),
    );
    out.push_str(&overview(&study.formats));
    out.push('\n');
    for trial in &study.formats {
        out.push_str(&format!("- {}.\n", trial.sentence));
    }
    let rounded: Vec<&Trial> = study.formats.iter().filter(|trial| !trial.layers.is_empty()).collect();
    let error = |of: fn(&LayerMean) -> Option<Difference>| move |layer: &LayerMean| of(layer)?.error.map(small);
    let share = |share: f64| if share == 0.0 { "0".to_string() } else { format!("{} %", figure(100.0 * share, 2)) };
    type Cell<'a> = Box<dyn Fn(&LayerMean) -> Option<String> + 'a>;
    let tables: [(&str, Cell<'_>); 5] = [
        ("error of activations against f64", Box::new(error(|layer| layer.value))),
        ("error of gradients against f64", Box::new(error(|layer| layer.gradient))),
        ("gradients that vanish (underflow to 0)", Box::new(move |layer| Some(share(layer.gradient?.vanished)))),
        (
            "numbers that overflow or are NaN",
            Box::new(move |layer| {
                let of = |d: Option<Difference>| d.map_or(0.0, |d| d.infinite + d.nan);
                Some(share(of(layer.value).max(of(layer.gradient))))
            }),
        ),
        ("updates that are lost", Box::new(move |layer| Some(share(layer.lost_updates?)))),
    ];
    for (title, cell) in tables {
        out.push_str(&by_layer(title, &rounded, &*cell));
    }
    out.push_str(
        "\nby layer: means over the second half of the training, each step beside the same step in f64 from the\n",
    );
    out.push_str(
        "same weights. error: |x - exact| / |exact|. lost: smaller than half the distance to the next number.\n",
    );
    if let Some(stored) = &study.stored {
        let mut rows = vec![["the run stored as", "bytes", "dev loss"].map(str::to_string).to_vec()];
        rows.extend(
            stored.iter().map(|stored| vec![stored.dtype.clone(), grouped(stored.bytes), loss(stored.dev_loss)]),
        );
        out.push('\n');
        out.push_str(&output::table(&rows, &[1, 2]));
    }
    out
}

fn overview(trials: &[Trial]) -> String {
    let head = [
        "format",
        "batch loss",
        "dev loss",
        "from f64's",
        "differs from step",
        "1 % apart from step",
        "skipped",
        "steps/s",
    ];
    let mut rows = vec![head.map(str::to_string).to_vec()];
    let exact = trials.first().and_then(|trial| trial.dev_loss);
    let step = |step: Option<u64>| step.map_or("–".to_string(), grouped);
    for (i, trial) in trials.iter().enumerate() {
        let away = exact.zip(trial.dev_loss).filter(|_| i > 0).map(|(exact, loss)| format!("{:+.4}", loss - exact));
        rows.push(vec![
            trial.format.clone(),
            if trial.diverged.is_some() { "diverged".to_string() } else { loss(trial.loss) },
            loss(trial.dev_loss),
            away.unwrap_or_else(|| "–".to_string()),
            step(trial.differs_from),
            step(trial.apart_from),
            grouped(trial.skipped),
            if trial.seconds > 0.0 { grouped((trial.steps as f64 / trial.seconds) as u64) } else { "–".to_string() },
        ]);
    }
    output::table(&rows, &[1, 2, 3, 4, 5, 6, 7])
}

/// One quantity: a row a layer, a column a format. Nothing where no layer has it, or all are 0.
fn by_layer(title: &str, trials: &[&Trial], cell: &dyn Fn(&LayerMean) -> Option<String>) -> String {
    let Some(longest) = trials.iter().max_by_key(|trial| trial.layers.len()) else { return String::new() };
    let mut rows = vec![vec![title.to_string()]];
    rows[0].extend(trials.iter().map(|trial| trial.format.clone()));
    for layer in &longest.layers {
        let cells: Vec<Option<String>> = trials
            .iter()
            .map(|trial| trial.layers.iter().find(|l| l.name == layer.name && l.kind == layer.kind).and_then(cell))
            .collect();
        if cells.iter().any(Option::is_some) {
            let mut row = vec![layer.name.clone()];
            row.extend(cells.into_iter().map(|cell| cell.unwrap_or_else(|| "–".to_string())));
            rows.push(row);
        }
    }
    let is_empty = |cell: &String| cell == "0" || cell == "–";
    if rows.iter().skip(1).all(|row| row[1..].iter().all(is_empty)) {
        return String::new();
    }
    format!("\n{}", output::table(&rows, &(1..=trials.len()).collect::<Vec<_>>()))
}

fn loss(loss: Option<f64>) -> String {
    loss.map_or("–".to_string(), |loss| format!("{loss:.4}"))
}

/// An error, short.
fn small(error: f64) -> String {
    if error == 0.0 { "0".to_string() } else { format!("{error:.1e}") }
}
