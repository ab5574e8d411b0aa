//! What a session can be made of: recipes, their keys, data.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use axum::extract::Path;
use gradus_data::registry::{self, Kind, Origin};
use gradus_data::toys::Points;
use gradus_data::{Lines, Samples, Source, Targets, Text};
use gradus_fetch::Fetcher;
use gradus_recipe::{self as recipe, BUILTIN, Form, Key, Override, Recipe};
use gradus_train::corpus::Intake;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Lab;
use crate::describe::Created;
use crate::extract::Body;
use crate::json::Json;
use crate::refusal::{Answer, Refusal, Reply};
use crate::uploads::{Brought, Uploads, is_table, shown};

/// A key of a recipe, and all that a form needs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Key")]
pub(crate) struct KeyLine {
    path: String,
    section: &'static str,
    /// The `kind` of the section that it belongs to.
    kind: Option<&'static str>,
    name: &'static str,
    #[schemars(extend("enum" = ["bool", "int", "float", "text", "choice", "ints", "floats", "texts"]))]
    form: &'static str,
    choices: Option<Vec<&'static str>>,
    min: Option<f64>,
    max: Option<f64>,
    default: Setting,
    doc: &'static str,
}

/// A key with its value in some recipe.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Entry {
    #[serde(flatten)]
    key: KeyLine,
    value: Setting,
}

/// The value of a key: as in TOML, but a path is shown by its name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
enum Setting {
    One(Word),
    List(Vec<Word>),
}

/// A value that is no list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
enum Word {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl KeyLine {
    fn new(key: &Key) -> Self {
        let (form, choices) = match key.form {
            Form::Bool => ("bool", None),
            Form::Int => ("int", None),
            Form::Float => ("float", None),
            Form::Text => ("text", None),
            Form::Choice(words) => ("choice", Some(words.to_vec())),
            Form::Ints => ("ints", None),
            Form::Floats => ("floats", None),
            Form::Texts => ("texts", None),
        };
        let bound = |limit: f64| limit.is_finite().then_some(limit);
        KeyLine {
            path: key.path(),
            section: key.section,
            kind: key.kind,
            name: key.name,
            form,
            choices,
            min: bound(key.limits.min),
            max: bound(key.limits.max),
            default: Setting::of(&key.default),
            doc: key.doc,
        }
    }
}

/// The keys and values of a recipe.
pub(crate) fn entries(recipe: &Recipe) -> Vec<Entry> {
    let of = |(key, value): &(Key, recipe::Value)| {
        let key = KeyLine::new(key);
        let value = match key.path == "data.source" {
            true => Setting::One(Word::Text(shown(&recipe.data.source))),
            false => Setting::of(value),
        };
        Entry { key, value }
    };
    recipe.entries().iter().map(of).collect()
}

impl Word {
    fn of(value: &recipe::Value) -> Self {
        match value {
            recipe::Value::Bool(value) => Word::Bool(*value),
            recipe::Value::Int(value) => Word::Int(*value),
            recipe::Value::Float(value) => Word::Float(*value),
            recipe::Value::Text(value) => Word::Text(value.clone()),
            recipe::Value::Other(name) => Word::Text((*name).to_string()),
            // No key has lists of lists.
            recipe::Value::List(_) => Word::Text(value.to_string()),
        }
    }
}

impl Setting {
    fn of(value: &recipe::Value) -> Self {
        match value {
            recipe::Value::List(items) => Setting::List(items.iter().map(Word::of).collect()),
            value => Setting::One(Word::of(value)),
        }
    }
}

/// A recipe as a client names it: built in, or as text, with changes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Named {
    recipe: Option<String>,
    toml: Option<String>,
    set: BTreeMap<String, Value>,
}

impl Named {
    pub(crate) fn new(recipe: Option<String>, toml: Option<String>, set: BTreeMap<String, Value>) -> Self {
        Named { recipe, toml, set }
    }

    /// The recipe that is meant. Its data are a known set or what a client brought.
    ///
    /// # Errors
    /// The first mistake in it.
    pub(crate) fn read(&self, uploads: &Uploads) -> Answer<Recipe> {
        let (name, text) = match (&self.recipe, &self.toml) {
            (Some(name), None) => (name.clone(), Recipe::builtin(name)?.to_toml()),
            // A text may say whose it is: that becomes the run's name.
            (name, Some(text)) => (name.clone().unwrap_or_else(|| "own".to_string()), text.clone()),
            (None, None) => return Err(Refusal::unprocessable("say which: \"recipe\" (a name) or \"toml\" (a text)")),
        };
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(32).collect();
        let mut recipe = Recipe::parse_with(&name, &text, &overrides(&self.set)?)?;
        recipe.data.source = uploads.resolve(&recipe.data.source)?;
        for source in &mut recipe.data.against {
            *source = uploads.resolve(source)?;
        }
        Ok(recipe)
    }
}

