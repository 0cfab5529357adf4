//! The routes of Directory Insights. JumpCloud has them on a host of their own (`api.jumpcloud.com`); here they are beside
//! the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Answer, Rows, Shared, json_text, object};
use crate::sandbox::insights::{Event, Query, field};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::server::Server;

pub(super) fn router() -> Router<Arc<Server>> {
    let events = "/insights/directory/v1/events";
    Router::new()
        .route(events, post(self::events))
        .route(&format!("{events}/count"), post(count))
        .route(&format!("{events}/distinct"), post(distinct))
        .route(&format!("{events}/interval"), post(interval))
}

async fn events(Extract(server): Shared, body: Bytes) -> Answer<Response> {
    let query = Query::parse(&object(&body)?, server.now())?;
    let page = query.page(query.matches(&server.insights, server.now()));
    let after = page.last().map(Event::place).or_else(|| query.after());
    let after = after.map_or_else(|| json!([]), |(at, id)| json!([at, id]));
    let count = page.len();
    let projected: Vec<Value> = page.iter().filter_map(|event| query.project(event)).collect();
    let rows = if projected.is_empty() {
        Rows::Texts(page.into_iter().map(|event| event.text).collect())
    } else {
        Rows::Values(projected)
    };
    let mut response = json_text(rows.into_text("", ""));
    let headers = response.headers_mut();
    headers.insert("x-result-count", HeaderValue::from(count));
    headers.insert("x-limit", HeaderValue::from(query.limit));
    headers.insert("x-sort", HeaderValue::from_static(if query.is_descending { "DESC" } else { "ASC" }));
    if let Ok(after) = HeaderValue::from_str(&after.to_string()) {
        headers.insert("x-search_after", after);
    }
    Ok(response)
}

async fn count(Extract(server): Shared, body: Bytes) -> Answer {
    let query = Query::parse(&object(&body)?, server.now())?;
    Ok(Json(json!({ "count": query.matches(&server.insights, server.now()).len() })))
}

/// The values of a field, the most frequent first.
async fn distinct(Extract(server): Shared, body: Bytes) -> Answer {
    let body = object(&body)?;
    let name = body.get("field").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::of("field", "field is required"))?;
    let query = Query::parse(&body, server.now())?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for event in query.matches(&server.insights, server.now()) {
        if let Some(value) = field(&event.record(), name) {
            *counts.entry(value.into_owned()).or_default() += 1;
        }
    }
    let mut buckets: Vec<(String, usize)> = counts.into_iter().collect();
    buckets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let buckets: Vec<Value> =
        buckets.into_iter().map(|(key, count)| json!({ "key": key, "doc_count": count })).collect();
    Ok(Json(json!({ "buckets": buckets, "doc_count_error_upper_bound": 0, "sum_other_doc_count": 0 })))
}

/// How many events there are in each stretch of time that has any. Stretches begin where those of UTC do, or those of the
/// time zone of the request, `-0500`.
async fn interval(Extract(server): Shared, body: Bytes) -> Answer {
    let body = object(&body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let unit = match text("interval_unit") {
        Some("s") => 1_000,
        Some("m") => 60_000,
        Some("h") => 3_600_000,
        Some("d") => 86_400_000,
        Some("w") => 604_800_000,
        _ => return Err(Refusal::of("interval_unit", "interval_unit must be one of s, m, h, d, w")),
    };
    let wrong = || Refusal::of("interval_value", "interval_value must be a number from 1");
    let value = text("interval_value").map_or(Ok(1), str::parse::<i64>).ok().filter(|value| *value >= 1);
    let length = value.and_then(|value| value.checked_mul(unit)).ok_or_else(wrong)?;
    let shift = offset(text("timezone").unwrap_or("+0000"))?;
    let query = Query::parse(&body, server.now())?;
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for event in query.matches(&server.insights, server.now()) {
        let local = event.at.as_millisecond() + shift;
        *counts.entry(local - local.rem_euclid(length) - shift).or_default() += 1;
    }
    let bucket = |(start, count): (i64, usize)| {
        let name = jiff::Timestamp::from_millisecond(start).unwrap_or_default().to_string();
        json!({ "key": start, "key_as_string": name, "doc_count": count })
    };
    Ok(Json(json!({ "buckets": counts.into_iter().map(bucket).collect::<Vec<_>>() })))
}

/// How far a time zone is ahead of UTC, in milliseconds.
fn offset(zone: &str) -> Answer<i64> {
    let wrong = || Refusal::of("timezone", "timezone must be an offset such as -0500");
    let (sign, digits) = zone.split_at_checked(1).ok_or_else(wrong)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return Err(wrong()),
    };
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| digits.len() == 4).ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<u8>().map(i64::from).map_err(|_| wrong());
    Ok(sign * (number(hours)? * 60 + number(minutes)?) * 60_000)
}
