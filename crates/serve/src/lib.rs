//! The laboratory's server: an HTTP API over sessions that train, live events, and the embedded page.
//!
//! A session (`session/`) is a model on a thread of its own; requests are done between two of its
//! steps. Everything the page shows comes from the engine's probe, and everything that it changes stands in an edit
//! log, by which the session can be trained again to the same bits. The API is described by `openapi.json`, which the
//! server answers with at `/api/openapi.json`.

mod describe;
mod extract;
mod guard;
mod host;
mod json;
mod lab;
mod limits;
mod memory;
mod page;
mod refusal;
mod routes;
mod server;
mod slice;
mod uploads;
mod worker;

pub use guard::Guard;
pub use lab::{Bounds, Laboratory};
pub use page::is_built;
pub use server::{Options, ServeError, Server, is_local, serve};

/// The whole server as a service, for whoever wants to ask it without a socket.
pub fn router(lab: std::sync::Arc<Laboratory>, guard: Guard) -> axum::Router {
    routes::router(lab, guard)
}
