//! `gradus data show`.

use std::fmt::Write;

use gradus_data::registry::Kind;
use gradus_data::toys::Points;
use gradus_data::{Classes, DataError, Images, Lines, Samples, Source, Split, Table, Targets, Text, contexts};
use gradus_tokenizers::{self as tokenizers, Tokenizer};
use serde::Serialize;

use super::kind_word;
use crate::failure::{Failure, Outcome};
use crate::output::{self, grouped};

/// Shows what a data set or a file holds.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A data set's name or a file
    #[arg(value_name = "NAME|FILE")]
    name: String,
    /// How text is taken apart: characters, bpe (learned from the data), gpt2, cl100k_base (GPT-3.5), o200k_base
    #[arg(long, value_name = "KIND", default_value = "characters")]
    tokenizer: String,
    /// How many tokens bpe makes
    #[arg(long, value_name = "N", default_value_t = 512)]
    vocabulary: usize,
    /// The text to show as tokens, in place of the beginning of the data
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// How a file is read: by its name and its lines, or as one says
    #[arg(long, value_name = "KIND", value_parser = ["lines", "text", "table", "images"])]
    kind: Option<String>,
    /// How many points are made (moons, circles, …)
    #[arg(long, value_name = "N", default_value_t = Points::default().n)]
    points: usize,
    /// How noisy points are: a standard deviation
    #[arg(long, value_name = "STD", default_value_t = Points::default().noise, allow_negative_numbers = true)]
    noise: f64,
    /// Where the random numbers of points start
    #[arg(long, value_name = "N", default_value_t = Points::default().seed)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
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
    Images(ImagesShown),
    Points(PointsShown),
}

/// What text becomes.
#[derive(Debug, Serialize)]
struct TokensShown {
    tokenizer: &'static str,
    /// How many tokens there are to choose from.
    size: usize,
    /// The pairs that were learned first, for bpe.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    learned: Vec<(String, String)>,
    /// Tokens of the whole data, marks not counted.
    in_all: usize,
    /// What is shown as tokens.
    text: String,
    tokens: Vec<TokenShown>,
}

#[derive(Debug, Serialize)]
struct TokenShown {
    id: i64,
    piece: String,
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
    #[serde(flatten)]
    tokens: TokensShown,
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
    #[serde(flatten)]
    tokens: TokensShown,
    beginning: String,
}

#[derive(Debug, Serialize)]
struct TableShown {
    rows: usize,
    features: Vec<String>,
    classes: Vec<String>,
    /// How many rows of each class.
    rows_by_class: Vec<usize>,
    /// Columns that only count the rows.
    left_out: Vec<String>,
    first: Vec<(Vec<f64>, String)>,
}

#[derive(Debug, Serialize)]
struct ImagesShown {
    pictures: usize,
    height: usize,
    width: usize,
    classes: Vec<String>,
    /// How many pictures of each class.
    pictures_by_class: Vec<usize>,
    /// The first pictures: grey levels from 0 to 1, row by row, and the class.
    first: Vec<(Vec<Vec<f32>>, String)>,
}

#[derive(Debug, Serialize)]
struct PointsShown {
    points: usize,
    noise: f64,
    seed: u64,
    /// The classes, or what the value is called.
    targets: Vec<String>,
    /// Whether the targets are classes.
    classes: bool,
    /// x, y, and the class's number or the value.
    all: Vec<[f32; 3]>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let source = Source::find(&args.name)?;
    let set = source.data_set();
    let (kind, holds) = match set.map(|set| set.kind) {
        Some(Kind::Table) => (Kind::Table, Holds::Table(table(&Classes::open(&source, None)?))),
        Some(Kind::Points) => (Kind::Points, Holds::Points(points(&source, args)?)),
        Some(Kind::Images) => (Kind::Images, Holds::Images(images(&Images::open(&source)?))),
        Some(Kind::Text) => (Kind::Text, Holds::Text(text(&Text::open(&source)?, args)?)),
        Some(_) => (Kind::Lines, Holds::Lines(lines(&Lines::open(&source)?, args)?)),
        None => file(args, &source)?,
    };
    if args.text.is_some() && !matches!(kind, Kind::Lines | Kind::Text) {
        return Err(Failure::Usage(format!("--text is for lists and texts, and {} is {}", args.name, kind.describe())));
    }
    let shown = Shown {
        data: args.name.clone(),
        kind: kind_word(kind),
        description: set.map(|set| set.description),
        source: set.map(|set| set.source),
        licence: set.map(|set| set.licence),
        holds,
    };
    if args.json { output::json(&shown) } else { output::text(&shown.print()) }
}

