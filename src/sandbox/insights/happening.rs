//! What a write is to Directory Insights.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sandbox::state::State;
use crate::sandbox::state::change::Change;
use crate::sandbox::state::directories::AGENTS;
use crate::sandbox::state::fields::Record;
use crate::sandbox::state::id::{Kind, Node};
use crate::sandbox::state::users::text;

/// What it is called that an object comes, changes and goes, where it has a published name.
const NAMES: [(Kind, [Option<&str>; 3]); 3] = [
    (Kind::User, [Some("user_create"), Some("user_update"), Some("user_delete")]),
    (Kind::UserGroup, [Some("group_create"), Some("group_update"), Some("group_delete")]),
    (Kind::ActiveDirectory, [Some("activedirectory_create"), None, Some("activedirectory_delete")]),
];

/// The events of a write, each without its id and time. `before` is the state that the changes are about to meet.
///
/// A write of a user is a `user_update` with every field that is another one, and beside it an event for each turn that
/// has a name of its own, such as `user_suspended`. What changes nothing is no event; nor is what an object takes along
/// when it goes.
pub(in crate::sandbox) fn happenings(before: &State, changes: &[Change]) -> Vec<Record> {
    let mut events = Vec::new();
    // What earlier changes of the same write made of an object.
    let mut latest: BTreeMap<Node, Option<&Record>> = BTreeMap::new();
    for change in changes {
        let record = |node: Node, latest: &BTreeMap<Node, Option<&Record>>| {
            latest.get(&node).copied().unwrap_or_else(|| before.table(node.kind).get(node.id)).cloned()
        };
        match change {
            Change::Put { kind, id, record: after } => {
                let node = Node::new(*kind, *id);
                let old = record(node, &latest);
                latest.insert(node, Some(after));
                events.extend(put(node, old.as_ref(), after));
            }
            Change::Remove { kind, id } => {
                let node = Node::new(*kind, *id);
                let old = record(node, &latest);
                latest.insert(node, None);
                events.extend(old.and_then(|old| removed(node, &old)));
            }
            Change::Link { one, other, attributes } => {
                let op = if before.graph.edge(*one, *other).is_some() { "update" } else { "add" };
                events.extend(connected(before, (*one, *other), op, attributes.as_ref()));
            }
            Change::Unlink { one, other } => {
                events.extend(connected(before, (*one, *other), "remove", None));
            }
        }
    }
    for event in &mut events {
        sign(event, before);
    }
    events
}

/// The fields that all events of an organization have.
fn sign(event: &mut Record, state: &State) {
    let organization = state.organization.id;
    let administrator =
        json!({ "type": "admin", "id": organization.part(1), "email": "administrator@sandbox.invalid" });
    for (name, value) in [
        ("service", json!("directory")),
        ("organization", json!(organization)),
        ("initiated_by", administrator),
        ("auth_method", json!("api-key")),
        ("success", json!(true)),
        ("provider", Value::Null),
        ("@version", json!("1")),
    ] {
        event.insert(name.to_owned(), value);
    }
}

fn put(node: Node, before: Option<&Record>, after: &Record) -> Vec<Record> {
    let nothing = Record::new();
    let changes = differences(before.unwrap_or(&nothing), after);
    let names = NAMES.iter().find(|(kind, _)| *kind == node.kind);
    let name = names.and_then(|(_, [create, update, _])| before.map_or(*create, |_| *update));
    let Some(name) = name.filter(|_| !changes.is_empty()) else { return Vec::new() };
    let turns = match (node.kind, before) {
        (Kind::User, Some(before)) => turns(before, after),
        _ => Vec::new(),
    };
    let update = about(name, node, after, changes);
    let turns = turns.into_iter().map(|turn| about(turn, node, after, Vec::new()));
    [update].into_iter().chain(turns).collect()
}

fn removed(node: Node, before: &Record) -> Option<Record> {
    let (_, [_, _, name]) = NAMES.iter().find(|(kind, _)| *kind == node.kind)?;
    // From the event of a deletion one can see whom there was.
    Some(about((*name)?, node, before, differences(before, &Record::new())))
}

/// An event about an object.
fn about(name: &str, node: Node, record: &Record, changes: Vec<Value>) -> Record {
    let mut resource = json!({ "type": node.kind, "id": node.id });
    let label = label(node.kind);
    if let (Some(name), Some(resource)) = (text(record, label), resource.as_object_mut()) {
        resource.insert(label.to_owned(), json!(name));
    }
    let mut event =
        Record::from_iter([("event_type".to_owned(), json!(name)), ("resource".to_owned(), resource)]);
    if !changes.is_empty() {
        event.insert("changes".to_owned(), Value::Array(changes));
    }
    event
}

/// An event about a connection of two objects that stay.
fn connected(
    state: &State,
    (from, to): (Node, Node),
    op: &str,
    attributes: Option<&Record>,
) -> Option<Record> {
    if from.kind == Kind::UserState || to.kind == Kind::UserState {
        return None;
    }
    let end = |node: Node| {
        let record = state.table(node.kind).get(node.id);
        let name = record.and_then(|record| text(record, label(node.kind)));
        json!({ "type": node.kind, "object_id": node.id, "name": name })
    };
    let association = json!({
        "op": op,
        "action_source": "manual",
        "connection": { "from": end(from), "to": end(to) },
        "attributes": attributes,
    });
    let event = [("event_type", json!("association_change")), ("association", association)];
    Some(event.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The field that people know an object by.
fn label(kind: Kind) -> &'static str {
    if kind == Kind::User {
        "username"
    } else if kind == Kind::ActiveDirectory {
        "domain"
    } else {
        "name"
    }
}

/// The fields that are another one after a write. No record has anything secret.
fn differences(before: &Record, after: &Record) -> Vec<Value> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let changed = names.filter(|name| *name != AGENTS && before.get(*name) != after.get(*name));
    changed.map(|name| json!({ "field": name, "from": before.get(name), "to": after.get(name) })).collect()
}

/// What becomes of a user, where that has a name.
fn turns(before: &Record, after: &Record) -> Vec<&'static str> {
    let is = |record: &Record, name: &str| record.get(name).and_then(Value::as_bool).unwrap_or_default();
    let state = match (text(before, "state"), text(after, "state")) {
        (Some("STAGED"), Some("ACTIVATED")) => Some("user_activated"),
        (Some("SUSPENDED"), Some("ACTIVATED")) => Some("user_unsuspended"),
        (Some("STAGED" | "ACTIVATED"), Some("SUSPENDED")) => Some("user_suspended"),
        _ => None,
    };
    let lock = match (is(before, "account_locked"), is(after, "account_locked")) {
        (false, true) => Some("user_lockout"),
        (true, false) => Some("user_unlocked"),
        _ => None,
    };
    let has_password = !is(before, "activated") && is(after, "activated");
    let is_new = before.get("password_date") != after.get("password_date");
    let password = (has_password || is_new).then_some("user_password_set");
    [state, lock, password].into_iter().flatten().collect()
}
