//! The API over HTTP: a request in, a rule asked, an answer out.

mod bulk;
mod directories;
mod filter;
mod graph;
mod groups;
mod insights;
mod list;
mod organizations;
mod translation_rules;
mod users;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, State as Extract};
use axum::http::header::{CONTENT_TYPE, LINK};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;

pub(super) use self::filter::Filter;
use self::list::ListRequest;
pub(super) use self::list::{Listed, Version, field};
use super::conditions::Habit;
use super::refusal::Refusal;
use super::server::Server;
use super::state::State;
use super::state::fields::Record;

type Shared = Extract<Arc<Server>>;
type Answer<T = Json<Value>> = Result<T, Refusal>;

pub(super) fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/oauth2/token", post(token))
        .merge(organizations::router())
        .merge(users::router())
        .merge(groups::router())
        .merge(graph::router())
        .merge(directories::router())
        .merge(translation_rules::router())
        .merge(bulk::router())
        .merge(insights::router())
}

async fn token(Extract(server): Shared, headers: HeaderMap, body: Bytes) -> Response {
    server.gatekeeper.give_token(&headers, &body)
}

/// The ids in the path of a request. What is no id is the id of nothing.
struct Ids<T>(T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Ids<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let ids: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        ids.map(|Path(ids)| Self(ids)).map_err(|_| Refusal::missing())
    }
}

/// The JSON object that a request carries.
fn object(body: &[u8]) -> Answer<Record> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::invalid("the body must be an object")),
        Err(error) => Err(Refusal::invalid(format!("the body is no JSON: {error}"))),
    }
}

/// The JSON object that a request carries, or an empty one where it carries nothing.
fn object_or_nothing(body: &[u8]) -> Answer<Record> {
    if body.is_empty() { Ok(Record::new()) } else { object(body) }
}

/// Rows as JSON texts.
enum Rows {
    Values(Vec<Value>),
    /// Texts that were made before.
    Texts(Vec<Bytes>),
}

impl Rows {
    /// A JSON array of them, between two texts.
    fn into_text(self, before: &str, after: &str) -> Vec<u8> {
        let texts = match self {
            Self::Values(values) => values.iter().map(|value| Bytes::from(value.to_string())).collect(),
            Self::Texts(texts) => texts,
        };
        let length = texts.iter().map(|text| text.len() + 1).sum::<usize>() + before.len() + after.len() + 2;
        let mut text = Vec::with_capacity(length);
        text.extend_from_slice(before.as_bytes());
        text.push(b'[');
        for (position, row) in texts.iter().enumerate() {
            if position > 0 {
                text.push(b',');
            }
            text.extend_from_slice(row);
        }
        text.push(b']');
        text.extend_from_slice(after.as_bytes());
        text
    }
}

/// A list of API v1: the rows and the total in an object.
fn list_v1(rows: Rows, total: usize) -> Response {
    json_text(rows.into_text("{\"results\":", &format!(",\"totalCount\":{total}}}")))
}

/// A list of API v2.
fn list(
    server: &Server,
    uri: &Uri,
    page: impl FnOnce(&State, &ListRequest, usize) -> Answer<(Rows, usize)>,
) -> Answer<Response> {
    let request = ListRequest::parse(uri.query().unwrap_or_default(), Version::V2)?;
    let (shifted, turn) = server.shifted(&request);
    let page = server.read_shown(|state| page(state, &shifted, turn))?;
    Ok(list_v2(server, uri, &request, page))
}

/// A list of API v2: bare rows, the total and the next page's address in headers.
fn list_v2(server: &Server, uri: &Uri, request: &ListRequest, (rows, total): (Rows, usize)) -> Response {
    let conditions = server.conditions();
    let shown = match &rows {
        Rows::Values(rows) => rows.len(),
        Rows::Texts(rows) => rows.len(),
    };
    let next = request.skip.saturating_add(shown);
    let mut response = json_text(rows.into_text("", ""));
    if !conditions.has(Habit::NoTotalCount) {
        response.headers_mut().insert("x-total-count", HeaderValue::from(total));
    }
    if next < total
        && next > request.skip
        && !conditions.has(Habit::NoLink)
        && let Ok(link) = HeaderValue::from_str(&next_page(server, uri, request.limit, next))
    {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// The link to the page that begins there.
fn next_page(server: &Server, uri: &Uri, limit: usize, skip: usize) -> String {
    let query = uri.query().unwrap_or_default();
    let mut address = server.url.clone();
    address.set_path(uri.path());
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "limit" && name != "skip");
    address
        .query_pairs_mut()
        .extend_pairs(kept)
        .append_pair("limit", &limit.to_string())
        .append_pair("skip", &skip.to_string());
    format!("<{address}>; rel=\"next\"")
}

fn json_text(text: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

impl Server {
    /// A request as it is carried out, and the turn that its order depends on: under the habit of shifting pages, a page
    /// behind the first begins a row later or earlier than asked for.
    fn shifted(&self, request: &ListRequest) -> (ListRequest, usize) {
        let turn = self.turn();
        let mut request = request.clone();
        if self.conditions().has(Habit::ShiftingPages) && request.skip > 0 {
            request.skip =
                if turn.is_multiple_of(2) { request.skip.saturating_add(1) } else { request.skip - 1 };
        }
        (request, turn)
    }
}
