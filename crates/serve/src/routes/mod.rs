//! The addresses, one file a group. The OpenAPI document follows from the types of the functions behind them.

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

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{Method, StatusCode, header};
use axum::middleware;
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, json};

use crate::describe::{Answers, Described, Operation, Schemas, Takes};
use crate::guard::{self, Guard};
use crate::json::Json;
use crate::lab::Laboratory;
use crate::{limits, memory, page};
use gradus_studio::history::News;
use gradus_studio::session::reading::Generated;
use gradus_studio::session::state::{EditsNote, State};
use gradus_studio::session::statistics::Shown;
use gradus_studio::session::study::Progress;

/// What every route is given.
pub(crate) type Lab = axum::extract::State<Arc<Laboratory>>;

/// A method of an address: what it is for, the function behind it, and how that describes itself.
struct Route {
    method: Method,
    path: &'static str,
    summary: &'static str,
    router: MethodRouter<Arc<Laboratory>>,
    operation: Box<dyn Fn(&mut Schemas) -> Operation>,
}

fn route<H, T>(method: Method, path: &'static str, summary: &'static str, handler: H) -> Route
where
    H: Handler<T, Arc<Laboratory>> + Described<T>,
    T: 'static,
{
    let described = handler.clone();
    Route {
        router: on(MethodFilter::try_from(method.clone()).expect("a method of HTTP"), handler),
        method,
        path,
        summary,
        operation: Box::new(move |schemas| described.describe(schemas)),
    }
}

impl Route {
    /// Takes bodies of another size than all others.
    fn limited(mut self, bytes: usize) -> Self {
        self.router = self.router.layer(DefaultBodyLimit::max(bytes));
        self
    }
}

