//! `gradus runs`: the recorded runs, a line each.

use std::cmp::Ordering;

use gradus_recipe::nearest;
use gradus_train::store::{Ended, Run};
use serde::Serialize;

use super::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{self, duration, grouped};

/// Lists the recorded runs, the oldest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only those that have this tag; may be given often, for all of them
    #[arg(long, value_name = "WORD")]
    tag: Vec<String>,
    /// Only those for which this is so: COLUMN, one of < <= > >= = !=, and a value; may be given often. Example:
    /// --filter 'dev_loss<2.1' --filter model=mlp
    #[arg(long, value_name = "CONDITION", value_parser = Condition::parse)]
    filter: Vec<Condition>,
    /// Order by this column; with - before it, the largest first
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true, value_parser = Order::parse)]
    sort: Option<Order>,
    /// Show these columns
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', value_parser = Column::parse)]
    columns: Vec<Column>,
    /// Print a table for other programs: commas between, a head above
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is known about a run without reading its logs.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) run: String,
    pub(crate) recipe: String,
    pub(crate) model: String,
    pub(crate) data: String,
    pub(crate) parameters: usize,
    pub(crate) status: &'static str,
    /// How and why it ended, where that needs words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<Ended>,
    pub(crate) step: u64,
    pub(crate) steps: u64,
    pub(crate) seconds: f64,
    /// Seconds since 1970.
    pub(crate) created: u64,
    pub(crate) train_loss: Option<f64>,
    pub(crate) dev_loss: Option<f64>,
    pub(crate) test_loss: Option<f64>,
    pub(crate) tags: Vec<String>,
    pub(crate) note: String,
}

