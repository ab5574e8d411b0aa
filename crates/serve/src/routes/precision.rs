//! The same run in several precisions.

use axum::extract::Path;

use super::Lab;
use crate::describe::Accepted;
use crate::extract::Body;
use crate::json::Json;
use crate::memory;
use crate::refusal::Reply;
use gradus_studio::session::study::{Asked, Found};

/// Begins a study; events tell how far it is.
pub(crate) async fn begin(lab: Lab, Path(id): Path<String>, Body(asked): Body<Asked>) -> Reply<Accepted<Found>> {
    memory::check(lab.bounds.memory, 0)?;
    let begun = lab.session(&id).await?.ask(move |live| live.begin_study(asked)).await?;
    Ok(Accepted(begun))
}

/// The study that runs or ran last.
pub(crate) async fn last(lab: Lab, Path(id): Path<String>) -> Reply<Json<Found>> {
    lab.session(&id).await?.ask(|live| Ok(live.study()?.found())).await.map(Json)
}

/// Ends it.
pub(crate) async fn end(lab: Lab, Path(id): Path<String>) -> Reply<Json<Found>> {
    lab.session(&id).await?.ask(|live| live.end_study()).await.map(Json)
}
