//! The routes about user groups, and about all groups.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Answer, Ids, Rows, Shared, list, object};
use crate::sandbox::dynamic;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::group_text;
use crate::sandbox::state::id::{Id, Kind};

/// A request and an answer about the number of all groups, whatever the filter.
const UNFILTERED_COUNT: HeaderName = HeaderName::from_static("x-unfiltered-total-count");

pub(super) fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v2/groups", get(all_groups))
        .route("/api/v2/usergroups", get(groups).post(create_group))
        // The client `jumpcloud` of PyPI lists groups as the group of no id.
        .route("/api/v2/usergroups/", get(groups))
        .route("/api/v2/usergroups/{id}", get(group).put(update_group).delete(remove_group))
        .route("/api/v2/usergroups/{id}/suggestions", post(accept_suggestions))
}

async fn groups(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let (page, total) = request.page(state.groups.table().rows(), turn);
        if request.is_whole() {
            return Ok((Rows::Texts(page.into_iter().map(|row| group_text(row)).collect()), total));
        }
        let groups = page.into_iter().filter_map(|row| state.answer_group(row.id));
        Ok((Rows::Values(groups.map(|group| request.project(group)).collect()), total))
    })
}

/// Groups of every kind (`Group`).
async fn all_groups(Extract(server): Shared, headers: HeaderMap, uri: Uri) -> Answer<Response> {
    let mut count = 0;
    let mut response = list(&server, &uri, |state, request, turn| {
        let of_users = state.groups.table().iter().map(|(id, record)| (id, Kind::UserGroup, record));
        let of_systems =
            state.table(Kind::SystemGroup).iter().map(|(id, record)| (id, Kind::SystemGroup, record));
        let mut groups: Vec<(Id, Record)> =
            of_users.chain(of_systems).map(|(id, kind, record)| (id, in_general(id, kind, record))).collect();
        groups.sort_by_key(|(id, _)| *id);
        count = groups.len();
        let groups: Vec<(Id, &Record)> = groups.iter().map(|(id, record)| (*id, record)).collect();
        let (page, total) = request.page(&groups, turn);
        let page = page.into_iter().map(|(_, record)| request.project(Value::Object(Record::clone(record))));
        Ok((Rows::Values(page.collect()), total))
    })?;
    if headers.contains_key(UNFILTERED_COUNT) {
        response.headers_mut().insert(UNFILTERED_COUNT, HeaderValue::from(count));
    }
    Ok(response)
}

/// What groups of every kind have.
fn in_general(id: Id, kind: Kind, record: &Record) -> Record {
    let mut group = Record::new();
    if kind == Kind::UserGroup {
        group.insert("description".to_owned(), json!(""));
        group.insert("email".to_owned(), json!(""));
    }
    for name in ["attributes", "description", "email", "name"] {
        if let Some(value) = record.get(name) {
            group.insert(name.to_owned(), value.clone());
        }
    }
    group.insert("id".to_owned(), json!(id));
    group.insert("type".to_owned(), json!(kind));
    group
}

async fn group(Extract(server): Shared, Ids(id): Ids<Id>) -> Answer {
    server.read(|state| state.answer_group(id)).map(Json).ok_or_else(Refusal::missing)
}

async fn create_group(Extract(server): Shared, body: Bytes) -> Answer<Response> {
    let body = object(&body)?;
    let group = server.write(|draft| draft.create_group(&body))?;
    Ok((StatusCode::CREATED, Json(group)).into_response())
}

async fn update_group(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer {
    let body = object(&body)?;
    server.write(|draft| draft.update_group(id, &body)).map(Json)
}

async fn remove_group(Extract(server): Shared, Ids(id): Ids<Id>) -> Answer {
    server.write(|draft| draft.remove_group(id)).map(Json)
}

async fn accept_suggestions(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer<StatusCode> {
    let body = object(&body)?;
    server.write(|draft| dynamic::accept(draft, id, &body))?;
    Ok(StatusCode::NO_CONTENT)
}
