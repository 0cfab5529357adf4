//! One user: all fields, groups, bindings, and what is planned.

use maud::{Markup, html};
use serde_json::Value;

use super::bindings::{bindings, groups_of, user_link};
use super::frame::Frame;
use super::look::Look;
use super::table::table;
use super::users::state_of;
use super::value::{text, value};
use crate::sandbox::server::Server;
use crate::sandbox::state::State;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::{Id, Kind, Node};
use crate::sandbox::state::users;

pub(super) fn page(server: &Server, _: &Look, id: Id) -> Option<Frame> {
    server.read(|state| {
        let record = state.users.get(id)?;
        let answer = state.answer_user(id)?;
        let name = users::text(record, "username").unwrap_or("(no name)");
        let content = html! {
            p.way { a href="/users" { "Users" } }
            h1 { (text(name)) " " (state_of(record)) }
            (groups_of(state, id))
            (bindings(state, Node::user(id)))
            (planned(state, id))
            h2 { "Fields" }
            (fields(state, answer.as_object()?))
        };
        Some(Frame { place: "/users", title: name.to_owned(), is_usually_live: false, content })
    })
}

/// What is planned for the user.
fn planned(state: &State, user: Id) -> Markup {
    let changes = state.graph.neighbours(Node::user(user), Kind::UserState);
    let changes = changes.filter_map(|(id, _)| state.table(Kind::UserState).get(id));
    let rows: Vec<Markup> = changes
        .map(|record| {
            let cell = |name: &str| text(users::text(record, name).unwrap_or_default());
            html! { td { (cell("scheduledDate")) } td { (cell("state")) } }
        })
        .collect();
    html! {
        @if !rows.is_empty() {
            h2 { "Planned" }
            (table("Planned changes of state", &["When", "State"], rows))
        }
    }
}

/// All fields of an object, those first that hold something.
pub(super) fn fields(state: &State, record: &Record) -> Markup {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        Value::Bool(flag) => !flag,
        Value::Number(_) => false,
    };
    let (empty, full): (Vec<_>, Vec<_>) = record.iter().partition(|(_, value)| is_empty(value));
    let rows = full.into_iter().map(|(name, field)| {
        html! {
            th scope="row" { code { (text(name)) } }
            td {
                @match (name.as_str(), field) {
                    ("manager", Value::String(manager)) => (user_link(state, manager)),
                    _ => (value(field)),
                }
            }
        }
    });
    html! {
        (table("Fields", &["Field", "Value"], rows))
        @if !empty.is_empty() {
            p.muted {
                "Empty or false: "
                @for (position, (name, _)) in empty.iter().enumerate() {
                    @if position > 0 { ", " }
                    code { (text(name)) }
                }
                "."
            }
        }
    }
}