/// Changes of a recipe from a JSON object `{"model.hidden": 300}`.
pub(crate) fn overrides(set: &BTreeMap<String, Value>) -> Answer<Vec<Override>> {
    let change = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => recipe::Value::Text(text.clone()).to_string(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
            _ => {
                return Err(Refusal::unprocessable(format!(
                    "{key}: a value is a text, a number, true, false or a list"
                )));
            }
        };
        Ok(Override::parse(&format!("{key}={value}"))?)
    };
    set.iter().map(change).collect()
}

/// A built-in recipe.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Recipe")]
pub(crate) struct RecipeLine {
    name: &'static str,
    about: String,
    model: &'static str,
    data: String,
    steps: usize,
    /// What the model takes: `tokens`, `features`, `words`.
    #[schemars(extend("enum" = ["tokens", "features", "words"]))]
    takes: &'static str,
    toml: String,
    entries: Vec<Entry>,
}

/// The built-in recipes.
pub(crate) async fn recipes() -> Reply<Json<Vec<RecipeLine>>> {
    let lines = BUILTIN.iter().map(|builtin| {
        let recipe = Recipe::builtin(builtin.name)?;
        Ok(RecipeLine {
            name: builtin.name,
            about: recipe.training.about.clone(),
            model: recipe.model.kind(),
            data: recipe.data.source.clone(),
            steps: recipe.training.steps,
            takes: match recipe.model.intake() {
                Intake::Contexts | Intake::Sequences => "tokens",
                Intake::Features => "features",
                Intake::Words => "words",
            },
            toml: recipe.to_toml(),
            entries: entries(&recipe),
        })
    });
    lines.collect::<Reply<Vec<_>>>().map(Json)
}

/// Every key that a recipe may hold.
pub(crate) async fn keys() -> Json<Vec<KeyLine>> {
    Json(Recipe::keys().iter().map(KeyLine::new).collect())
}

/// A recipe that was read.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    name: String,
    about: String,
    model: &'static str,
    data: String,
    /// How many numbers its model learns; null where that is so many that counting them takes long.
    parameters: Option<usize>,
    toml: String,
    entries: Vec<Entry>,
    /// Settings that are allowed and cannot be meant, a sentence each.
    doubts: Vec<String>,
}

/// Reads a recipe without making anything of it.
pub(crate) async fn check(lab: Lab, Body(named): Body<Named>) -> Reply<Json<Checked>> {
    let recipe = named.read(&lab.uploads)?;
    let counted = recipe.clone();
    // Data may have to be read for it: not on a thread that answers requests.
    let parameters = tokio::task::spawn_blocking(move || gradus_train::build::count_parameters(&counted))
        .await
        .map_err(|_| Refusal::internal("the model could not be counted"))??;
    Ok(Json(Checked {
        parameters,
        name: recipe.name.clone(),
        about: recipe.training.about.clone(),
        model: recipe.model.kind(),
        data: shown(&recipe.data.source),
        toml: recipe.to_toml(),
        entries: entries(&recipe),
        doubts: recipe.doubts(),
    }))
}

/// A data set.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DataSet")]
pub(crate) struct DataLine {
    name: String,
    #[schemars(extend("enum" = ["lines", "text", "table", "images", "points"]))]
    kind: &'static str,
    description: String,
    source: &'static str,
    licence: &'static str,
    /// Whether it is at hand.
    available: bool,
    uploaded: bool,
    bytes: Option<u64>,
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Lines => "lines",
        Kind::Text => "text",
        Kind::Table => "table",
        Kind::Images => "images",
        Kind::Points => "points",
        _ => "other",
    }
}

/// All data sets.
pub(crate) async fn data(lab: Lab) -> Json<Vec<DataLine>> {
    let known = registry::all().iter().map(|set| DataLine {
        name: set.name.to_string(),
        kind: word(set.kind),
        description: set.description.to_string(),
        source: set.source,
        licence: set.licence,
        available: Source::find(set.name).is_ok(),
        uploaded: false,
        bytes: match set.origin {
            Origin::Fetched(files) => Some(files.iter().map(|file| file.bytes).sum()),
            _ => None,
        },
    });
    let brought = lab.uploads.all().into_iter().map(|(name, bytes)| DataLine {
        kind: if is_table(&name) { "table" } else { "lines" },
        name,
        description: "brought by you".to_string(),
        source: "",
        licence: "",
        available: true,
        uploaded: true,
        bytes: Some(bytes),
    });
    Json(known.chain(brought).collect())
}

/// A data set that is at hand.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fetched {
    name: String,
    available: bool,
}

/// Downloads a data set, with its checksum.
pub(crate) async fn fetch(Path(name): Path<String>, _: Body<super::sessions::Nothing>) -> Reply<Json<Fetched>> {
    let set = registry::find(&name).ok_or_else(|| Refusal::not_found(format!("there is no data set {name:?}")))?;
    let Origin::Fetched(files) = set.origin else {
        return Ok(Json(Fetched { name, available: true }));
    };
    let fetch = move || Fetcher::default().fetch(files, &mut |_| ControlFlow::Continue(()));
    let fetched = tokio::task::spawn_blocking(fetch).await;
    fetched
        .map_err(|_| Refusal::internal("the data could not be fetched"))?
        .map_err(|error| Refusal::unprocessable(error.to_string()))?;
    Ok(Json(Fetched { name, available: true }))
}

