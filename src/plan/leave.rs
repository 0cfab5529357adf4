//! Who leaves, and who only seems to.
//!
//! An owned object that no selection reaches may have left, or may have been hidden from us. Only what a second look at
//! the object itself confirms is a cause; everything else holds it back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::scope::Scope;
use super::{HeldBack, Kind};
use crate::desired::{Desired, exclusion_of_group, exclusion_of_user};
use crate::model::{
    AccountExpires, Cause, Directory, Dn, EndOfRead, Field, JumpCloudUserId, ObjectGuid, Organization,
    Reason, SecondLook, UserAccountControl,
};
use crate::policy::Policy;

/// A user this young is not taken for deleted: the controller may lag behind the one that made it.
const SETTLING_TIME: SignedDuration = SignedDuration::from_hours(24);

/// Why an object stays that is only absent from a source without a proven end.
const UNPROVEN: &str = "what is absent from an export without a numEntries line may have been cut off";

/// Why an object whose own state is hidden stays.
const HIDDEN: &str = "the bind account may not read whether it is in use";

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
    let judge = Judge::new(policy, directory, desired, organization, now);
    let mut leaving = Leaving::default();
    for guid in unreached_users(desired, scope) {
        let ids = scope.users.get(&guid).map(Vec::as_slice).unwrap_or_default();
        let Some(user) = ids.first().and_then(|id| organization.users.get(id)) else { continue };
        match judge.user(guid, ids) {
            Verdict::Leaves(cause, because) => {
                leaving.users.insert(guid, (cause, because));
            }
            Verdict::Unreadable(because) => {
                leaving.held_back.push(unreadable(Kind::User, user.username(), guid, because));
            }
        }
    }
    for guid in unreached_groups(desired, scope) {
        let id = scope.groups.get(&guid).and_then(|ids| ids.first());
        let Some(group) = id.and_then(|id| organization.groups.get(id)) else { continue };
        match judge.group(guid, &group.name) {
            Verdict::Leaves(cause, because) => {
                leaving.groups.insert(guid, (cause, because));
            }
            Verdict::Unreadable(because) => {
                leaving.held_back.push(unreadable(Kind::Group, &group.name, guid, because));
            }
        }
    }
    leaving.held_back.extend(judge.unreadable_members(scope, &leaving));
    leaving
}

fn unreadable(kind: Kind, name: &str, guid: ObjectGuid, because: String) -> HeldBack {
    HeldBack { kind, name: name.to_owned(), guid: Some(guid), reason: Reason::Unreadable, because }
}

struct Judge<'a> {
    policy: &'a Policy,
    directory: &'a Directory,
    desired: &'a Desired,
    organization: &'a Organization,
    now: Timestamp,
    /// Selected groups, and DNs that a selected group names and nobody can read.
    doubtful_groups: BTreeMap<&'a Dn, String>,
}

impl<'a> Judge<'a> {
    fn new(
        policy: &'a Policy,
        directory: &'a Directory,
        desired: &'a Desired,
        organization: &'a Organization,
        now: Timestamp,
    ) -> Self {
        let selected = desired
            .groups
            .iter()
            .map(|group| (&group.dn, format!("its memberOf still names the selected group {}", group.name)));
        let hidden = desired
            .unreadable
            .iter()
            .map(|member| (&member.dn, format!("its memberOf names {}, which cannot be read", member.dn)));
        let doubtful_groups = hidden.chain(selected).collect();
        Self { policy, directory, desired, organization, now, doubtful_groups }
    }

