//! Faults on demand, so that clients can be tried against them.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::refusal::Refusal;
use super::request_log::{NoAnswer, Remark};

/// One thing that goes wrong, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The method that it strikes, in capitals.
    pub method: String,
    /// How the paths begin that it strikes.
    pub path_prefix: String,
    /// Which of the requests of that method and path, from 1.
    pub nth: usize,
    /// What happens.
    pub kind: FaultKind,
    /// `Retry-After` of an answer with a status.
    pub retry_after: Option<String>,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The request is answered with this status and not carried out.
    Status(u16),
    /// The connection ends before the request is carried out.
    DropBefore,
    /// The request is carried out, and the connection ends without an answer.
    DropAfter,
}

/// The faults of a sandbox, and how many requests each has seen.
#[derive(Debug)]
pub(super) struct Faults {
    faults: Vec<(Fault, AtomicUsize)>,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self { faults: faults.into_iter().map(|fault| (fault, AtomicUsize::new(0))).collect() }
    }

    /// The fault that strikes this request. Every fault that could have counts it.
    pub(super) fn strike(&self, method: &Method, path: &str) -> Option<&Fault> {
        let mut struck = None;
        for (fault, seen) in &self.faults {
            let is_meant = fault.method == method.as_str() && path.starts_with(&fault.path_prefix);
            if is_meant && seen.fetch_add(1, Ordering::Relaxed) + 1 == fault.nth {
                struck = struck.or(Some(fault));
            }
        }
        struck
    }
}

/// The answer of a fault with a status.
pub(super) fn answer(status: u16, retry_after: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = status.canonical_reason().unwrap_or("Fault").to_owned();
    let mut response = Refusal::new(status, message).into_response();
    response.extensions_mut().insert(Remark("a fault on demand".to_owned()));
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// An answer that never gets out: its body fails before the first byte, upon which the server closes the connection.
pub(super) fn dropped() -> Response {
    let failure = stream::iter([Err::<String, _>(std::io::Error::other("dropped on demand"))]);
    let mut response = Response::new(Body::from_stream(failure));
    response.extensions_mut().insert(NoAnswer);
    response.extensions_mut().insert(Remark("dropped on demand".to_owned()));
    response
}