/// Lines that are shown of a data set.
const SHOWN: usize = 20;

/// Letters of a text that are shown.
const SHOWN_LETTERS: usize = 1000;

/// What a data set holds.
pub(crate) async fn data_set(lab: Lab, Path(name): Path<String>) -> Reply<Json<DataDetail>> {
    let source = lab.uploads.resolve(&name).map_err(|refusal| Refusal::not_found(refusal.message()))?;
    // Reading may take a while: not on a thread that answers requests.
    let read = tokio::task::spawn_blocking(move || preview(&name, &source));
    Ok(Json(read.await.map_err(|_| Refusal::internal("the data could not be read"))??))
}

/// The first of a data set's items.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum First {
    /// Of lines and texts.
    Lines(Vec<String>),
    /// Of tables, pictures and points: the numbers of each example.
    Rows(Vec<Vec<f32>>),
}

/// What a data set holds.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DataDetail {
    name: String,
    #[schemars(extend("enum" = ["lines", "text", "table", "images", "points"]))]
    kind: &'static str,
    /// Lines, letters of a text, or examples.
    items: usize,
    examples: First,
    /// The letters of lines and texts.
    vocabulary: Option<String>,
    /// Letters of the shortest and of the longest line.
    lengths: Option<(usize, usize)>,
    /// Of examples of numbers: the shape of one, what its numbers and the classes or values are called, and the first
    /// examples' classes or values.
    #[serde(flatten)]
    numbers: Option<Numbers>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DataNumbers")]
struct Numbers {
    shape: Vec<usize>,
    features: Vec<String>,
    classes: Vec<String>,
    labels: Vec<i64>,
    values: Vec<Vec<f32>>,
}

fn preview(name: &str, source: &str) -> Answer<DataDetail> {
    let source = Source::find(source)?;
    let kind = source.data_set().map_or(Kind::Lines, |set| set.kind);
    let detail = |items, examples| DataDetail {
        name: name.to_string(),
        kind: word(kind),
        items,
        examples,
        vocabulary: None,
        lengths: None,
        numbers: None,
    };
    Ok(match kind {
        Kind::Lines => {
            let lines = Lines::open(&source)?;
            let first = lines.items().iter().take(SHOWN).map(|item| item.to_string()).collect();
            DataDetail {
                vocabulary: Some(lines.vocabulary().characters()),
                lengths: Some(lines.lengths()),
                ..detail(lines.len(), First::Lines(first))
            }
        }
        Kind::Text => {
            let text = Text::open(&source)?;
            let first: String = text.content().chars().take(SHOWN_LETTERS).collect();
            DataDetail {
                vocabulary: Some(text.vocabulary().characters()),
                ..detail(
                    text.content().chars().count(),
                    First::Lines(first.lines().take(SHOWN).map(str::to_string).collect()),
                )
            }
        }
        _ => {
            let samples = Samples::open(&source, &Points::default(), None)?;
            let rows = (0..samples.len().min(SHOWN)).map(|row| samples.row(row).to_vec()).collect();
            let (labels, values) = match &samples.targets {
                Targets::Classes { labels, .. } => (labels.iter().take(SHOWN).copied().collect(), vec![]),
                Targets::Values { values, names } => {
                    (vec![], values.chunks(names.len().max(1)).take(SHOWN).map(<[f32]>::to_vec).collect())
                }
            };
            let numbers = Numbers {
                shape: samples.shape.clone(),
                features: samples.feature_names.clone(),
                classes: samples.targets.names().to_vec(),
                labels,
                values,
            };
            DataDetail { numbers: Some(numbers), ..detail(samples.len(), First::Rows(rows)) }
        }
    })
}

/// Data that a client brings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    name: String,
    text: String,
    #[serde(default)]
    kind: Brought,
}

/// Data that were kept.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Uploaded {
    /// By which they are found from now on.
    name: String,
    kind: Brought,
    /// Lines, letters or examples.
    items: usize,
    /// Its letters.
    vocabulary: String,
}

/// Keeps pasted or uploaded data.
pub(crate) async fn upload(lab: Lab, Body(upload): Body<Upload>) -> Reply<Created<Uploaded>> {
    let keep = tokio::task::spawn_blocking(move || {
        let kept = lab.uploads.keep(&upload.name, &upload.text, upload.kind)?;
        Ok(Uploaded { name: kept.name, kind: upload.kind, items: kept.items, vocabulary: kept.characters })
    });
    let kept: Answer<Uploaded> = keep.await.map_err(|_| Refusal::internal("the data could not be kept"))?;
    Ok(Created(kept?))
}
