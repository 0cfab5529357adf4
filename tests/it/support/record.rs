//! What a JumpCloud organization holds, as the JSON of the sandbox's state: read by name, and edited as people would.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::organization::text;

/// The user of this name; none when there is nobody.
pub(crate) fn find_user<'d>(document: &'d Value, username: &str) -> Option<&'d Value> {
    list(document, "users").find(|user| user["username"] == username)
}

/// The user of this name.
pub(crate) fn user<'d>(document: &'d Value, username: &str) -> &'d Value {
    find_user(document, username).unwrap_or_else(|| panic!("no user {username}"))
}

/// The user of this name, to be edited.
pub(crate) fn user_mut<'d>(document: &'d mut Value, username: &str) -> &'d mut Value {
    let users = document["users"].as_array_mut().unwrap();
    let user = users.iter_mut().find(|user| user["username"] == username);
    user.unwrap_or_else(|| panic!("no user {username}"))
}

/// The group of this name.
pub(crate) fn group<'d>(document: &'d Value, name: &str) -> &'d Value {
    let group = list(document, "groups").find(|group| group["name"] == name);
    group.unwrap_or_else(|| panic!("no group {name}"))
}

/// The group of this name, to be edited.
pub(crate) fn group_mut<'d>(document: &'d mut Value, name: &str) -> &'d mut Value {
    let groups = document["groups"].as_array_mut().unwrap();
    let group = groups.iter_mut().find(|group| group["name"] == name);
    group.unwrap_or_else(|| panic!("no group {name}"))
}

/// The groups of which a user is a member.
pub(crate) fn groups_of(document: &Value, username: &str) -> BTreeSet<String> {
    let has_member = |group: &&Value| texts(&group["members"]).contains(username);
    list(document, "groups").filter(has_member).map(|group| text(&group["name"])).collect()
}

/// What is bound directly to the first Active Directory object: `users` or `groups`, by name.
pub(crate) fn bound(document: &Value, kind: &str) -> BTreeSet<String> {
    texts(&document["activeDirectories"][0][kind])
}

/// A custom attribute of a user.
pub(crate) fn attribute<'u>(user: &'u Value, name: &str) -> Option<&'u str> {
    list(user, "attributes").find(|one| one["name"] == name).and_then(|one| one["value"].as_str())
}

/// Sets a custom attribute of a user; none takes it away.
pub(crate) fn set_attribute(user: &mut Value, name: &str, value: Option<&str>) {
    let mut attributes: Vec<Value> =
        list(user, "attributes").filter(|one| one["name"] != name).cloned().collect();
    attributes.extend(value.map(|value| json!({ "name": name, "value": value })));
    user["attributes"] = Value::Array(attributes);
}

/// The restricted fields of one type, by name.
pub(crate) fn locks(user: &Value, kind: &str) -> BTreeSet<String> {
    let locks = list(user, "restrictedFields").filter(|lock| lock["type"] == kind);
    locks.map(|lock| text(&lock["field"])).collect()
}

/// Everybody in the organization was created long ago.
pub(crate) fn settle(document: &mut Value) {
    for user in document["users"].as_array_mut().into_iter().flatten() {
        user["created"] = json!("2025-03-03T09:00:00Z");
    }
}

fn list<'d>(document: &'d Value, name: &str) -> impl Iterator<Item = &'d Value> {
    document[name].as_array().into_iter().flatten()
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(text).collect()
}
