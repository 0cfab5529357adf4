//! A copy of an organization, from what its API answered, as a state that a sandbox serves.
//!
//! Invariants:
//! - Only fields of a list get in (`allowed`): no password, key, second factor or recovery address can, whatever the API
//!   answers.
//! - Ids stay as they are, so that a plan over the copy names the same objects.
//! - What is bound to something that was not read is an error, never a smaller copy.

mod allowed;
mod pseudonyms;
mod rewrite;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::error::SandboxError;
use super::state::State;
use super::state::fields::Record;

pub use rewrite::Meaning;

/// What was read of an organization, in the API's own words.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The organization itself; without an id, a sandbox gives it one.
    pub organization: Record,
    /// Every user.
    pub users: Vec<Copied>,
    /// Every user group.
    pub groups: Vec<Copied>,
    /// Ids of the members of each group, by its id.
    pub members: BTreeMap<String, BTreeSet<String>>,
    /// Every Active Directory object.
    pub directories: Vec<SnapshotDirectory>,
    /// Changes of users' states that are planned for a time.
    pub user_states: Vec<Copied>,
}

/// An Active Directory object, with what is attached and bound to it.
#[derive(Debug)]
pub struct SnapshotDirectory {
    /// The object itself.
    pub object: Copied,
    /// Its agents.
    pub agents: Vec<Copied>,
    /// Ids of the users that are bound to it directly.
    pub users: BTreeSet<String>,
    /// Ids of the groups that are bound to it directly.
    pub groups: BTreeSet<String>,
}

/// The part of an object that is copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    record: Record,
    /// Fields that plans may look at, with values that a sandbox does not hold.
    left_out: Vec<&'static str>,
}

impl Copied {
    /// The part of a user.
    pub fn user(record: Record) -> Self {
        allowed::user(record)
    }

    /// The part of a user group.
    pub fn group(record: Record) -> Self {
        allowed::group(record)
    }

    /// The part of an Active Directory object.
    pub fn directory(record: Record) -> Self {
        allowed::directory(record)
    }

    /// The part of an agent.
    pub fn agent(record: Record) -> Self {
        allowed::agent(record)
    }

    /// The part of a planned change of a user's state.
    pub fn user_state(record: Record) -> Self {
        allowed::user_state(record)
    }

    /// Its id.
    pub fn id(&self) -> &str {
        let id = self.record.get("_id").or_else(|| self.record.get("id"));
        id.and_then(Value::as_str).unwrap_or_default()
    }

    fn name(&self) -> &str {
        let name = self.record.get("username").or_else(|| self.record.get("name"));
        name.and_then(Value::as_str).unwrap_or_else(|| self.id())
    }
}

impl Snapshot {
    /// How many members all groups have together.
    pub fn memberships(&self) -> usize {
        self.members.values().map(BTreeSet::len).sum()
    }

    /// What is not in the copy because a sandbox does not hold such values, as in `ada: attributes`.
    pub fn left_out(&self) -> Vec<String> {
        let objects = self.users.iter().chain(&self.groups);
        objects
            .flat_map(|object| object.left_out.iter().map(|field| format!("{}: {field}", object.name())))
            .collect()
    }

    /// Replaces what names people and things by pseudonyms; see [`Meaning`] for what stays.
    pub fn pseudonymize(&mut self, meaning: &Meaning) {
        rewrite::pseudonymize(self, meaning);
    }

    /// The copy as a state.
    ///
    /// # Errors
    /// [`SandboxError::Torn`] when something is bound to what was not read, [`SandboxError::Entry`] when an object breaks
    /// a rule that JumpCloud keeps.
    pub fn into_state(self) -> Result<State, SandboxError> {
        self.check_ends()?;
        let Self { organization, users, groups, mut members, directories, user_states } = self;
        let groups = groups.into_iter().map(|Copied { mut record, .. }| {
            let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
            let members = members.remove(id).unwrap_or_default();
            record.insert("members".to_owned(), json!(members));
            record
        });
        let directories =
            directories.into_iter().map(|SnapshotDirectory { object, agents, users, groups }| {
                let mut record = object.record;
                let agents: Vec<Record> = agents.into_iter().map(|agent| agent.record).collect();
                record.insert("agents".to_owned(), json!(agents));
                record.insert("users".to_owned(), json!(users));
                record.insert("groups".to_owned(), json!(groups));
                record
            });
        let records = |all: Vec<Copied>| {
            all.into_iter()
                .map(|one| one.record)
                .filter(|record| !record.is_empty())
                .map(Value::Object)
                .collect()
        };
        let mut document = Record::new();
        document.insert("organization".to_owned(), Value::Object(allowed::organization(organization)));
        document.insert("users".to_owned(), Value::Array(records(users)));
        document.insert("groups".to_owned(), groups.map(Value::Object).collect());
        document.insert("activeDirectories".to_owned(), directories.map(Value::Object).collect());
        document.insert("userStates".to_owned(), Value::Array(records(user_states)));
        State::from_document("the organization", Value::Object(document))
    }

