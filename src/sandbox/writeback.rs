//! What JumpCloud would write into Active Directory. The sandbox has no domain to write to.
//!
//! With a sync agent installed, JumpCloud writes whoever is bound to the agent's Active Directory object into the domain:
//! users, unless they are staged, and groups with those of their members who are written. What it does to the account of
//! somebody who is bound no longer is not published; here it only says that they are.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::state::State;
use super::state::change::Change;
use super::state::directories::AGENTS;
use super::state::fields::Record;
use super::state::id::{Id, Kind, Node};
use super::state::users::text;
use super::state::view::View;

/// Something that JumpCloud would write into a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Writeback {
    /// `id` of the Active Directory object.
    pub directory: String,
    /// Its domain, as the object spells it.
    pub domain: String,
    /// What happens there.
    pub kind: WritebackKind,
    /// Username of the user, or name of the group.
    pub name: String,
    /// For memberships, the name of the group.
    pub group: Option<String>,
    /// For changes, the fields that are another one, as the API spells them.
    pub fields: Vec<String>,
}

/// What happens in a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WritebackKind {
    /// A user comes into the domain.
    UserCreated,
    /// A user of the domain is changed.
    UserChanged,
    /// A user is written no longer: deleted, bound no longer, or staged.
    UserReleased,
    /// A group comes into the domain.
    GroupCreated,
    /// A group of the domain is changed.
    GroupChanged,
    /// A group is written no longer.
    GroupReleased,
    /// A user comes into a group.
    MemberAdded,
    /// A user leaves a group.
    MemberRemoved,
}

/// What a write makes JumpCloud write into domains. `state` is the state that the changes are about to meet.
pub(super) fn writebacks(state: &State, changes: &[Change]) -> Vec<Writeback> {
    let directories: Vec<Id> = synchronized(state).collect();
    if directories.is_empty() || changes.is_empty() {
        return Vec::new();
    }
    let (before, after) = (View::new(state, &[]), View::new(state, changes));
    let touched: BTreeSet<Node> = changes.iter().flat_map(touched).collect();
    let mut written = Vec::new();
    for directory in directories {
        // An object that goes takes its agents along.
        let directory = Node::new(Kind::ActiveDirectory, directory);
        if after.record(directory).is_some() {
            let turn = Turn { directory, before: &before, after: &after };
            turn.tell(&touched, &mut written);
        }
    }
    written
}

/// The Active Directory objects with a sync agent that is installed: whatever its state, it may come back any time.
fn synchronized(state: &State) -> impl Iterator<Item = Id> {
    let is_installed = |agent: &Value| {
        let is = |name: &str, value: &str| agent.get(name).and_then(Value::as_str) == Some(value);
        is("agentType", "SYNC") && !is("state", "unsealed")
    };
    let objects = state.table(Kind::ActiveDirectory).iter();
    let objects = objects.filter(move |(_, record)| {
        record.get(AGENTS).and_then(Value::as_array).is_some_and(|agents| agents.iter().any(is_installed))
    });
    objects.map(|(id, _)| id)
}

fn touched(change: &Change) -> Vec<Node> {
    match change {
        Change::Put { kind, id, .. } | Change::Remove { kind, id } => vec![Node::new(*kind, *id)],
        Change::Link { one, other, .. } | Change::Unlink { one, other } => vec![*one, *other],
    }
}

/// One write as an Active Directory object sees it.
struct Turn<'s> {
    directory: Node,
    before: &'s View<'s>,
    after: &'s View<'s>,
}

