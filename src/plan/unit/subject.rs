//! Who is meant by a name: whoever has it, in Active Directory or in JumpCloud, before or after.

use std::collections::BTreeSet;

use super::super::{Change, HeldBack, Kind};
use super::Examined;
use crate::desired::{exclusion_of_group, exclusion_of_user};
use crate::model::{Field, MarkReading, ObjectGuid, User, UserGroup, fold};
use crate::policy::{Policy, nearest};

/// The objects of one kind that a name is of. Of a leaver and a newcomer, both.
pub(super) struct Subject<'a> {
    kind: Kind,
    name: &'a str,
    folded: String,
    guids: BTreeSet<ObjectGuid>,
    examined: &'a Examined<'a>,
}

impl<'a> Subject<'a> {
    pub(super) fn user(name: &'a str, examined: &'a Examined<'a>) -> Self {
        let folded = fold(name);
        let is_named = |name: &str| fold(name) == folded;
        let Examined { policy, directory, desired, organization, .. } = examined;
        let there = directory.users.iter().filter(|user| is_named(&user.name())).map(|user| user.guid);
        let wanted = desired.users.iter().filter(|user| user.field(&Field::Username).is_some_and(is_named));
        let owned = organization.users.values().filter(|user| is_named(user.username()));
        let owned = owned.filter_map(|user| own_guid(policy, user.mark()));
        let guids = there.chain(wanted.map(|user| user.guid)).chain(owned).collect();
        Self { kind: Kind::User, name, folded, guids, examined }
    }

    pub(super) fn group(name: &'a str, examined: &'a Examined<'a>) -> Self {
        let folded = fold(name);
        let is_named = |name: &str| fold(name) == folded;
        let Examined { policy, directory, desired, organization, .. } = examined;
        let there = directory
            .groups
            .iter()
            .filter(|group| is_named(&group.cn()) || group.attributes.texts("sAMAccountName").any(is_named));
        let wanted = desired.groups.iter().filter(|group| is_named(&group.name));
        let owned = organization.groups.values().filter(|group| is_named(&group.name));
        let owned = owned.filter_map(|group| own_guid(policy, group.mark()));
        let guids =
            there.map(|group| group.guid).chain(wanted.map(|group| group.guid)).chain(owned).collect();
        Self { kind: Kind::Group, name, folded, guids, examined }
    }

    /// Whether an object of this name and identity is one that is meant.
    pub(super) fn is(&self, name: &str, guid: Option<ObjectGuid>) -> bool {
        guid.is_some_and(|guid| self.guids.contains(&guid)) || fold(name) == self.folded
    }

    /// What the plan does with them.
    pub(super) fn changes(&self) -> Vec<&'a Change> {
        let changes = self.examined.plan.changes.iter().filter(|change| change.kind == self.kind);
        changes.filter(|change| self.is(&change.name, Some(change.guid))).collect()
    }

    /// Why the plan leaves them as they are.
    pub(super) fn held_back(&self) -> Vec<&'a HeldBack> {
        let held = self.examined.plan.held_back.iter().filter(|held| held.kind == self.kind);
        held.filter(|held| self.is(&held.name, held.guid)).collect()
    }

    /// The user of JumpCloud, owned ones first.
    pub(super) fn standing_user(&self) -> Option<&'a User> {
        let Examined { policy, organization, .. } = self.examined;
        let users = || organization.users.values();
        let is_own =
            |user: &&User| own_guid(policy, user.mark()).is_some_and(|guid| self.guids.contains(&guid));
        users().find(is_own).or_else(|| users().find(|user| fold(user.username()) == self.folded))
    }

    /// The group of JumpCloud, owned ones first.
    pub(super) fn standing_group(&self) -> Option<&'a UserGroup> {
        let Examined { policy, organization, .. } = self.examined;
        let groups = || organization.groups.values();
        let is_own = |group: &&UserGroup| {
            own_guid(policy, group.mark()).is_some_and(|guid| self.guids.contains(&guid))
        };
        groups().find(is_own).or_else(|| groups().find(|group| fold(&group.name) == self.folded))
    }

    fn is_in_jumpcloud(&self) -> bool {
        match self.kind {
            Kind::Group => self.standing_group().is_some(),
            Kind::User | Kind::Membership => self.standing_user().is_some(),
        }
    }

    /// What there is to say when neither Active Directory nor JumpCloud knows the name; nothing where one does.
    pub(super) fn unknown(&self) -> Option<String> {
        let is_known = !self.guids.is_empty()
            || self.is_in_jumpcloud()
            || !self.held_back().is_empty()
            || !self.changes().is_empty();
        if is_known {
            return None;
        }
        let Examined { directory, organization, .. } = self.examined;
        let (kind, names): (_, Vec<String>) = match self.kind {
            Kind::Group => {
                let there = directory.groups.iter().map(crate::model::DirectoryGroup::cn);
                let standing = organization.groups.values().map(|group| group.name.clone());
                ("group", there.chain(standing).collect())
            }
            Kind::User | Kind::Membership => {
                let there = directory.users.iter().map(crate::model::DirectoryUser::name);
                let standing = organization.users.values().map(|user| user.username().to_owned());
                ("user", there.chain(standing).collect())
            }
        };
        let close = nearest(self.name, names.iter().map(String::as_str));
        let close = close.map(|close| format!("; did you mean {close:?}?")).unwrap_or_default();
        Some(format!(
            "neither the directory (in the root container) nor JumpCloud has a {kind} {:?}{close}",
            self.name
        ))
    }

    /// Why the plan has nothing to do with them.
    pub(super) fn absence(&self) -> String {
        let known: Vec<String> = self.guids.iter().filter_map(|guid| self.absence_of(*guid)).collect();
        match known.first() {
            Some(why) => why.clone(),
            None if self.is_in_jumpcloud() => {
                format!("{:?} is in JumpCloud alone, and not owned by the policy", self.name)
            }
            None => format!("{:?} is not in the root container", self.name),
        }
    }

    fn absence_of(&self, guid: ObjectGuid) -> Option<String> {
        let Examined { policy, directory, desired, .. } = self.examined;
        let name = self.name;
        let unreached =
            || format!("{name:?} is not reached from the security group {}", desired.security_group);
        if let Some(user) = directory.user(guid) {
            return Some(if desired.position(guid).is_some() {
                format!("{name:?} is in step already")
            } else if let Some(words) = exclusion_of_user(policy, user) {
                format!("{name:?} is {words}")
            } else if user.user_account_control.is_disabled() {
                format!("the account of {name:?} is disabled")
            } else if user.account_expires.is_past(self.examined.now) {
                format!("the account of {name:?} has expired")
            } else if desired.reached_through_excluded.contains(&guid) {
                format!("{name:?} is only in groups that the policy excludes")
            } else {
                unreached()
            });
        }
        let group = directory.group(guid)?;
        Some(if desired.groups.iter().any(|group| group.guid == guid) {
            format!("{name:?} is in step already")
        } else if let Some(words) = exclusion_of_group(policy, group) {
            format!("{name:?} is {words}")
        } else if let Some(words) = desired.unwalked.get(&guid) {
            format!("{name:?} is {words}")
        } else {
            unreached()
        })
    }
}

/// The counterpart of an object that the policy owns.
fn own_guid(policy: &Policy, reading: MarkReading) -> Option<ObjectGuid> {
    match reading {
        MarkReading::Marked(mark) => {
            (mark.domain == policy.domain && *mark.policy == *policy.name).then_some(mark.guid)
        }
        MarkReading::None | MarkReading::Malformed => None,
    }
}
