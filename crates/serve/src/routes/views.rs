//! What only some families of models have.

use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Lab;
use crate::extract::Asked;
use crate::json::Json;
use crate::refusal::Answer;
use crate::session::live::Live;
use crate::session::views::{Attention, Embedding, Lens, Series, Tree};

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
    f: impl FnOnce(&mut Live) -> Answer<T> + Send + 'static,
) -> Answer<Json<T>> {
    lab.session(&id).await?.ask(f).await.map(Json)
}

/// Attention patterns of every head and block.
pub(crate) async fn attention(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Answer<Json<Attention>> {
    view(lab, id, move |live| live.attention(&a.context, a.edited)).await
}

/// The logit lens.
pub(crate) async fn lens(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Answer<Json<Lens>> {
    view(lab, id, move |live| live.lens(&a.context)).await
}

/// Hidden states over time.
pub(crate) async fn states(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Answer<Json<Series>> {
    view(lab, id, move |live| live.states(&a.context, a.edited)).await
}

/// The tree of fused characters.
pub(crate) async fn tree(lab: Lab, Path(id): Path<String>, Asked(a): Asked<Context>) -> Answer<Json<Tree>> {
    view(lab, id, move |live| live.tree(&a.context, a.edited)).await
}

/// The letters in the plane.
pub(crate) async fn embedding(lab: Lab, Path(id): Path<String>) -> Answer<Json<Embedding>> {
    view(lab, id, |live| live.embedding()).await
}