/// A file holds a table or pictures if it is called so, else one thing a line, unless its lines are too long for that.
fn file(args: &Args, source: &Source) -> Outcome<(Kind, Holds)> {
    let name = args.name.to_lowercase();
    let guess = match args.kind.as_deref() {
        Some(said) => said,
        None if [".csv", ".tsv"].iter().any(|end| name.ends_with(end)) => "table",
        None if name.contains("idx3") => "images",
        None => "",
    };
    Ok(match guess {
        "table" => (Kind::Table, Holds::Table(table(&Table::open(source)?.classes(None)?))),
        "images" => (Kind::Images, Holds::Images(images(&Images::open(source)?))),
        "text" => (Kind::Text, Holds::Text(text(&Text::open(source)?, args)?)),
        said => match Lines::open(source) {
            Err(DataError::LongLine { .. }) if said.is_empty() => {
                (Kind::Text, Holds::Text(text(&Text::open(source)?, args)?))
            }
            found => (Kind::Lines, Holds::Lines(lines(&found?, args)?)),
        },
    })
}

fn points(source: &Source, args: &Args) -> Outcome<PointsShown> {
    let how = Points { n: args.points, noise: args.noise, seed: args.seed };
    let samples = Samples::open(source, &how, None)?;
    let targets: Vec<f32> = match &samples.targets {
        Targets::Classes { labels, .. } => labels.iter().map(|&label| label as f32).collect(),
        Targets::Values { values, .. } => values.clone(),
    };
    let all = targets.iter().enumerate().map(|(row, &target)| [samples.row(row)[0], samples.row(row)[1], target]);
    Ok(PointsShown {
        points: samples.len(),
        noise: args.noise,
        seed: args.seed,
        targets: samples.targets.names().to_vec(),
        classes: matches!(samples.targets, Targets::Classes { .. }),
        all: all.collect(),
    })
}

/// How much of the beginning is shown.
const FIRST_LINES: usize = 8;
const FIRST_ROWS: usize = 5;
const FIRST_CHARACTERS: usize = 60;
const FIRST_PAIRS: usize = 12;
/// Columns of the terminal for pictures side by side.
const PICTURES_WIDTH: usize = 98;
const BLOCK_SIZE: usize = 3;

fn lines(lines: &Lines, args: &Args) -> Outcome<LinesShown> {
    let vocabulary = lines.vocabulary();
    let (shortest, longest) = lines.lengths();
    let split = lines.split(&Split::COURSE).ok();
    let tokenizer = Tokenizer::of_lines(tokenizers::Kind::named(&args.tokenizer, args.vocabulary)?, lines.items())?;
    let in_all = lines.items().iter().try_fold(0, |sum, item| Ok::<_, DataError>(sum + tokenizer.encode(item)?.len()))?;
    let beginning = args.text.as_deref().unwrap_or(&lines.items()[0]);
    let example = contexts(&lines.items()[..1], &tokenizer, BLOCK_SIZE)?;
    let pairs = example.x.chunks_exact(BLOCK_SIZE).zip(&example.y);
    let examples = pairs
        .map(|(context, &next)| Ok((tokenizer.decode(context)?, tokenizer.decode(&[next])?)))
        .collect::<Result<Vec<_>, DataError>>()?;
    Ok(LinesShown {
        lines: lines.len(),
        blank: lines.blank(),
        duplicates: lines.duplicates(),
        shortest,
        longest,
        vocabulary: vocabulary.to_string(),
        vocabulary_size: vocabulary.len(),
        tokens: tokens(&tokenizer, in_all, beginning)?,
        split: split.map(|parts| [parts.train.len(), parts.dev.len(), parts.test.len()]),
        first: lines.items().iter().take(FIRST_LINES).map(|item| cut(item)).collect(),
        examples: examples.into_iter().take(2 * FIRST_LINES).collect(),
    })
}

