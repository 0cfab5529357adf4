//! The routes about Active Directory objects: agents, bindings from each of their ends, and what they reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::directories::{Bindable, Op};
use super::fields::Record;
use super::list::Row;
use super::refusal::Refusal;
use super::routes::{Answer, Shared, list, object};
use super::server::Server;

/// What else users and groups can be bound to. The sandbox has none of it.
const OTHER_TARGETS: [&str; 9] = [
    "application",
    "g_suite",
    "idp_routing_policy",
    "ldap_server",
    "office_365",
    "password_manager_item",
    "radius_server",
    "system",
    "system_group",
];

pub(super) fn router() -> Router<Arc<Server>> {
    let directory = "/api/v2/activedirectories/{id}";
    Router::new()
        .route("/api/v2/activedirectories", get(directories))
        .route(directory, get(self::directory))
        .route(&format!("{directory}/agents"), get(agents))
        .route(&format!("{directory}/agents/{{agent}}"), get(agent))
        .route(&format!("{directory}/associations"), get(bound).post(change_bound))
        .route(&format!("{directory}/users"), get(reached_users))
        .route(&format!("{directory}/usergroups"), get(reached_groups))
        .route("/api/v2/users/{id}/associations", get(user_targets).post(change_user_target))
        .route("/api/v2/users/{id}/activedirectories", get(reached_by_user))
        .route("/api/v2/usergroups/{id}/associations", get(group_targets).post(change_group_target))
        .route("/api/v2/usergroups/{id}/activedirectories", get(reached_by_group))
}

async fn directories(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let rows = state.directories.iter().map(|(id, directory)| Row::new(id, Some(&directory.record)));
        let (page, total) = request.page(rows, turn);
        Ok((page.iter().filter_map(|row| state.answer_directory(row.id)).collect(), total))
    })
}

async fn directory(Extract(server): Shared, Path(id): Path<String>) -> Answer {
    server.read(|state| state.answer_directory(&id)).map(Json).ok_or_else(Refusal::missing)
}

async fn agents(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let agents = &state.directory(&id)?.agents;
        let (page, total) = request.page(agents.iter().map(|(id, agent)| Row::new(id, Some(agent))), turn);
        let answer = |row: &Row<'_>| agents.get(row.id).map(|agent| answer_agent(row.id, agent));
        Ok((page.iter().filter_map(answer).collect(), total))
    })
}

async fn agent(Extract(server): Shared, Path((id, agent)): Path<(String, String)>) -> Answer {
    server.read(|state| {
        let found = state.directory(&id)?.agents.get(&agent).ok_or_else(Refusal::missing)?;
        Ok(Json(answer_agent(&agent, found)))
    })
}

fn answer_agent(id: &str, agent: &Record) -> Value {
    let mut answer = agent.clone();
    answer.insert("id".to_owned(), json!(id));
    Value::Object(answer)
}

async fn bound(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    let wrong = || Refusal::invalid("targets must be user or user_group");
    let kind = Bindable::parse(&targets(&uri)?).ok_or_else(wrong)?;
    list(&server, &uri, |state, request, _| {
        let bound = state.directory(&id)?.bound(kind);
        let (page, total) = request.page_in_order(bound.iter().map(|id| Row::new(id, None)));
        Ok((page.iter().map(|row| connection(kind.as_str(), row.id)).collect(), total))
    })
}

async fn user_targets(server: Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    bindings_of(server, Bindable::User, &id, &uri)
}

async fn group_targets(server: Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    bindings_of(server, Bindable::UserGroup, &id, &uri)
}

fn bindings_of(Extract(server): Shared, kind: Bindable, id: &str, uri: &Uri) -> Answer<Response> {
    let target = targets(uri)?;
    let is_directory = is_directory(&target)?;
    list(&server, uri, |state, request, _| {
        state.ensure_bindable(kind, id)?;
        let bound = if is_directory { state.directories_of(kind, id) } else { BTreeSet::new() };
        let (page, total) = request.page_in_order(bound.iter().map(|id| Row::new(id, None)));
        Ok((page.iter().map(|row| connection(&target, row.id)).collect(), total))
    })
}

