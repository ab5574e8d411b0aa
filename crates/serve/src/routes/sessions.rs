//! Sessions: begin, train, go to a step, ask.

use std::collections::BTreeMap;

use axum::extract::Path;
use gradus_train::Session;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Lab;
use super::catalog::{Named, overrides};
use crate::describe::{Created, Gone};
use crate::extract::Body;
use crate::json::Json;
use crate::refusal::{Answer, ApiError, Refusal, Reply};
use gradus_studio::edits::{EditLog, LogFile};
use gradus_studio::session::ActiveSession;
use gradus_studio::session::keep::Kept;
use gradus_studio::session::look::split;
use gradus_studio::session::reading::{Evaluated, Generate, Generated, Predict, Prediction};
use gradus_studio::session::state::{Doing, State};

/// Does something with a session, and answers with its state.
pub(crate) async fn command(
    lab: &Lab,
    id: &str,
    f: impl FnOnce(&mut ActiveSession) -> Answer<()> + Send + 'static,
) -> Reply<Json<State>> {
    let session = lab.session(id).await?;
    session
        .ask(move |live| {
            f(live)?;
            Ok(live.state())
        })
        .await
        .map(Json)
}

/// All sessions; those that sleep are not woken for it.
pub(crate) async fn all(lab: Lab) -> Reply<Json<Vec<Listed>>> {
    let mut all = Vec::new();
    for (id, handle) in lab.all().await {
        let state = match handle {
            Some(handle) => handle.ask(|live| Ok(Listed::Awake(Box::new(live.state().brief())))).await,
            None => asleep(&lab, &id).map_err(Into::into),
        };
        // One that is just being closed is none.
        all.extend(state.ok());
    }
    Ok(Json(all))
}

/// A session in a list: its state without what never changes; of one that sleeps, what its folder tells.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "ListedSession")]
pub(crate) enum Listed {
    /// It trains or waits for commands.
    Awake(Box<State>),
    /// It sleeps.
    Asleep(Asleep),
}

/// A session that sleeps.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Asleep {
    id: String,
    recipe: String,
    model: String,
    data: String,
    parameters: usize,
    status: Doing,
    step: u64,
    steps: u64,
    edits: usize,
}

fn asleep(lab: &Lab, id: &str) -> Answer<Listed> {
    let store = lab.store()?;
    let run = store.run(id)?;
    let kept = Kept::of(&run)?.ok_or_else(|| Refusal::not_found(format!("there is no session {id:?}")))?;
    Ok(Listed::Asleep(Asleep {
        id: id.to_string(),
        recipe: run.recipe_name().to_string(),
        model: run.model().to_string(),
        data: crate::uploads::shown(run.data()),
        parameters: run.parameters(),
        status: Doing::Asleep,
        step: kept.saved(),
        steps: kept.steps(),
        edits: kept.edits(),
    }))
}

/// What a session is made of.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Create {
    recipe: Option<String>,
    toml: Option<String>,
    run: Option<String>,
    step: Option<u64>,
    set: BTreeMap<String, Value>,
    log: Option<LogFile>,
    goto: Option<u64>,
    play: bool,
}

/// Begins a session.
pub(crate) async fn create(lab: Lab, Body(asked): Body<Create>) -> Reply<Created<State>> {
    let log = asked.log.as_ref().map(EditLog::of_file).transpose()?;
    let handle = match (asked.run, asked.recipe, asked.toml) {
        (Some(name), None, None) => {
            let (set, step, checked) = (overrides(&asked.set)?, asked.step, asked.set);
            if checked.keys().any(|key| key != "steps") {
                return Err(ApiError::unprocessable(
                    "a recorded run goes on by its own recipe: only \"steps\" can be set; begin with \"toml\" for more",
                ));
            }
            lab.begin(move |store| {
                let run = store.run(&name).map_err(|error| Refusal::not_found(error.to_string()))?;
                let mut session = Session::of_run(&run, step)?;
                if !set.is_empty() {
                    let recipe = session.recipe();
                    let mut longer = gradus_recipe::Recipe::parse_with(&recipe.name, &recipe.to_toml(), &set)?;
                    longer.name.clone_from(&recipe.name);
                    let checkpoint = session.checkpoint()?;
                    session = Session::new(longer)?;
                    session.restore(&checkpoint)?;
                }
                Ok((session, Some(name)))
            })
            .await?
        }
        (None, recipe, toml) => {
            if asked.step.is_some() {
                return Err(ApiError::unprocessable(
                    "\"step\" is a checkpoint of a \"run\"; use \"goto\" to train to a step",
                ));
            }
            let recipe = Named::new(recipe, toml, asked.set).read(&lab.uploads)?;
            lab.begin(move |_| Ok((Session::new(recipe)?, None))).await?
        }
        _ => return Err(ApiError::unprocessable("say one of \"recipe\", \"toml\" and \"run\"")),
    };
    let begun = handle
        .ask(move |live| {
            if let Some(log) = log {
                live.change_log(|own| own.replace(log.edits().to_vec()))?;
            }
            if let Some(step) = asked.goto {
                live.go_to(step)?;
            }
            if asked.play {
                live.play(None)?;
            }
            Ok(live.state())
        })
        .await;
    if begun.is_err() {
        // What cannot begin as it was asked for is not left behind. The refusal is what is told.
        let _ = lab.close(&handle.id).await;
    }
    begun.map(Created)
}

