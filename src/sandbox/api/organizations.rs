//! The routes about organizations.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State as Extract;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::list::{ListRequest, Version};
use super::{Answer, Ids, Rows, Shared, list_v1};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::Id;

pub(super) fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/organizations", get(organizations))
        .route("/api/organizations/{id}", get(organization))
}

async fn organizations(Extract(server): Shared, uri: Uri) -> Answer<Response> {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V1)?;
    let turn = server.turn();
    let names = names(&server);
    let records: Vec<(Id, Record)> = names
        .into_iter()
        .map(|(id, name)| (id, Record::from_iter([("displayName".to_owned(), json!(name))])))
        .collect();
    let rows: Vec<(Id, &Record)> = records.iter().map(|(id, record)| (*id, record)).collect();
    let (page, total) = request.page(&rows, turn);
    let entry = |(id, record): &(Id, &Record)| json!({ "_id": id, "displayName": record.get("displayName"), "logoUrl": "" });
    let rows: Vec<Value> = page.into_iter().map(|row| request.project(entry(row))).collect();
    Ok(list_v1(Rows::Values(rows), total))
}

async fn organization(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V1)?;
    let names = names(&server);
    let name = names.get(&id).ok_or_else(Refusal::missing)?;
    let mut settings = server.read(|state| {
        let is_own = state.organization.id == id;
        if is_own { state.organization.settings.clone() } else { Record::new() }
    });
    settings.insert("name".to_owned(), json!(name));
    Ok(Json(request.project(json!({ "_id": id, "displayName": name, "logoUrl": "", "settings": settings }))))
}

/// The organizations that are seen, with their names.
fn names(server: &Server) -> BTreeMap<Id, String> {
    let others = server.gatekeeper.other_organizations().iter();
    let mut names: BTreeMap<Id, String> =
        others.filter_map(|id| Some((id.parse().ok()?, "Another".to_owned()))).collect();
    server.read(|state| names.insert(state.organization.id, state.organization.name.clone()));
    names
}
