#![doc = include_str!("../README.md")]

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
