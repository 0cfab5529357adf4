//! Who leaves, and who only seems to.
//!
//! An owned object that no selection reaches may have left, or may have been hidden from us. Only what a second look at
//! the object itself confirms is a cause; everything else holds it back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::doubt::Doubts;
use super::hidden::Hidden;
use super::scope::Scope;
use super::{HeldBack, Kind};
use crate::desired::{Desired, exclusion_of_group, exclusion_of_user};
use crate::model::{
    AccountExpires, Cause, Directory, Dn, EndOfRead, JumpCloudGroupId, JumpCloudUserId, ObjectGuid,
    Organization, Reason, SecondLook, User, UserAccountControl,
};
use crate::policy::Policy;

/// A user this young is not taken for deleted: the controller may lag behind the one that made it.
const SETTLING_TIME: SignedDuration = SignedDuration::from_hours(24);

/// Why an object whose own state is hidden stays.
const HIDDEN: &str = "the bind account may not read whether it is in use";

/// Why an object stays that a file does not hold.
const UNPROVEN: &str =
    "not in the file, and nothing proves that the file is whole: it may be cut between two entries";

/// Why an object stays that one read shows and the other does not.
const CONTRADICTION: &str = "in the root container at the second look, and not in the searches before it";

/// Owned objects that go, with cause and sentence, and those that stay for now.
#[derive(Debug, Clone, Default)]
pub(super) struct Leaving {
    pub(super) users: BTreeMap<ObjectGuid, (Cause, String)>,
    pub(super) groups: BTreeMap<ObjectGuid, (Cause, String)>,
    pub(super) held_back: Vec<HeldBack>,
}

/// What a second look says of an object.
enum Verdict {
    Leaves(Cause, String),
    Unreadable(String),
}

/// Owned users that are not selected.
pub(super) fn unreached_users(desired: &Desired, scope: &Scope) -> impl Iterator<Item = ObjectGuid> {
    let selected: BTreeSet<ObjectGuid> = desired.users.iter().map(|user| user.guid).collect();
    scope.users.keys().copied().filter(move |guid| !selected.contains(guid))
}

/// Owned groups that are not selected.
pub(super) fn unreached_groups(desired: &Desired, scope: &Scope) -> impl Iterator<Item = ObjectGuid> {
    let selected: BTreeSet<ObjectGuid> = desired.groups.iter().map(|group| group.guid).collect();
    scope.groups.keys().copied().filter(move |guid| !selected.contains(guid))
}

/// Decides for each unreached object.
pub(super) fn leave(
    policy: &Policy,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
    scope: &Scope,
    now: Timestamp,
) -> Leaving {
    let mut judge = Judge {
        policy,
        directory,
        desired,
        now,
        doubts: Doubts::new(policy, directory, desired, scope),
        hidden: Hidden::new(desired),
        cut: sign_of_a_cut(directory, desired),
    };
    let mut leaving = Leaving::default();
    let mut gone_groups = Vec::new();
    for guid in unreached_groups(desired, scope) {
        let ids = scope.groups.get(&guid).map(Vec::as_slice).unwrap_or_default();
        let Some((id, group)) = ids.first().and_then(|id| Some((id, organization.groups.get(id)?))) else {
            continue;
        };
        match judge.group(guid, &group.name) {
            Verdict::Leaves(Cause::Deleted, because) => gone_groups.push((guid, id, &group.name, because)),
            Verdict::Leaves(cause, because) => {
                leaving.groups.insert(guid, (cause, because));
            }
            Verdict::Unreadable(because) => {
                judge.hidden.add_group(&group.name, owned_members(organization, scope, id));
                leaving.held_back.push(unreadable(Kind::Group, &group.name, guid, because));
            }
        }
    }
    for (guid, id, name, because) in gone_groups {
        match judge.hidden.group_around(&owned_members(organization, scope, id)) {
            Some(because) => leaving.held_back.push(unreadable(Kind::Group, name, guid, because)),
            None => {
                leaving.groups.insert(guid, (Cause::Deleted, because));
            }
        }
    }
    for guid in unreached_users(desired, scope) {
        let ids = scope.users.get(&guid).map(Vec::as_slice).unwrap_or_default();
        let users: Vec<&User> = ids.iter().filter_map(|id| organization.users.get(id)).collect();
        let Some(user) = users.first() else { continue };
        match judge.user(guid, ids, &users) {
            Verdict::Leaves(cause, because) => {
                leaving.users.insert(guid, (cause, because));
            }
            Verdict::Unreadable(because) => {
                leaving.held_back.push(unreadable(Kind::User, user.username(), guid, because));
            }
        }
    }
    leaving.held_back.extend(judge.unreadable_members(scope, &leaving));
    leaving
}