/// One session.
pub(crate) async fn state(lab: Lab, Path(id): Path<String>) -> Reply<Json<State>> {
    command(&lab, &id, |_| Ok(())).await
}

/// Closes a session.
pub(crate) async fn close(lab: Lab, Path(id): Path<String>) -> Reply<Gone> {
    lab.close(&id).await?;
    Ok(Gone)
}

/// A body without anything in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Puts a session to sleep.
pub(crate) async fn sleep(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Reply<Json<Listed>> {
    lab.sleep(&id).await?;
    Ok(Json(asleep(&lab, &id)?))
}

/// `None` where a field is missing, `Some(None)` where it is null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What can be changed while it trains.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Change {
    #[serde(deserialize_with = "given")]
    learning_rate: Option<Option<f64>>,
    #[serde(deserialize_with = "given")]
    speed: Option<Option<f64>>,
    steps: Option<u64>,
}

/// Changes learning rate, speed or the number of steps.
pub(crate) async fn change(lab: Lab, Path(id): Path<String>, Body(asked): Body<Change>) -> Reply<Json<State>> {
    command(&lab, &id, move |live| {
        if let Some(steps) = asked.steps {
            live.set_steps(steps)?;
        }
        if let Some(speed) = asked.speed {
            live.set_speed(speed)?;
        }
        if let Some(rate) = asked.learning_rate {
            live.set_learning_rate(rate)?;
        }
        Ok(())
    })
    .await
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Play {
    until: Option<u64>,
}

/// Trains.
pub(crate) async fn play(lab: Lab, Path(id): Path<String>, Body(asked): Body<Play>) -> Reply<Json<State>> {
    command(&lab, &id, move |live| live.play(asked.until)).await
}

/// Stops after this step.
pub(crate) async fn pause(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Reply<Json<State>> {
    command(&lab, &id, ActiveSession::pause).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Step {
    count: u64,
}

impl Default for Step {
    fn default() -> Self {
        Step { count: 1 }
    }
}

/// Makes some steps.
pub(crate) async fn step(lab: Lab, Path(id): Path<String>, Body(asked): Body<Step>) -> Reply<Json<State>> {
    command(&lab, &id, move |live| live.make_steps(asked.count)).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goto {
    step: u64,
}

/// Goes to a step.
pub(crate) async fn go_to(lab: Lab, Path(id): Path<String>, Body(asked): Body<Goto>) -> Reply<Json<State>> {
    command(&lab, &id, move |live| live.go_to(asked.step)).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evaluate {
    split: String,
    #[serde(default = "yes")]
    edited: bool,
}

fn yes() -> bool {
    true
}

/// Measures a split.
pub(crate) async fn evaluate(lab: Lab, Path(id): Path<String>, Body(asked): Body<Evaluate>) -> Reply<Json<Evaluated>> {
    let split = split(&asked.split)?;
    lab.session(&id).await?.ask(move |live| live.evaluate(split, asked.edited)).await.map(Json)
}

/// Generates texts.
pub(crate) async fn generate(lab: Lab, Path(id): Path<String>, Body(asked): Body<Generate>) -> Reply<Json<Generated>> {
    lab.session(&id).await?.ask(move |live| live.generate(&asked)).await.map(Json)
}

/// The next letter.
pub(crate) async fn predict(lab: Lab, Path(id): Path<String>, Body(asked): Body<Predict>) -> Reply<Json<Prediction>> {
    lab.session(&id).await?.ask(move |live| live.predict(&asked)).await.map(Json)
}
