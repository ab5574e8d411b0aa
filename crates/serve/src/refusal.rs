//! What a client is told when a request cannot be answered: a status, a code, and one line for people.

use crate::json::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

/// Why a request is not answered.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
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
pub(crate) type Answer<T> = Result<T, Refusal>;

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:ident;)+) => {
        impl Refusal {
            $($(#[doc = $doc])+
            pub(crate) fn $name(message: impl Into<String>) -> Self {
                Refusal { status: StatusCode::$status, code: stringify!($name), message: message.into() }
            })+
        }
    };
}

refusals! {
    /// The request is no request: malformed JSON, a body of the wrong type.
    bad_request = BAD_REQUEST;
    /// Wrong host, origin or token.
    forbidden = FORBIDDEN;
    /// There is no such thing.
    not_found = NOT_FOUND;
    /// It does not fit what the session is doing.
    conflict = CONFLICT;
    /// The loss stopped being a number.
    diverged = CONFLICT;
    /// More than one answer may hold.
    too_large = PAYLOAD_TOO_LARGE;
    /// A value out of range, a name that does not exist, a recipe with a mistake.
    unprocessable = UNPROCESSABLE_ENTITY;
    /// Too many sessions, listeners, requests, or too little memory.
    limit = TOO_MANY_REQUESTS;
    /// It took longer than a request may.
    timeout = REQUEST_TIMEOUT;
    /// Not the client's fault: the disk is full, the store is damaged, or there is a defect in the program.
    internal = INTERNAL_SERVER_ERROR;
}

impl Refusal {
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
        Refusal { status, code, message: message.to_string() }
    }

    /// The line for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let reason = Reason { code: self.code.to_string(), message: self.message };
        (self.status, Json(Told { error: reason })).into_response()
    }
}

impl From<gradus_train::Error> for Refusal {
    fn from(error: gradus_train::Error) -> Self {
        use gradus_train::Error;
        match &error {
            Error::Diverged(_) => Refusal::diverged(error.to_string()),
            Error::Io { .. } | Error::Interrupted { .. } => Refusal::internal(error.to_string()),
            _ => Refusal::unprocessable(error.to_string()),
        }
    }
}

macro_rules! unprocessable {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Refusal::unprocessable(error.to_string())
            }
        }
    )*};
}

unprocessable! {
    gradus_tensor::Error,
    gradus_tensor::random::RandomError,
    gradus_data::DataError,
    gradus_recipe::RecipeError,
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            // Well-formed, but not what this address takes: the text names the field.
            JsonRejection::JsonDataError(error) => Refusal::unprocessable(error.body_text()),
            other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Refusal::of_status(StatusCode::PAYLOAD_TOO_LARGE)
            }
            other => Refusal { status: other.status(), ..Refusal::bad_request(other.body_text()) },
        }
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Refusal::unprocessable(rejection.body_text())
    }
}
