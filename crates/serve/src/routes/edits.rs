//! The edit log, and what it changes.

use axum::extract::Path;
use gradus_train::generate::Sample;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lab;
use super::sessions::Nothing;
use crate::describe::Created;
use crate::extract::Body;
use crate::json::Json;
use crate::refusal::{Answer, Refusal};
use crate::session::edits::{Amount, Edit, Kind, LogFile, Numbers, Operation, Patch};
use crate::session::letters::{Connection, LONGEST, LetterGraph};
use crate::session::live::Live;
use crate::session::reading::{Generate, split};
use crate::session::state::State;

/// The log as a file.
pub(crate) async fn all(lab: Lab, Path(id): Path<String>) -> Answer<Json<LogFile>> {
    lab.session(&id).await?.ask(|live| Ok(live.log_file())).await.map(Json)
}

/// A session after its log has changed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LogChange")]
pub(crate) struct Changed {
    /// The entry that was added or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<Edit>,
    state: State,
    edits: Vec<Edit>,
}

/// Changes the log, and answers with both.
async fn changing(
    lab: &Lab,
    id: &str,
    f: impl FnOnce(&mut Live) -> Answer<Option<u64>> + Send + 'static,
) -> Answer<Json<Changed>> {
    let session = lab.session(id).await?;
    let changed = session
        .ask(move |live| {
            let id = f(live)?;
            let edits = live.log.edits().to_vec();
            let edit = edits.iter().find(|edit| Some(edit.id) == id).cloned();
            Ok(Changed { edit, state: live.state(), edits })
        })
        .await;
    changed.map(Json)
}

/// An entry as a client gives it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewEdit")]
pub(crate) struct Given {
    kind: Kind,
    #[serde(default)]
    name: String,
    #[serde(default)]
    range: Option<Vec<Option<[usize; 2]>>>,
    operation: Option<Operation>,
    #[serde(default)]
    value: Option<Amount>,
    seed: Option<u64>,
    step: Option<u64>,
    enabled: Option<bool>,
    note: Option<String>,
}

impl Given {
    /// The entry that is meant, made anew or from the one that is there.
    fn edit(self, step: u64, old: Option<&Edit>) -> Edit {
        Edit {
            id: old.map_or(0, |edit| edit.id),
            step: self.step.or(old.map(|edit| edit.step)).unwrap_or(step),
            kind: self.kind,
            name: self.name,
            range: self.range.into(),
            operation: self.operation.unwrap_or(Operation::Set),
            value: self.value,
            seed: self.seed.or(old.and_then(|edit| edit.seed)),
            enabled: self.enabled.unwrap_or(old.is_none_or(|edit| edit.enabled)),
            note: self.note.or(old.map(|edit| edit.note.clone())).unwrap_or_default(),
        }
    }
}

/// The numbers of a patch from another session are taken now: that one goes on.
async fn fetch_patch(lab: &Lab, given: &mut Given) -> Answer<()> {
    if let Some(Amount::Patch(Patch { context, session: Some(other), numbers: numbers @ None })) = &mut given.value {
        let word = context.clone();
        let ask = move |live: &mut Live| live.pass(&word, true).and_then(|source| live.look(&source, false));
        let look = lab.session(other).await?.ask(ask).await?;
        let tensor = look.tensor(&given.name, Default::default())?;
        *numbers = Some(Numbers { shape: tensor.shape().to_vec(), values: tensor.to_vec() });
    }
    Ok(())
}

/// Adds an entry at the end.
pub(crate) async fn add(lab: Lab, Path(id): Path<String>, Body(mut given): Body<Given>) -> Answer<Created<Changed>> {
    fetch_patch(&lab, &mut given).await?;
    let changed = changing(&lab, &id, move |live| {
        let edit = given.edit(live.step(), None);
        live.change_log(|log| log.push(edit)).map(Some)
    });
    changed.await.map(|Json(changed)| Created(changed))
}

/// Changes an entry.
pub(crate) async fn change(
    lab: Lab,
    Path((id, edit)): Path<(String, u64)>,
    Body(mut given): Body<Given>,
) -> Answer<Json<Changed>> {
    fetch_patch(&lab, &mut given).await?;
    changing(&lab, &id, move |live| {
        let step = live.step();
        live.change_log(|log| {
            log.change(edit, |old| {
                let new = given.edit(step, Some(old));
                *old = new;
            })
        })?;
        Ok(Some(edit))
    })
    .await
}