/// Every address of the API.
#[rustfmt::skip] // One line an address.
fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/api", "Name, version, limits, memory.", about),
        route(Method::GET, "/api/openapi.json", "This document.", document),
        route(Method::GET, "/api/recipes", "The built-in recipes.", catalog::recipes),
        route(Method::GET, "/api/recipes/keys", "Every key that a recipe may hold.", catalog::keys),
        route(Method::POST, "/api/recipes/check", "Reads a recipe without making anything of it.", catalog::check),
        route(Method::GET, "/api/data", "All data sets.", catalog::data),
        route(Method::POST, "/api/data", "Keeps pasted or uploaded data.", catalog::upload).limited(limits::UPLOAD_BYTES),
        route(Method::GET, "/api/data/{name}", "What a data set holds.", catalog::data_set),
        route(Method::POST, "/api/data/{name}/fetch", "Downloads a data set, with its checksum.", catalog::fetch),
        route(Method::POST, "/api/scalar", "Computes an expression and its gradients, one number at a time.", scalar::graph),
        route(Method::GET, "/api/runs", "The recorded runs, the oldest first.", runs::all),
        route(Method::GET, "/api/runs/{name}", "One run.", runs::one),
        route(Method::PATCH, "/api/runs/{name}", "Changes name, tags or note of a run; a session goes to sleep before its name is changed.", runs::change),
        route(Method::DELETE, "/api/runs/{name}", "Removes a run with all that was recorded of it; a session that it is ends.", runs::remove),
        route(Method::GET, "/api/runs/{name}/series/{series}", "A recorded series of a run.", runs::series),
        route(Method::GET, "/api/sessions", "All sessions; those that sleep are not woken.", sessions::all),
        route(Method::POST, "/api/sessions", "Begins a session.", sessions::create),
        route(Method::GET, "/api/sessions/{id}", "One session.", sessions::state),
        route(Method::PATCH, "/api/sessions/{id}", "Changes learning rate, speed or the number of steps.", sessions::change),
        route(Method::DELETE, "/api/sessions/{id}", "Closes a session; its run stays, unless it never made a step.", sessions::close),
        route(Method::POST, "/api/sessions/{id}/sleep", "Puts a session to sleep.", sessions::sleep),
        route(Method::POST, "/api/sessions/{id}/play", "Trains.", sessions::play),
        route(Method::POST, "/api/sessions/{id}/pause", "Stops after this step.", sessions::pause),
        route(Method::POST, "/api/sessions/{id}/step", "Makes some steps.", sessions::step),
        route(Method::POST, "/api/sessions/{id}/goto", "Goes to a step: from the checkpoint before it, by training.", sessions::go_to),
        route(Method::POST, "/api/sessions/{id}/evaluate", "Measures a split.", sessions::evaluate),
        route(Method::POST, "/api/sessions/{id}/generate", "Generates texts.", sessions::generate),
        route(Method::POST, "/api/sessions/{id}/predict", "The next letter's probabilities.", sessions::predict),
        route(Method::POST, "/api/sessions/{id}/classify", "What an example is taken for, or the values that are told of it.", classes::classify),
        route(Method::POST, "/api/sessions/{id}/explain", "Why: feature maps, class scores as sums, saliency, occlusion, similar training examples; of a neuron all it computes.", classes::explain),
        route(Method::POST, "/api/sessions/{id}/decode", "What an autoencoder's decoder draws at a place of its plane.", classes::decode),
        route(Method::GET, "/api/sessions/{id}/examples", "Some examples of a part of the data, with what they are taken for.", classes::examples),
        route(Method::GET, "/api/sessions/{id}/events", "ActiveSession events, at most ten a second: state, loss, samples, statistics, edits, study, end.", events::listen),
        route(Method::GET, "/api/sessions/{id}/diagnostics", "Every tensor of the next step in numbers, with advice.", network::diagnostics),
        route(Method::GET, "/api/sessions/{id}/history", "A tensor's statistics over time, as far as they were listened to.", network::history),
        route(Method::GET, "/api/sessions/{id}/tensors", "Every tensor with a name.", network::tensors),
        route(Method::GET, "/api/sessions/{id}/tensor", "The numbers of a tensor.", network::tensor),
        route(Method::GET, "/api/sessions/{id}/network", "The values that the model names, and which feeds which.", network::network),
        route(Method::GET, "/api/sessions/{id}/precision", "The precision study that runs or ran last; its formats are empty until it is done.", precision::last),
        route(Method::POST, "/api/sessions/{id}/precision", "Begins to train copies of the session from this step on, one in each number format; events tell how far it is.", precision::begin),
        route(Method::DELETE, "/api/sessions/{id}/precision", "Ends the study that runs.", precision::end),
        route(Method::GET, "/api/sessions/{id}/trace", "The last step that was made slowly.", trace::last),
        route(Method::POST, "/api/sessions/{id}/trace", "Makes the next step, and answers with every operation of it.", trace::make),
        route(Method::GET, "/api/sessions/{id}/trace/tensor", "The numbers of a tensor of the trace.", trace::tensor),
        route(Method::GET, "/api/sessions/{id}/views/attention", "Attention of every head and block: scaled, masked, softmax.", views::attention),
        route(Method::GET, "/api/sessions/{id}/views/lens", "The logit lens: what each depth would predict.", views::lens),
        route(Method::GET, "/api/sessions/{id}/views/states", "Hidden states and gates over a text.", views::states),
        route(Method::GET, "/api/sessions/{id}/views/tree", "The tree of fused characters.", views::tree),
        route(Method::GET, "/api/sessions/{id}/views/embedding", "The letters' vectors in the plane.", views::embedding),
        route(Method::GET, "/api/sessions/{id}/views/landscape", "What is decided everywhere over two measurements, with the examples where they lie.", classes::landscape),
        route(Method::GET, "/api/sessions/{id}/views/confusion", "Which class is taken for which; of very many examples, of evenly spread ones.", classes::confusion),
        route(Method::GET, "/api/sessions/{id}/views/kernels", "The kernels of every convolution.", classes::kernels),
        route(Method::GET, "/api/sessions/{id}/views/latent", "Where examples lie in the narrow middle of an autoencoder.", classes::latent),
        route(Method::GET, "/api/sessions/{id}/edits", "The edit log as a file.", edits::all),
        route(Method::POST, "/api/sessions/{id}/edits", "Adds an entry at the end.", edits::add),
        route(Method::PUT, "/api/sessions/{id}/edits", "Puts a saved log in the place of all.", edits::load),
        route(Method::POST, "/api/sessions/{id}/edits/undo", "Takes the last change back.", edits::undo),
        route(Method::POST, "/api/sessions/{id}/edits/redo", "Makes it again.", edits::redo),
        route(Method::POST, "/api/sessions/{id}/edits/order", "Brings the entries into another order.", edits::order),
        route(Method::POST, "/api/sessions/{id}/edits/replay", "Trains again from step 0 to the present step.", edits::replay),
        route(Method::PUT, "/api/sessions/{id}/edits/{edit}", "Changes an entry.", edits::change),
        route(Method::DELETE, "/api/sessions/{id}/edits/{edit}", "Takes an entry out.", edits::remove),
        route(Method::POST, "/api/sessions/{id}/compare", "Edited and unedited side by side.", edits::compare),
        route(Method::POST, "/api/sessions/{id}/letters/count", "What follows what in some names.", edits::count_letters),
    ]
}

