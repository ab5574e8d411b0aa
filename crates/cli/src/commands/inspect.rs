//! `gradus inspect`: a run's model in numbers.

use std::path::PathBuf;

use gradus_insight::diagnostics::{
    Bigrams, Diagnosis, EmbeddingMap, Histogram, Row, bigrams, embedding_map, look, pictures, saturation_in_words,
};
use gradus_insight::digits::figure;
use serde::Serialize;
use gradus_train::Session;
use gradus_recipe::Model;

use super::Context;
use super::train::{At, Threads};
use crate::failure::{Failure, Outcome};
use crate::file::write_pictures;
use crate::output::{self, grouped, note};

/// Shows every parameter and named activation of a run in numbers, with gradients, at the step that would come next,
/// and what to draw from them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run (see: gradus runs)
    run: String,
    #[command(flatten)]
    at: At,
    /// Look at the last step that was made, not at the one that would come next: it is made again from the checkpoint
    /// before
    #[arg(long)]
    last: bool,
    /// Write pictures into this folder, as SVG and PNG: histograms, gradients, the embedding
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Inspected<'a> {
    run: &'a str,
    #[serde(flatten)]
    seen: &'a Diagnosis,
    embedding: Option<EmbeddingMap>,
    bigrams: Option<Bigrams>,
    pictures: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    args.threads.apply();
    let store = context.store()?;
    let run = store.run(&args.run)?;
    let at = args.at.of(&store, &run)?;
    let mut session = match args.last {
        false => Session::of_run(&run, at)?,
        true => match at.unwrap_or(run.step()).checked_sub(1) {
            Some(last) => Session::of_run_before(&run, last)?,
            None => return Err(Failure::Failed(format!("run {} has made no step yet", run.name()))),
        },
    };
    let seen = look(&mut session)?;
    let embedding = embedding_map(&session);
    let pairs = match &session.recipe().model {
        Model::Bigram(_) => bigrams(&session),
        Model::Ngram(keys) if keys.order == 2 => bigrams(&session),
        _ => None,
    };
    let drawn = match &args.pictures {
        Some(folder) => write_pictures(folder, &pictures::all(&seen, embedding.as_ref(), pairs.as_ref()))?,
        None => Vec::new(),
    };
    if args.json {
        let run = args.run.as_str();
        return output::json(&Inspected { run, seen: &seen, embedding, bigrams: pairs, pictures: drawn });
    }
    output::text(&tables(&args.run, &seen, args.last))?;
    match &args.pictures {
        Some(folder) => note(&format!("{} pictures in {}", drawn.len(), folder.display())),
        None => note(&format!("as pictures: add --pictures DIR; on one page: gradus report {}", args.run)),
    }
    Ok(())
}

/// Everything as text: parameters, activations, how they are spread out, advice.
fn tables(run: &str, seen: &Diagnosis, last: bool) -> String {
    let chance = seen.chance.map_or(String::new(), |chance| format!(" (guessing: {chance:.4})"));
    let which = if last { "the last that was made" } else { "the one that would come next: its batch was not learned from" };
    let parts = match seen.micro_batches {
        1 => String::new(),
        n => format!(" over {n} micro-batches (activations: of the first)"),
    };
    let clipped = match seen.clip_scale {
        1.0 => String::new(),
        scale => format!(", gradients clipped to {} of their size", number(Some(scale))),
    };
    let mut out = output::paragraphs(&format!(
        "{run}, step {}, {which}\nloss {:.4}{parts}{chance}, learning rate {}{clipped}\n",
        grouped(seen.step),
        seen.loss,
        seen.learning_rate,
    ));
    let parameters: Vec<&Row> = seen.parameters.iter().chain(&seen.buffers).collect();
    let activations: Vec<&Row> = seen.activations.iter().collect();
    let update = |row: &Row| row.update_log10.map_or(String::new(), |log| format!("10^{log:.2}"));
    section(
        &mut out,
        "parameter",
        &["gradient", "grad:data", "update:data"],
        &parameters,
        &|row| vec![number(row.gradient_std), number(row.gradient_ratio), update(row)],
    );
    let share = |row: &Row| row.saturated.map_or(String::new(), |share| format!("{:.1} %", 100.0 * share));
    let dead = |row: &Row| row.dead_units.map_or(String::new(), |dead| dead.to_string());
    section(&mut out, "activation", &["gradient", "saturated", "dead"], &activations, &|row| {
        vec![number(row.gradient_std), share(row), dead(row)]
    });
    let mut rows = vec![
        ["spread of", "variance", "skew", "kurtosis", "normality", "values", "gradient"].map(str::to_string).to_vec(),
    ];
    rows.extend(parameters.iter().chain(&activations).map(|row| {
        let s = &row.statistics;
        let bars = |histogram: &Option<Histogram>| histogram.as_ref().map_or(String::new(), bars);
        vec![
            row.name.clone(),
            number(s.variance),
            number(s.skew),
            number(s.kurtosis),
            number(s.normality),
            bars(&row.histogram),
            bars(&row.gradient_histogram),
        ]
    }));
    out.push('\n');
    out.push_str(&output::table(&rows, &[1, 2, 3, 4]));
    let mut told = String::from("\ngradient: standard deviation. normality: Kolmogorov-Smirnov distance, 0 is normal.\n");
    if let Some(words) = saturation_in_words(&seen.activations) {
        told.push_str(&format!("saturated: {words}. dead: units saturated for the whole batch.\n"));
    }
    told.push_str("\nadvice\n");
    for advice in &seen.advice {
        told.push_str(&format!("- {}\n", advice.text));
    }
    out.push_str(&output::paragraphs(&told));
    out
}

/// One table: what all rows have, then some more columns.
fn section(out: &mut String, what: &str, more: &[&str], rows: &[&Row], cells: &dyn Fn(&Row) -> Vec<String>) {
    if rows.is_empty() {
        return;
    }
    let head = [what, "shape", "mean", "std", "min", "max"].into_iter().chain(more.iter().copied());
    let mut table = vec![head.map(str::to_string).collect::<Vec<_>>()];
    for row in rows {
        let s = &row.statistics;
        let shape = row.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
        let mut line = vec![row.name.clone(), shape, number(Some(s.mean)), number(s.std)];
        line.extend([number(Some(s.min)), number(Some(s.max))]);
        line.extend(cells(row));
        table.push(line);
    }
    out.push('\n');
    out.push_str(&output::table(&table, &(2..6 + more.len()).collect::<Vec<_>>()));
}

/// Three significant digits; nothing where there is no number.
fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |v| figure(v, 3))
}

/// A histogram in a few letters.
fn bars(histogram: &Histogram) -> String {
    const COLUMNS: usize = 12;
    const HEIGHTS: [char; 9] = ['\u{a0}', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut columns = [0u64; COLUMNS];
    let bins = histogram.counts.len().max(1);
    for (i, &count) in histogram.counts.iter().enumerate() {
        columns[i * COLUMNS / bins] += count;
    }
    let most = columns.iter().copied().max().unwrap_or(0).max(1);
    // What is there is seen, however little; a table does not fold at these spaces.
    let height = |count: u64| (count * 8).div_ceil(most) as usize;
    columns.iter().map(|&count| HEIGHTS[height(count)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_the_shape() {
        let mut counts = vec![0; 50];
        (counts[0], counts[25], counts[49]) = (1, 800, 400);
        let text = bars(&Histogram { low: 0.0, high: 1.0, counts });
        assert_eq!(text, "▁     █    ▄".replace(' ', "\u{a0}"));
    }
}