/// Takes an entry out.
pub(crate) async fn remove(lab: Lab, Path((id, edit)): Path<(String, u64)>) -> Answer<Json<Changed>> {
    changing(&lab, &id, move |live| live.change_log(|log| log.remove(edit)).map(|()| None)).await
}

/// Takes the last change back.
pub(crate) async fn undo(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Answer<Json<Changed>> {
    changing(&lab, &id, |live| live.change_log(|log| log.undo()).map(|()| None)).await
}

/// Makes it again.
pub(crate) async fn redo(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Answer<Json<Changed>> {
    changing(&lab, &id, |live| live.change_log(|log| log.redo()).map(|()| None)).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    ids: Vec<u64>,
}

/// Brings the entries into another order.
pub(crate) async fn order(lab: Lab, Path(id): Path<String>, Body(asked): Body<Order>) -> Answer<Json<Changed>> {
    changing(&lab, &id, move |live| live.change_log(|log| log.order(&asked.ids)).map(|()| None)).await
}

/// Puts a saved log in the place of all.
pub(crate) async fn load(lab: Lab, Path(id): Path<String>, Body(file): Body<LogFile>) -> Answer<Json<Changed>> {
    let log = crate::session::edits::EditLog::of_file(&file)?;
    changing(&lab, &id, move |live| live.change_log(|own| own.replace(log.edits().to_vec())).map(|()| None)).await
}

/// Trains again from step 0 to the present step.
pub(crate) async fn replay(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Answer<Json<Changed>> {
    changing(&lab, &id, |live| live.replay().map(|()| None)).await
}

/// What is compared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Compare {
    split: Option<String>,
    prompt: String,
    count: usize,
    temperature: f64,
    seed: Option<u64>,
}

impl Default for Compare {
    fn default() -> Self {
        Compare { split: None, prompt: String::new(), count: 10, temperature: 1.0, seed: None }
    }
}

/// One side.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Side {
    /// Of the split that was asked for.
    loss: Option<f64>,
    samples: Vec<Sample>,
}

/// Edited and unedited.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Compared {
    step: u64,
    edited: Side,
    unedited: Side,
}

/// Edited and unedited side by side: the loss of a split, and samples from the same draws.
pub(crate) async fn compare(lab: Lab, Path(id): Path<String>, Body(asked): Body<Compare>) -> Answer<Json<Compared>> {
    let split = asked.split.as_deref().map(split).transpose()?;
    let ask = move |live: &mut Live| {
        let generate = |edited| Generate {
            count: asked.count,
            prompt: asked.prompt.clone(),
            temperature: asked.temperature,
            seed: asked.seed,
            edited,
            ..Generate::default()
        };
        let side = |live: &mut Live, edited| -> Answer<Side> {
            let evaluated = split.map(|split| live.evaluate(split, edited)).transpose()?;
            Ok(Side {
                loss: evaluated.map(|evaluated| evaluated.evaluation.loss),
                // A model of classes writes nothing.
                samples: match live.task().is_ok() {
                    true => vec![],
                    false => live.generate(&generate(edited))?.samples,
                },
            })
        };
        let edited = side(live, true)?;
        let unedited = live.unedited(|live| side(live, false))?;
        Ok(Compared { step: live.step(), edited, unedited })
    };
    lab.session(&id).await?.ask(ask).await.map(Json)
}

/// Names whose letters are counted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Names {
    names: Vec<String>,
    order: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counted {
    connections: Vec<Connection>,
}

/// What follows what in some names.
pub(crate) async fn count_letters(lab: Lab, Path(id): Path<String>, Body(asked): Body<Names>) -> Answer<Json<Counted>> {
    if !(1..=LONGEST).contains(&asked.order) {
        return Err(Refusal::unprocessable(format!("\"order\" is between 1 and {LONGEST}, found {}", asked.order)));
    }
    let ask = move |live: &mut Live| {
        let tokenizer = live.session().corpus().tokenizer()?;
        Ok(Counted { connections: LetterGraph::count(&asked.names, asked.order, tokenizer, live.mark())? })
    };
    lab.session(&id).await?.ask(ask).await.map(Json)
}
