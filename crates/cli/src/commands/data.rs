//! `gradus data`: what can be learned from, and what it becomes.

use std::fmt::Write;

use gradus_data::registry::{self, Kind, Origin};
use gradus_data::{Classes, DataError, Lines, Source, Split, Table, Text, cache_folder, contexts};
use serde::Serialize;

use super::Context;
use crate::failure::Outcome;
use crate::output::{self, grouped};

/// Lists and shows data sets.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Data,
}

#[derive(Debug, clap::Subcommand)]
enum Data {
    /// The known data sets
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// What a data set or a file holds, and what a model is shown of it
    Show {
        /// A data set's name or a file
        #[arg(value_name = "NAME|FILE")]
        name: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    match &args.command {
        Data::List { json } => list(*json),
        Data::Show { name, json } => show(name, *json),
    }
}

#[derive(Debug, Serialize)]
struct Listing {
    data: Vec<Known>,
}

#[derive(Debug, Serialize)]
struct Known {
    name: &'static str,
    kind: &'static str,
    /// Whether it can be used now.
    at_hand: bool,
    description: &'static str,
    source: &'static str,
    licence: &'static str,
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Lines => "lines",
        Kind::Text => "text",
        Kind::Table => "table",
        _ => "other",
    }
}

fn list(json: bool) -> Outcome {
    let data: Vec<Known> = registry::all()
        .iter()
        .map(|set| Known {
            name: set.name,
            kind: kind_word(set.kind),
            at_hand: Source::find(set.name).is_ok(),
            description: set.description,
            source: set.source,
            licence: set.licence,
        })
        .collect();
    if json {
        return output::json(&Listing { data });
    }
    let mut rows = vec![["data", "kind", "", "holds", "licence"].map(String::from).to_vec()];
    rows.extend(data.iter().zip(registry::all()).map(|(known, set)| {
        let place = match (&set.origin, known.at_hand) {
            (Origin::BuiltIn(_), _) => "built in",
            (_, true) => "in the cache",
            (_, false) => "to be downloaded",
        };
        [known.name, known.kind, place, known.description, known.licence].map(String::from).to_vec()
    }));
    let mut out = output::table(&rows, &[]);
    let absent: Vec<_> = registry::all().iter().zip(&data).filter(|(_, known)| !known.at_hand).collect();
    if !absent.is_empty() {
        let _ = writeln!(out, "\nTo use one that is not built in, put its file into {}:", cache_folder().display());
        for (set, _) in absent {
            if let Origin::Fetched { file, url, .. } = set.origin {
                let _ = writeln!(out, "  {file}  {url}");
            }
        }
    }
    output::text(&out)
}