    /// Whether every connection and every manager leads to something that was read.
    fn check_ends(&self) -> Result<(), SandboxError> {
        let users: BTreeSet<&str> = self.users.iter().map(Copied::id).collect();
        let groups: BTreeSet<&str> = self.groups.iter().map(Copied::id).collect();
        let check = |is_there: bool, id: &str, what: &dyn Fn() -> String| {
            if is_there { Ok(()) } else { Err(SandboxError::Torn { what: what(), id: id.to_owned() }) }
        };
        let reference =
            |record: &'_ Record, name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
        for user in &self.users {
            if let Some(id) = reference(&user.record, "manager") {
                check(users.contains(id.as_str()), &id, &|| format!("the manager of {:?}", user.name()))?;
            }
        }
        for group in &self.groups {
            for id in self.members.get(group.id()).into_iter().flatten() {
                check(users.contains(id.as_str()), id, &|| format!("a member of {:?}", group.name()))?;
            }
        }
        for directory in &self.directories {
            let what = || format!("bound to the Active Directory object {}", directory.object.id());
            for (known, ids) in [(&users, &directory.users), (&groups, &directory.groups)] {
                for id in ids {
                    check(known.contains(id.as_str()), id, &what)?;
                }
            }
        }
        for change in &self.user_states {
            if let Some(id) = reference(&change.record, "user") {
                check(users.contains(id.as_str()), &id, &|| "a planned change of a state".to_owned())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What makes a copy fall apart.
    type Tear = fn(&mut Snapshot);

    fn copied(value: Value) -> Copied {
        let Value::Object(record) = value else { panic!("an object") };
        Copied { record, left_out: Vec::new() }
    }

    fn id(number: u8) -> String {
        format!("5a00000000000000000000{number:02x}")
    }

    fn user(number: u8, manager: Option<u8>) -> Copied {
        let name = format!("u{number}");
        Copied::user(copied(json!({
            "_id": id(number), "username": name, "email": format!("{name}@example.com"), "manager": manager.map(id),
        })).record)
    }

    #[test]
    fn what_is_bound_to_something_that_was_not_read_is_an_error() {
        let whole = || Snapshot {
            users: vec![user(1, None), user(2, Some(1))],
            groups: vec![copied(json!({ "id": id(3), "name": "g" }))],
            members: [(id(3), [id(2)].into())].into(),
            directories: vec![SnapshotDirectory {
                object: copied(json!({ "id": id(4), "domain": "DC=x" })),
                agents: Vec::new(),
                users: [id(1)].into(),
                groups: [id(3)].into(),
            }],
            ..Snapshot::default()
        };
        assert_eq!(whole().into_state().unwrap().counts(), (2, 1));
        let tear: [(Tear, &str); 5] = [
            (|torn| torn.users.push(user(5, Some(9))), "the manager of \"u5\""),
            (|torn| torn.members.get_mut(&id(3)).unwrap().extend([id(9)]), "a member of \"g\""),
            (|torn| torn.directories[0].users.extend([id(9)]), "bound to the Active Directory object"),
            (|torn| torn.directories[0].groups.extend([id(9)]), "bound to the Active Directory object"),
            (|torn| torn.user_states.push(copied(json!({ "user": id(9) }))), "a planned change"),
        ];
        for (tear, says) in tear {
            let mut torn = whole();
            tear(&mut torn);
            let error = torn.into_state().unwrap_err().to_string();
            assert!(error.contains(says) && error.contains(&id(9)), "{error}");
        }
    }
}
