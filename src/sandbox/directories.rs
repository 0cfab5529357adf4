//! The rules for Active Directory objects: agents, and what is bound to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fields::Record;
use super::refusal::Refusal;
use super::state::State;

/// An Active Directory object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Directory {
    /// The object's own fields (`active-directory`).
    pub(super) record: Record,
    /// Agents by id (`active-directory-agent-list`).
    pub(super) agents: BTreeMap<String, Record>,
    /// Ids of the users that are bound to it directly.
    pub(super) users: BTreeSet<String>,
    /// Ids of the user groups that are bound to it directly.
    pub(super) groups: BTreeSet<String>,
}

/// What can be bound to an Active Directory object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bindable {
    User,
    UserGroup,
}

/// `op` of a request about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Remove,
    Update,
}

impl Bindable {
    /// The one that the graph calls so.
    pub(super) fn parse(kind: &str) -> Option<Self> {
        match kind {
            "user" => Some(Self::User),
            "user_group" => Some(Self::UserGroup),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::UserGroup => "user_group",
        }
    }
}

impl Op {
    pub(super) fn parse(op: Option<&str>) -> Result<Self, Refusal> {
        match op {
            Some("add") => Ok(Self::Add),
            Some("remove") => Ok(Self::Remove),
            Some("update") => Ok(Self::Update),
            _ => Err(Refusal::invalid("op must be add, remove or update")),
        }
    }

    /// Carries the operation out on a set of connections.
    pub(super) fn apply(self, connections: &mut BTreeSet<String>, id: &str) -> Result<(), Refusal> {
        let is_there = connections.contains(id);
        match self {
            Self::Add if is_there => return Err(Refusal::conflict("Already Exists")),
            Self::Remove | Self::Update if !is_there => return Err(Refusal::missing()),
            Self::Add => drop(connections.insert(id.to_owned())),
            Self::Remove => drop(connections.remove(id)),
            Self::Update => {}
        }
        Ok(())
    }
}

impl Directory {
    /// What of this kind is bound to it directly.
    pub(super) fn bound(&self, kind: Bindable) -> &BTreeSet<String> {
        match kind {
            Bindable::User => &self.users,
            Bindable::UserGroup => &self.groups,
        }
    }

    fn bound_mut(&mut self, kind: Bindable) -> &mut BTreeSet<String> {
        match kind {
            Bindable::User => &mut self.users,
            Bindable::UserGroup => &mut self.groups,
        }
    }
}

impl State {
    pub(super) fn directory(&self, id: &str) -> Result<&Directory, Refusal> {
        self.directories.get(id).ok_or_else(Refusal::missing)
    }

    pub(super) fn answer_directory(&self, id: &str) -> Option<Value> {
        let mut answer = self.directories.get(id)?.record.clone();
        answer.insert("id".to_owned(), json!(id));
        Some(Value::Object(answer))
    }

    /// Binds a user or a group to an Active Directory object, or takes the binding off.
    pub(super) fn change_binding(
        &mut self,
        directory: &str,
        kind: Bindable,
        id: &str,
        op: Op,
    ) -> Result<(), Refusal> {
        self.ensure_bindable(kind, id)?;
        let directory = self.directories.get_mut(directory).ok_or_else(Refusal::missing)?;
        op.apply(directory.bound_mut(kind), id)
    }

    /// Checks that there is such a user or group.
    pub(super) fn ensure_bindable(&self, kind: Bindable, id: &str) -> Result<(), Refusal> {
        let is_there = match kind {
            Bindable::User => self.users.get(id).is_some(),
            Bindable::UserGroup => self.groups.get(id).is_some(),
        };
        if is_there { Ok(()) } else { Err(Refusal::missing()) }
    }

    /// Takes off every binding of a user or a group who is gone.
    pub(super) fn forget_bindings(&mut self, kind: Bindable, id: &str) {
        for directory in self.directories.values_mut() {
            directory.bound_mut(kind).remove(id);
        }
    }

    /// The Active Directory objects that a user or a group is bound to directly.
    pub(super) fn directories_of(&self, kind: Bindable, id: &str) -> BTreeSet<String> {
        let bound = self.directories.iter().filter(|(_, directory)| directory.bound(kind).contains(id));
        bound.map(|(id, _)| id.clone()).collect()
    }

    /// The users that an Active Directory object reaches, directly or through a bound group, with the groups on the way:
    /// an empty path is the direct one.
    pub(super) fn reached_users(&self, directory: &Directory) -> BTreeMap<String, Vec<Vec<String>>> {
        let mut reached: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
        for user in &directory.users {
            reached.entry(user.clone()).or_default().push(Vec::new());
        }
        for (id, group) in directory.groups.iter().filter_map(|id| Some((id, self.groups.get(id)?))) {
            for user in &group.members {
                reached.entry(user.clone()).or_default().push(vec![id.clone()]);
            }
        }
        reached
    }

    /// The Active Directory objects that a user reaches, directly or through a group, with the groups on the way.
    pub(super) fn reached_directories(&self, user: &str) -> BTreeMap<String, Vec<Vec<String>>> {
        let reached = self.directories.iter().filter_map(|(id, directory)| {
            let direct = directory.users.contains(user).then(Vec::new);
            let groups = directory.groups.iter().filter(|group| self.has_member(group, user));
            let paths: Vec<_> = direct.into_iter().chain(groups.map(|group| vec![group.clone()])).collect();
            (!paths.is_empty()).then(|| (id.clone(), paths))
        });
        reached.collect()
    }

    fn has_member(&self, group: &str, user: &str) -> bool {
        self.groups.get(group).is_some_and(|group| group.members.contains(user))
    }
}
