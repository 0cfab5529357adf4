//! Errors as the API answers them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::http::Remark;

/// A request that is refused: `Error` of the published definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
    /// Whether somebody else has the name or address: habits decide with which status that is answered.
    pub(super) is_duplicate: bool,
    /// The field of the request that is wrong, where it is one.
    field: Option<String>,
    /// Whether the answer names the field apart (`fullValidationDetails`).
    has_details: bool,
}

/// Goes with the answer that somebody else has a name or address: what it is under the other habit.
#[derive(Debug, Clone)]
pub(super) struct Duplicate(pub(super) Refusal);

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), is_duplicate: false, field: None, has_details: false }
    }

    /// 400: a value is wrong.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400: the value of this field is wrong.
    pub(super) fn of(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::invalid(message) }
    }

    /// The same, with the field named apart (`ErrorDetails`).
    pub(super) fn with_details(self) -> Self {
        Self { has_details: true, ..self }
    }

    /// 400, or 409: somebody else has it.
    pub(super) fn taken(field: &str, message: impl Into<String>) -> Self {
        Self { is_duplicate: true, ..Self::of(field, message) }
    }

    /// 401: no key, or the wrong one.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    /// 403: not allowed here.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404: there is no such object.
    pub(super) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 405: not with this method.
    pub(super) fn not_that_way() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    }

    /// 408: the request did not come to its end in time.
    pub(super) fn late() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "Request Timeout")
    }

    /// 413: it is longer than the sandbox takes.
    pub(super) fn too_long(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// 429: not now.
    pub(super) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, message)
    }

    /// 409: it is there already, or something else is in the way.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 500: the sandbox itself failed.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// The answer's body.
    pub(super) fn body(&self) -> Value {
        let status = match self.status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => "INVALID_ARGUMENT",
            StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
            StatusCode::FORBIDDEN => "PERMISSION_DENIED",
            StatusCode::NOT_FOUND => "NOT_FOUND",
            StatusCode::METHOD_NOT_ALLOWED => "UNIMPLEMENTED",
            StatusCode::REQUEST_TIMEOUT => "DEADLINE_EXCEEDED",
            StatusCode::CONFLICT => "ALREADY_EXISTS",
            StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
            _ => "INTERNAL",
        };
        let mut body = json!({ "code": self.status.as_u16(), "message": self.message, "status": status });
        if let (true, Some(field), Some(body)) = (self.has_details, &self.field, body.as_object_mut()) {
            let violations = json!([{ "field": field, "description": self.message }]);
            let details = json!([{
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolationsList": violations,
            }]);
            body.insert("details".to_owned(), details);
        }
        body
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        response.extensions_mut().insert(Remark(self.message.clone()));
        if self.is_duplicate {
            let conflict = Self { status: StatusCode::CONFLICT, is_duplicate: false, ..self };
            response.extensions_mut().insert(Duplicate(conflict));
        }
        response
    }
}