    fn user(&self, guid: ObjectGuid, ids: &[JumpCloudUserId]) -> Verdict {
        let (dn, member_of, user_account_control, account_expires) =
            match self.directory.second_looks.get(&guid) {
                None => return Verdict::Unreadable("it was not read a second time".to_owned()),
                Some(SecondLook::Unreadable) => return Verdict::Unreadable(HIDDEN.to_owned()),
                Some(SecondLook::Gone) => return self.gone_user(guid, ids),
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
        let entry = self.directory.user(guid);
        if let Some(words) = entry.and_then(|user| exclusion_of_user(self.policy, user)) {
            return Verdict::Leaves(Cause::Excluded, words);
        }
        if let Some(doubt) = self.doubt(member_of).or_else(|| self.cut_off()) {
            return Verdict::Unreadable(doubt);
        }
        if self.desired.reached_through_excluded.contains(&guid) {
            return Verdict::Leaves(
                Cause::Excluded,
                "only in the security group through an excluded group".to_owned(),
            );
        }
        let words = format!("not reached from the security group {} any more", self.desired.security_group);
        Verdict::Leaves(Cause::Left, words)
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
        let entry = self.directory.group(guid);
        if let Some(words) = entry.and_then(|group| exclusion_of_group(self.policy, group)) {
            return Verdict::Leaves(Cause::Excluded, words);
        }
        if entry.is_some_and(|group| !group.group_type.is_security()) {
            return Verdict::Leaves(Cause::Left, "a distribution group now".to_owned());
        }
        if let Some(doubt) = self.doubt(member_of).or_else(|| self.cut_off()) {
            return Verdict::Unreadable(doubt);
        }
        let words = format!("not reached from the security group {} any more", self.desired.security_group);
        Verdict::Leaves(Cause::Left, words)
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

    /// Why it would be rash to believe that the object left the security group.
    fn doubt(&self, member_of: &[Dn]) -> Option<String> {
        member_of.iter().find_map(|group| self.doubtful_groups.get(group).cloned())
    }

    /// Why it would be rash to believe in anything that is absent.
    fn cut_off(&self) -> Option<String> {
        (self.directory.evidence.end == EndOfRead::NotProven).then(|| UNPROVEN.to_owned())
    }

    fn gone_user(&self, guid: ObjectGuid, ids: &[JumpCloudUserId]) -> Verdict {
        let users = || ids.iter().filter_map(|id| self.organization.users.get(id));
        let dns: Vec<Dn> =
            users().filter_map(|user| Dn::parse(user.field(&Field::ExternalDn)?).ok()).collect();
        let named = self.named_but_unreadable(guid, |dn| dns.contains(dn));
        if let Some(doubt) = named.or_else(|| self.cut_off()) {
            return Verdict::Unreadable(doubt);
        }
        let age =
            users().filter_map(|user| user.created).map(|created| self.now.duration_since(created)).min();
        if age.is_some_and(|age| age < SETTLING_TIME) {
            let words = "not found, and JumpCloud created it less than 24 hours ago: the controller may lag";
            return Verdict::Unreadable(words.to_owned());
        }
        Verdict::Leaves(Cause::Deleted, "not in Active Directory any more".to_owned())
    }

    /// A group's mark holds no DN, so a hidden group is told by its name where the server gave no GUID.
    fn gone_group(&self, guid: ObjectGuid, name: &str) -> Verdict {
        let folded = crate::model::fold(name);
        let named = self.named_but_unreadable(guid, |dn| crate::model::fold(&dn.rdn_value()) == folded);
        named.or_else(|| self.cut_off()).map_or_else(
            || Verdict::Leaves(Cause::Deleted, "not in Active Directory any more".to_owned()),
            Verdict::Unreadable,
        )
    }

    fn named_but_unreadable(&self, guid: ObjectGuid, is_same: impl Fn(&Dn) -> bool) -> Option<String> {
        let named = self
            .desired
            .unreadable
            .iter()
            .find(|member| member.guid.map_or_else(|| is_same(&member.dn), |named| named == guid))?;
        Some(format!("the group {} names {}, which cannot be read", named.group, named.dn))
    }

    /// Every unreadable member that no owned object above stands for.
    fn unreadable_members(&self, scope: &Scope, leaving: &Leaving) -> Vec<HeldBack> {
        let told: BTreeSet<ObjectGuid> = leaving.held_back.iter().filter_map(|held| held.guid).collect();
        self.desired
            .unreadable
            .iter()
            .filter(|member| member.guid.is_none_or(|guid| !told.contains(&guid)))
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
