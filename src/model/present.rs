//! An organization as a restore looks at it: who has which name, whom a group or a manager that is named still is, and
//! what an interrupted restore has left.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bindings, DirectoryId, JumpCloudGroupId, JumpCloudUserId, RemovedGroup, RemovedUser};

/// What is there now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Present {
    /// Every user.
    pub users: BTreeMap<JumpCloudUserId, PresentUser>,
    /// Every user group.
    pub groups: BTreeMap<JumpCloudGroupId, PresentGroup>,
    /// The Active Directory objects.
    pub directories: BTreeSet<DirectoryId>,
    /// Those of them to which a sync agent is attached: JumpCloud writes into Active Directory what is bound to them.
    pub synced_directories: BTreeSet<DirectoryId>,
    /// What is bound to them.
    pub synced: Bindings,
    /// Users whom an interrupted restore has made, by their new ids, with all that they have by now.
    pub half_users: BTreeMap<JumpCloudUserId, RemovedUser>,
    /// Groups that an interrupted restore has made, likewise.
    pub half_groups: BTreeMap<JumpCloudGroupId, RemovedGroup>,
}

/// A user, as far as it matters to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresentUser {
    /// `username`
    pub username: String,
    /// `email`
    pub email: String,
    /// `external_dn`; empty where there is none.
    pub external_dn: String,
    /// The manager's id, if there is one.
    pub manager: Option<JumpCloudUserId>,
    /// Other values that only one user can have, by field ([`PresentUser::UNIQUE`]).
    pub unique: BTreeMap<&'static str, String>,
    /// The id that the user had, if an interrupted restore has made it.
    pub restoring: Option<JumpCloudUserId>,
}

impl PresentUser {
    /// Fields beside name and mail address of which no two users have one value.
    pub const UNIQUE: [&'static str; 4] =
        ["employeeIdentifier", "alternateEmail", "managedAppleId", "unix_uid"];
}

/// A user group, as far as it matters to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresentGroup {
    /// `name`
    pub name: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// Whether JumpCloud computes its members.
    pub is_dynamic: bool,
    /// The id that the group had, if an interrupted restore has made it.
    pub restoring: Option<JumpCloudGroupId>,
}