impl Turn<'_> {
    fn tell(&self, touched: &BTreeSet<Node>, written: &mut Vec<Writeback>) {
        let groups: BTreeSet<Id> =
            touched.iter().filter(|node| node.kind == Kind::UserGroup).map(|node| node.id).collect();
        let mut users: BTreeSet<Id> =
            touched.iter().filter(|node| node.kind == Kind::User).map(|node| node.id).collect();
        // Who reaches the object through a group comes and goes with its binding.
        for group in &groups {
            if self.is_bound(self.before, *group) != self.is_bound(self.after, *group) {
                users.extend(members(self.before, *group).chain(members(self.after, *group)));
            }
        }
        for user in &users {
            let seen = |state| written_user(state, self.directory, *user);
            let kinds = [WritebackKind::UserCreated, WritebackKind::UserChanged, WritebackKind::UserReleased];
            written.extend(self.told(seen(self.before), seen(self.after), kinds, "username"));
        }
        for group in &groups {
            let seen = |state| self.written_group(state, *group);
            let kinds =
                [WritebackKind::GroupCreated, WritebackKind::GroupChanged, WritebackKind::GroupReleased];
            written.extend(self.told(seen(self.before), seen(self.after), kinds, "name"));
        }
        // A user whose first binding this is may have been in bound groups before.
        let mut joined = groups;
        for user in &users {
            joined.extend(groups_of(self.before, *user).chain(groups_of(self.after, *user)));
        }
        for group in joined {
            self.tell_members(group, &users, written);
        }
    }

    /// What becomes of an object of the domain.
    fn told(
        &self,
        before: Option<&Record>,
        after: Option<&Record>,
        [created, changed, released]: [WritebackKind; 3],
        name: &str,
    ) -> Option<Writeback> {
        let (kind, record, fields) = match (before, after) {
            (None, Some(after)) => (created, after, Vec::new()),
            (Some(before), None) => (released, before, Vec::new()),
            (Some(before), Some(after)) if before != after => (changed, after, differing(before, after)),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        let name = text(record, name).unwrap_or_default().to_owned();
        Some(self.writeback(kind, name, None, fields))
    }

    /// Who of these users comes into a group of the domain, or leaves it. A group that goes takes its memberships along,
    /// as does a user.
    fn tell_members(&self, group: Id, users: &BTreeSet<Id>, written: &mut Vec<Writeback>) {
        let Some(record) = self.written_group(self.after, group) else { return };
        let was_written = self.written_group(self.before, group).is_some();
        let name = text(record, "name").unwrap_or_default();
        for user in users {
            let is_member = |view: &View<'_>| view.edge(Node::group(group), Node::user(*user));
            let is_written = |state| written_user(state, self.directory, *user);
            let before = was_written && is_member(self.before) && is_written(self.before).is_some();
            let after = is_member(self.after) && is_written(self.after).is_some();
            let kind = match (before, after) {
                (false, true) => WritebackKind::MemberAdded,
                (true, false) if is_written(self.after).is_some() => WritebackKind::MemberRemoved,
                _ => continue,
            };
            let user = is_written(self.after).and_then(|record| text(record, "username"));
            let user = user.unwrap_or_default().to_owned();
            written.push(self.writeback(kind, user, Some(name.to_owned()), Vec::new()));
        }
    }

    fn written_group<'s>(&self, view: &View<'s>, group: Id) -> Option<&'s Record> {
        let record = view.record(Node::group(group))?;
        self.is_bound(view, group).then_some(record)
    }

    fn is_bound(&self, view: &View<'_>, group: Id) -> bool {
        view.edge(Node::group(group), self.directory)
    }

    fn writeback(
        &self,
        kind: WritebackKind,
        name: String,
        group: Option<String>,
        fields: Vec<String>,
    ) -> Writeback {
        let record = self.after.record(self.directory);
        let domain = record.and_then(|record| text(record, "domain")).unwrap_or_default().to_owned();
        Writeback { directory: self.directory.id.to_string(), domain, kind, name, group, fields }
    }
}

/// A user whom JumpCloud writes into the domain of an object.
fn written_user<'s>(view: &View<'s>, directory: Node, user: Id) -> Option<&'s Record> {
    let record = view.record(Node::user(user))?;
    let is_reached = || {
        view.edge(Node::user(user), directory)
            || groups_of(view, user).any(|group| view.edge(Node::group(group), directory))
    };
    (text(record, "state") != Some("STAGED") && is_reached()).then_some(record)
}

fn members(view: &View<'_>, group: Id) -> impl Iterator<Item = Id> {
    view.neighbours(Node::group(group), Kind::User)
}

fn groups_of(view: &View<'_>, user: Id) -> impl Iterator<Item = Id> {
    view.neighbours(Node::user(user), Kind::UserGroup)
}

fn differing(before: &Record, after: &Record) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}
