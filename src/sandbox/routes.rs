//! The routes: a request in, a rule asked, an answer out.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::directories::Op;
use super::directory_routes;
use super::fields::Record;
use super::list::{ListRequest, Row, Version};
use super::mail::MailTo;
use super::refusal::Refusal;
use super::server::Server;
use super::state::State;
use super::users::CascadeManager;

pub(super) type Shared = Extract<Arc<Server>>;
pub(super) type Answer<T = Json<Value>> = Result<T, Refusal>;

pub(super) fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/oauth2/token", post(token))
        .route("/api/organizations", get(organizations))
        .route("/api/systemusers", get(users).post(create_user))
        .route("/api/systemusers/{id}", get(user).put(update_user).delete(remove_user))
        .route("/api/systemusers/{id}/state/activate", post(activate_user))
        .route("/api/search/systemusers", post(search_users))
        .route("/api/v2/usergroups", get(groups).post(create_group))
        .route("/api/v2/usergroups/{id}", get(group).put(update_group).delete(remove_group))
        .route("/api/v2/usergroups/{id}/members", get(members).post(change_member))
        .route("/api/v2/usergroups/{id}/membership", get(membership))
        .route("/api/v2/users/{id}/memberof", get(member_of))
        .merge(directory_routes::router())
}

async fn token(Extract(server): Shared, headers: HeaderMap, body: Bytes) -> Response {
    server.gatekeeper.give_token(&headers, &body)
}

async fn organizations(Extract(server): Shared, uri: Uri) -> Answer {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V1)?;
    let turn = server.turn();
    let organization = server.read(|state| state.organization.clone());
    let mut names: BTreeMap<&str, &str> =
        server.gatekeeper.other_organizations().iter().map(|id| (id.as_str(), "Another")).collect();
    names.insert(&organization.id, &organization.name);
    let (page, total) = request.page(names.keys().map(|id| Row::new(id, None)), turn);
    let entry = |row: &Row<'_>| json!({ "_id": row.id, "displayName": names.get(row.id), "logoUrl": null });
    let results: Vec<Value> = page.iter().map(entry).collect();
    Ok(Json(json!({ "results": results, "totalCount": total })))
}

async fn users(Extract(server): Shared, uri: Uri) -> Answer {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V1)?;
    Ok(list_users(&server, &request))
}

async fn search_users(Extract(server): Shared, body: Bytes) -> Answer {
    let request = ListRequest::parse_search(&object(&body)?)?;
    Ok(list_users(&server, &request))
}

fn list_users(server: &Server, request: &ListRequest) -> Json<Value> {
    let turn = server.turn();
    server.read(|state| {
        let rows = state.users.iter().map(|(id, record)| Row::new(id, Some(record)));
        let (page, total) = request.page(rows, turn);
        let results: Vec<Value> = page
            .iter()
            .filter_map(|row| state.answer_user(row.id))
            .map(|user| request.project(user))
            .collect();
        Json(json!({ "results": results, "totalCount": total }))
    })
}

async fn user(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V1)?;
    let user = server.read(|state| state.answer_user(&id)).ok_or_else(Refusal::missing)?;
    Ok(Json(request.project(user)))
}

async fn create_user(Extract(server): Shared, body: Bytes) -> Answer {
    let body = object(&body)?;
    let (user, mail) = server.write(|state| state.create_user(&body, server.created.as_deref()))?;
    server.send(mail);
    Ok(Json(user))
}

async fn update_user(Extract(server): Shared, Path(id): Path<String>, body: Bytes) -> Answer {
    let body = object(&body)?;
    let (user, mail) = server.write(|state| state.update_user(&id, &body))?;
    server.send(mail);
    Ok(Json(user))
}

async fn activate_user(Extract(server): Shared, Path(id): Path<String>, body: Bytes) -> Answer {
    let body = if body.is_empty() { Record::new() } else { object(&body)? };
    let address = match body.get("email") {
        None | Some(Value::Bool(true)) => MailTo::Usual,
        Some(Value::Bool(false)) => MailTo::Nobody,
        Some(Value::String(address)) => MailTo::Address(address.clone()),
        Some(_) => return Err(Refusal::invalid("email must be true, false or an address")),
    };
    let (user, mail) = server.write(|state| state.activate_user(&id, &address))?;
    server.send(mail);
    Ok(Json(user))
}

async fn remove_user(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer {
    let query = uri.query().unwrap_or_default();
    let cascade = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "cascade_manager");
    let cascade = match cascade {
        None => CascadeManager::Unsaid,
        Some((_, value)) if value == "null" => CascadeManager::Clear,
        Some((_, value)) => CascadeManager::HandOver(value.into_owned()),
    };
    server.write(|state| state.remove_user(&id, &cascade)).map(Json)
}

