//! The members of one selected group.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Action, Change, GroupRef, Kind};
use super::user::is_frozen;
use super::{Basis, username};
use crate::desired::{DesiredGroup, DesiredUser};
use crate::model::JumpCloudUserId;

/// An owned user's place in an owned group follows Active Directory; everybody else's stays as it is. Nobody loses a place
/// in a group of which something may be hidden.
pub(super) fn changes(basis: &Basis, group: &DesiredGroup) -> Vec<Change> {
    let mut changes = Vec::new();
    let nobody = BTreeSet::new();
    let id = basis.scope.group(group.guid);
    let actual = id.and_then(|id| basis.organization.members.get(id)).unwrap_or(&nobody);
    let reference =
        GroupRef { name: group.name.clone(), guid: group.guid, jumpcloud_id: id.map(ToString::to_string) };
    let membership =
        |user: &DesiredUser, user_id: Option<&JumpCloudUserId>, action, because: String| Change {
            kind: Kind::Membership,
            action,
            name: username(user),
            guid: user.guid,
            group: Some(reference.clone()),
            jumpcloud_id: user_id.map(ToString::to_string),
            cause: None,
            because,
            fields: Vec::new(),
            parked: BTreeMap::new(),
            coming_manager: None,
            managers: BTreeMap::new(),
            is_silent: false,
        };
    let mut members = BTreeSet::new();
    for index in group.members.iter().filter_map(|&index| usize::try_from(index).ok()) {
        let Some(user) = basis.desired.users.get(index) else { continue };
        members.insert(user.guid);
        let user_id = basis.scope.user(user.guid);
        if follows(basis, index, user_id) && user_id.is_none_or(|id| !actual.contains(id)) {
            changes.push(membership(user, user_id, Action::Add, user.because.clone()));
        }
    }
    if basis.partial.concerns(group) {
        return changes;
    }
    for user_id in actual {
        let Some(guid) = basis.scope.user_guids.get(user_id) else { continue };
        let Some(index) = basis.desired.position(*guid) else { continue };
        let Some(user) = basis.desired.users.get(index) else { continue };
        if follows(basis, index, Some(user_id)) && !members.contains(guid) {
            let because = format!("no longer a member of {} in Active Directory", group.name);
            changes.push(membership(user, Some(user_id), Action::Drop, because));
        }
    }
    changes
}

/// Whether the memberships of a selected user follow Active Directory.
fn follows(basis: &Basis, index: usize, id: Option<&JumpCloudUserId>) -> bool {
    let actual = id.and_then(|id| basis.organization.users.get(id));
    basis.settled.is_user_eligible(index) && !actual.is_some_and(|user| is_frozen(basis.policy, user))
}