fn text(text: &Text, args: &Args) -> Outcome<TextShown> {
    let vocabulary = text.vocabulary();
    let beginning = cut(text.content());
    let tokenizer = Tokenizer::of_text(tokenizers::Kind::named(&args.tokenizer, args.vocabulary)?, text.content())?;
    let in_all = tokenizer.encode(text.content())?.len();
    let as_tokens = args.text.as_deref().unwrap_or(beginning.trim_end_matches('…'));
    Ok(TextShown {
        characters: text.content().chars().count(),
        vocabulary: vocabulary.to_string(),
        vocabulary_size: vocabulary.len(),
        tokens: tokens(&tokenizer, in_all, as_tokens)?,
        beginning,
    })
}

fn tokens(tokenizer: &Tokenizer, in_all: usize, text: &str) -> Outcome<TokensShown> {
    let learned = match tokenizer {
        Tokenizer::Bpe(bpe) => bpe.merges().iter().take(FIRST_PAIRS).cloned().collect(),
        _ => Vec::new(),
    };
    let token = |id| TokenShown { id, piece: tokenizer.piece(id).unwrap_or_default() };
    Ok(TokensShown {
        tokenizer: tokenizer.name(),
        size: tokenizer.len(),
        learned,
        in_all,
        text: text.to_string(),
        tokens: tokenizer.encode(text)?.into_iter().map(token).collect(),
    })
}

