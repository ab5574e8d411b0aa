//! `gradus reproduce`: the course's printed figures beside one's own.

use std::path::Path;

use gradus_data::{Source, registry};
use gradus_course::reproduce::{Bound, CHAPTERS, Chapter, Course, Figure, Value};
use serde::Serialize;

use super::Context;
use super::train::Threads;
use crate::failure::{Failure, Outcome};
use crate::output::{self, note};
use crate::progress::Work;
use crate::interrupt;

/// Runs the course, and holds the lectures' figures against one's own.
#[derive(Debug, clap::Args)]
#[command(after_help = chapters())]
pub(crate) struct Args {
    /// Which chapters [default: all]
    name: Vec<String>,
    /// Only what takes seconds: first losses, counts, short runs
    #[arg(long)]
    quick: bool,
    /// The course's list of names [default: names, fetched; else names.txt where it lies at hand]
    #[arg(long, value_name = "FILE|NAME")]
    names: Option<String>,
    /// The course's Shakespeare [default: shakespeare, fetched; else tinyshakespeare.txt where it lies at hand]
    #[arg(long, value_name = "FILE|NAME")]
    text: Option<String>,
    #[command(flatten)]
    threads: Threads,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Reproduced {
    figures: Vec<Figure>,
    agree: usize,
    disagree: usize,
    /// Chapters that were left out because their data are not at hand.
    skipped: Vec<&'static str>,
}

fn chapters() -> String {
    let lines = CHAPTERS.iter().map(|chapter| format!("  {:<14} {}\n", chapter.name, chapter.about));
    format!("Chapters:\n{}", lines.collect::<String>())
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    args.threads.apply();
    let wanted = wanted(&args.name)?;
    interrupt::listen()?;
    let names = args.names.clone().or_else(|| at_hand("names"));
    let text = args.text.clone().or_else(|| at_hand("shakespeare"));
    let (mut figures, mut skipped) = (Vec::new(), Vec::new());
    for chapter in wanted {
        let missing = match chapter.data {
            Some("names") => names.is_none(),
            Some(_) => text.is_none(),
            None => false,
        };
        if let Some(data) = chapter.data.filter(|_| missing) {
            let flag = if data == "names" { "--names" } else { "--text" };
            let help = format!("{} needs the course's {data}: gradus data fetch {data}, or {flag} FILE", chapter.name);
            if !args.name.is_empty() {
                return Err(Failure::Failed(help));
            }
            note(&format!("left out: {help}"));
            skipped.push(chapter.name);
            continue;
        }
        let mut bar = Work::new(chapter.name);
        let mut course = Course {
            names: names.clone().unwrap_or_default(),
            text: text.clone().unwrap_or_default(),
            quick: args.quick,
            watch: &mut |what, done| bar.tell(what, done),
        };
        let own = course.work(chapter);
        bar.end();
        let own = own?;
        if !args.json {
            output::text(&table(chapter, &own))?;
        }
        figures.extend(own);
    }
    let agree = figures.iter().filter(|figure| figure.agrees).count();
    let disagree = figures.len() - agree;
    if args.json {
        output::json(&Reproduced { figures, agree, disagree, skipped })?;
    } else {
        output::text(&format!("{agree} of {} figures agree\n", agree + disagree))?;
    }
    if disagree == 0 { Ok(()) } else { Err(Failure::Failed(format!("{disagree} figures do not agree"))) }
}

/// The chapters of these names; all, where none is named.
fn wanted(names: &[String]) -> Outcome<Vec<&'static Chapter>> {
    let find = |name: &String| {
        CHAPTERS.iter().find(|chapter| chapter.name == name).ok_or_else(|| {
            let known: Vec<&str> = CHAPTERS.iter().map(|chapter| chapter.name).collect();
            Failure::Failed(format!("there is no chapter {name}; there are {}", known.join(", ")))
        })
    };
    if names.is_empty() { Ok(CHAPTERS.iter().collect()) } else { names.iter().map(find).collect() }
}

/// A data set of the course, fetched, or as a file of its usual name in the folders where one keeps such things.
fn at_hand(name: &str) -> Option<String> {
    if Source::find(name).is_ok() {
        return Some(name.to_string());
    }
    let registry::Origin::Fetched(&[registry::Remote { file, .. }]) = registry::find(name)?.origin else { return None };
    let folders = [".", "data", "../shared/data"];
    let paths = folders.into_iter().map(|folder| Path::new(folder).join(file));
    paths.into_iter().find(|path| path.is_file()).map(|path| path.to_string_lossy().into_owned())
}

/// A chapter's figures, lined up.
fn table(chapter: &Chapter, figures: &[Figure]) -> String {
    let mut rows = vec![["figure", "lecture", "own", "difference", ""].map(String::from).to_vec()];
    let mut words = String::new();
    for figure in figures {
        let verdict = if figure.agrees { "agrees" } else { "DIFFERS" };
        match (&figure.lecture, &figure.own) {
            (Value::Number(lecture), Value::Number(own)) => rows.push(vec![
                figure.what.clone(),
                match figure.bound {
                    Bound::AtMost => format!("≤ {}", number(*lecture)),
                    _ => number(*lecture),
                },
                number(*own),
                figure.difference.map_or(String::new(), |d| if d == 0.0 { "0".into() } else { format!("{d:+.1e}") }),
                verdict.to_string(),
            ]),
            (Value::Text(lecture), Value::Text(own)) if figure.agrees => {
                debug_assert_eq!(lecture, own);
                words.push_str(&format!("{}  {verdict}\n  {own}\n", figure.what));
            }
            (lecture, own) => words.push_str(&format!("{}  {verdict}\n  {}\n  {}\n", figure.what, text(lecture), text(own))),
        }
    }
    format!("{}: {}\n{}{words}\n", chapter.name, chapter.about, output::table(&rows, &[1, 2, 3]))
}

fn text(value: &Value) -> String {
    match value {
        Value::Number(n) => number(*n),
        Value::Text(text) => text.clone(),
    }
}

/// Whole numbers with commas, small ones with an exponent, others with what a lecture prints.
fn number(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 {
        let sign = if n < 0.0 { "-" } else { "" };
        return format!("{sign}{}", output::grouped(n.abs() as u64));
    }
    if n != 0.0 && n.abs() < 1e-3 { format!("{n:.1e}") } else { format!("{n:.7}").trim_end_matches('0').trim_end_matches('.').to_string() }
}
