//! The organization as JumpCloud holds it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{DirectoryId, Field, JumpCloudGroupId, JumpCloudUserId, Mark, MarkReading};

/// What a whole read of a JumpCloud organization answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organization {
    /// `_id` of the organization, where the API tells it.
    pub id: Option<String>,
    /// Every user, by id.
    pub users: BTreeMap<JumpCloudUserId, User>,
    /// Every user group, by id.
    pub groups: BTreeMap<JumpCloudGroupId, UserGroup>,
    /// Members of the groups whose members were read.
    pub members: BTreeMap<JumpCloudGroupId, BTreeSet<JumpCloudUserId>>,
    /// Active Directory objects (`activedirectories`).
    pub directories: Vec<DirectoryObject>,
    /// Agents of the Active Directory object whose bindings were read.
    pub agents: Vec<Agent>,
}

impl Organization {
    /// Notes on users and groups that they are bound directly to an Active Directory object.
    pub fn bind(&mut self, directory: &DirectoryId, bindings: &Bindings) {
        for id in &bindings.users {
            if let Some(user) = self.users.get_mut(id) {
                user.fields.insert(Field::Directory, directory.to_string());
            }
        }
        for id in &bindings.groups {
            if let Some(group) = self.groups.get_mut(id) {
                group.directory = Some(directory.clone());
            }
        }
    }
}

/// A JumpCloud user (`systemuser`), flattened to one text for each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Fields that have a value. An empty text counts as none and is not here.
    pub fields: BTreeMap<Field, String>,
    /// Whether `admin` is set: the user is linked to a console administrator.
    pub is_console_administrator: bool,
    /// When JumpCloud created the user; none where it does not say.
    pub created: Option<Timestamp>,
}

impl User {
    /// The value of a field, if it has one.
    pub fn field(&self, field: &Field) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }

    /// `username`, which every user has.
    pub fn username(&self) -> &str {
        self.field(&Field::Username).unwrap_or_default()
    }

    /// `email`, which every user has.
    pub fn email(&self) -> &str {
        self.field(&Field::Email).unwrap_or_default()
    }

    /// Who owns the user.
    pub fn mark(&self) -> MarkReading {
        Mark::of_user(
            self.field(&Field::custom(Mark::GUID)),
            self.field(&Field::custom(Mark::DOMAIN)),
            self.field(&Field::custom(Mark::POLICY)),
        )
    }
}

/// A JumpCloud user group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGroup {
    /// Its name, unique in the organization.
    pub name: String,
    /// Its description, mark included; empty when it has none.
    pub description: String,
    /// Who decides on its members.
    pub membership_method: MembershipMethod,
    /// The Active Directory object that it is bound to directly, where bindings were read.
    pub directory: Option<DirectoryId>,
}

impl UserGroup {
    /// Who owns the group.
    pub fn mark(&self) -> MarkReading {
        Mark::of_group(&self.description)
    }
}

/// `membershipMethod` of a user group, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipMethod {
    /// `STATIC`, `NOTSET` or absent: members are set one by one.
    Static,
    /// `DYNAMIC_…`: JumpCloud computes the members and undoes what others set.
    Dynamic,
}

/// An Active Directory object of JumpCloud (`activedirectories`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryObject {
    /// Its id.
    pub id: DirectoryId,
    /// The domain's DN as JumpCloud has it, often with semicolons: `DC=example;DC=com`.
    pub domain: String,
}

/// What is bound directly to one Active Directory object, and not through a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    /// Bound users.
    pub users: BTreeSet<JumpCloudUserId>,
    /// Bound user groups.
    pub groups: BTreeSet<JumpCloudGroupId>,
}

/// An agent of JumpCloud's that is attached to an Active Directory object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// What it does.
    pub kind: AgentKind,
    /// Whether it runs: its `state` is `active`.
    pub is_active: bool,
    /// The machine that it is installed on; empty where JumpCloud does not say.
    pub hostname: String,
}

/// `agentType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentKind {
    /// `IMPORT`: writes what Active Directory holds into JumpCloud.
    Import,
    /// `SYNC`, and any kind that is not known: writes what JumpCloud holds into Active Directory.
    Sync,
}