async fn change_bound(Extract(server): Shared, Path(id): Path<String>, body: Bytes) -> Answer<StatusCode> {
    let Operation { op, kind, id: bound } = Operation::read(&body)?;
    let wrong = || Refusal::invalid("type must be user or user_group");
    let kind = Bindable::parse(&kind).ok_or_else(wrong)?;
    server.write(|state| state.change_binding(&id, kind, &bound, op))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_user_target(server: Shared, Path(id): Path<String>, body: Bytes) -> Answer<StatusCode> {
    change_binding_of(server, Bindable::User, &id, &body)
}

async fn change_group_target(server: Shared, Path(id): Path<String>, body: Bytes) -> Answer<StatusCode> {
    change_binding_of(server, Bindable::UserGroup, &id, &body)
}

fn change_binding_of(Extract(server): Shared, from: Bindable, id: &str, body: &Bytes) -> Answer<StatusCode> {
    let Operation { op, kind, id: to } = Operation::read(body)?;
    if !is_directory(&kind)? {
        return Err(Refusal::missing());
    }
    server.write(|state| state.change_binding(&to, from, id, op))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reached_users(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, _| {
        let reached = state.reached_users(state.directory(&id)?);
        let (page, total) = request.page_in_order(reached.keys().map(|id| Row::new(id, None)));
        Ok((page.iter().map(|row| with_paths("user", row.id, &reached)).collect(), total))
    })
}

async fn reached_groups(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, _| {
        let groups = &state.directory(&id)?.groups;
        let (page, total) = request.page_in_order(groups.iter().map(|id| Row::new(id, None)));
        Ok((page.iter().map(|row| with_paths("user_group", row.id, &BTreeMap::new())).collect(), total))
    })
}

async fn reached_by_user(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, _| {
        state.ensure_bindable(Bindable::User, &id)?;
        let reached = state.reached_directories(&id);
        let (page, total) = request.page_in_order(reached.keys().map(|id| Row::new(id, None)));
        Ok((page.iter().map(|row| with_paths("active_directory", row.id, &reached)).collect(), total))
    })
}

async fn reached_by_group(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, _| {
        state.ensure_bindable(Bindable::UserGroup, &id)?;
        let bound = state.directories_of(Bindable::UserGroup, &id);
        let (page, total) = request.page_in_order(bound.iter().map(|id| Row::new(id, None)));
        Ok((page.iter().map(|row| with_paths("active_directory", row.id, &BTreeMap::new())).collect(), total))
    })
}

/// The parameter that says what to list; the API takes exactly one.
fn targets(uri: &Uri) -> Result<String, Refusal> {
    let query = uri.query().unwrap_or_default();
    let mut targets = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "targets");
    match (targets.next(), targets.next()) {
        (Some((_, target)), None) => Ok(target.into_owned()),
        _ => Err(Refusal::invalid("targets must be there once")),
    }
}

/// Whether a kind of target of users and groups is the Active Directory object.
fn is_directory(target: &str) -> Result<bool, Refusal> {
    match target {
        "active_directory" => Ok(true),
        other if OTHER_TARGETS.contains(&other) => Ok(false),
        other => Err(Refusal::invalid(format!("nothing here can be bound to {other:?}"))),
    }
}

/// `GraphOperation`
struct Operation {
    op: Op,
    kind: String,
    id: String,
}

impl Operation {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body = object(body)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let required = |name: &str| {
            text(name).map(str::to_owned).ok_or_else(|| Refusal::invalid(format!("{name} is required")))
        };
        Ok(Self { op: Op::parse(text("op"))?, kind: required("type")?, id: required("id")? })
    }
}

/// `GraphConnection`
fn connection(kind: &str, id: &str) -> Value {
    json!({ "to": { "type": kind, "id": id } })
}

/// `GraphObjectWithPaths`; without paths of its own it is connected directly.
fn with_paths(kind: &str, id: &str, paths: &BTreeMap<String, Vec<Vec<String>>>) -> Value {
    let direct = [Vec::new()];
    let paths = paths.get(id).map_or(direct.as_slice(), Vec::as_slice);
    let path = |groups: &Vec<String>| {
        let steps = groups.iter().map(|group| connection("user_group", group));
        steps.chain([connection(kind, id)]).collect::<Vec<_>>()
    };
    json!({ "type": kind, "id": id, "paths": paths.iter().map(path).collect::<Vec<_>>() })
}