/// What `gradus data show` found.
#[derive(Debug, Serialize)]
struct Shown {
    data: String,
    kind: &'static str,
    description: Option<&'static str>,
    source: Option<&'static str>,
    licence: Option<&'static str>,
    #[serde(flatten)]
    holds: Holds,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Holds {
    Lines(LinesShown),
    Text(TextShown),
    Table(TableShown),
}

#[derive(Debug, Serialize)]
struct LinesShown {
    lines: usize,
    blank: usize,
    /// How many lines stand there once more than needed.
    duplicates: usize,
    shortest: usize,
    longest: usize,
    vocabulary: String,
    vocabulary_size: usize,
    /// Lines in the course's split; `None` where there are too few.
    split: Option<[usize; 3]>,
    first: Vec<String>,
    /// What a model with a block size of 3 is shown of the first line: context and what follows.
    examples: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct TextShown {
    characters: usize,
    vocabulary: String,
    vocabulary_size: usize,
    beginning: String,
    /// The numbers of the beginning's characters.
    tokens: Vec<i64>,
}

#[derive(Debug, Serialize)]
struct TableShown {
    rows: usize,
    features: Vec<String>,
    classes: Vec<String>,
    /// How many rows of each class.
    rows_by_class: Vec<usize>,
    first: Vec<(Vec<f64>, String)>,
}

fn show(name: &str, json: bool) -> Outcome {
    let source = Source::find(name)?;
    let set = source.data_set();
    let (kind, holds) = match set.map(|set| set.kind) {
        Some(Kind::Table) => (Kind::Table, Holds::Table(table(&Classes::open(&source)?))),
        Some(Kind::Text) => (Kind::Text, Holds::Text(text(&Text::open(&source)?)?)),
        Some(_) => (Kind::Lines, Holds::Lines(lines(&Lines::open(&source)?)?)),
        None => file(name, &source)?,
    };
    let shown = Shown {
        data: name.to_string(),
        kind: kind_word(kind),
        description: set.map(|set| set.description),
        source: set.map(|set| set.source),
        licence: set.map(|set| set.licence),
        holds,
    };
    if json { output::json(&shown) } else { output::text(&shown.print()) }
}

/// A file holds a table if it is called one, else one thing a line, unless its lines are too long for that.
fn file(name: &str, source: &Source) -> Outcome<(Kind, Holds)> {
    let is_table = [".csv", ".tsv"].iter().any(|end| name.to_lowercase().ends_with(end));
    if is_table {
        return Ok((Kind::Table, Holds::Table(table(&Table::open(source)?.classes(None)?))));
    }
    match Lines::open(source) {
        Ok(found) => Ok((Kind::Lines, Holds::Lines(lines(&found)?))),
        Err(DataError::LongLine { .. }) => Ok((Kind::Text, Holds::Text(text(&Text::open(source)?)?))),
        Err(error) => Err(error.into()),
    }
}

/// How much of the beginning is shown.
const FIRST_LINES: usize = 8;
const FIRST_ROWS: usize = 5;
const FIRST_CHARACTERS: usize = 60;
const BLOCK_SIZE: usize = 3;

fn lines(lines: &Lines) -> Outcome<LinesShown> {
    let vocabulary = lines.vocabulary();
    let (shortest, longest) = lines.lengths();
    let example = contexts(&lines.items()[..1], &vocabulary, BLOCK_SIZE)?;
    let pairs = example.x.chunks_exact(BLOCK_SIZE).zip(&example.y);
    let examples = pairs
        .map(|(context, &next)| Ok((vocabulary.decode(context)?, vocabulary.decode(&[next])?)))
        .collect::<Result<Vec<_>, DataError>>()?;
    let split = lines.split(&Split::COURSE).ok();
    Ok(LinesShown {
        lines: lines.len(),
        blank: lines.blank(),
        duplicates: lines.duplicates(),
        shortest,
        longest,
        vocabulary: vocabulary.to_string(),
        vocabulary_size: vocabulary.len(),
        split: split.map(|parts| [parts.train.len(), parts.dev.len(), parts.test.len()]),
        first: lines.items().iter().take(FIRST_LINES).map(|item| cut(item)).collect(),
        examples: examples.into_iter().take(2 * FIRST_LINES).collect(),
    })
}

fn text(text: &Text) -> Outcome<TextShown> {
    let vocabulary = text.vocabulary();
    let beginning = cut(text.content());
    Ok(TextShown {
        characters: text.content().chars().count(),
        vocabulary: vocabulary.to_string(),
        vocabulary_size: vocabulary.len(),
        tokens: vocabulary.encode(beginning.trim_end_matches('…'))?,
        beginning,
    })
}

fn table(classes: &Classes) -> TableShown {
    let of = |class: usize| classes.labels.iter().filter(|&&label| label == class as i64).count();
    let first = (0..classes.len().min(FIRST_ROWS)).map(|row| {
        let class = usize::try_from(classes.labels[row]).ok().and_then(|label| classes.class_names.get(label));
        (classes.row(row).to_vec(), class.cloned().unwrap_or_default())
    });
    TableShown {
        rows: classes.len(),
        features: classes.feature_names.clone(),
        classes: classes.class_names.clone(),
        rows_by_class: (0..classes.class_names.len()).map(of).collect(),
        first: first.collect(),
    }
}

/// The beginning of a text.
fn cut(text: &str) -> String {
    match text.char_indices().nth(FIRST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

impl Shown {
    fn print(&self) -> String {
        let mut out = String::new();
        let mut fact = |name: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name:<12} {value}");
        };
        fact("data", &self.data);
        for (name, value) in [("holds", self.description), ("source", self.source), ("licence", self.licence)] {
            if let Some(value) = value {
                fact(name, value);
            }
        }
        match &self.holds {
            Holds::Lines(lines) => {
                let (n, blank, twice) = (lines.lines as u64, lines.blank as u64, lines.duplicates as u64);
                fact("lines", &format!("{} ({} blank left out, {} repeated)", grouped(n), grouped(blank), grouped(twice)));
                fact("lengths", &format!("{} to {} characters", lines.shortest, lines.longest));
                fact("vocabulary", &format!("{} tokens: {}", lines.vocabulary_size, lines.vocabulary));
                match lines.split {
                    Some([train, dev, test]) => fact(
                        "split",
                        &format!(
                            "{} train, {} dev, {} test lines",
                            grouped(train as u64),
                            grouped(dev as u64),
                            grouped(test as u64)
                        ),
                    ),
                    None => fact("split", "too few lines for train, dev and test"),
                }
                fact("begins", &lines.first.join("  "));
                let _ = writeln!(out, "\nwhat a model that sees {BLOCK_SIZE} tokens learns from the first line");
                for (context, next) in &lines.examples {
                    let _ = writeln!(out, "  {context} → {next}");
                }
            }
            Holds::Text(text) => {
                fact("characters", &grouped(text.characters as u64));
                fact("vocabulary", &format!("{} tokens: {}", text.vocabulary_size, text.vocabulary));
                fact("begins", &format!("{:?}", text.beginning));
                let tokens: Vec<String> = text.tokens.iter().map(i64::to_string).collect();
                fact("as tokens", &tokens.join(" "));
            }
            Holds::Table(table) => {
                fact("rows", &grouped(table.rows as u64));
                fact("features", &format!("{}: {}", table.features.len(), cut(&table.features.join(", "))));
                let classes = table.classes.iter().zip(&table.rows_by_class);
                let classes: Vec<String> = classes.map(|(class, rows)| format!("{class} ({rows})")).collect();
                fact("classes", &format!("{}: {}", table.classes.len(), classes.join(", ")));
                let _ = writeln!(out, "\nthe first rows");
                for (features, class) in &table.first {
                    let features: Vec<String> = features.iter().map(f64::to_string).collect();
                    let _ = writeln!(out, "  {} → {class}", cut(&features.join(" ")));
                }
            }
        }
        out
    }
}
