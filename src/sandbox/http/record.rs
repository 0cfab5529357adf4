//! Notes every request of the API down, and what became of it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, MatchedPath, Request as HttpRequest, State as Extract};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::body_fields::Shape;
use super::request_log::{NoAnswer, Remark};
use crate::sandbox::server::Server;

/// What each request of the API passes first.
pub(in crate::sandbox) async fn record(
    Extract(server): Extract<Arc<Server>>,
    request: HttpRequest,
    next: Next,
) -> Response {
    let entry = server.requests.begin(server.now(), &request);
    if entry.is_write() {
        server.count_write();
    }
    let route = request.extensions().get::<MatchedPath>();
    let (response, skipped) = match route.and_then(|route| Shape::of(request.method(), route.as_str())) {
        Some(shape) => run_with_body(request, next, shape).await,
        None => (next.run(request).await, Vec::new()),
    };
    let status = response.status();
    let answer = response.extensions();
    let remark = answer.get::<Remark>().map(|Remark(text)| text.clone());
    // Some only repeat what the status says.
    let remark = remark.filter(|text| Some(text.as_str()) != status.canonical_reason());
    let is_answer = answer.get::<NoAnswer>().is_none();
    entry.complete(is_answer.then(|| status.as_u16()), remark.into_iter().chain(skipped).collect());
    response
}

/// Answers a request, and says what of its body nobody knows, where it came far enough to be read.
async fn run_with_body(request: HttpRequest, next: Next, shape: Shape) -> (Response, Vec<String>) {
    let (parts, body) = request.into_parts();
    let whole = HttpRequest::from_parts(parts.clone(), body);
    let body = match Bytes::from_request(whole, &()).await {
        Ok(body) => body,
        Err(rejection) => return (rejection.into_response(), Vec::new()),
    };
    let response = next.run(HttpRequest::from_parts(parts, Body::from(body.clone()))).await;
    let was_read = response.status().is_success() || matches!(response.status().as_u16(), 400 | 409);
    let remarks = if was_read { shape.remarks(&body) } else { Vec::new() };
    (response, remarks)
}
