//! The rules for user groups and their members.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::State;
use super::bindings::Op;
use super::change::{Change, Draft};
use super::fields::Record;
use super::group_fields;
use super::id::{Id, Kind, Node};
use super::table::Table;
use super::users::text;
use crate::sandbox::refusal::Refusal;

/// User groups, with their names at hand. Who is in them is in the graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Groups {
    table: Table,
    /// Ids by name in lower case.
    by_name: BTreeMap<String, Id>,
    /// Groups whose members a rule picks.
    dynamic: BTreeSet<Id>,
}

impl Groups {
    pub(in crate::sandbox) fn table(&self) -> &Table {
        &self.table
    }

    pub(in crate::sandbox) fn get(&self, id: Id) -> Option<&Record> {
        self.table.get(id)
    }

    /// The groups whose members a rule picks.
    pub(in crate::sandbox) fn dynamic(&self) -> impl Iterator<Item = Id> {
        self.dynamic.iter().copied()
    }

    /// The id of the group of this name, without case.
    pub(super) fn id_of(&self, name: &str) -> Option<Id> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    /// Checks that no other group has the name, in any case. A new group has no id yet.
    pub(super) fn check_name(&self, id: Option<Id>, record: &Record) -> Result<(), Refusal> {
        match self.by_name.get(&name_of(record)) {
            Some(owner) if Some(*owner) != id => Err(Refusal::conflict("Group already exists")),
            Some(_) | None => Ok(()),
        }
    }

    /// Puts a checked group in the place of the one of that id, if there is one.
    pub(super) fn put(&mut self, id: Id, record: Record) {
        self.forget(id);
        self.by_name.insert(name_of(&record), id);
        if is_dynamic(&record) {
            self.dynamic.insert(id);
        }
        self.table.put(Kind::UserGroup, id, record);
    }

    pub(super) fn take(&mut self, id: Id) {
        self.forget(id);
        self.table.take(id);
    }

    fn forget(&mut self, id: Id) {
        if let Some(record) = self.table.get(id) {
            self.by_name.remove(&name_of(record));
            self.dynamic.remove(&id);
        }
    }
}

fn name_of(record: &Record) -> String {
    text(record, "name").unwrap_or_default().to_lowercase()
}

fn is_dynamic(record: &Record) -> bool {
    text(record, "membershipMethod").is_some_and(|method| method.starts_with("DYNAMIC"))
}

/// A group as the API answers it (`UserGroup`).
pub(super) fn answer(id: Id, record: &Record) -> Value {
    let mut answer = record.clone();
    answer.entry("description").or_insert_with(|| json!(""));
    answer.entry("email").or_insert_with(|| json!(""));
    answer.insert("id".to_owned(), json!(id));
    answer.insert("type".to_owned(), json!("user_group"));
    Value::Object(answer)
}

/// The text of a field that lists are filtered by and that the record does not have.
pub(super) fn implied(record: &Record, name: &str) -> Option<&'static str> {
    let sudo = |name: &str| record.get("attributes")?.get("sudo")?.get(name);
    match name {
        "type" => Some("user_group"),
        "disabled" => Some("false"),
        "attributes.sudo.enabled" if sudo("enabled").is_none() => Some("false"),
        "attributes.sudo.withoutPassword" if sudo("withoutPassword").is_none() => Some("false"),
        "suggestionCounts.add" | "suggestionCounts.remove" | "suggestionCounts.total" => Some("0"),
        _ => None,
    }
}

/// Takes the fields of a group out of a request; others are skipped.
pub(super) fn group_record(body: &Record) -> Result<Record, Refusal> {
    let mut record = Record::new();
    for (name, value) in body {
        let Some(is_right) = group_fields::fits(name, value) else { continue };
        if !is_right {
            return Err(Refusal::invalid(format!("{name} has a value of the wrong type")));
        }
        if !value.is_null() && value.as_str() != Some("") {
            record.insert(name.clone(), value.clone());
        }
    }
    if text(&record, "name").is_none() {
        return Err(Refusal::invalid("name is required"));
    }
    record.entry("membershipMethod").or_insert_with(|| json!("STATIC"));
    Ok(record)
}

impl State {
    pub(in crate::sandbox) fn answer_group(&self, id: Id) -> Option<Value> {
        self.groups.get(id).map(|record| answer(id, record))
    }
}

impl Draft<'_> {
    pub(in crate::sandbox) fn create_group(&mut self, body: &Record) -> Result<Value, Refusal> {
        let record = group_record(body)?;
        self.state.groups.check_name(None, &record)?;
        let id = self.new_id();
        let answer = answer(id, &record);
        self.put(Kind::UserGroup, id, record);
        Ok(answer)
    }

    /// Replaces all fields of a group: what the request leaves out is gone.
    pub(in crate::sandbox) fn update_group(&mut self, id: Id, body: &Record) -> Result<Value, Refusal> {
        self.state.groups.get(id).ok_or_else(Refusal::missing)?;
        let record = group_record(body)?;
        self.state.groups.check_name(Some(id), &record)?;
        let answer = answer(id, &record);
        self.put(Kind::UserGroup, id, record);
        Ok(answer)
    }

    pub(in crate::sandbox) fn remove_group(&mut self, id: Id) -> Result<Value, Refusal> {
        let answer = self.state.answer_group(id).ok_or_else(Refusal::missing)?;
        self.changes.push(Change::Remove { kind: Kind::UserGroup, id });
        Ok(answer)
    }

    pub(in crate::sandbox) fn change_member(
        &mut self,
        group: Id,
        user: Id,
        op: Op,
        attributes: Option<Record>,
    ) -> Result<(), Refusal> {
        let record = self.state.groups.get(group).ok_or_else(Refusal::missing)?;
        if is_dynamic(record) {
            return Err(Refusal::invalid("members of a dynamic group cannot be set by hand"));
        }
        if op == Op::Add && self.state.users.get(user).is_none() {
            return Err(Refusal::missing());
        }
        self.connect(Node::group(group), Node::user(user), op, attributes)
    }
}
