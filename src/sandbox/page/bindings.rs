//! What an object is connected with.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::table::table;
use super::value::{count, text, value};
use crate::sandbox::state::State;
use crate::sandbox::state::bindings::Paths;
use crate::sandbox::state::id::{Id, Kind, Node};
use crate::sandbox::state::users;

/// How many connections of a kind are shown where there is no way to the others.
const MOST: usize = 200;

/// What a user or a group is bound to, directly or through groups.
pub(super) fn bindings(state: &State, node: Node) -> Markup {
    let kinds = [Kind::ActiveDirectory].into_iter().chain(Kind::TARGETS);
    let reached: Vec<(Kind, BTreeMap<Id, Paths>)> = kinds
        .map(|kind| (kind, state.reached(node, kind)))
        .filter(|(_, reached)| !reached.is_empty())
        .collect();
    let rows =
        reached.iter().flat_map(|(kind, reached)| reached.iter().map(|(id, paths)| (*kind, *id, paths)));
    let rows = rows.map(|(kind, id, paths)| {
        html! {
            td { (name_of_kind(kind)) }
            th scope="row" { (name(state, Node::new(kind, id))) }
            td { (ways(state, paths)) }
            td { @if let Some(Some(attributes)) = state.graph.edge(node, Node::new(kind, id)) {
                (value(&Value::Object((**attributes).clone())))
            } }
        }
    });
    html! {
        h2 { "Bound to" }
        @if reached.is_empty() { p.muted { "Nothing." } }
        @else { (table("Bindings", &["Kind", "Name", "How", "Attributes"], rows)) }
    }
}

fn ways(state: &State, paths: &Paths) -> Markup {
    html! {
        @for (position, path) in paths.iter().take(MOST).enumerate() {
            @if position > 0 { ", " }
            @if path.is_empty() { "directly" }
            @else { "through " @for group in path { (group_link(state, *group)) } }
        }
    }
}

/// The groups of a user.
pub(super) fn groups_of(state: &State, user: Id) -> Markup {
    let groups: Vec<Id> =
        state.graph.neighbours(Node::user(user), Kind::UserGroup).map(|(id, _)| id).collect();
    html! {
        h2 { "Member of" }
        @if groups.is_empty() { p.muted { "No group." } }
        @else {
            ul.inline { @for group in groups.iter().take(MOST) { li { (group_link(state, *group)) } } }
            @if groups.len() > MOST { p.muted { "and " (count(groups.len() - MOST)) " more" } }
        }
    }
}

/// The way to a group.
pub(super) fn group_link(state: &State, id: Id) -> Markup {
    html! { a href={ "/groups/" (id) } { (name(state, Node::group(id))) } }
}

/// The way to a user, by name where there still is one.
pub(super) fn user_link(state: &State, id: &str) -> Markup {
    let user = id.parse::<Id>().ok().and_then(|id| Some((id, state.users.get(id)?)));
    html! {
        @if let Some((id, record)) = user { (super::users::link(id, record)) }
        @else { code { (text(id)) } " " span.muted { "(no such user)" } }
    }
}

/// What an object is called.
pub(super) fn name(state: &State, node: Node) -> Markup {
    let record = state.table(node.kind).get(node.id);
    let name =
        record.and_then(|record| users::text(record, "name").or_else(|| users::text(record, "domain")));
    html! {
        @if let Some(name) = name { (text(name)) } @else { code { (node.id) } }
    }
}

/// What a kind of objects is called.
pub(super) fn name_of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "User",
        Kind::UserGroup => "Group",
        Kind::ActiveDirectory => "Active Directory",
        Kind::Application => "Application",
        Kind::GSuite => "Google Workspace",
        Kind::IdpRoutingPolicy => "Routing policy",
        Kind::LdapServer => "LDAP",
        Kind::Office365 => "Microsoft 365",
        Kind::PasswordManagerItem => "Password manager item",
        Kind::RadiusServer => "RADIUS server",
        Kind::System => "Device",
        Kind::SystemGroup => "Device group",
        Kind::UserState => "Planned change",
    }
}
