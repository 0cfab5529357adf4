//! The routes about the rules by which attributes are translated between JumpCloud and a domain.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::Uri;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::list::{ListRequest, Version};
use super::{Answer, Ids, Shared, object};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::Id;
use crate::sandbox::state::translation_rules::translate;

/// What JumpCloud recommends, as far as it is known: source, its type, destination. The whole catalogue has 43 rules.
const RECOMMENDED: [(&str, &str, &str); 4] = [
    ("username", "PATH", "sAMAccountName"),
    ("department", "PATH", "department"),
    ("jcUser.firstname + ' ' + jcUser.lastname", "EXPR", "cn"),
    ("jcUser.username + '@' + domain.domainName", "EXPR", "userPrincipalName"),
];

pub(super) fn router() -> Router<Arc<Server>> {
    let rules = "/api/v2/activedirectories/{id}/translation-rules";
    Router::new()
        .route(rules, get(list).post(create))
        .route(&format!("{rules}/bulk"), post(bulk))
        .route(&format!("{rules}/recommendation"), get(recommendation))
        .route(&format!("{rules}/{{rule}}"), put(replace).delete(remove))
        .route("/api/v2/activedirectories/translation-rules/preview", post(preview))
}

async fn list(Extract(server): Shared, Ids(id): Ids<Id>, uri: Uri) -> Answer {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V2)?;
    let turn = server.turn();
    server.read(|state| {
        let rules = state.translation_rules(id)?;
        let (page, total) = request.page(&rules, turn);
        let page: Vec<&Record> = page.into_iter().map(|(_, rule)| *rule).collect();
        Ok(Json(json!({ "totalCount": total, "rules": page })))
    })
}

/// Answers with nothing: one lists the rules to see the new one.
async fn create(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer {
    let body = Value::Object(object(&body)?);
    server.write(|draft| draft.change_translation_rules(id, &[body], &[], &[]))?;
    Ok(Json(json!({})))
}

async fn replace(Extract(server): Shared, Ids((id, rule)): Ids<(Id, Id)>, body: Bytes) -> Answer {
    let mut body = object(&body)?;
    body.insert("objectId".to_owned(), json!(rule));
    let body = Value::Object(body);
    let (_, replaced) = server.write(|draft| draft.change_translation_rules(id, &[], &[body], &[]))?;
    replaced.into_iter().next().map(Json).ok_or_else(Refusal::missing)
}

async fn remove(Extract(server): Shared, Ids((id, rule)): Ids<(Id, Id)>) -> Answer {
    server.write(|draft| draft.change_translation_rules(id, &[], &[], &[rule]))?;
    Ok(Json(json!({})))
}

async fn bulk(Extract(server): Shared, Ids(id): Ids<Id>, body: Bytes) -> Answer {
    let body = object(&body)?;
    let part = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(part)) => Ok(part.clone()),
        Some(_) => Err(Refusal::of(name, format!("{name} must be a list"))),
    };
    let (new, replaced) = (part("insertTranslationRules")?, part("updateTranslationRules")?);
    let gone = part("deleteTranslationRuleObjectIds")?;
    let gone = gone.iter().map(|id| id.as_str().and_then(|id| id.parse().ok()).ok_or_else(Refusal::missing));
    let gone: Vec<Id> = gone.collect::<Result<_, _>>()?;
    let (added, changed) =
        server.write(|draft| draft.change_translation_rules(id, &new, &replaced, &gone))?;
    Ok(Json(json!({
        "insertedTranslationRules": added,
        "updatedTranslationRules": changed,
        "deleteTranslationRuleObjectIds": gone,
    })))
}

/// The same catalogue, whatever provider the path names.
async fn recommendation() -> Answer {
    let rules: Vec<Value> = RECOMMENDED
        .into_iter()
        .map(|(source, kind, destination)| {
            json!({
                "objectId": "", "source": source, "sourceType": kind, "destination": destination,
                "direction": "EXPORT", "appliedOn": ["CREATE", "UPDATE"], "required": false, "editable": true,
                "default": false,
            })
        })
        .collect();
    Ok(Json(json!({ "totalCount": rules.len(), "rules": rules })))
}

async fn preview(Extract(server): Shared, body: Bytes) -> Answer {
    let body = object(&body)?;
    let rules = body.get("translationRules").and_then(Value::as_array);
    let rules = rules.ok_or_else(|| Refusal::of("translationRules", "translationRules must be a list"))?;
    let id = |name: &str| body.get(name).and_then(Value::as_str);
    let user = id("userObjectId").ok_or_else(|| Refusal::of("userObjectId", "userObjectId is required"))?;
    server.read(|state| {
        if let Some(directory) = id("activeDirectoryId") {
            state.directory(directory.parse().map_err(|_| Refusal::missing())?)?;
        }
        let user = user.parse().ok().and_then(|user| state.answer_user(user)).ok_or_else(Refusal::missing)?;
        let translated = Value::Object(translate(rules, &user)?);
        Ok(Json(json!({ "sourceUser": user.to_string(), "destinationUser": translated.to_string() })))
    })
}
