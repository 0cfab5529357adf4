//! Users, as a list.

use std::sync::Arc;

use maud::{Markup, html};
use serde_json::Value;

use super::frame::Frame;
use super::look::Look;
use super::table::{pager, search, table};
use super::value::{count, nothing, text};
use crate::sandbox::server::Server;
use crate::sandbox::state::State;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::{Id, Kind, Node};
use crate::sandbox::state::table::Row;
use crate::sandbox::state::users;

/// What a search looks at.
const SEARCHED: [&str; 6] =
    ["username", "email", "firstname", "lastname", "displayname", "employeeIdentifier"];

pub(super) const COLUMNS: [&str; 6] = ["Username", "Name", "Mail", "State", "Department", "Groups"];

pub(super) fn page(server: &Server, look: &Look) -> Frame {
    // The rows are shared, so that nobody who writes waits for a search.
    let users = server.read(|state| state.users.table().clone());
    let wanted = look.search.to_lowercase();
    let found: Vec<&Arc<Row>> =
        users.rows().iter().filter(|row| wanted.is_empty() || has(row, &wanted)).collect();
    let part = look.part(found.len());
    let rows = found.into_iter().skip(part.first).take(part.length);
    let lines: Vec<Markup> = server.read(|state| rows.map(|row| line(state, row.id, &row.record)).collect());
    let content = html! {
        h1 { "Users" }
        (search(look, "/users", "Username, name, mail or employee identifier"))
        (pager(look, part, "users"))
        @if !lines.is_empty() { (table("Users", &COLUMNS, lines)) }
        @if part.last > 0 { (pager(look, part, "users")) }
    };
    Frame { place: "/users", title: "Users".to_owned(), is_usually_live: false, content }
}

fn has(row: &Row, wanted: &str) -> bool {
    let is_named = SEARCHED.iter().filter_map(|name| users::text(&row.record, name));
    is_named.into_iter().any(|value| value.to_lowercase().contains(wanted)) || row.id.to_string() == wanted
}

/// The cells of a user.
pub(super) fn line(state: &State, id: Id, record: &Record) -> Markup {
    let cell = |name: &str| users::text(record, name).map_or_else(nothing, text);
    let groups = state.graph.neighbours(Node::user(id), Kind::UserGroup).count();
    html! {
        th.text scope="row" { (link(id, record)) }
        td.text { (full_name(record)) }
        td class="text mail" { (cell("email")) }
        td { (state_of(record)) }
        td.text { (cell("department")) }
        td.number { (count(groups)) }
    }
}

/// The way to a user.
pub(super) fn link(id: Id, record: &Record) -> Markup {
    html! { a href={ "/users/" (id) } { (text(users::text(record, "username").unwrap_or("(no name)"))) } }
}

fn full_name(record: &Record) -> Markup {
    let parts = ["firstname", "lastname"].map(|name| users::text(record, name));
    match (users::text(record, "displayname"), parts) {
        (Some(name), _) => text(name),
        (None, [None, None]) => nothing(),
        (None, parts) => html! { @for part in parts.into_iter().flatten() { (text(part)) " " } },
    }
}

/// The state of a user, and what else decides whether he can sign in.
pub(super) fn state_of(record: &Record) -> Markup {
    let flag = |name: &str| record.get(name).and_then(Value::as_bool).unwrap_or_default();
    let state = users::text(record, "state").unwrap_or("ACTIVATED");
    let class = match state {
        "ACTIVATED" => "tag good",
        "SUSPENDED" => "tag bad",
        _ => "tag",
    };
    html! {
        span class=(class) { (text(&state.to_lowercase())) }
        @if flag("account_locked") { " " span class="tag bad" { "locked" } }
        @if flag("sudo") { " " span.tag { "sudo" } }
        @if flag("externally_managed") { " " span.tag { "external" } }
    }
}
