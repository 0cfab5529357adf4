//! The answers of faults.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::sandbox::http::{NoAnswer, Remark};
use crate::sandbox::refusal::Refusal;

/// What a gateway answers that blocks an address: no JSON, and nothing of the API in it.
const IP_BLOCK: &str = "<!DOCTYPE html>\n<html>\n<head><title>403 Forbidden</title></head>\n<body>\n\
    <h1>403 Forbidden</h1>\n\
    <p>Your IP address has been blocked due to suspected abuse.</p>\n</body>\n</html>\n";

/// The answer of a fault with a status.
pub(in crate::sandbox) fn status(code: u16, retry_after: Option<&str>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = status.canonical_reason().unwrap_or("Fault").to_owned();
    let mut response = on_demand(Refusal::new(status, message).into_response());
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// The page that takes the place of every answer to an address that is blocked.
pub(in crate::sandbox) fn ip_block() -> Response {
    let page = (StatusCode::FORBIDDEN, [(CONTENT_TYPE, "text/html; charset=utf-8")], IP_BLOCK);
    on_demand(page.into_response())
}

/// An answer that never gets out: the server closes the connection in its place.
pub(in crate::sandbox) fn dropped() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(NoAnswer);
    response.extensions_mut().insert(Remark("dropped on demand".to_owned()));
    response
}

fn on_demand(mut response: Response) -> Response {
    response.extensions_mut().insert(Remark("a fault on demand".to_owned()));
    response
}
