//! Which JumpCloud objects are this policy's, and which it may never change.

use std::collections::BTreeMap;

use crate::model::{JumpCloudGroupId, JumpCloudUserId, Mark, MarkReading, Note, ObjectGuid, Organization};
use crate::policy::Policy;

/// Owned objects by the AD object that they stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Owned users. More than one id: duplicate marks.
    pub(super) users: BTreeMap<ObjectGuid, Vec<JumpCloudUserId>>,
    /// Owned groups. More than one id: duplicate marks.
    pub(super) groups: BTreeMap<ObjectGuid, Vec<JumpCloudGroupId>>,
    /// Users that nobody owns and that this run adopts.
    pub(super) adopted_users: BTreeMap<ObjectGuid, JumpCloudUserId>,
    /// Users that nobody owns and that came under the DN of one selected user: nothing tells which is meant.
    pub(super) rivals: BTreeMap<ObjectGuid, Vec<JumpCloudUserId>>,
    /// Groups that nobody owns and that this run adopts.
    pub(super) adopted_groups: BTreeMap<ObjectGuid, JumpCloudGroupId>,
    /// The other direction, for memberships: owned and adopted users.
    pub(super) user_guids: BTreeMap<JumpCloudUserId, ObjectGuid>,
    /// Objects whose mark cannot be read.
    pub(super) notes: Vec<Note>,
}

impl Scope {
    /// The one user that stands for a GUID, owned or adopted.
    pub(super) fn user(&self, guid: ObjectGuid) -> Option<&JumpCloudUserId> {
        match self.users.get(&guid).map(Vec::as_slice) {
            Some([only]) => Some(only),
            Some(_) => None,
            None => self.adopted_users.get(&guid),
        }
    }

    /// The one group that stands for a GUID, owned or adopted.
    pub(super) fn group(&self, guid: ObjectGuid) -> Option<&JumpCloudGroupId> {
        match self.groups.get(&guid).map(Vec::as_slice) {
            Some([only]) => Some(only),
            Some(_) => None,
            None => self.adopted_groups.get(&guid),
        }
    }
}

/// Sorts out who owns what.
pub(super) fn scope(policy: &Policy, organization: &Organization) -> Scope {
    let mut scope = Scope::default();
    for (id, user) in &organization.users {
        match user.mark() {
            MarkReading::Marked(mark) if is_ours(policy, &mark) => {
                scope.users.entry(mark.guid).or_default().push(id.clone());
                scope.user_guids.insert(id.clone(), mark.guid);
            }
            MarkReading::Malformed => scope.notes.push(malformed_user(user.username())),
            MarkReading::Marked(_) | MarkReading::None => {}
        }
    }
    for (id, group) in &organization.groups {
        match group.mark() {
            MarkReading::Marked(mark) if is_ours(policy, &mark) => {
                scope.groups.entry(mark.guid).or_default().push(id.clone());
            }
            MarkReading::Malformed => scope.notes.push(malformed_group(&group.name)),
            MarkReading::Marked(_) | MarkReading::None => {}
        }
    }
    scope
}

/// The groups whose members a plan needs to know.
pub fn owned_groups(policy: &Policy, organization: &Organization) -> Vec<JumpCloudGroupId> {
    scope(policy, organization).groups.into_values().flatten().collect()
}

fn is_ours(policy: &Policy, mark: &Mark) -> bool {
    mark.domain == policy.domain && *mark.policy == policy.name
}

fn malformed_group(name: &str) -> Note {
    let message = "the group's mark cannot be read, so it counts as not owned: a mark is whole, and the end of the description";
    Note::new("malformed-mark", name, message)
}

fn malformed_user(name: &str) -> Note {
    let message = "the user's mark cannot be read, so it counts as not owned: a mark is adObjectGuid, adDomain and adPolicy";
    Note::new("malformed-mark", name, message)
}
