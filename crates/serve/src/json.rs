//! Answers in JSON.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer, in which numbers that are not finite are told as [`gradus_studio::json`] tells them.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], gradus_studio::json::text(&self.0)).into_response()
    }
}
