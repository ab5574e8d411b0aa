//! What a client is told when a request cannot be answered: a status, a code, and one line for people.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gradus_studio::refusal::Kind;
pub(crate) use gradus_studio::refusal::{Answer, Refusal};
use schemars::JsonSchema;
use serde::Serialize;

use crate::json::Json;

/// Why a request is not answered.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

/// What a client is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(crate) struct Told {
    error: Reason,
}

/// What is wrong, and what to do.
#[derive(Debug, Serialize, JsonSchema)]
struct Reason {
    /// One word for programs: `not_found`, `conflict`, `limit`, …
    code: String,
    /// One line for people.
    message: String,
}

/// What a request is answered with.
pub(crate) type Reply<T> = Result<T, ApiError>;

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind() {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict | Kind::Diverged => StatusCode::CONFLICT,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Limit => StatusCode::TOO_MANY_REQUESTS,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        ApiError { status, code: refusal.kind().word(), message: refusal.message().to_string() }
    }
}

impl ApiError {
    /// The request is no request: malformed JSON, a body of the wrong type.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        ApiError { status: StatusCode::BAD_REQUEST, code: "bad_request", message: message.into() }
    }

    /// Wrong host, origin or token.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        ApiError { status: StatusCode::FORBIDDEN, code: "forbidden", message: message.into() }
    }

    /// A value out of range, a name that does not exist, a recipe with a mistake.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Refusal::unprocessable(message).into()
    }

    /// It took longer than a request may.
    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        ApiError { status: StatusCode::REQUEST_TIMEOUT, code: "timeout", message: message.into() }
    }

    /// A status that the router gave without words.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (code, message) = match status {
            StatusCode::NOT_FOUND => ("not_found", "there is nothing at this address; GET /api/openapi.json lists all"),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method_not_allowed", "this address takes another method; see GET /api/openapi.json")
            }
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "the body is larger than this address takes"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("bad_request", "send the body as application/json"),
            StatusCode::REQUEST_TIMEOUT => ("timeout", "the request took too long"),
            _ => ("bad_request", "the request cannot be understood"),
        };
        ApiError { status, code, message: message.to_string() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let reason = Reason { code: self.code.to_string(), message: self.message };
        (self.status, Json(Told { error: reason })).into_response()
    }
}

impl From<gradus_train::Error> for ApiError {
    fn from(error: gradus_train::Error) -> Self {
        Refusal::from(error).into()
    }
}

impl From<gradus_recipe::RecipeError> for ApiError {
    fn from(error: gradus_recipe::RecipeError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            // Well-formed, but not what this address takes: the text names the field.
            JsonRejection::JsonDataError(error) => Refusal::unprocessable(error.body_text()).into(),
            other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE)
            }
            other => ApiError { status: other.status(), ..ApiError::bad_request(other.body_text()) },
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Refusal::unprocessable(rejection.body_text()).into()
    }
}
