//! The network from inside: its graph, its tensors, its statistics.

use std::sync::Arc;

use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Lab;
use crate::extract::Asked;
use crate::json::Json;
use crate::refusal::{Answer, Refusal, Reply};
use crate::slice::{self, Cut, Format};
use gradus_studio::network::Network;
use gradus_studio::session::look::split;
use gradus_studio::session::look::{Look, Part, Source, TensorLine};
use gradus_studio::session::statistics::{Course, Shown};

/// Which pass is meant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pass {
    context: Option<String>,
    target: Option<String>,
    split: Option<String>,
    row: Option<usize>,
    edited: Option<bool>,
}

impl Pass {
    fn source(self) -> Answer<Source> {
        let edited = self.edited.unwrap_or(true);
        Ok(match (self.context, self.split, self.row) {
            (Some(text), None, None) => Source::Context { text, target: self.target, edited },
            (None, Some(word), Some(row)) => Source::Example { split: split(&word)?, row, edited },
            (None, None, None) => Source::Batch,
            _ => return Err(Refusal::unprocessable("say \"context\", or \"split\" and \"row\", or neither")),
        })
    }
}

/// A recorded pass; one that was recorded a moment ago serves again.
async fn look(lab: &Lab, id: &str, source: Source, operations: bool) -> Reply<Arc<Look>> {
    lab.session(id).await?.ask(move |live| live.look_again(&source, operations)).await
}

/// The values that the model names, and which feeds which.
pub(crate) async fn network(lab: Lab, Path(id): Path<String>, Asked(pass): Asked<Pass>) -> Reply<Json<Network>> {
    let look = look(&lab, &id, pass.source()?, true).await?;
    Ok(Json(Network::of(&look)))
}

/// Every tensor with a name.
pub(crate) async fn tensors(
    lab: Lab,
    Path(id): Path<String>,
    Asked(pass): Asked<Pass>,
) -> Reply<Json<Vec<TensorLine>>> {
    let look = look(&lab, &id, pass.source()?, false).await?;
    Ok(Json(look.lines()))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TensorAsked {
    name: String,
    #[serde(default)]
    part: Part,
    index: Option<String>,
    #[serde(default)]
    format: Format,
    context: Option<String>,
    target: Option<String>,
    split: Option<String>,
    row: Option<usize>,
    edited: Option<bool>,
}

/// The numbers of a tensor.
pub(crate) async fn tensor(lab: Lab, Path(id): Path<String>, Asked(asked): Asked<TensorAsked>) -> Reply<Cut> {
    let TensorAsked { name, part, index, format, context, target, split, row, edited } = asked;
    let pass = Pass { context, target, split, row, edited };
    let look = look(&lab, &id, pass.source()?, false).await?;
    slice::answer(&name, look.step(), &look.tensor(&name, part)?, index.as_deref(), format)
}

/// Everything in numbers, with advice.
pub(crate) async fn diagnostics(lab: Lab, Path(id): Path<String>) -> Reply<Json<Shown>> {
    lab.session(&id).await?.ask(|live| live.diagnose().map(Shown::from)).await.map(Json)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Name {
    name: String,
}

/// A tensor's statistics and histograms over time.
pub(crate) async fn history(lab: Lab, Path(id): Path<String>, Asked(asked): Asked<Name>) -> Reply<Json<Course>> {
    lab.session(&id).await?.ask(move |live| Ok(live.timeline().course(&asked.name))).await.map(Json)
}
