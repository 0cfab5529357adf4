//! The first page: what there is, and what happens.

use maud::{Markup, html};
use serde_json::Value;

use super::bindings::{name, name_of_kind};
use super::frame::Frame;
use super::look::Look;
use super::table::table;
use super::value::{count, nothing, number, text, value};
use crate::sandbox::http::Latest;
use crate::sandbox::server::{Outbox, Server};
use crate::sandbox::state::State;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::{Id, Kind, Node};
use crate::sandbox::state::users;

/// How many of the latest requests are shown.
const LATEST: usize = 10;

pub(super) fn page(server: &Server, _: &Look) -> Frame {
    let Latest { requests, all, .. } = server.requests.latest(0, LATEST);
    let mails = server.look_at_mails(Outbox::len);
    let (people, rest) = server.read(|state| (state.users.table().clone(), rest(state)));
    let Rest { organization, groups, planned, settings, directories, targets } = rest;
    let (mut staged, mut suspended) = (0, 0);
    for (_, record) in people.iter() {
        match users::text(record, "state") {
            Some("STAGED") => staged += 1,
            Some("SUSPENDED") => suspended += 1,
            Some(_) | None => {}
        }
    }
    let active = people.rows().len() - staged - suspended;
    let content = html! {
        h1 { (organization) }
        dl.figures {
            div {
                dt { a href="/users" { "Users" } }
                dd { (count(people.rows().len())) }
                dd.muted { (count(active)) " active, " (count(staged)) " staged, " (count(suspended)) " suspended" }
            }
            div { dt { a href="/groups" { "Groups" } } dd { (count(groups)) } }
            div { dt { a href="/requests" { "Requests" } } dd { (number(all)) } }
            div { dt { a href="/outbox" { "Mails" } } dd { (count(mails)) } }
            @if planned > 0 { div { dt { "Planned changes" } dd { (count(planned)) } } }
        }
        h2 { "Latest requests" }
        @if requests.is_empty() { p.muted { "None yet. Clients take " code { (server.url) } " for the console's address." } }
        @else {
            (super::requests::list(requests.iter().map(|(number, request)| (*number, &**request))))
            p { a href="/requests" { "All requests" } }
        }
        (directories)
        (targets)
        (settings)
    };
    Frame { place: "/", title: "Overview".to_owned(), is_usually_live: true, content }
}

/// What is read at once.
struct Rest {
    organization: Markup,
    groups: usize,
    planned: usize,
    settings: Markup,
    directories: Markup,
    targets: Markup,
}

fn rest(state: &State) -> Rest {
    Rest {
        organization: text(&state.organization.name),
        groups: state.groups.table().rows().len(),
        planned: state.table(Kind::UserState).rows().len(),
        settings: settings(state),
        directories: directories(state),
        targets: targets(state),
    }
}

fn settings(state: &State) -> Markup {
    let set = state.organization.settings.iter();
    let rows = set.map(|(name, set)| html! { th scope="row" { code { (text(name)) } } td { (value(set)) } });
    let id = html! { th scope="row" { code { "_id" } } td { code { (state.organization.id) } } };
    html! {
        h2 { "Organization" }
        (table("Organization", &["Setting", "Value"], [id].into_iter().chain(rows)))
    }
}

/// How many users and groups are bound to an object directly.
fn bound(state: &State, node: Node) -> Markup {
    let count_of = |kind: Kind| count(state.graph.neighbours(node, kind).count());
    html! { td.number { (count_of(Kind::User)) } td.number { (count_of(Kind::UserGroup)) } }
}

fn directories(state: &State) -> Markup {
    let objects: Vec<(Id, &Record)> = state.table(Kind::ActiveDirectory).iter().collect();
    let rows = objects.iter().map(|(id, record)| {
        let agents = state.agents(*id).unwrap_or_default();
        html! {
            th.domain scope="row" { (name(state, Node::new(Kind::ActiveDirectory, *id))) br; code.muted { (id) } }
            td.text { (users::text(record, "useCase").map_or_else(nothing, text)) }
            (bound(state, Node::new(Kind::ActiveDirectory, *id)))
            td {
                @if agents.is_empty() { span.muted { "no agent" } }
                @for (_, agent) in agents { div { (self::agent(agent)) } }
            }
        }
    });
    html! {
        h2 { "Active Directory" }
        @if objects.is_empty() { p.muted { "No object." } }
        @else { (table("Active Directory objects", &["Domain", "Use case", "Users", "Groups", "Agents"], rows)) }
    }
}

fn agent(agent: &Record) -> Markup {
    let field = |name: &str| users::text(agent, name).unwrap_or_default();
    let class = match field("state") {
        "active" => "tag good",
        "inactive" => "tag bad",
        _ => "tag",
    };
    let others = ["hostname", "version", "source_ip"].map(field);
    html! {
        (text(field("agentType"))) " " span class=(class) { (text(field("state"))) }
        @for other in others.into_iter().filter(|other| !other.is_empty()) { " " (text(other)) }
        @if let Some(seen) = agent.get("contactAt").and_then(Value::as_str) {
            span.muted { " last seen " (text(seen)) }
        }
    }
}

fn targets(state: &State) -> Markup {
    let objects = Kind::TARGETS
        .into_iter()
        .flat_map(|kind| state.table(kind).rows().iter().map(move |row| Node::new(kind, row.id)));
    let objects: Vec<Node> = objects.collect();
    let rows = objects.iter().map(|node| {
        html! { td { (name_of_kind(node.kind)) } th scope="row" { (name(state, *node)) } (bound(state, *node)) }
    });
    html! {
        @if !objects.is_empty() {
            h2 { "Other targets" }
            (table("Other targets", &["Kind", "Name", "Users", "Groups"], rows))
        }
    }
}
