//! What a run leaves behind in an organization: the same as another run, or somebody stranded.

use std::collections::BTreeMap;

use serde_json::Value;

use super::organization::text;

/// Attributes that make up the mark of the policy `test`, beside the GUID.
const MARK: [(&str, &str); 2] = [("adDomain", "corp.example.com"), ("adPolicy", "test")];

/// The organization without what differs from run to run: ids of what was not there at the start, times of clocks, the
/// order of arrays.
pub(crate) fn essence(document: &Value, start: &Value) -> Value {
    let mut document = document.clone();
    let start = Objects::of(start);
    document["nextId"].take();
    let now = Objects::of(&document);
    for user in list(&mut document["users"]) {
        if !start.users.contains_key(&text(&user["_id"])) {
            user["_id"].take();
        }
        if let Some(manager) = user["manager"].as_str().and_then(|manager| now.users.get(manager)) {
            user["manager"] = manager["username"].clone();
        }
        for attribute in list(&mut user["attributes"]) {
            if ["adLeaving", "adSuspended"].iter().any(|clock| attribute["name"] == *clock) {
                let cause = text(&attribute["value"]).split(' ').next().unwrap().to_owned();
                attribute["value"] = cause.into();
            }
        }
        for array in ["attributes", "restrictedFields", "phoneNumbers"] {
            list(&mut user[array]).sort_by_key(Value::to_string);
        }
    }
    for group in list(&mut document["groups"]) {
        if !start.groups.contains_key(&text(&group["id"])) {
            group["id"].take();
        }
        list(&mut group["members"]).sort_by_key(Value::to_string);
    }
    for directory in list(&mut document["activeDirectories"]) {
        for array in ["users", "groups"] {
            list(&mut directory[array]).sort_by_key(Value::to_string);
        }
    }
    for array in ["users", "groups"] {
        list(&mut document[array]).sort_by_key(Value::to_string);
    }
    document
}

/// What is in one of two and not in the other, line by line.
pub(crate) fn difference(expected: &Value, actual: &Value) -> String {
    let [expected, actual] = [expected, actual].map(|value| serde_json::to_string_pretty(value).unwrap());
    similar::TextDiff::from_lines(&expected, &actual).unified_diff().context_radius(6).to_string()
}

/// The entries of an array that may be left out.
pub(crate) fn list(value: &mut Value) -> &mut Vec<Value> {
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut().unwrap()
}

/// Who came into being or changed since `start` and belongs to nobody: without a whole mark, and not free either.
pub(crate) fn stranded(start: &Value, now: &Value) -> Vec<String> {
    let mut stranded = Vec::new();
    let before = Objects::of(start);
    let Objects { users, groups } = Objects::of(now);
    for (id, user) in users.iter().filter(|(_, user)| !has_mark(user)) {
        let name = &user["username"];
        match before.users.get(id) {
            None => stranded.push(format!("user {name} came without a mark")),
            Some(before) if before == user => {}
            Some(before) => {
                let holds = ties(user, before);
                if !holds.is_empty() {
                    stranded.push(format!("user {name} has no mark, and still {}", holds.join(", ")));
                }
            }
        }
    }
    let has_group_mark = |group: &Value| text(&group["description"]).ends_with("@corp.example.com/test]");
    for (id, group) in groups.iter().filter(|(_, group)| !has_group_mark(group)) {
        let name = &group["name"];
        match before.groups.get(id) {
            None => stranded.push(format!("group {name} came without a mark")),
            Some(before) if before == group => {}
            Some(_) if group["bound"] == true => {
                stranded.push(format!("group {name} has no mark, and is bound"));
            }
            Some(_) if text(&group["description"]).contains("[ad:") => {
                stranded.push(format!("group {name} has half a mark"));
            }
            Some(_) => {}
        }
    }
    stranded
}

/// Users and groups by id, each with `bound`; of groups all but their members.
struct Objects {
    users: BTreeMap<String, Value>,
    groups: BTreeMap<String, Value>,
}

impl Objects {
    fn of(document: &Value) -> Self {
        let mut document = document.clone();
        let mut directories = document["activeDirectories"].take();
        let mut bound = |name: &Value, kind: &str| {
            list(&mut directories).iter_mut().any(|directory| list(&mut directory[kind]).contains(name))
        };
        let mut objects = Self { users: BTreeMap::new(), groups: BTreeMap::new() };
        for mut user in std::mem::take(list(&mut document["users"])) {
            user["bound"] = bound(&user["username"], "users").into();
            objects.users.insert(text(&user["_id"]), user);
        }
        for mut group in std::mem::take(list(&mut document["groups"])) {
            group["bound"] = bound(&group["name"], "groups").into();
            group["members"].take();
            objects.groups.insert(text(&group["id"]), group);
        }
        objects
    }
}

fn attribute<'v>(user: &'v Value, name: &str) -> Option<&'v str> {
    let attributes = user["attributes"].as_array()?;
    attributes.iter().find(|attribute| attribute["name"] == name)?["value"].as_str()
}

fn has_mark(user: &Value) -> bool {
    attribute(user, "adObjectGuid").is_some()
        && MARK.iter().all(|(name, value)| attribute(user, name) == Some(value))
}

/// What ties a user to Active Directory, or keeps it from logging in, that a JumpCloud administrator did not do.
fn ties(user: &Value, before: &Value) -> Vec<&'static str> {
    let has_text = |name: &str| user[name].as_str().is_some_and(|text| !text.is_empty());
    let locks = user["restrictedFields"].as_array();
    let attributes = user["attributes"].as_array();
    let was_suspended_by_us = attribute(before, "adSuspended").is_some();
    let is_suspended = user["state"] == "SUSPENDED";
    let found = [
        (user["bound"] == true, "is bound"),
        (user["externally_managed"] == true, "is managed from outside"),
        (has_text("external_dn") || has_text("external_source_type"), "names an external source"),
        (locks.is_some_and(|locks| locks.iter().any(|lock| lock["type"] == "active_directory")), "is locked"),
        (
            attributes
                .is_some_and(|entries| entries.iter().any(|entry| text(&entry["name"]).starts_with("ad"))),
            "has half a mark",
        ),
        (is_suspended && (was_suspended_by_us || before["state"] != "SUSPENDED"), "is suspended"),
    ];
    found.into_iter().filter_map(|(holds, words)| holds.then_some(words)).collect()
}
