//! What every request of the API passes before it reaches its operation: the conditions, the faults, the door.

use std::sync::Arc;

use axum::extract::{Request, State as Extract};
use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::body::Unread;
use crate::sandbox::conditions::Habit;
use crate::sandbox::faults::{Fault, FaultKind, dropped, ip_block, status};
use crate::sandbox::refusal::{Duplicate, Refusal};
use crate::sandbox::server::Server;

pub(in crate::sandbox) async fn guard(
    Extract(server): Extract<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response {
    let conditions = server.conditions();
    let latency = server.latency(&conditions);
    if !latency.is_zero() {
        server.pause(Some(latency)).await;
    }
    let fault = server.faults.strike(request.method(), request.uri().path());
    match &fault {
        Some(Fault { kind: FaultKind::Status(code), retry_after, .. }) => {
            return status(*code, retry_after.as_deref());
        }
        Some(Fault { kind: FaultKind::IpBlock, .. }) => return ip_block(),
        Some(Fault { kind: FaultKind::DropBefore, .. }) => return dropped(),
        Some(Fault { kind: FaultKind::Stall(time), .. }) => {
            server.pause(*time).await;
            if time.is_none() {
                return dropped();
            }
        }
        Some(Fault { kind: FaultKind::DropAfter, .. }) | None => {}
    }
    if let Err(wait) = server.take_turn(&conditions) {
        let mut response = Refusal::busy("Too Many Requests").into_response();
        if conditions.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        return response;
    }
    let organization = server.read(|state| state.organization.id);
    if let Err(refusal) = server.gatekeeper.check(request.headers(), request.uri().path(), organization) {
        return refusal.into_response();
    }
    if let Some(Unread(refusal)) = request.extensions_mut().remove() {
        return refusal.into_response();
    }
    server.catch_up();
    let mut response = next.run(request).await;
    if conditions.has(Habit::ConflictOnDuplicates)
        && let Some(Duplicate(refusal)) = response.extensions_mut().remove()
    {
        response = refusal.into_response();
    }
    if fault.is_some_and(|fault| fault.kind == FaultKind::DropAfter) { dropped() } else { response }
}