/// The whole server behind its guard.
pub(crate) fn router(lab: Arc<Laboratory>, guard: Guard) -> Router {
    let mut router = Router::new();
    for route in routes() {
        router = router.route(route.path, route.router);
    }
    router
        .fallback(page::file)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::watch))
        .with_state(lab)
}

/// What the API is: made of the types of the functions behind the addresses.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for route in routes() {
        let operation = (route.operation)(&mut schemas).document(route.path, route.summary);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = operation;
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gradus: the laboratory",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Sessions that train, and every number of them. Numbers that are not finite are {not_finite: \"NaN\"} (or \"Infinity\", \"-Infinity\"); null is what is missing. \
                Errors are {error: {code, message}}. A body needs content-type application/json.",
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
    });
    schemas.finish(&mut document);
    format!("{document:#}\n")
});

/// The document itself.
pub(crate) struct Document;

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
    }
}

async fn document() -> Document {
    Document
}

/// What the stream of events tells, by the names of the events.
#[derive(Debug, Serialize, JsonSchema)]
#[allow(dead_code)] // Described, never made: each event is sent for itself.
struct Events {
    /// Whenever it changes; what never changes only in the first.
    state: State,
    /// New points of the series.
    loss: News,
    /// What it writes.
    samples: Generated,
    /// Every tensor in numbers; with `want=histograms` with histograms.
    statistics: Shown,
    /// The number of the edit log's version.
    edits: EditsNote,
    /// How far the precision study is.
    study: Progress,
    /// Nothing more will come.
    end: (),
}

/// Name, version, limits.
#[derive(Debug, Serialize, JsonSchema)]
struct About {
    name: &'static str,
    version: &'static str,
    /// Whether the page is inside.
    page: bool,
    limits: Limits,
    memory: Memory,
}

/// How much may be asked for.
#[derive(Debug, Serialize, JsonSchema)]
struct Limits {
    sessions: usize,
    body_bytes: usize,
    upload_bytes: usize,
    tensor_numbers: usize,
    samples: usize,
    sample_length: usize,
    context: usize,
    steps: u64,
    edits: usize,
    listeners: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Memory {
    used_bytes: Option<u64>,
    limit_bytes: Option<u64>,
}

async fn about(lab: Lab) -> Json<About> {
    Json(About {
        name: "gradus",
        version: env!("CARGO_PKG_VERSION"),
        page: page::is_built(),
        limits: Limits {
            sessions: limits::SESSIONS,
            body_bytes: limits::BODY_BYTES,
            upload_bytes: limits::UPLOAD_BYTES,
            tensor_numbers: limits::TENSOR_NUMBERS,
            samples: limits::SAMPLES,
            sample_length: limits::SAMPLE_LENGTH,
            context: limits::CONTEXT,
            steps: limits::STEPS,
            edits: limits::EDITS,
            listeners: limits::LISTENERS,
        },
        memory: Memory { used_bytes: memory::used(), limit_bytes: lab.bounds.memory },
    })
}

// What only some addresses take and answer with.

impl Takes for Lab {
    fn describe(_: &mut Schemas, _: &mut Operation) {}
}

impl<S> Answers for Sse<S> {
    fn describe(schemas: &mut Schemas, operation: &mut Operation) {
        // The document names each event's data; the stream itself is text.
        schemas.tell::<Events>();
        operation.answers(StatusCode::OK, json!({ "text/event-stream": { "schema": { "type": "string" } } }));
    }
}

impl Answers for Document {
    fn describe(_: &mut Schemas, operation: &mut Operation) {
        operation.answers(StatusCode::OK, json!({ "application/json": { "schema": { "type": "object" } } }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file beside the crate's sources is what the page's types are made of (`npm run types` in `web`).
    #[test]
    fn the_document_in_the_repository_is_the_one_that_is_answered() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("UPDATE_API").is_some() {
            std::fs::write(file, DOCUMENT.as_str()).unwrap();
        }
        let there = std::fs::read_to_string(file).unwrap();
        assert!(
            there == *DOCUMENT,
            "the API has changed: UPDATE_API=1 cargo test -p gradus-serve the_document, then npm run types in web"
        );
    }
}
