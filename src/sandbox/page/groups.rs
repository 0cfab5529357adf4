//! User groups, as a list and one by one.

use std::sync::Arc;

use maud::{Markup, html};

use super::bindings::bindings;
use super::frame::Frame;
use super::look::Look;
use super::table::{pager, search, table};
use super::user::fields;
use super::users::{COLUMNS, line};
use super::value::{count, nothing, text};
use crate::sandbox::server::Server;
use crate::sandbox::state::State;
use crate::sandbox::state::id::{Id, Kind, Node};
use crate::sandbox::state::table::Row;
use crate::sandbox::state::users;

pub(super) fn page(server: &Server, look: &Look) -> Frame {
    let groups = server.read(|state| state.groups.table().clone());
    let wanted = look.search.to_lowercase();
    let has = |row: &Row| {
        let texts = ["name", "description"].into_iter().filter_map(|name| users::text(&row.record, name));
        texts.into_iter().any(|value| value.to_lowercase().contains(&wanted)) || row.id.to_string() == wanted
    };
    let found: Vec<&Arc<Row>> = groups.rows().iter().filter(|row| wanted.is_empty() || has(row)).collect();
    let part = look.part(found.len());
    let rows = found.into_iter().skip(part.first).take(part.length);
    let lines: Vec<Markup> = server.read(|state| rows.map(|row| group_line(state, row)).collect());
    let content = html! {
        h1 { "Groups" }
        (search(look, "/groups", "Name or description"))
        (pager(look, part, "groups"))
        @if !lines.is_empty() { (table("Groups", &["Name", "Members", "Method", "Description"], lines)) }
        @if part.last > 0 { (pager(look, part, "groups")) }
    };
    Frame { place: "/groups", title: "Groups".to_owned(), is_usually_live: false, content }
}

/// The cells of a group.
fn group_line(state: &State, row: &Row) -> Markup {
    let Row { id, record, .. } = row;
    html! {
        th.text scope="row" {
            a href={ "/groups/" (id) } { (text(users::text(record, "name").unwrap_or("(no name)"))) }
        }
        td.number { (count(state.graph.neighbours(Node::group(*id), Kind::User).count())) }
        td { (method(users::text(record, "membershipMethod"))) }
        td { (users::text(record, "description").map_or_else(nothing, text)) }
    }
}

/// How members come into a group.
fn method(method: Option<&str>) -> Markup {
    match method {
        None | Some("NOTSET" | "STATIC") => html! { span.tag { "static" } },
        Some("DYNAMIC_AUTOMATED") => html! { span class="tag warn" { "dynamic" } },
        Some("DYNAMIC_REVIEW_REQUIRED") => html! { span class="tag warn" { "dynamic, reviewed" } },
        Some(other) => text(other),
    }
}

pub(super) fn page_of_one(server: &Server, look: &Look, id: Id) -> Option<Frame> {
    server.read(|state| {
        let record = state.groups.get(id)?;
        let answer = state.answer_group(id)?;
        let members = || state.graph.neighbours(Node::group(id), Kind::User);
        let part = look.part(members().count());
        let rows = members().skip(part.first).take(part.length);
        let rows = rows.filter_map(|(user, _)| Some(line(state, user, state.users.get(user)?)));
        let name = users::text(record, "name").unwrap_or("(no name)");
        let content = html! {
            p.way { a href="/groups" { "Groups" } }
            h1 { (text(name)) " " (method(users::text(record, "membershipMethod"))) }
            (bindings(state, Node::group(id)))
            h2 { "Fields" }
            (fields(state, answer.as_object()?))
            h2 { "Members" }
            (pager(look, part, "members"))
            @if part.total > 0 { (table("Members", &COLUMNS, rows)) }
            @if part.last > 0 { (pager(look, part, "members")) }
        };
        Some(Frame { place: "/groups", title: name.to_owned(), is_usually_live: false, content })
    })
}
