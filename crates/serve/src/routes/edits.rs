//! The edit log, and what it changes.

use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lab;
use super::sessions::Nothing;
use crate::describe::Created;
use crate::extract::Body;
use crate::json::Json;
use crate::refusal::{Answer, Refusal, Reply};
use gradus_studio::edits::{Edit, Given, LogFile};
use gradus_studio::letters::{Connection, LONGEST, LetterGraph};
use gradus_studio::session::ActiveSession;
use gradus_studio::session::compare::{Compare, Compared};
use gradus_studio::session::state::State;

/// The log as a file.
pub(crate) async fn all(lab: Lab, Path(id): Path<String>) -> Reply<Json<LogFile>> {
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
    f: impl FnOnce(&mut ActiveSession) -> Answer<Option<u64>> + Send + 'static,
) -> Reply<Json<Changed>> {
    let session = lab.session(id).await?;
    let changed = session
        .ask(move |live| {
            let id = f(live)?;
            let edits = live.log().edits().to_vec();
            let edit = edits.iter().find(|edit| Some(edit.id()) == id).cloned();
            Ok(Changed { edit, state: live.state(), edits })
        })
        .await;
    changed.map(Json)
}

/// The numbers of a patch from another session are taken now: that one goes on.
async fn fetch_patch(lab: &Lab, given: &mut Given) -> Reply<()> {
    let Some((other, context, name)) = given.patched_from() else { return Ok(()) };
    let (word, name) = (context.to_string(), name.to_string());
    let ask = move |live: &mut ActiveSession| live.pass(&word, true).and_then(|source| live.look(&source, false));
    let look = lab.session(other).await?.ask(ask).await?;
    given.patch_with(&look.tensor(&name, Default::default())?);
    Ok(())
}

/// Adds an entry at the end.
pub(crate) async fn add(lab: Lab, Path(id): Path<String>, Body(mut given): Body<Given>) -> Reply<Created<Changed>> {
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
) -> Reply<Json<Changed>> {
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
pub(crate) async fn remove(lab: Lab, Path((id, edit)): Path<(String, u64)>) -> Reply<Json<Changed>> {
    changing(&lab, &id, move |live| live.change_log(|log| log.remove(edit)).map(|()| None)).await
}

/// Takes the last change back.
pub(crate) async fn undo(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Reply<Json<Changed>> {
    changing(&lab, &id, |live| live.change_log(|log| log.undo()).map(|()| None)).await
}

/// Makes it again.
pub(crate) async fn redo(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Reply<Json<Changed>> {
    changing(&lab, &id, |live| live.change_log(|log| log.redo()).map(|()| None)).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    ids: Vec<u64>,
}

/// Brings the entries into another order.
pub(crate) async fn order(lab: Lab, Path(id): Path<String>, Body(asked): Body<Order>) -> Reply<Json<Changed>> {
    changing(&lab, &id, move |live| live.change_log(|log| log.order(&asked.ids)).map(|()| None)).await
}

/// Puts a saved log in the place of all.
pub(crate) async fn load(lab: Lab, Path(id): Path<String>, Body(file): Body<LogFile>) -> Reply<Json<Changed>> {
    let log = gradus_studio::edits::EditLog::of_file(&file)?;
    changing(&lab, &id, move |live| live.change_log(|own| own.replace(log.edits().to_vec())).map(|()| None)).await
}

/// Trains again from step 0 to the present step.
pub(crate) async fn replay(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Reply<Json<Changed>> {
    changing(&lab, &id, |live| live.replay().map(|()| None)).await
}

/// Edited and unedited side by side: the loss of a split, and samples from the same draws.
pub(crate) async fn compare(lab: Lab, Path(id): Path<String>, Body(asked): Body<Compare>) -> Reply<Json<Compared>> {
    lab.session(&id).await?.ask(move |live| live.compare(&asked)).await.map(Json)
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
pub(crate) async fn count_letters(lab: Lab, Path(id): Path<String>, Body(asked): Body<Names>) -> Reply<Json<Counted>> {
    if !(1..=LONGEST).contains(&asked.order) {
        return Err(
            Refusal::unprocessable(format!("\"order\" is between 1 and {LONGEST}, found {}", asked.order)).into()
        );
    }
    let ask = move |live: &mut ActiveSession| {
        let tokenizer = live.session().corpus().tokenizer()?;
        Ok(Counted { connections: LetterGraph::count(&asked.names, asked.order, tokenizer, live.mark())? })
    };
    lab.session(&id).await?.ask(ask).await.map(Json)
}