/// Why the way to an object may be missing: nothing proves the end of the file, and it lacks what a selected group names.
fn sign_of_a_cut(directory: &Directory, desired: &Desired) -> Option<String> {
    let missing = desired.unreadable.first().filter(|_| directory.evidence.end == EndOfRead::NotProven)?;
    Some(format!(
        "nothing proves that the file is whole, and the group {} names {}, which is not in it",
        missing.group, missing.dn
    ))
}

/// Owned users that JumpCloud has in a group.
fn owned_members<'o>(
    organization: &'o Organization,
    scope: &Scope,
    group: &JumpCloudGroupId,
) -> BTreeSet<&'o JumpCloudUserId> {
    let members = organization.members.get(group).into_iter().flatten();
    members.filter(|member| scope.user_guids.contains_key(*member)).collect()
}

fn unreadable(kind: Kind, name: &str, guid: ObjectGuid, because: String) -> HeldBack {
    HeldBack { kind, name: name.to_owned(), guid: Some(guid), reason: Reason::Unreadable, because }
}

struct Judge<'a> {
    policy: &'a Policy,
    directory: &'a Directory,
    desired: &'a Desired,
    now: Timestamp,
    doubts: Doubts<'a>,
    hidden: Hidden<'a>,
    /// Why the way from the security group to an object may be missing rather than gone.
    cut: Option<String>,
}

