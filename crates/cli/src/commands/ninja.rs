//! `gradus ninja`: backpropagation by hand against autograd, and at work.

use std::fmt::Write as _;

use gradus_course::ninja::{Comparison, Exercises, Ninja, Trained};
use serde::Serialize;

use super::Context;
use super::train::Threads;
use crate::failure::{Failure, Outcome};
use crate::output::{self, duration, grouped, note};
use crate::progress::Watcher;
use crate::interrupt;

/// Every gradient of the BatchNorm MLP by hand, beside autograd's; then training by hand alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file with one thing a line, or a data set
    #[arg(long, value_name = "FILE|NAME", default_value = "given-names")]
    data: String,
    /// How many steps to train by hand; 0 for the exercises alone
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    steps: u64,
    /// Where all random numbers start
    #[arg(long, value_name = "N", default_value_t = 2_147_483_647)]
    seed: u64,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    data: &'a str,
    seed: u64,
    exercises: Exercises,
    /// `None` where no steps were asked for.
    training: Option<Trained>,
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    args.threads.apply();
    let ninja = Ninja::open(&args.data, args.seed)?;
    let exercises = ninja.exercises()?;
    if !args.json {
        output::text(&exercises_text(&exercises))?;
    }
    let training = if args.steps == 0 { None } else { Some(train(&ninja, args.steps)?) };
    if args.json {
        return output::json(&Report { data: &args.data, seed: args.seed, exercises, training });
    }
    match training {
        Some(trained) => output::text(&training_text(&trained)),
        None => Ok(()),
    }
}

fn train(ninja: &Ninja, steps: u64) -> Outcome<Trained> {
    interrupt::listen()?;
    note(&format!("training by hand, {} steps", grouped(steps)));
    let mut watcher = Watcher::new(0, steps);
    let trained = ninja.train(steps, &mut |progress| watcher.watch(progress));
    watcher.end();
    let stopped = || Failure::Stopped("stopped; nothing is recorded here: gradus ninja --steps N trains shorter".into());
    trained?.ok_or_else(stopped)
}

fn exercises_text(exercises: &Exercises) -> String {
    let Exercises { parameters, hidden, batch, loss, steps, cross_entropy, batch_norm } = exercises;
    let mut out = format!(
        "A batch of {batch} through the BatchNorm MLP: {} parameters, {hidden} hidden units, loss {loss:.4}\n\
         The formulas: crates/models/src/manual_mlp/by_hand.rs\n\n\
         1. Every gradient by hand, from the loss back to the table, beside autograd's\n\n",
        grouped(*parameters as u64)
    );
    out.push_str(&table(steps));
    let exact = steps.iter().filter(|step| step.exact).count();
    let approximate = steps.iter().filter(|step| step.approximate).count();
    let _ = writeln!(out, "\n{exact} of {} exact, {approximate} approximate", steps.len());
    let _ = writeln!(out, "\n2. The cross-entropy at once: dlogits = (softmax(logits) − onehot(y)) / n\n");
    out.push_str(&table(std::slice::from_ref(cross_entropy)));
    let _ = writeln!(
        out,
        "\n3. Batch normalisation at once: dhprebn = bngain·bnvar_inv/n · (n·g − Σ g − n/(n−1)·bnraw·Σ g·bnraw)\n"
    );
    out.push_str(&table(std::slice::from_ref(batch_norm)));
    out
}

fn table(comparisons: &[Comparison]) -> String {
    let word = |yes: bool| if yes { "yes" } else { "no" }.to_string();
    let mut rows = vec![["gradient of", "shape", "exact", "approximate", "maxdiff"].map(String::from).to_vec()];
    rows.extend(comparisons.iter().map(|c| {
        let maxdiff = if c.maxdiff == 0.0 { "0".to_string() } else { format!("{:.1e}", c.maxdiff) };
        vec![c.name.to_string(), format!("{:?}", c.shape), word(c.exact), word(c.approximate), maxdiff]
    }));
    output::table(&rows, &[4])
}

fn training_text(trained: &Trained) -> String {
    let mut out = format!(
        "\n4. Trained by hand alone: {} parameters, {} hidden units, {} steps in {} ({} steps/s)\n\n",
        grouped(trained.parameters as u64),
        trained.hidden,
        grouped(trained.steps),
        duration(trained.seconds),
        grouped(trained.steps_per_second as u64),
    );
    let mut rows = vec![vec!["step".to_string(), "loss".to_string()]];
    rows.extend(trained.losses.iter().map(|noted| vec![grouped(noted.step), format!("{:.4}", noted.loss)]));
    out.push_str(&output::table(&rows, &[0, 1]));
    let _ = writeln!(out, "\ntrain loss  {:.4}\ndev loss    {:.4}\n", trained.train_loss, trained.dev_loss);
    for sample in &trained.samples {
        let _ = writeln!(out, "  {}{}", sample.text, if sample.known { "  (in the data)" } else { "" });
    }
    out
}
