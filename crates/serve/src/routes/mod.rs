//! The addresses, one file a group. `openapi.json` describes them all; a test holds the two together.

mod catalog;
mod classes;
mod edits;
mod events;
mod network;
mod precision;
mod runs;
mod scalar;
mod sessions;
mod trace;
mod views;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::guard::{self, Guard};
use crate::lab::Laboratory;
use crate::{limits, memory, page};

/// What every route is given.
pub(crate) type Lab = axum::extract::State<Arc<Laboratory>>;

/// Every address of the API.
fn addresses() -> Vec<(&'static str, MethodRouter<Arc<Laboratory>>)> {
    vec![
        ("/api", get(about)),
        ("/api/openapi.json", get(document)),
        ("/api/recipes", get(catalog::recipes)),
        ("/api/recipes/keys", get(catalog::keys)),
        ("/api/recipes/check", post(catalog::check)),
        ("/api/data", get(catalog::data).post(catalog::upload).layer(DefaultBodyLimit::max(limits::UPLOAD_BYTES))),
        ("/api/data/{name}", get(catalog::data_set)),
        ("/api/data/{name}/fetch", post(catalog::fetch)),
        ("/api/scalar", post(scalar::graph)),
        ("/api/runs", get(runs::all)),
        ("/api/runs/{name}", get(runs::one)),
        ("/api/runs/{name}/series/{series}", get(runs::series)),
        ("/api/sessions", get(sessions::all).post(sessions::create)),
        ("/api/sessions/{id}", get(sessions::state).patch(sessions::change).delete(sessions::close)),
        ("/api/sessions/{id}/sleep", post(sessions::sleep)),
        ("/api/sessions/{id}/play", post(sessions::play)),
        ("/api/sessions/{id}/pause", post(sessions::pause)),
        ("/api/sessions/{id}/step", post(sessions::step)),
        ("/api/sessions/{id}/goto", post(sessions::go_to)),
        ("/api/sessions/{id}/evaluate", post(sessions::evaluate)),
        ("/api/sessions/{id}/generate", post(sessions::generate)),
        ("/api/sessions/{id}/predict", post(sessions::predict)),
        ("/api/sessions/{id}/classify", post(classes::classify)),
        ("/api/sessions/{id}/explain", post(classes::explain)),
        ("/api/sessions/{id}/decode", post(classes::decode)),
        ("/api/sessions/{id}/examples", get(classes::examples)),
        ("/api/sessions/{id}/events", get(events::listen)),
        ("/api/sessions/{id}/diagnostics", get(network::diagnostics)),
        ("/api/sessions/{id}/history", get(network::history)),
        ("/api/sessions/{id}/tensors", get(network::tensors)),
        ("/api/sessions/{id}/tensor", get(network::tensor)),
        ("/api/sessions/{id}/network", get(network::network)),
        ("/api/sessions/{id}/precision", get(precision::last).post(precision::begin).delete(precision::end)),
        ("/api/sessions/{id}/trace", get(trace::last).post(trace::make)),
        ("/api/sessions/{id}/trace/tensor", get(trace::tensor)),
        ("/api/sessions/{id}/views/attention", get(views::attention)),
        ("/api/sessions/{id}/views/lens", get(views::lens)),
        ("/api/sessions/{id}/views/states", get(views::states)),
        ("/api/sessions/{id}/views/tree", get(views::tree)),
        ("/api/sessions/{id}/views/embedding", get(views::embedding)),
        ("/api/sessions/{id}/views/landscape", get(classes::landscape)),
        ("/api/sessions/{id}/views/confusion", get(classes::confusion)),
        ("/api/sessions/{id}/views/kernels", get(classes::kernels)),
        ("/api/sessions/{id}/views/latent", get(classes::latent)),
        ("/api/sessions/{id}/edits", get(edits::all).post(edits::add).put(edits::load)),
        ("/api/sessions/{id}/edits/undo", post(edits::undo)),
        ("/api/sessions/{id}/edits/redo", post(edits::redo)),
        ("/api/sessions/{id}/edits/order", post(edits::order)),
        ("/api/sessions/{id}/edits/replay", post(edits::replay)),
        ("/api/sessions/{id}/edits/{edit}", put(edits::change).delete(edits::remove)),
        ("/api/sessions/{id}/compare", post(edits::compare)),
        ("/api/sessions/{id}/letters/count", post(edits::count_letters)),
    ]
}

/// The whole server behind its guard.
pub(crate) fn router(lab: Arc<Laboratory>, guard: Guard) -> Router {
    let mut router = Router::new();
    for (address, methods) in addresses() {
        router = router.route(address, methods);
    }
    router
        .fallback(page::file)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::watch))
        .with_state(lab)
}

/// What the API is.
const DOCUMENT: &str = include_str!("../../openapi.json");

async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}

/// Name, version, limits.
async fn about(lab: Lab) -> Json<Value> {
    Json(json!({
        "name": "gradus",
        "version": env!("CARGO_PKG_VERSION"),
        "page": page::is_built(),
        "limits": {
            "sessions": limits::SESSIONS,
            "body_bytes": limits::BODY_BYTES,
            "upload_bytes": limits::UPLOAD_BYTES,
            "tensor_numbers": limits::TENSOR_NUMBERS,
            "samples": limits::SAMPLES,
            "sample_length": limits::SAMPLE_LENGTH,
            "context": limits::CONTEXT,
            "steps": limits::STEPS,
            "edits": limits::EDITS,
            "listeners": limits::LISTENERS,
        },
        "memory": { "used_bytes": memory::used(), "limit_bytes": lab.bounds.memory },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_describes_every_address_and_no_other() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let mut described: Vec<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut there: Vec<&str> = addresses().iter().map(|(address, _)| *address).collect();
        described.sort_unstable();
        there.sort_unstable();
        assert_eq!(described, there);
    }
}