impl Judge<'_> {
    fn user(&self, guid: ObjectGuid, ids: &[JumpCloudUserId], users: &[&User]) -> Verdict {
        let (dn, member_of, user_account_control, account_expires) =
            match self.directory.second_looks.get(&guid) {
                None => return Verdict::Unreadable("it was not read a second time".to_owned()),
                Some(SecondLook::Unreadable) => return Verdict::Unreadable(HIDDEN.to_owned()),
                Some(SecondLook::Gone) => return self.gone_user(guid, ids, users),
                Some(SecondLook::Found { dn, member_of, user_account_control, account_expires }) => {
                    (dn, member_of, *user_account_control, *account_expires)
                }
            };
        if let Some(verdict) = self.ended(user_account_control, account_expires) {
            return verdict;
        }
        if let Some(verdict) = self.moved(dn) {
            return verdict;
        }
        let Some(entry) = self.directory.user(guid) else {
            return Verdict::Unreadable(CONTRADICTION.to_owned());
        };
        if let Some(words) = exclusion_of_user(self.policy, entry) {
            return Verdict::Leaves(Cause::Excluded, words);
        }
        if let Some(doubt) = self.doubts.of(member_of).or_else(|| self.doubts.of_primary_group(entry)) {
            return Verdict::Unreadable(doubt);
        }
        if self.desired.reached_through_excluded.contains(&guid) {
            return Verdict::Leaves(
                Cause::Excluded,
                "only in the security group through an excluded group".to_owned(),
            );
        }
        self.left()
    }

    fn group(&self, guid: ObjectGuid, name: &str) -> Verdict {
        let (dn, member_of) = match self.directory.second_looks.get(&guid) {
            None => return Verdict::Unreadable("it was not read a second time".to_owned()),
            Some(SecondLook::Unreadable) => return Verdict::Unreadable(HIDDEN.to_owned()),
            Some(SecondLook::Gone) => return self.gone_group(guid, name),
            Some(SecondLook::Found { dn, member_of, .. }) => (dn, member_of),
        };
        if let Some(verdict) = self.moved(dn) {
            return verdict;
        }
        let Some(entry) = self.directory.group(guid) else {
            return Verdict::Unreadable(CONTRADICTION.to_owned());
        };
        if let Some(words) = exclusion_of_group(self.policy, entry) {
            return Verdict::Leaves(Cause::Excluded, words);
        }
        if !entry.group_type.is_security() {
            return Verdict::Leaves(Cause::Left, "a distribution group now".to_owned());
        }
        if let Some(doubt) = self.doubts.of(member_of) {
            return Verdict::Unreadable(doubt);
        }
        self.left()
    }

    fn left(&self) -> Verdict {
        let words = format!("not reached from the security group {} any more", self.desired.security_group);
        self.cut.clone().map_or(Verdict::Leaves(Cause::Left, words), Verdict::Unreadable)
    }

    fn ended(&self, control: UserAccountControl, expires: AccountExpires) -> Option<Verdict> {
        if control.is_disabled() {
            return Some(Verdict::Leaves(
                Cause::Disabled,
                "the account is disabled in Active Directory".to_owned(),
            ));
        }
        let end = expires.at().filter(|_| expires.is_past(self.now))?;
        Some(Verdict::Leaves(Cause::Expired, format!("the account expired at {end}")))
    }

    fn moved(&self, dn: &Dn) -> Option<Verdict> {
        let is_outside = !dn.is_within(&self.policy.root_container.value);
        is_outside
            .then(|| Verdict::Leaves(Cause::Moved, format!("lies outside of the root container now: {dn}")))
    }

    fn gone_user(&self, guid: ObjectGuid, ids: &[JumpCloudUserId], users: &[&User]) -> Verdict {
        if let Some(doubt) = self.hidden.user(guid, users) {
            return Verdict::Unreadable(doubt);
        }
        if let Some(words) = ids.iter().find_map(|id| self.hidden.group_of(id)) {
            return Verdict::Unreadable(words);
        }
        let age = users
            .iter()
            .filter_map(|user| user.created)
            .map(|created| self.now.duration_since(created))
            .min();
        if age.is_some_and(|age| age < SETTLING_TIME) {
            let words = "not found, and JumpCloud created it less than 24 hours ago: the controller may lag";
            return Verdict::Unreadable(words.to_owned());
        }
        self.deleted()
    }

    fn gone_group(&self, guid: ObjectGuid, name: &str) -> Verdict {
        self.hidden.group(guid, name).map_or_else(|| self.deleted(), Verdict::Unreadable)
    }

    fn deleted(&self) -> Verdict {
        match self.directory.evidence.end {
            EndOfRead::Proven => {
                Verdict::Leaves(Cause::Deleted, "not in Active Directory any more".to_owned())
            }
            EndOfRead::NotProven => Verdict::Unreadable(UNPROVEN.to_owned()),
        }
    }

    /// Every unreadable member that no owned object above stands for.
    fn unreadable_members(&self, scope: &Scope, leaving: &Leaving) -> Vec<HeldBack> {
        let told: BTreeSet<ObjectGuid> = leaving.held_back.iter().filter_map(|held| held.guid).collect();
        self.desired
            .unreadable
            .iter()
            .filter(|member| member.guid.is_none_or(|guid| !told.contains(&guid)))
            // One line for each, however many groups name it.
            .map(|member| (&member.dn, member))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .map(|member| HeldBack {
                kind: match member.guid {
                    Some(guid) if scope.groups.contains_key(&guid) => Kind::Group,
                    _ => Kind::User,
                },
                name: member.dn.rdn_value(),
                guid: member.guid,
                reason: Reason::Unreadable,
                because: format!("the group {} names {}, which cannot be read", member.group, member.dn),
            })
            .collect()
    }
}
