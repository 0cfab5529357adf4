//! The routes about users and their SSH keys.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::list::{ListRequest, Version};
use super::{Answer, Ids, Rows, Shared, list_v1, object, object_or_nothing};
use crate::sandbox::mail::MailTo;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::Id;
use crate::sandbox::state::users::CascadeManager;

pub(super) fn router() -> Router<Arc<Server>> {
    let user = "/api/systemusers/{id}";
    Router::new()
        .route("/api/systemusers", get(users).post(create_user))
        .route("/api/search/systemusers", post(search_users))
        .route(user, get(self::user).put(update_user).delete(remove_user))
        .route(&format!("{user}/state/activate"), post(activate_user))
        .route(&format!("{user}/expire"), post(expire_password))
        .route(&format!("{user}/unlock"), post(unlock))
        .route(&format!("{user}/resetmfa"), post(reset_mfa))
        .route(&format!("{user}/sshkeys"), get(ssh_keys).post(create_ssh_key))
        .route(&format!("{user}/sshkeys/{{key}}"), delete(remove_ssh_key))
}

async fn users(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V1)?;
    Ok(list_users(&server, &request))
}

async fn search_users(Extract(server): Shared, body: Bytes) -> Answer<Response> {
    let request = ListRequest::parse_search(&object_or_nothing(&body)?)?;
    Ok(list_users(&server, &request))
}

fn list_users(server: &Server, request: &ListRequest) -> Response {
    let (request, turn) = server.shifted(request);
    let (rows, total) = server.read(|state| {
        let (page, total) = request.page(state.users.table().rows(), turn);
        if request.is_whole() {
            return (Rows::Texts(page.into_iter().map(|row| state.user_text(row)).collect()), total);
        }
        let users = page.into_iter().filter_map(|row| state.answer_user(row.id));
        (Rows::Values(users.map(|user| request.project(user)).collect()), total)
    });
    list_v1(rows, total)
}

async fn user(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V1)?;
    let user = server.read(|state| state.answer_user(id)).ok_or_else(Refusal::missing)?;
    Ok(Json(request.project(user)))
}

async fn create_user(Extract(server): Shared, uri: Uri, body: Bytes) -> Answer {
    let body = object(&body)?;
    let written = server.write(|draft| draft.create_user(&body));
    let (user, mail) = written.map_err(|refusal| detailed(refusal, &uri))?;
    server.send(mail);
    Ok(Json(user))
}

async fn update_user(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri, body: Bytes) -> Answer {
    let body = object(&body)?;
    let written = server.write(|draft| draft.update_user(id, &body));
    let (user, mail) = written.map_err(|refusal| detailed(refusal, &uri))?;
    server.send(mail);
    Ok(Json(user))
}

/// What is wrong with a request, as its parameter `fullValidationDetails` asks for it.
fn detailed(refusal: Refusal, uri: &Uri) -> Refusal {
    let query = uri.query().unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let is_asked_for = parameters.any(|(name, value)| name == "fullValidationDetails" && value == "password");
    if is_asked_for { refusal.with_details() } else { refusal }
}

async fn activate_user(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer {
    let body = object_or_nothing(&body)?;
    let address = match body.get("email") {
        None | Some(Value::Bool(true)) => MailTo::Usual,
        Some(Value::Bool(false)) => MailTo::Nobody,
        Some(Value::String(address)) => MailTo::Address(address.clone()),
        Some(_) => return Err(Refusal::invalid("email must be true, false or an address")),
    };
    let (user, mail) = server.write(|draft| draft.activate_user(id, &address))?;
    server.send(mail);
    Ok(Json(user))
}

async fn remove_user(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer {
    let query = uri.query().unwrap_or_default();
    let cascade = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "cascade_manager");
    let cascade = match cascade {
        None => CascadeManager::Unsaid,
        Some((_, value)) if value == "null" => CascadeManager::Clear,
        Some((_, value)) => CascadeManager::HandOver(value.into_owned()),
    };
    server.write(|draft| draft.remove_user(id, &cascade)).map(Json)
}

async fn expire_password(server: Shared, id: Ids<Id>) -> Answer {
    edit(server, id, |user| drop(user.insert("password_expired".to_owned(), json!(true))))
}

async fn unlock(server: Shared, id: Ids<Id>) -> Answer {
    edit(server, id, |user| {
        user.remove("account_locked");
        user.remove("account_locked_date");
    })
}

async fn reset_mfa(server: Shared, id: Ids<Id>, body: Bytes) -> Answer {
    let exclusion = exclusion(object_or_nothing(&body)?)?;
    edit(server, id, |user| {
        user.remove("totp_enabled");
        user.remove("mfaEnrollment");
        user.remove("mfa");
        if !exclusion.is_empty() {
            user.insert("mfa".to_owned(), Value::Object(exclusion));
        }
    })
}

/// What a user is excused from, out of a request's body.
fn exclusion(mut body: Record) -> Result<Record, Refusal> {
    body.retain(|name, _| matches!(name.as_str(), "exclusion" | "exclusionDays" | "exclusionUntil"));
    if body.get("exclusion").is_some_and(|is| !is.is_boolean()) {
        return Err(Refusal::invalid("exclusion must be true or false"));
    }
    // Any number may be sent, and answers hold whole ones.
    if body.get("exclusionDays").is_some_and(|days| days.as_u64().is_none_or(|days| days == 0)) {
        return Err(Refusal::invalid("exclusionDays must be a whole number from 1 on"));
    }
    let is_time = |until: &Value| until.as_str().is_some_and(|until| until.parse::<Timestamp>().is_ok());
    if body.get("exclusionUntil").is_some_and(|until| !is_time(until)) {
        return Err(Refusal::invalid("exclusionUntil must be a time"));
    }
    Ok(body)
}

fn edit(Extract(server): Shared, Ids(id): Ids<Id>, edit: impl FnOnce(&mut Record)) -> Answer {
    server.write(|draft| draft.edit_user(id, edit)).map(Json)
}

async fn ssh_keys(Extract(server): Shared, Ids(id): Ids<Id>) -> Answer {
    server.read(|state| state.ssh_keys(id).map(|keys| Json(Value::Array(keys.to_vec()))))
}

async fn create_ssh_key(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer {
    let body = object(&body)?;
    server.write(|draft| draft.create_ssh_key(id, &body)).map(Json)
}

async fn remove_ssh_key(Extract(server): Shared, Ids((user, key)): Ids<(Id, Id)>) -> Answer {
    server.write(|draft| draft.remove_ssh_key(user, key))?;
    Ok(Json(json!(key)))
}
