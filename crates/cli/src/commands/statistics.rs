//! `gradus statistics`: what mean, variance and initial weights do, measured and drawn.

use std::fs;
use std::path::{Path, PathBuf};

use gradus_course::fundamentals::{Fundamentals, Sizes, measure};
use gradus_insight::digits::figure;
use serde::Serialize;

use super::Context;
use super::train::Threads;
use crate::failure::{Failure, Outcome};
use crate::file::write_picture;
use crate::output::{self, note};
use crate::progress::Work;
use crate::interrupt;

/// Draws a sample beside the normal curve, measures how variance grows through one layer (fan_in times var(w) times
/// var(x)), and what the gain of Kaiming's initial weights does over depth.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write pictures into this folder, as SVG and PNG
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Where all random numbers start
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// How many numbers the sample has
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    samples: u32,
    /// How many units a layer has
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    width: u16,
    /// How many layers there are
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    depth: u16,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Measured<'a> {
    seed: u64,
    #[serde(flatten)]
    all: &'a Fundamentals,
    pictures: Vec<String>,
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    args.threads.apply();
    let (samples, width, depth) = (args.samples as usize, usize::from(args.width), usize::from(args.depth));
    interrupt::listen_saying("stopping; Ctrl-C again to quit at once")?;
    let mut work = Work::new("statistics");
    let sizes = Sizes { seed: args.seed, samples, width, depth };
    let measured = measure(sizes, &mut |what, done| work.tell(what, done));
    work.end();
    let Some(all) = measured? else { return Err(Failure::Stopped("stopped: nothing was drawn".to_string())) };
    let pictures = match &args.output {
        Some(folder) => draw(folder, &all)?,
        None => Vec::new(),
    };
    if args.json {
        return output::json(&Measured { seed: args.seed, all: &all, pictures });
    }
    output::text(&text(&all))?;
    match &args.output {
        Some(folder) => note(&format!("{} pictures in {}", pictures.len(), folder.display())),
        None => note("as pictures: add -o DIR"),
    }
    Ok(())
}

fn draw(folder: &Path, all: &Fundamentals) -> Outcome<Vec<String>> {
    fs::create_dir_all(folder)
        .map_err(|e| Failure::Failed(format!("cannot make the folder {}: {e}", folder.display())))?;
    let mut files = Vec::new();
    for (name, picture) in all.pictures() {
        for ending in ["svg", "png"] {
            let file = format!("{name}.{ending}");
            write_picture(&folder.join(&file), &picture)?;
            files.push(file);
        }
    }
    Ok(files)
}

fn text(all: &Fundamentals) -> String {
    let number = |v: f64| figure(v, 3);
    let s = &all.sample.statistics;
    let [one, two, three] = all.sample.within.map(|share| format!("{:.1} %", 100.0 * share));
    let mut out = format!(
        "a sample: {} draws from N(0, 1)\nmean {}, variance {}, standard deviation {}; within 1, 2, 3 of them {one}, {two}, \
         {three}\n(of a normal distribution 68.3 %, 95.4 %, 99.7 %)\n\n",
        output::grouped(all.sample.count as u64),
        number(s.mean),
        number(s.variance.unwrap_or(f64::NAN)),
        number(s.std.unwrap_or(f64::NAN)),
    );
    out.push_str("one layer, y = x·W: var(y) = fan_in · var(w) · var(x)\n");
    let mut rows =
        vec![["fan_in", "std(w)", "var(x)", "var(w)", "formula", "var(y)", "off by"].map(str::to_string).to_vec()];
    rows.extend(all.layer.iter().map(|layer| {
        vec![
            layer.fan_in.to_string(),
            number(layer.weight_std),
            number(layer.input_variance),
            number(layer.weight_variance),
            number(layer.formula),
            number(layer.output_variance),
            format!("{:+.1} %", 100.0 * (layer.output_variance / layer.formula - 1.0)),
        ]
    }));
    out.push_str(&output::table(&rows, &[0, 1, 2, 3, 4, 5, 6]));
    out.push_str(
        "\nmany layers, weights of standard deviation gain / √fan_in: root mean square of the activations after\n",
    );
    let depth = all.depth.first().map_or(0, |stack| stack.activations.len().saturating_sub(1));
    let mut at: Vec<usize> = [0, 1, 2, 5, 10, depth].into_iter().filter(|&i| i <= depth).collect();
    at.dedup();
    let mut head = vec!["nonlinearity".to_string(), "gain".to_string()];
    head.extend(at.iter().map(|i| format!("layer {i}")));
    head.push("its gradient, layer 0".to_string());
    let mut rows = vec![head];
    for stack in &all.depth {
        let mark = if stack.is_kaiming { " (Kaiming)" } else { "" };
        let mut row = vec![stack.nonlinearity.to_string(), format!("{}{mark}", number(stack.gain))];
        row.extend(at.iter().map(|&i| number(stack.activations[i])));
        row.push(stack.gradients.first().map_or("–".to_string(), |&gradient| number(gradient)));
        rows.push(row);
    }
    out.push_str(&output::table(&rows, &(2..3 + at.len()).collect::<Vec<_>>()));
    out
}
