//! The page, embedded in the program if it was built before the program was.

use axum::http::header;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::refusal::ApiError;

#[derive(RustEmbed)]
#[folder = "page/dist"]
#[allow_missing = true]
struct Files;

/// What `/` says where there is no page.
const NOT_BUILT: &str = include_str!("not_built.html");

/// Whether the program holds the page.
pub fn is_built() -> bool {
    Files::get("index.html").is_some()
}

/// A file of the page; `/` is its `index.html`.
pub(crate) async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Files::get(path) {
        Some(file) => of(path, file),
        None if path == "index.html" => {
            let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
            ([(header::CONTENT_SECURITY_POLICY, policy)], Html(NOT_BUILT)).into_response()
        }
        None => ApiError::of_status(StatusCode::NOT_FOUND).into_response(),
    }
}

fn of(path: &str, file: EmbeddedFile) -> Response {
    // Vite puts a fingerprint into the names of what it builds: those may be kept for ever.
    let keep = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers =
        [(header::CONTENT_TYPE, file.metadata.mimetype().to_string()), (header::CACHE_CONTROL, keep.to_string())];
    (headers, file.data).into_response()
}
