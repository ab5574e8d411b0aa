//! What only some families of models have.

use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lab;
use crate::extract::Asked;
use crate::json::Json;
use crate::refusal::{Answer, Reply};
use gradus_studio::session::ActiveSession;
use gradus_studio::session::views::{Attention, Embedding, Lens, Series, Tree};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    #[serde(default)]
    context: String,
    #[serde(default = "yes")]
    edited: bool,
}

fn yes() -> bool {
    true
}

async fn view<T: Serialize + Send + 'static>(
    lab: Lab,
    id: String,
    f: impl FnOnce(&mut ActiveSession) -> Answer<T> + Send + 'static,
) -> Reply<Json<T>> {
    lab.session(&id).await?.ask(f).await.map(Json)
}

/// Attention patterns of every head and block.
pub(crate) async fn attention(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Reply<Json<Attention>> {
    view(lab, id, move |live| live.attention(&a.context, a.edited)).await
}

/// The logit lens.
pub(crate) async fn lens(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Reply<Json<Lens>> {
    view(lab, id, move |live| live.lens(&a.context)).await
}

/// Hidden states over time.
pub(crate) async fn states(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Reply<Json<Series>> {
    view(lab, id, move |live| live.states(&a.context, a.edited)).await
}

/// The tree of fused characters.
pub(crate) async fn tree(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Reply<Json<Tree>> {
    view(lab, id, move |live| live.tree(&a.context, a.edited)).await
}

/// The letters in the plane.
pub(crate) async fn embedding(lab: Lab, Path(id): Path<String>) -> Reply<Json<Embedding>> {
    view(lab, id, |live| live.embedding()).await
}
