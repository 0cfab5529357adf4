//! The routes about Active Directory objects and their agents, and about all directories.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Answer, Ids, Rows, Shared, list, object};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::{Id, Kind};
use crate::sandbox::state::users::text;

pub(super) fn router() -> Router<Arc<Server>> {
    let directory = "/api/v2/activedirectories/{id}";
    Router::new()
        .route("/api/v2/directories", get(all_directories))
        .route("/api/v2/activedirectories", get(directories).post(create_directory))
        .route(directory, get(self::directory).put(update_directory).delete(remove_directory))
        .route(&format!("{directory}/agents"), get(agents).post(create_agent))
        .route(&format!("{directory}/agents/{{agent}}"), get(agent).delete(remove_agent))
}

async fn directories(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let (page, total) = request.page(state.table(Kind::ActiveDirectory).rows(), turn);
        let rows = page.into_iter().filter_map(|row| state.answer_directory(row.id));
        Ok((Rows::Values(rows.map(|row| request.project(row)).collect()), total))
    })
}

/// Directories of every kind (`Directory`).
async fn all_directories(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let kinds = [Kind::ActiveDirectory, Kind::GSuite, Kind::LdapServer, Kind::Office365];
        let mut records: Vec<(Id, Record)> = kinds
            .into_iter()
            .flat_map(|kind| {
                state.table(kind).iter().map(move |(id, record)| {
                    let name = text(record, "domain").or_else(|| text(record, "name")).unwrap_or_default();
                    let fields = [("id", json!(id)), ("type", json!(kind)), ("name", json!(name))];
                    (id, fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
                })
            })
            .collect();
        records.sort_by_key(|(id, _)| *id);
        let rows: Vec<(Id, &Record)> = records.iter().map(|(id, record)| (*id, record)).collect();
        let (page, total) = request.page(&rows, turn);
        let answers = page.into_iter().map(|(_, record)| request.project(Value::Object((*record).clone())));
        Ok((Rows::Values(answers.collect()), total))
    })
}

async fn directory(Extract(server): Shared, Ids(id): Ids<Id>) -> Answer {
    server.read(|state| state.answer_directory(id)).map(Json).ok_or_else(Refusal::missing)
}

async fn create_directory(Extract(server): Shared, body: Bytes) -> Answer<Response> {
    let body = object(&body)?;
    let directory = server.write(|draft| draft.create_directory(&body))?;
    Ok((StatusCode::CREATED, Json(directory)).into_response())
}

async fn update_directory(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer {
    let body = object(&body)?;
    server.write(|draft| draft.update_directory(id, &body)).map(Json)
}

async fn remove_directory(Extract(server): Shared, Ids(id): Ids<Id>) -> Answer {
    server.write(|draft| draft.remove_directory(id)).map(Json)
}

async fn agents(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let agents = state.agents(id)?;
        let (page, total) = request.page(&agents, turn);
        Ok((
            Rows::Values(page.into_iter().map(|(_, agent)| Value::Object((*agent).clone())).collect()),
            total,
        ))
    })
}

async fn agent(Extract(server): Shared, Ids((id, agent)): Ids<(Id, Id)>) -> Answer {
    server.read(|state| {
        let agents = state.agents(id)?;
        let found = agents.iter().find(|(id, _)| *id == agent).ok_or_else(Refusal::missing)?;
        Ok(Json(Value::Object(found.1.clone())))
    })
}

async fn create_agent(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer<Response> {
    let body = object(&body)?;
    let agent = server.write(|draft| draft.create_agent(id, &body))?;
    Ok((StatusCode::CREATED, Json(agent)).into_response())
}

async fn remove_agent(Extract(server): Shared, Ids((id, agent)): Ids<(Id, Id)>) -> Answer<StatusCode> {
    server.write(|draft| draft.remove_agent(id, agent))?;
    Ok(StatusCode::NO_CONTENT)
}