fn images(images: &Images) -> ImagesShown {
    let of = |class: usize| images.labels.iter().filter(|&&label| label == class as i64).count();
    let share = |&grey: &u8| f32::from(grey) / f32::from(images.white);
    let row = |row: &[u8]| row.iter().map(share).collect();
    let class = |at: usize| usize::try_from(images.labels[at]).ok().and_then(|label| images.class_names.get(label));
    // Two signs a pixel: on most terminals a sign is twice as high as wide.
    let abreast = (PICTURES_WIDTH / (2 * images.width + 2)).clamp(1, images.len());
    let picture = |at| (images.picture(at).chunks(images.width).map(row).collect(), class(at).cloned().unwrap_or_default());
    ImagesShown {
        pictures: images.len(),
        height: images.height,
        width: images.width,
        classes: images.class_names.clone(),
        pictures_by_class: (0..images.class_names.len()).map(of).collect(),
        first: (0..abreast).map(picture).collect(),
    }
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
        left_out: classes.left_out.clone(),
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

/// From the ground to the ink.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// What stands for the classes of points.
const SIGNS: [char; 3] = ['o', 'x', '+'];

impl PointsShown {
    /// The points in a plane of signs, y upward.
    fn plot(&self) -> String {
        const WIDTH: usize = 64;
        const HEIGHT: usize = 24;
        let range = |axis: usize| {
            let values = || self.all.iter().map(|point| point[axis]);
            (values().fold(f32::INFINITY, f32::min), values().fold(f32::NEG_INFINITY, f32::max))
        };
        let place = |value: f32, (low, high): (f32, f32), cells: usize| {
            let share = if high > low { (value - low) / (high - low) } else { 0.5 };
            (share * (cells - 1) as f32).round() as usize
        };
        let [x, y, target] = [0, 1, 2].map(range);
        let mut plane = vec![vec![' '; WIDTH]; HEIGHT];
        for point in &self.all {
            let sign = match self.classes {
                true => SIGNS[(point[2] as usize).min(SIGNS.len() - 1)],
                false => char::from(b'0' + place(point[2], target, 10) as u8),
            };
            plane[HEIGHT - 1 - place(point[1], y, HEIGHT)][place(point[0], x, WIDTH)] = sign;
        }
        let edge = |sign: &str| format!("  {:>6} {sign}", "");
        let mut out = String::new();
        for (row, signs) in plane.iter().enumerate() {
            let edge = match row {
                0 => format!("  {:>6.2} ┤", y.1),
                _ if row == HEIGHT - 1 => format!("  {:>6.2} ┤", y.0),
                _ => edge("│"),
            };
            let _ = writeln!(out, "{}", format!("{edge}{}", signs.iter().collect::<String>()).trim_end());
        }
        let _ = writeln!(out, "{}", edge(&format!("└{}", "─".repeat(WIDTH))));
        let _ = writeln!(out, "  {:>6}  {:<w$.2}{:>6.2}", "", x.0, x.1, w = WIDTH - 6);
        out
    }
}

impl TokensShown {
    fn print(&self, fact: &mut impl FnMut(&str, &str)) {
        fact("tokenizer", &format!("{}, {} tokens", self.tokenizer, grouped(self.size as u64)));
        if !self.learned.is_empty() {
            let pairs: Vec<String> = self.learned.iter().map(|(a, b)| format!("{}+{}", visible(a), visible(b))).collect();
            let more = if pairs.len() == FIRST_PAIRS { "  …" } else { "" };
            fact("learned", &format!("{}{more}", pairs.join("  ")));
        }
        fact("in all", &format!("{} tokens", grouped(self.in_all as u64)));
        fact("text", &format!("{:?}", cut(&self.text)));
        fact("as tokens", &format!("{} for {} characters", self.tokens.len(), self.text.chars().count()));
        let shown = self.tokens.iter().take(FIRST_CHARACTERS);
        let pieces: Vec<String> = shown.map(|token| format!("{}·{}", visible(&token.piece), token.id)).collect();
        let more = if pieces.len() < self.tokens.len() { "  …" } else { "" };
        fact("", &format!("{}{more}", pieces.join("  ")));
    }
}

/// A piece of text with its blanks and line ends to be seen.
fn visible(piece: &str) -> String {
    piece.chars().flat_map(|c| if c == ' ' { "␣".chars().collect() } else { c.escape_debug().collect::<Vec<_>>() }).collect()
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
                if twice > 0 {
                    fact("", "a split puts repeated lines on both sides, where they flatter the test;");
                    fact("", "gradus train … --set data.together=true keeps them on one");
                }
                fact("lengths", &format!("{} to {} characters", lines.shortest, lines.longest));
                fact("characters", &format!("{} with the mark: {}", lines.vocabulary_size, lines.vocabulary));
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
                lines.tokens.print(&mut fact);
                let _ = writeln!(out, "\nwhat a model that sees {BLOCK_SIZE} tokens learns from the first line");
                for (context, next) in &lines.examples {
                    let _ = writeln!(out, "  {context} → {next}");
                }
            }
            Holds::Text(text) => {
                let all = grouped(text.characters as u64);
                fact("characters", &format!("{all}, {} different: {}", text.vocabulary_size, text.vocabulary));
                fact("begins", &format!("{:?}", text.beginning));
                text.tokens.print(&mut fact);
            }
            Holds::Table(table) => {
                fact("rows", &grouped(table.rows as u64));
                fact("features", &format!("{}: {}", table.features.len(), cut(&table.features.join(", "))));
                if !table.left_out.is_empty() {
                    fact("left out", &format!("{}, for it only counts the rows", table.left_out.join(", ")));
                }
                let classes = table.classes.iter().zip(&table.rows_by_class);
                let classes: Vec<String> = classes.map(|(class, rows)| format!("{class} ({rows})")).collect();
                fact("classes", &format!("{}: {}", table.classes.len(), classes.join(", ")));
                let _ = writeln!(out, "\nthe first rows");
                for (features, class) in &table.first {
                    let features: Vec<String> = features.iter().map(f64::to_string).collect();
                    let _ = writeln!(out, "  {} → {class}", cut(&features.join(" ")));
                }
            }
            Holds::Points(points) => {
                fact("points", &format!("{} with noise {}, seed {}", grouped(points.points as u64), points.noise, points.seed));
                let what = if points.classes { "classes" } else { "value" };
                let signs = points.targets.iter().zip(SIGNS).map(|(name, sign)| format!("{sign} {name}"));
                let signs: Vec<String> = signs.collect();
                fact(what, &if points.classes { signs.join(", ") } else { "0 (lowest) to 9 (highest)".to_string() });
                let _ = write!(out, "\n{}", points.plot());
            }
            Holds::Images(images) => {
                fact("pictures", &format!("{} of {} by {}", grouped(images.pictures as u64), images.height, images.width));
                let classes = images.classes.iter().zip(&images.pictures_by_class);
                let classes: Vec<String> = classes.map(|(class, n)| format!("{class} ({n})")).collect();
                fact("classes", &format!("{}: {}", images.classes.len(), classes.join(", ")));
                let classes: Vec<&str> = images.first.iter().map(|(_, class)| class.as_str()).collect();
                let _ = writeln!(out, "\nthe first pictures, of class {}", classes.join(", "));
                for row in 0..images.height {
                    let signs = |grey: &f32| SHADES[(grey * 4.0).round() as usize].repeat(2);
                    let rows = images.first.iter().map(|(picture, _)| picture[row].iter().map(signs).collect::<String>());
                    let _ = writeln!(out, "  {}", rows.collect::<Vec<_>>().join("  ").trim_end());
                }
            }
        }
        out
    }
}
