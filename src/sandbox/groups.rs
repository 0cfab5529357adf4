//! The rules for user groups and their members.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::directories::{Bindable, Op};
use super::fields::Record;
use super::refusal::Refusal;
use super::state::State;
use super::users::text;

/// A user group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// The fields that a request may set (`UserGroupPut`).
    pub(super) record: Record,
    /// Ids of users.
    pub(super) members: BTreeSet<String>,
}

/// Groups by id, with their names at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Groups {
    by_id: BTreeMap<String, Group>,
    /// Ids by name in lower case.
    by_name: BTreeMap<String, String>,
}

impl Groups {
    pub(super) fn get(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&String, &Group)> {
        self.by_id.iter()
    }

    /// The id of the group of this name, without case.
    pub(super) fn id_of(&self, name: &str) -> Option<&str> {
        self.by_name.get(&name.to_lowercase()).map(String::as_str)
    }

    /// Takes a user out of every group.
    pub(super) fn forget_user(&mut self, user: &str) {
        for group in self.by_id.values_mut() {
            group.members.remove(user);
        }
    }

    /// Checks that no other group has the name, in any case.
    pub(super) fn check_name(&self, id: &str, record: &Record) -> Result<(), Refusal> {
        match self.by_name.get(&name_of(record)) {
            Some(owner) if owner != id => Err(Refusal::conflict("Group already exists")),
            Some(_) | None => Ok(()),
        }
    }

    /// Puts a checked group in the place of the one of that id, if there is one.
    pub(super) fn put(&mut self, id: &str, group: Group) {
        self.take(id);
        self.by_name.insert(name_of(&group.record), id.to_owned());
        self.by_id.insert(id.to_owned(), group);
    }

    fn take(&mut self, id: &str) -> Option<Group> {
        let group = self.by_id.remove(id)?;
        self.by_name.remove(&name_of(&group.record));
        Some(group)
    }
}

fn name_of(record: &Record) -> String {
    text(record, "name").unwrap_or_default().to_lowercase()
}

const METHODS: [&str; 4] = ["NOTSET", "STATIC", "DYNAMIC_REVIEW_REQUIRED", "DYNAMIC_AUTOMATED"];

impl Group {
    fn is_dynamic(&self) -> bool {
        text(&self.record, "membershipMethod").is_some_and(|method| method.starts_with("DYNAMIC"))
    }

    /// The group as the API answers it.
    fn answer(&self, id: &str) -> Value {
        let mut answer = self.record.clone();
        answer.entry("description").or_insert_with(|| json!(""));
        answer.entry("email").or_insert_with(|| json!(""));
        answer.entry("attributes").or_insert(Value::Null);
        answer.entry("memberQuery").or_insert(Value::Null);
        answer.insert("id".to_owned(), json!(id));
        answer.insert("type".to_owned(), json!("user_group"));
        Value::Object(answer)
    }
}

/// Takes the fields of a group out of a request; others are skipped.
pub(super) fn group_record(body: &Record) -> Result<Record, Refusal> {
    let mut record = Record::new();
    for (name, value) in body {
        let is_right = match name.as_str() {
            "name" | "description" | "email" => value.is_string(),
            "membershipMethod" => value.as_str().is_some_and(|method| METHODS.contains(&method)),
            "memberSuggestionsNotify" => value.is_boolean(),
            "memberQueryExemptions" => value.is_array() || value.is_null(),
            "attributes" | "memberQuery" => value.is_object() || value.is_null(),
            _ => continue,
        };
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
    pub(super) fn answer_group(&self, id: &str) -> Option<Value> {
        self.groups.get(id).map(|group| group.answer(id))
    }

    pub(super) fn create_group(&mut self, body: &Record) -> Result<Value, Refusal> {
        let record = group_record(body)?;
        self.groups.check_name("", &record)?;
        let id = self.new_id();
        self.groups.put(&id, Group { record, members: BTreeSet::new() });
        self.answer_group(&id).ok_or_else(Refusal::missing)
    }

    /// Replaces all fields of a group: what the request leaves out is gone.
    pub(super) fn update_group(&mut self, id: &str, body: &Record) -> Result<Value, Refusal> {
        let group = self.groups.get(id).cloned().ok_or_else(Refusal::missing)?;
        let record = group_record(body)?;
        self.groups.check_name(id, &record)?;
        self.groups.put(id, Group { record, ..group });
        self.answer_group(id).ok_or_else(Refusal::missing)
    }

    pub(super) fn remove_group(&mut self, id: &str) -> Result<Value, Refusal> {
        let group = self.groups.take(id).ok_or_else(Refusal::missing)?;
        self.forget_bindings(Bindable::UserGroup, id);
        Ok(group.answer(id))
    }

    pub(super) fn change_member(&mut self, group: &str, user: &str, op: Op) -> Result<(), Refusal> {
        let group = self.groups.by_id.get_mut(group).ok_or_else(Refusal::missing)?;
        if group.is_dynamic() {
            return Err(Refusal::invalid("members of a dynamic group cannot be set by hand"));
        }
        if op == Op::Add && self.users.get(user).is_none() {
            return Err(Refusal::missing());
        }
        op.apply(&mut group.members, user)
    }
}
