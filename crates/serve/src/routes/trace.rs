//! One step, slowly.

use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Lab;
use super::sessions::Nothing;
use crate::extract::{Asked, Body};
use crate::json::Json;
use crate::refusal::Reply;
use crate::slice::{self, Cut, Format};
use gradus_studio::session::trace::Trace;

/// Makes the next step, and answers with all of it.
pub(crate) async fn make(lab: Lab, Path(id): Path<String>, _: Body<Nothing>) -> Reply<Json<Trace>> {
    let session = lab.session(&id).await?;
    session
        .ask(|live| {
            live.trace()?;
            Ok(live.traced()?.clone())
        })
        .await
        .map(Json)
}

/// The last one.
pub(crate) async fn last(lab: Lab, Path(id): Path<String>) -> Reply<Json<Trace>> {
    lab.session(&id).await?.ask(|live| Ok(live.traced()?.clone())).await.map(Json)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TraceTensor {
    id: String,
    index: Option<String>,
    #[serde(default)]
    format: Format,
}

/// The numbers of one of its tensors.
pub(crate) async fn tensor(lab: Lab, Path(id): Path<String>, Asked(asked): Asked<TraceTensor>) -> Reply<Cut> {
    let word = asked.id.clone();
    let session = lab.session(&id).await?;
    let found = session.ask(move |live| {
        let trace = live.traced()?;
        Ok((trace.step(), trace.tensor(&word)?.clone()))
    });
    let (step, tensor) = found.await?;
    slice::answer(&asked.id, step, &tensor, asked.index.as_deref(), asked.format)
}