impl Summary {
    /// Of a run.
    pub(crate) fn of(run: &Run) -> Self {
        Summary {
            run: run.name().to_string(),
            recipe: run.recipe_name().to_string(),
            model: run.model().to_string(),
            data: run.data().to_string(),
            parameters: run.parameters(),
            status: run.status(),
            ended: run.ended().cloned(),
            step: run.step(),
            steps: run.steps(),
            seconds: run.seconds(),
            created: run.created(),
            train_loss: run.last("train_loss"),
            dev_loss: run.last("dev_loss"),
            test_loss: run.last("test_loss"),
            tags: run.tags().to_vec(),
            note: run.note().to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Listing<'a> {
    runs: Vec<&'a Summary>,
}

/// A value in a column.
#[derive(Debug, PartialEq)]
enum Value {
    Number(Option<f64>),
    Text(String),
}

impl Value {
    /// Smaller first; what is missing comes last.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => match (a, b) {
                (Some(a), Some(b)) => a.total_cmp(b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            },
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

/// What can be shown, ordered by and asked for: the keys of `--json`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Run,
    Recipe,
    Model,
    Data,
    Parameters,
    Status,
    Step,
    Steps,
    Seconds,
    Created,
    TrainLoss,
    DevLoss,
    TestLoss,
    Tags,
    Note,
    /// Step and steps in one.
    Progress,
}

use Column::{
    Created, Data, DevLoss, Model, Note, Parameters, Progress, Recipe, Seconds, Status, Step, Steps, Tags, TestLoss,
    TrainLoss,
};

impl Column {
    const ALL: [Column; 16] = [
        Column::Run,
        Recipe,
        Model,
        Data,
        Parameters,
        Status,
        Step,
        Steps,
        Seconds,
        Created,
        TrainLoss,
        DevLoss,
        TestLoss,
        Tags,
        Note,
        Progress,
    ];

    fn name(self) -> &'static str {
        match self {
            Column::Run => "run",
            Recipe => "recipe",
            Model => "model",
            Data => "data",
            Parameters => "parameters",
            Status => "status",
            Step => "step",
            Steps => "steps",
            Seconds => "seconds",
            Created => "created",
            TrainLoss => "train_loss",
            DevLoss => "dev_loss",
            TestLoss => "test_loss",
            Tags => "tags",
            Note => "note",
            Progress => "progress",
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let found = Column::ALL.into_iter().find(|column| column.name() == text);
        found.ok_or_else(|| {
            let all = Column::ALL.map(Column::name);
            match nearest(text, all.iter().map(ToString::to_string)) {
                near if near.is_empty() => format!("there is no column {text}; there are {}", all.join(", ")),
                near => format!("there is no column {text}; the nearest is {near} (all: {})", all.join(", ")),
            }
        })
    }

    /// What stands above it.
    fn head(self) -> &'static str {
        match self {
            TrainLoss => "train",
            DevLoss => "dev",
            TestLoss => "test",
            Seconds => "time",
            Progress => "step",
            other => other.name(),
        }
    }

    fn is_number(self) -> bool {
        !matches!(self, Column::Run | Recipe | Model | Data | Status | Tags | Note)
    }

    fn value(self, run: &Summary) -> Value {
        let count = |n: u64| Value::Number(Some(n as f64));
        match self {
            Column::Run => Value::Text(run.run.clone()),
            Recipe => Value::Text(run.recipe.clone()),
            Model => Value::Text(run.model.clone()),
            Data => Value::Text(run.data.clone()),
            Parameters => count(run.parameters as u64),
            Status => Value::Text(run.status.to_string()),
            Step | Progress => count(run.step),
            Steps => count(run.steps),
            Seconds => Value::Number(Some(run.seconds)),
            Created => count(run.created),
            TrainLoss => Value::Number(run.train_loss),
            DevLoss => Value::Number(run.dev_loss),
            TestLoss => Value::Number(run.test_loss),
            Tags => Value::Text(run.tags.join(" ")),
            Note => Value::Text(run.note.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }

    /// For people.
    fn cell(self, run: &Summary) -> String {
        match (self, self.value(run)) {
            (Progress, _) => format!("{} of {}", grouped(run.step), grouped(run.steps)),
            (Seconds, _) => duration(run.seconds),
            (TrainLoss | DevLoss | TestLoss, Value::Number(loss)) => {
                loss.map_or("–".to_string(), |v| format!("{v:.4}"))
            }
            (_, Value::Number(number)) => number.map_or("–".to_string(), |n| grouped(n as u64)),
            (_, Value::Text(text)) => text,
        }
    }

    /// For other programs.
    fn plain(self, run: &Summary) -> String {
        match self.value(run) {
            Value::Number(number) => number.map_or(String::new(), |n| n.to_string()),
            Value::Text(text) if text.contains([',', '"']) => format!("\"{}\"", text.replace('"', "\"\"")),
            Value::Text(text) => text,
        }
    }
}

/// `-dev_loss`.
#[derive(Debug, Clone, Copy)]
struct Order {
    column: Column,
    falling: bool,
}

impl Order {
    fn parse(text: &str) -> Result<Self, String> {
        let falling = text.starts_with('-');
        Ok(Order { column: Column::parse(text.strip_prefix('-').unwrap_or(text))?, falling })
    }

    fn of(self, a: &Summary, b: &Summary) -> Ordering {
        let (a, b) = (self.column.value(a), self.column.value(b));
        match self.falling && a != Value::Number(None) && b != Value::Number(None) {
            true => b.order(&a),
            false => a.order(&b),
        }
    }
}

/// `dev_loss<2.1`.
#[derive(Debug, Clone)]
struct Condition {
    column: Column,
    sign: &'static str,
    value: String,
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        // The longer signs first: `<=` begins with `<`.
        let signs = ["<=", ">=", "!=", "<", ">", "="];
        let at = text.find(['<', '>', '=', '!']).ok_or("write COLUMN<VALUE, e.g. 'dev_loss<2.1' or model=mlp")?;
        let sign = signs.into_iter().find(|sign| text[at..].starts_with(sign)).ok_or("write != for what is not so")?;
        let (column, value) = (Column::parse(text[..at].trim())?, text[at + sign.len()..].trim().to_string());
        if column.is_number() && value.parse::<f64>().is_err() {
            return Err(format!("{} is a number, and {value:?} is none", column.name()));
        }
        Ok(Condition { column, sign, value })
    }

    fn holds(&self, run: &Summary) -> bool {
        let order = match self.column.value(run) {
            // What is not there is neither smaller nor larger.
            Value::Number(None) => return self.sign == "!=",
            Value::Number(Some(number)) => number.partial_cmp(&self.value.parse().unwrap_or(f64::NAN)),
            // A run has a tag or not.
            Value::Text(_) if self.column == Tags => {
                let has = run.tags.contains(&self.value);
                return has == (self.sign == "=");
            }
            Value::Text(text) => Some(text.as_str().cmp(&self.value)),
        };
        match (self.sign, order) {
            ("<", Some(Ordering::Less)) | (">", Some(Ordering::Greater)) | ("=", Some(Ordering::Equal)) => true,
            ("<=", Some(order)) => order != Ordering::Greater,
            (">=", Some(order)) => order != Ordering::Less,
            ("!=", order) => order != Some(Ordering::Equal),
            _ => false,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    if args.filter.iter().any(|condition| condition.column == Tags && !["=", "!="].contains(&condition.sign)) {
        return Err(Failure::Usage("a run has a tag or not: --filter tags=WORD or tags!=WORD".to_string()));
    }
    let all: Vec<Summary> = match context.store_if_any()? {
        Some(store) => store.runs()?.iter().map(Summary::of).collect(),
        None => vec![],
    };
    let wanted = |run: &&Summary| {
        args.tag.iter().all(|tag| run.tags.contains(tag)) && args.filter.iter().all(|condition| condition.holds(run))
    };
    let mut runs: Vec<&Summary> = all.iter().filter(wanted).collect();
    if let Some(order) = args.sort {
        // Equal ones stay in the order they were made in.
        runs.sort_by(|a, b| order.of(a, b));
    }
    if args.json {
        return output::json(&Listing { runs });
    }
    if runs.is_empty() && !args.csv {
        output::note(&if all.is_empty() {
            context.no_runs()
        } else {
            format!("none of the {} runs is like that", all.len())
        });
        return Ok(());
    }
    let mut columns = args.columns.clone();
    if args.csv {
        if columns.is_empty() {
            columns = Column::ALL.into_iter().filter(|column| *column != Progress).collect();
        }
        let mut out = columns.iter().map(|column| column.name()).collect::<Vec<_>>().join(",") + "\n";
        for run in &runs {
            out.push_str(&(columns.iter().map(|column| column.plain(run)).collect::<Vec<_>>().join(",") + "\n"));
        }
        return output::text(&out);
    }
    if columns.is_empty() {
        columns = vec![Column::Run, Model, Data, Parameters, Progress, Status, TrainLoss, DevLoss, Seconds];
        // What nobody has said is no column.
        columns.extend([Tags, Note].into_iter().filter(|column| runs.iter().any(|run| !column.cell(run).is_empty())));
    }
    let mut rows: Vec<Vec<String>> = vec![columns.iter().map(|column| column.head().to_string()).collect()];
    rows.extend(runs.iter().map(|run| columns.iter().map(|column| column.cell(run)).collect()));
    let right: Vec<usize> = (0..columns.len()).filter(|&c| columns[c].is_number()).collect();
    output::text(&output::table(&rows, &right))
}
