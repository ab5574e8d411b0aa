//! What a session can be made of: recipes, their keys, data.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use gradus_data::registry::{self, Kind, Origin};
use gradus_data::toys::Points;
use gradus_data::{Lines, Samples, Source, Targets, Text};
use gradus_fetch::Fetcher;
use gradus_recipe::{self as recipe, BUILTIN, Form, Key, Override, Recipe};
use gradus_train::corpus::Intake;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Lab;
use crate::extract::Body;
use crate::refusal::{Answer, Refusal};
use crate::uploads::{Brought, Uploads, is_table, shown};

/// A key of a recipe with its value, and all that a form needs.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    path: String,
    section: &'static str,
    /// The `kind` of the section that it belongs to.
    kind: Option<&'static str>,
    name: &'static str,
    form: &'static str,
    choices: Option<Vec<&'static str>>,
    min: Option<f64>,
    max: Option<f64>,
    default: Value,
    doc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

impl Entry {
    fn new(key: &Key, value: Option<&recipe::Value>) -> Self {
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
        Entry {
            path: key.path(),
            section: key.section,
            kind: key.kind,
            name: key.name,
            form,
            choices,
            min: bound(key.limits.min),
            max: bound(key.limits.max),
            default: json_of(&key.default),
            doc: key.doc,
            value: value.map(json_of),
        }
    }
}

/// The keys and values of a recipe.
pub(crate) fn entries(recipe: &Recipe) -> Vec<Entry> {
    let of = |(key, value): &(Key, recipe::Value)| {
        let mut entry = Entry::new(key, Some(value));
        if entry.path == "data.source" {
            entry.value = Some(json!(shown(&recipe.data.source)));
        }
        entry
    };
    recipe.entries().iter().map(of).collect()
}

fn json_of(value: &recipe::Value) -> Value {
    match value {
        recipe::Value::Bool(value) => json!(value),
        recipe::Value::Int(value) => json!(value),
        recipe::Value::Float(value) => json!(value),
        recipe::Value::Text(value) => json!(value),
        recipe::Value::List(items) => items.iter().map(json_of).collect(),
        recipe::Value::Other(name) => json!(name),
    }
}

/// A recipe as a client names it: built in, or as text, with changes.
#[derive(Debug, Default, Deserialize)]
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

#[derive(Debug, Serialize)]
pub(crate) struct RecipeLine {
    name: &'static str,
    about: String,
    model: &'static str,
    data: String,
    steps: usize,
    /// What the model takes: `tokens`, `features`, `words`.
    takes: &'static str,
    toml: String,
    entries: Vec<Entry>,
}

/// The built-in recipes.
pub(crate) async fn recipes() -> Answer<Json<Vec<RecipeLine>>> {
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
    lines.collect::<Answer<Vec<_>>>().map(Json)
}

/// Every key that a recipe may hold.
pub(crate) async fn keys() -> Json<Vec<Entry>> {
    Json(Recipe::keys().iter().map(|key| Entry::new(key, None)).collect())
}

#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    name: String,
    about: String,
    model: &'static str,
    data: String,
    toml: String,
    entries: Vec<Entry>,
}

/// Reads a recipe without making anything of it.
pub(crate) async fn check(lab: Lab, Body(named): Body<Named>) -> Answer<Json<Checked>> {
    let recipe = named.read(&lab.uploads)?;
    Ok(Json(Checked {
        name: recipe.name.clone(),
        about: recipe.training.about.clone(),
        model: recipe.model.kind(),
        data: shown(&recipe.data.source),
        toml: recipe.to_toml(),
        entries: entries(&recipe),
    }))
}

#[derive(Debug, Serialize)]
pub(crate) struct DataLine {
    name: String,
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

/// Downloads a data set, with its checksum.
pub(crate) async fn fetch(Path(name): Path<String>, _: Body<super::sessions::Nothing>) -> Answer<Json<Value>> {
    let set = registry::find(&name).ok_or_else(|| Refusal::not_found(format!("there is no data set {name:?}")))?;
    let Origin::Fetched(files) = set.origin else {
        return Ok(Json(json!({ "name": name, "available": true })));
    };
    let fetch = move || Fetcher::default().fetch(files, &mut |_| ControlFlow::Continue(()));
    let fetched = tokio::task::spawn_blocking(fetch).await;
    fetched
        .map_err(|_| Refusal::internal("the data could not be fetched"))?
        .map_err(|error| Refusal::unprocessable(error.to_string()))?;
    Ok(Json(json!({ "name": name, "available": true })))
}

/// Lines that are shown of a data set.
const SHOWN: usize = 20;

/// Letters of a text that are shown.
const SHOWN_LETTERS: usize = 1000;

/// What a data set holds.
pub(crate) async fn data_set(lab: Lab, Path(name): Path<String>) -> Answer<Json<Value>> {
    let source = lab.uploads.resolve(&name).map_err(|refusal| Refusal::not_found(refusal.message()))?;
    // Reading may take a while: not on a thread that answers requests.
    let read = tokio::task::spawn_blocking(move || preview(&name, &source));
    read.await.map_err(|_| Refusal::internal("the data could not be read"))?.map(Json)
}

fn preview(name: &str, source: &str) -> Answer<Value> {
    let source = Source::find(source)?;
    let kind = source.data_set().map_or(Kind::Lines, |set| set.kind);
    Ok(match kind {
        Kind::Lines => {
            let lines = Lines::open(&source)?;
            let first: Vec<&str> = lines.items().iter().take(SHOWN).map(|item| &**item).collect();
            json!({
                "name": name, "kind": word(kind), "items": lines.len(), "examples": first,
                "vocabulary": lines.vocabulary().characters(), "lengths": lines.lengths(),
            })
        }
        Kind::Text => {
            let text = Text::open(&source)?;
            let first: String = text.content().chars().take(SHOWN_LETTERS).collect();
            json!({
                "name": name, "kind": word(kind), "items": text.content().chars().count(),
                "examples": first.lines().take(SHOWN).collect::<Vec<_>>(),
                "vocabulary": text.vocabulary().characters(), "lengths": null,
            })
        }
        _ => {
            let samples = Samples::open(&source, &Points::default(), None)?;
            let rows: Vec<&[f32]> = (0..samples.len().min(SHOWN)).map(|row| samples.row(row)).collect();
            let (labels, values) = match &samples.targets {
                Targets::Classes { labels, .. } => (labels.iter().take(SHOWN).collect(), vec![]),
                Targets::Values { values, names } => (vec![], values.chunks(names.len().max(1)).take(SHOWN).collect()),
            };
            json!({
                "name": name, "kind": word(kind), "items": samples.len(), "examples": rows, "vocabulary": null,
                "lengths": null, "shape": samples.shape, "features": samples.feature_names,
                "classes": samples.targets.names(), "labels": labels, "values": values,
            })
        }
    })
}

/// Data that a client brings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    name: String,
    text: String,
    #[serde(default)]
    kind: Brought,
}

/// Keeps pasted or uploaded data.
pub(crate) async fn upload(lab: Lab, Body(upload): Body<Upload>) -> Answer<(StatusCode, Json<Value>)> {
    let keep = tokio::task::spawn_blocking(move || {
        let kept = lab.uploads.keep(&upload.name, &upload.text, upload.kind)?;
        Ok(json!({ "name": kept.name, "kind": upload.kind, "items": kept.items, "vocabulary": kept.characters }))
    });
    let kept: Answer<Value> = keep.await.map_err(|_| Refusal::internal("the data could not be kept"))?;
    Ok((StatusCode::CREATED, Json(kept?)))
}
