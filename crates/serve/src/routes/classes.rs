//! Models that tell classes or values: single examples, and views of all of them.

use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Lab;
use crate::extract::{Asked, Body};
use crate::json::Json;
use crate::refusal::{ApiError, Reply};
use gradus_studio::session::classes::{self, Classified, Confused, Decoded, Explained, Listing, Middle, Surveyed};
use gradus_studio::session::look::split;

/// What an example is taken for.
pub(crate) async fn classify(
    lab: Lab,
    Path(id): Path<String>,
    Body(asked): Body<classes::Asked>,
) -> Reply<Json<Classified>> {
    lab.session(&id).await?.ask(move |live| live.classify(&asked)).await.map(Json)
}

/// Why.
pub(crate) async fn explain(
    lab: Lab,
    Path(id): Path<String>,
    Body(asked): Body<classes::Asked>,
) -> Reply<Json<Explained>> {
    lab.session(&id).await?.ask(move |live| live.explain(&asked)).await.map(Json)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExamplesAsk")]
pub(crate) struct Page {
    split: String,
    #[serde(default)]
    from: usize,
    #[serde(default = "thirty")]
    count: usize,
    /// Only those that are taken for another class.
    #[serde(default)]
    wrong: bool,
}

fn thirty() -> usize {
    30
}

/// Some examples of a part.
pub(crate) async fn examples(lab: Lab, Path(id): Path<String>, Asked(asked): Asked<Page>) -> Reply<Json<Listing>> {
    let Page { split: word, from, count, wrong } = asked;
    let split = split(&word)?;
    lab.session(&id).await?.ask(move |live| live.list(split, from, count, wrong)).await.map(Json)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PartAsk")]
pub(crate) struct Part {
    split: String,
}

/// Which class is taken for which.
pub(crate) async fn confusion(lab: Lab, Path(id): Path<String>, Asked(asked): Asked<Part>) -> Reply<Json<Confused>> {
    let split = split(&asked.split)?;
    lab.session(&id).await?.ask(move |live| live.confusion(split)).await.map(Json)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Axes {
    x: Option<usize>,
    y: Option<usize>,
}

/// What is decided everywhere over two measurements.
pub(crate) async fn landscape(lab: Lab, Path(id): Path<String>, Asked(asked): Asked<Axes>) -> Reply<Json<Surveyed>> {
    let features = match (asked.x, asked.y) {
        (Some(x), Some(y)) => Some([x, y]),
        (None, None) => None,
        _ => {
            return Err(ApiError::unprocessable(
                "a landscape lies over two measurements: say \"x\" and \"y\", or neither",
            ));
        }
    };
    lab.session(&id).await?.ask(move |live| live.landscape(features)).await.map(Json)
}

/// The kernels of convolutions.
pub(crate) async fn kernels(lab: Lab, Path(id): Path<String>) -> Reply<Json<Vec<gradus_insight::explain::Kernels>>> {
    lab.session(&id).await?.ask(|live| Ok(live.kernels())).await.map(Json)
}

/// The plane of an autoencoder.
pub(crate) async fn latent(lab: Lab, Path(id): Path<String>, Asked(asked): Asked<Part>) -> Reply<Json<Middle>> {
    let split = split(&asked.split)?;
    lab.session(&id).await?.ask(move |live| live.latent(split)).await.map(Json)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    place: [f64; 2],
}

/// What is drawn at a place of it.
pub(crate) async fn decode(lab: Lab, Path(id): Path<String>, Body(asked): Body<Place>) -> Reply<Json<Decoded>> {
    lab.session(&id).await?.ask(move |live| live.decode(asked.place)).await.map(Json)
}
