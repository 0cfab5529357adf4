//! An organization as the sandbox holds it.

use std::collections::BTreeMap;

use super::directories::Directory;
use super::groups::Groups;
use super::users::Users;

/// What an organization holds: users, groups with their members, Active Directory objects.
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
///   }]
/// }
/// ```
///
/// Users and Active Directory objects carry the API's own fields. Ids may be left out and are then counted up in the
/// order of the text. `members` and `manager` are usernames or ids, as are `users` and `groups` of an Active Directory
/// object, which are bound to it directly. Every part may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(super) organization: Organization,
    pub(super) users: Users,
    pub(super) groups: Groups,
    pub(super) directories: BTreeMap<String, Directory>,
    /// What the next id is made of; ids are never used twice.
    pub(super) next_id: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) name: String,
}

impl State {
    /// An organization without users and groups.
    pub fn empty() -> Self {
        Self {
            organization: Organization {
                id: "5f0000000000000000000001".to_owned(),
                name: "Sandbox".to_owned(),
            },
            users: Users::default(),
            groups: Groups::default(),
            directories: BTreeMap::new(),
            next_id: 1,
        }
    }

    /// An id that nothing has yet: 24 hexadecimal digits, the latest the highest.
    pub(super) fn new_id(&mut self) -> String {
        loop {
            let id = numbered_id(self.next_id);
            self.next_id += 1;
            if !self.is_taken(&id) {
                return id;
            }
        }
    }

    /// Whether anything has this id.
    pub(super) fn is_taken(&self, id: &str) -> bool {
        self.users.get(id).is_some()
            || self.groups.get(id).is_some()
            || self.directories.iter().any(|(own, directory)| own == id || directory.agents.contains_key(id))
    }
}

/// The id of this number: 24 hexadecimal digits.
pub(super) fn numbered_id(number: u64) -> String {
    format!("5a{number:022x}")
}

impl Default for State {
    fn default() -> Self {
        Self::empty()
    }
}
