//! The control endpoint: what goes wrong in a sandbox, and what it has done, over HTTP while it runs.
//!
//! It is no part of JumpCloud's API and stands beside it: no fault and no condition concerns it, and it is in no log of
//! requests. With an API key or a service account it asks for the same as the API does.
//!
//! | request | what it does |
//! | --- | --- |
//! | `GET /sandbox/conditions` | latency, jitter, rate, burst, `Retry-After`, graph lag and habits |
//! | `PATCH /sandbox/conditions` | changes those that are named; `null` ends one |
//! | `GET /sandbox/faults` | the faults, and how many requests each has seen |
//! | `POST /sandbox/faults` | adds `{"fault": "POST /api/systemusers nth=2 status=500"}` |
//! | `DELETE /sandbox/faults` | ends all of them |
//! | `GET /sandbox/requests?limit=100&skip=0` | the latest requests of the API, the newest first |
//! | `GET /sandbox/mails` | the mails that JumpCloud would have sent, oldest first |
//! | `GET /sandbox/writebacks` | what a sync agent would have written into domains, oldest first |
//! | `GET /sandbox/state` | the organization as a state file holds it |

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, Request, State as Extract};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::faults::Fault;
use super::http::{Unread, means_this_sandbox};
use super::refusal::Refusal;
use super::server::Server;

/// How many requests an answer lists when nobody says how many.
const REQUESTS: usize = 100;

type Shared = Extract<Arc<Server>>;

pub(super) fn router(server: &Arc<Server>) -> Router<Arc<Server>> {
    Router::new()
        .route("/sandbox/conditions", get(conditions).patch(change_conditions))
        .route("/sandbox/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/mails", get(async |Extract(server): Shared| Json(server.mails())))
        .route("/sandbox/writebacks", get(async |Extract(server): Shared| Json(server.writebacks())))
        .route("/sandbox/state", get(state))
        .route("/sandbox/{*nothing}", any(async || Refusal::missing()))
        .method_not_allowed_fallback(async || Refusal::not_that_way())
        .layer(from_fn_with_state(Arc::clone(server), check))
}

/// Lets those in who may use the API. No web site can: with its own name pointing here it is refused by the host, and
/// under the sandbox's name a browser lets it send no JSON.
async fn check(Extract(server): Shared, mut request: Request, next: Next) -> Response {
    if !means_this_sandbox(&server, &request) {
        let text = "This sandbox can be reached under localhost, 127.0.0.1 and [::1] only.";
        return Refusal::forbidden(text).into_response();
    }
    if !server.gatekeeper.may_enter(request.headers()) {
        return Refusal::unauthorized().into_response();
    }
    if let Some(Unread(refusal)) = request.extensions_mut().remove() {
        return refusal.into_response();
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    if matches!(request.method().as_str(), "POST" | "PATCH") && !is_json {
        let text = "the body must be JSON, with the header Content-Type: application/json";
        return Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    next.run(request).await
}

async fn conditions(Extract(server): Shared) -> Response {
    Json(&*server.conditions()).into_response()
}

async fn change_conditions(Extract(server): Shared, body: Bytes) -> Result<Response, Refusal> {
    let changes: Map<String, Value> = read(&body)?;
    let conditions = server.change_conditions(|conditions| conditions.with(changes));
    Ok(Json(&*conditions.map_err(Refusal::invalid)?).into_response())
}

async fn faults(Extract(server): Shared) -> Json<Vec<Value>> {
    let faults = server.faults.all().into_iter();
    Json(faults.map(|(fault, seen)| json!({ "fault": fault.to_string(), "seen": seen })).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFault {
    fault: String,
}

async fn add_fault(Extract(server): Shared, body: Bytes) -> Result<Response, Refusal> {
    let NewFault { fault } = read(&body)?;
    let fault: Fault = fault.parse().map_err(|error| Refusal::invalid(format!("{error}")))?;
    let answer = Json(json!({ "fault": fault.to_string(), "seen": 0 }));
    server.faults.add(fault);
    Ok((StatusCode::CREATED, answer).into_response())
}

async fn clear_faults(Extract(server): Shared) -> StatusCode {
    server.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Window {
    limit: Option<usize>,
    #[serde(default)]
    skip: usize,
}

async fn requests(
    Extract(server): Shared,
    window: Result<Query<Window>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Vec<Value>>, Refusal> {
    let Query(window) = window.map_err(|_| Refusal::invalid("limit and skip must be numbers"))?;
    let latest = server.requests.latest(window.skip, window.limit.unwrap_or(REQUESTS));
    let entry = |(number, request): (u64, Arc<super::Request>)| {
        json!({
            "number": number,
            "at": request.at,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "status": request.status,
            "milliseconds": request.duration.map(|time| time.as_secs_f64() * 1000.0),
            "remarks": request.remarks,
        })
    };
    Ok(Json(latest.requests.into_iter().map(entry).collect()))
}

async fn state(Extract(server): Shared) -> Response {
    ([(CONTENT_TYPE, "application/json")], server.state().to_json()).into_response()
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("the body is not as expected: {error}")))
}