async fn groups(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let rows = state.groups.iter().map(|(id, group)| Row::new(id, Some(&group.record)));
        let (page, total) = request.page(rows, turn);
        let groups = page.iter().filter_map(|row| state.answer_group(row.id));
        Ok((groups.map(|group| request.project(group)).collect(), total))
    })
}

async fn group(Extract(server): Shared, Path(id): Path<String>) -> Answer {
    server.read(|state| state.answer_group(&id)).map(Json).ok_or_else(Refusal::missing)
}

async fn create_group(Extract(server): Shared, body: Bytes) -> Answer<Response> {
    let body = object(&body)?;
    let group = server.write(|state| state.create_group(&body))?;
    Ok((StatusCode::CREATED, Json(group)).into_response())
}

async fn update_group(Extract(server): Shared, Path(id): Path<String>, body: Bytes) -> Answer {
    let body = object(&body)?;
    server.write(|state| state.update_group(&id, &body)).map(Json)
}

async fn remove_group(Extract(server): Shared, Path(id): Path<String>) -> Answer {
    server.write(|state| state.remove_group(&id)).map(Json)
}

async fn members(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let group = state.groups.get(&id).ok_or_else(Refusal::missing)?;
        let (page, total) = request.page(group.members.iter().map(|id| Row::new(id, None)), turn);
        Ok((page.iter().map(|row| json!({ "to": { "type": "user", "id": row.id } })).collect(), total))
    })
}

async fn membership(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        let group = state.groups.get(&id).ok_or_else(Refusal::missing)?;
        let (page, total) = request.page(group.members.iter().map(|id| Row::new(id, None)), turn);
        Ok((page.iter().map(|row| with_path("user", row.id)).collect(), total))
    })
}

async fn member_of(Extract(server): Shared, Path(id): Path<String>, uri: Uri) -> Answer<Response> {
    list(&server, &uri, |state, request, turn| {
        state.users.get(&id).ok_or_else(Refusal::missing)?;
        let groups = state.groups.iter().filter(|(_, group)| group.members.contains(&id));
        let rows: Vec<Row<'_>> = groups.map(|(id, _)| Row::new(id, None)).collect();
        let (page, total) = request.page(rows.into_iter(), turn);
        Ok((page.iter().map(|row| with_path("user_group", row.id)).collect(), total))
    })
}

async fn change_member(Extract(server): Shared, Path(id): Path<String>, body: Bytes) -> Answer<StatusCode> {
    let body = object(&body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let op = Op::parse(text("op"))?;
    if text("type") != Some("user") {
        return Err(Refusal::invalid("a user group has users as members only"));
    }
    let user = text("id").ok_or_else(|| Refusal::invalid("id is required"))?;
    server.write(|state| state.change_member(&id, user, op))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A list of API v2: bare rows, the total and the next page's address in headers.
pub(super) fn list(
    server: &Server,
    uri: &Uri,
    page: impl FnOnce(&State, &ListRequest, usize) -> Answer<(Vec<Value>, usize)>,
) -> Answer<Response> {
    let query = uri.query().unwrap_or_default();
    let request = ListRequest::parse(query, Version::V2)?;
    let turn = server.turn();
    let (rows, total) = server.read(|state| page(state, &request, turn))?;
    let next = request.skip.saturating_add(rows.len());
    let mut response = Json(rows).into_response();
    response.headers_mut().insert("x-total-count", HeaderValue::from(total));
    if next < total && next > request.skip {
        let mut address = server.url.clone();
        address.set_path(uri.path());
        let kept =
            form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "limit" && name != "skip");
        address.query_pairs_mut().extend_pairs(kept);
        address
            .query_pairs_mut()
            .append_pair("limit", &request.limit.to_string())
            .append_pair("skip", &next.to_string());
        if let Ok(link) = HeaderValue::from_str(&format!("<{address}>; rel=\"next\"")) {
            response.headers_mut().insert(LINK, link);
        }
    }
    Ok(response)
}

/// `GraphObjectWithPaths`, over one direct connection.
fn with_path(kind: &str, id: &str) -> Value {
    json!({ "type": kind, "id": id, "paths": [[{ "to": { "type": kind, "id": id } }]] })
}

pub(super) fn object(body: &[u8]) -> Answer<Record> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::invalid("the body must be an object")),
        Err(error) => Err(Refusal::invalid(format!("the body is no JSON: {error}"))),
    }
}
