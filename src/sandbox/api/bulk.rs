//! The routes about many users at once: jobs that create and update them, and planned changes of their states.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Answer, Ids, Rows, Shared, list, object};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::Id;

/// What may stand in the header `creation-source`.
const CREATION_SOURCES: [&str; 6] = [
    "jumpcloud:bulk",
    "jumpcloud:gapps",
    "jumpcloud:o365",
    "jumpcloud:workday",
    "jumpcloud:scim",
    "jumpcloud:custom_integration",
];

pub(super) fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v2/bulk/users", post(create_users).patch(update_users))
        .route("/api/v2/bulk/users/{job}/results", get(results))
        .route("/api/v2/bulk/userstates", get(user_states).post(create_user_states))
        .route("/api/v2/bulk/userstates/{id}", delete(remove_user_state))
}

async fn create_users(Extract(server): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let source = match headers.get("creation-source").map(|value| value.to_str().unwrap_or_default()) {
        None => "jumpcloud:bulk",
        Some(source) if CREATION_SOURCES.contains(&source) => source,
        Some(_) => return Err(Refusal::invalid("creation-source is none of those that there are")),
    };
    let users = users(&body)?;
    let results = users.iter().map(|user| {
        let written = server.write(|draft| draft.create_user_from(user, source));
        result(&server, written)
    });
    Ok(Json(json!({ "jobId": server.keep_job(results.collect()) })))
}

async fn update_users(Extract(server): Shared, body: Bytes) -> Answer {
    let users = users(&body)?;
    let results = users.iter().map(|user| {
        let id = user.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let written = server.write(|draft| draft.update_user(id.ok_or_else(Refusal::missing)?, user));
        result(&server, written)
    });
    Ok(Json(json!({ "jobId": server.keep_job(results.collect()) })))
}

/// The users that a request carries. A job of many is refused as a whole where it is no list of objects.
fn users(body: &[u8]) -> Answer<Vec<Record>> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("the body is no list of users: {error}")))
}

/// What became of one user of a job (`job-workresult`).
fn result(server: &Server, written: Answer<crate::sandbox::state::users::Written>) -> Record {
    let now = server.now().map(|now| now.to_string());
    let (status, message, fields) = match written {
        Ok((user, mail)) => {
            server.send(mail);
            ("Finished", String::new(), user)
        }
        Err(refusal) => ("Failed", refusal.message, json!({})),
    };
    let mut result = Record::from_iter([
        ("status".to_owned(), json!(status)),
        ("statusMsg".to_owned(), json!(message)),
        ("persistedFields".to_owned(), fields),
        ("meta".to_owned(), json!({})),
    ]);
    for name in ["createdAt", "updatedAt"] {
        result.extend(now.as_ref().map(|now| (name.to_owned(), json!(now))));
    }
    result
}

async fn results(Extract(server): Shared, Ids(job): Ids<Id>, uri: Uri) -> Answer<Response> {
    let results = server.job(job).ok_or_else(Refusal::missing)?;
    list(&server, &uri, |_, request, _| {
        let rows: Vec<(Id, &Record)> = results.iter().map(|(id, record)| (*id, record)).collect();
        let (page, total) = request.page_in_order(&rows);
        let answer = |(id, record): &(Id, &Record)| {
            let mut answer = (*record).clone();
            answer.insert("id".to_owned(), json!(id));
            Value::Object(answer)
        };
        Ok((Rows::Values(page.into_iter().map(answer).collect()), total))
    })
}

async fn user_states(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    let query = uri.query().unwrap_or_default();
    let user = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "userid");
    let user = match user {
        None => None,
        Some((_, id)) => Some(id.parse().map_err(|_| Refusal::invalid("userid is no id"))?),
    };
    list(&server, &uri, |state, request, _| {
        let changes = state.user_states(user);
        let (page, total) = request.page_in_order(&changes);
        let answers = page.into_iter().map(|(id, record)| state.answer_user_state(*id, record));
        Ok((Rows::Values(answers.collect()), total))
    })
}

async fn create_user_states(Extract(server): Shared, body: Bytes) -> Answer<Response> {
    let body = object(&body)?;
    let changes = server.write(|draft| draft.create_user_states(&body))?;
    Ok((StatusCode::CREATED, Json(changes)).into_response())
}

async fn remove_user_state(Extract(server): Shared, Ids(id): Ids<Id>) -> Answer<StatusCode> {
    server.write(|draft| draft.remove_user_state(id))?;
    Ok(StatusCode::NO_CONTENT)
}
