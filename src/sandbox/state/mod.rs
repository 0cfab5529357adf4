//! An organization as the sandbox holds it, and the rules by which it changes. Nothing here knows HTTP or a disk.

pub(in crate::sandbox) mod bindings;
pub(in crate::sandbox) mod change;
pub(in crate::sandbox) mod directories;
mod directory_entry;
mod document;
mod external;
pub(in crate::sandbox) mod fields;
pub(in crate::sandbox) mod graph;
mod group_entry;
pub(in crate::sandbox) mod group_fields;
pub(in crate::sandbox) mod groups;
pub(in crate::sandbox) mod id;
mod ids;
pub(in crate::sandbox) mod parts;
mod ssh_keys;
pub(in crate::sandbox) mod table;
mod target_entry;
pub(in crate::sandbox) mod translation_rules;
pub(in crate::sandbox) mod user_states;
pub(in crate::sandbox) mod users;
pub(in crate::sandbox) mod view;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use axum::body::Bytes;
use serde_json::Value;

use self::change::Change;
use self::fields::Record;
use self::graph::Graph;
use self::groups::Groups;
use self::id::{Id, Kind, Node};
use self::table::{Row, Table};
use self::users::Users;

/// How many users are worth a thread.
const LEAST_SHARE: usize = 1_000;

/// What an organization holds: users, groups with their members, Active Directory objects, and what else users and groups
/// can be bound to.
///
/// As a text ([`State::parse`], [`State::to_json`]) it is a JSON object that people can write by hand:
///
/// ```json
/// {
///   "organization": { "_id": "5f0000000000000000000001", "name": "Example" },
///   "users": [{ "username": "ada", "email": "ada@example.com", "jobTitle": "Countess" }],
///   "groups": [{ "name": "Engineering", "description": "", "members": ["ada"] }],
///   "activeDirectories": [{
///     "domain": "DC=example;DC=com",
///     "agents": [{ "agentType": "IMPORT", "state": "active", "hostname": "dc1" }],
///     "users": ["ada"],
///     "groups": ["Engineering"]
///   }],
///   "targets": [{ "type": "application", "name": "Wiki", "users": ["ada"], "groups": ["Engineering"] }],
///   "userStates": [{ "user": "ada", "state": "SUSPENDED", "scheduledDate": "2027-01-31T18:00:00Z" }]
/// }
/// ```
///
/// Users and Active Directory objects carry the API's own fields. Ids may be left out and are then counted up in the
/// order of the text. `members` and `manager` are usernames or ids, as are `users` and `groups` of an Active Directory
/// object or another target, which are bound to it directly. Every part may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(super) organization: Organization,
    pub(super) users: Users,
    pub(super) groups: Groups,
    /// All other kinds of objects.
    tables: BTreeMap<Kind, Table>,
    pub(super) graph: Graph,
    /// What the next id is made of; ids are never used twice.
    pub(super) next_id: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Organization {
    pub(super) id: Id,
    pub(super) name: String,
    /// `settings` of the organization that somebody has set (`organizationsettings`).
    pub(super) settings: Record,
}

impl State {
    /// An organization without users and groups.
    pub fn empty() -> Self {
        Self {
            organization: Organization {
                id: Id::ORGANIZATION,
                name: "Sandbox".to_owned(),
                settings: Record::new(),
            },
            users: Users::default(),
            groups: Groups::default(),
            tables: BTreeMap::new(),
            graph: Graph::default(),
            next_id: 1,
        }
    }

    /// How many users and user groups there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.users.table().rows().len(), self.groups.table().rows().len())
    }

    /// All objects of a kind.
    pub(super) fn table(&self, kind: Kind) -> &Table {
        static NONE: Table = Table::new();
        if kind == Kind::User {
            self.users.table()
        } else if kind == Kind::UserGroup {
            self.groups.table()
        } else {
            self.tables.get(&kind).unwrap_or(&NONE)
        }
    }

    /// Whether there is such an object.
    pub(super) fn has(&self, node: Node) -> bool {
        self.table(node.kind).get(node.id).is_some()
    }

    /// Whether anything has this id.
    pub(super) fn is_taken(&self, id: Id) -> bool {
        let tables = [self.users.table(), self.groups.table()].into_iter().chain(self.tables.values());
        tables.into_iter().any(|table| table.get(id).is_some())
    }

    /// Carries out what a request or a log says.
    pub(super) fn apply(&mut self, changes: Vec<Change>, next_id: u64) {
        self.next_id = next_id;
        for change in changes {
            match change {
                Change::Put { kind: Kind::User, id, record } => self.users.put(id, record),
                Change::Put { kind: Kind::UserGroup, id, record } => self.groups.put(id, record),
                Change::Put { kind, id, record } => {
                    self.tables.entry(kind).or_default().put(kind, id, record);
                }
                Change::Remove { kind, id } => self.remove(Node::new(kind, id)),
                Change::Link { one, other, attributes } => {
                    self.graph.link(one, other, &attributes.map(std::sync::Arc::new));
                }
                Change::Unlink { one, other } => self.graph.unlink(one, other),
            }
        }
    }

    fn remove(&mut self, node: Node) {
        if node.kind == Kind::User {
            // What is planned for a user goes with the user.
            let planned = self.graph.neighbours(node, Kind::UserState);
            let planned: Vec<Node> = planned.map(|(id, _)| Node::new(Kind::UserState, id)).collect();
            for planned in planned {
                self.remove(planned);
            }
            self.users.take(node.id);
        } else if node.kind == Kind::UserGroup {
            self.groups.take(node.id);
        } else if let Some(table) = self.tables.get_mut(&node.kind) {
            table.take(node.id);
        }
        self.graph.forget(node);
    }

    /// Makes the texts of all users' answers, so that the first list is as fast as the next.
    pub(super) fn make_ready(&self) {
        let rows = self.users.table().rows();
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let share = rows.len().div_ceil(threads).max(LEAST_SHARE);
        std::thread::scope(|scope| {
            for rows in rows.chunks(share) {
                scope.spawn(move || rows.iter().for_each(|row| drop(self.user_text(row))));
            }
        });
    }

    /// The JSON text of a user's answer.
    pub(super) fn user_text(&self, row: &Row) -> Bytes {
        row.answer.get_or_init(|| text_of(&fields::answer(row.id, &row.record, self.organization.id))).clone()
    }
}

/// The text of a field that the answer of a row has though its record does not.
pub(super) fn implied(row: &Row, name: &str) -> Option<&'static str> {
    if row.kind == Kind::User {
        fields::implied(&row.record, name)
    } else if row.kind == Kind::UserGroup {
        groups::implied(&row.record, name)
    } else {
        None
    }
}

/// The JSON text of a group's answer.
pub(super) fn group_text(row: &Row) -> Bytes {
    row.answer.get_or_init(|| text_of(&groups::answer(row.id, &row.record))).clone()
}

/// The JSON text of a value.
fn text_of(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

impl Default for State {
    fn default() -> Self {
        Self::empty()
    }
}
