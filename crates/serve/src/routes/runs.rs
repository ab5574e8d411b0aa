//! The recorded runs.

use std::collections::BTreeMap;

use axum::extract::Path;
use gradus_train::store::{Ended, Run, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lab;
use super::catalog::{Entry, entries};
use crate::describe::Gone;
use crate::extract::Body;
use crate::json::Json;
use crate::refusal::{Answer, Refusal, Reply};
use crate::uploads::shown;
use gradus_studio::session::keep::is_open;

/// A recorded run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Run")]
pub(crate) struct RunLine {
    name: String,
    recipe: String,
    model: String,
    data: String,
    parameters: usize,
    status: &'static str,
    step: u64,
    steps: u64,
    seconds: f64,
    created: u64,
    /// The words its owner has put on it.
    tags: Vec<String>,
    /// What its owner has noted of it; empty where there is nothing.
    note: String,
    /// How and why it ended, where that is known.
    ended: Option<Ended>,
    /// The last recorded value of each series of the whole run.
    losses: BTreeMap<String, f64>,
    /// Whether it is a session that is open.
    session: bool,
}

fn line(run: &Run) -> RunLine {
    let last = run.last_values().map(|(name, value)| (name.to_string(), value));
    RunLine {
        name: run.name().to_string(),
        recipe: run.recipe_name().to_string(),
        model: run.model().to_string(),
        data: shown(run.data()),
        parameters: run.parameters(),
        status: run.status(),
        step: run.step(),
        steps: run.steps(),
        seconds: run.seconds(),
        created: run.created(),
        tags: run.tags().to_vec(),
        note: run.note().to_string(),
        ended: run.ended().cloned(),
        losses: last.collect(),
        session: is_open(run),
    }
}

/// Reads from the store off the threads that answer requests.
async fn read<T: Send + 'static>(lab: Lab, f: impl FnOnce(&Store) -> Answer<T> + Send + 'static) -> Reply<Json<T>> {
    let reading = tokio::task::spawn_blocking(move || f(&lab.store()?));
    Ok(Json(reading.await.map_err(|_| Refusal::internal("the store could not be read"))??))
}

fn find(store: &Store, name: &str) -> Answer<Run> {
    store.run(name).map_err(|error| Refusal::not_found(error.to_string()))
}

/// All runs, the oldest first.
pub(crate) async fn all(lab: Lab) -> Reply<Json<Vec<RunLine>>> {
    read(lab, |store| Ok(store.runs()?.iter().map(line).collect())).await
}

/// A run with all that is recorded of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunDetail")]
pub(crate) struct RunPage {
    #[serde(flatten)]
    line: RunLine,
    toml: String,
    entries: Vec<Entry>,
    checkpoints: Vec<u64>,
    series: Vec<String>,
    samples: Vec<String>,
}

/// One run.
pub(crate) async fn one(lab: Lab, Path(name): Path<String>) -> Reply<Json<RunPage>> {
    read(lab, move |store| {
        let run = find(store, &name)?;
        let recipe = run.recipe()?;
        Ok(RunPage {
            line: line(&run),
            toml: recipe.to_toml(),
            entries: entries(&recipe),
            checkpoints: run.checkpoints()?,
            series: store.last_metrics(&run)?.into_iter().map(|(name, _)| name).collect(),
            samples: run.samples().unwrap_or_default().lines().map(str::to_string).collect(),
        })
    })
    .await
}

/// A series of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Series {
    name: String,
    series: String,
    points: Vec<(u64, f64)>,
}

/// What its owner may say of a run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "RunChange")]
pub(crate) struct Change {
    /// Another name.
    name: Option<String>,
    /// All words it is to have.
    tags: Option<Vec<String>>,
    /// A text; an empty one takes it away.
    note: Option<String>,
}

/// Changes name, tags or note of a run. A session that is awake goes to sleep before its name is changed.
pub(crate) async fn change(lab: Lab, Path(name): Path<String>, Body(asked): Body<Change>) -> Reply<Json<RunLine>> {
    let Change { name: new, tags, note } = asked;
    let old = name.clone();
    let Json(()) = read(lab.clone(), move |store| {
        let run = find(store, &old)?;
        if let Some(tags) = tags {
            let gone: Vec<String> = run.tags().iter().filter(|tag| !tags.contains(tag)).cloned().collect();
            store.tag(&old, &tags, &gone)?;
        }
        if let Some(note) = note {
            store.annotate(&old, &note)?;
        }
        Ok(())
    })
    .await?;
    let name = match new {
        Some(new) => {
            lab.rename(&name, &new).await?;
            new
        }
        None => name,
    };
    read(lab, move |store| Ok(line(&find(store, &name)?))).await
}

/// Removes a run with all that was recorded of it. A session that it is ends.
pub(crate) async fn remove(lab: Lab, Path(name): Path<String>) -> Reply<Gone> {
    lab.remove(&name).await?;
    Ok(Gone)
}

/// A recorded series of a run.
pub(crate) async fn series(lab: Lab, Path((name, series)): Path<(String, String)>) -> Reply<Json<Series>> {
    read(lab, move |store| {
        let run = find(store, &name)?;
        let points = store.metric(&run, &series)?;
        if points.is_empty() {
            let known: Vec<String> = store.last_metrics(&run)?.into_iter().map(|(name, _)| name).collect();
            return Err(Refusal::not_found(format!(
                "run {name} has no series {series:?}; it has: {}",
                known.join(", ")
            )));
        }
        Ok(Series { name, series, points })
    })
    .await
}
