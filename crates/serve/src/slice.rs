//! A part of a tensor as an answer brings it.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
pub(crate) use gradus_studio::slice::{Format, Numbers};
use gradus_studio::slice::{Part, take};
use gradus_tensor::Tensor;

use crate::json::Json;
use crate::refusal::Reply;

/// Numbers in one of the forms.
pub(crate) struct Cut(Part, Format);

/// Answers with the numbers of a tensor, or of a part of it (see [`take`]).
///
/// # Errors
/// As [`take`].
pub(crate) fn answer(name: &str, step: u64, tensor: &Tensor, index: Option<&str>, format: Format) -> Reply<Cut> {
    Ok(Cut(take(name, step, tensor, index)?, format))
}

impl IntoResponse for Cut {
    fn into_response(self) -> Response {
        let Cut(part, format) = self;
        if format == Format::Json {
            return Json(part.numbers()).into_response();
        }
        let list = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let headers = [
            (header::CONTENT_TYPE, "application/octet-stream".to_string()),
            (HeaderName::from_static("x-gradus-shape"), list(part.part.shape())),
            (HeaderName::from_static("x-gradus-full-shape"), list(&part.full_shape)),
            (HeaderName::from_static("x-gradus-step"), part.step.to_string()),
            (HeaderName::from_static("x-gradus-dtype"), part.dtype.to_string()),
        ];
        (headers, part.bytes()).into_response()
    }
}
