//! Objects that no read shows, and that something visible still speaks of.
//!
//! To one without rights, a hidden object looks like a deleted one. What tells them apart is the groups that name it,
//! and the company that JumpCloud knows it in.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::{Desired, UnreadableMember};
use crate::model::{Dn, Field, JumpCloudUserId, ObjectGuid, User, fold};

/// Traces of hidden objects.
pub(super) struct Hidden<'a> {
    by_guid: BTreeMap<ObjectGuid, &'a UnreadableMember>,
    /// Members whose GUID the server did not tell.
    by_dn: BTreeMap<&'a Dn, &'a UnreadableMember>,
    /// The same by the folded value of their first RDN.
    by_name: BTreeMap<String, &'a UnreadableMember>,
    /// Owned groups that cannot be read: name, and the owned users that JumpCloud has in them.
    groups: Vec<(&'a str, BTreeSet<&'a JumpCloudUserId>)>,
    /// Positions in `groups` by member.
    groups_by_member: BTreeMap<&'a JumpCloudUserId, Vec<usize>>,
}

impl<'a> Hidden<'a> {
    pub(super) fn new(desired: &'a Desired) -> Self {
        let nameless = || desired.unreadable.iter().filter(|member| member.guid.is_none());
        Self {
            by_guid: desired.unreadable.iter().filter_map(|member| Some((member.guid?, member))).collect(),
            by_dn: nameless().map(|member| (&member.dn, member)).collect(),
            by_name: nameless().map(|member| (fold(&member.dn.rdn_value()), member)).collect(),
            groups: Vec::new(),
            groups_by_member: BTreeMap::new(),
        }
    }

    /// Takes note of an owned group that cannot be read.
    pub(super) fn add_group(&mut self, name: &'a str, members: BTreeSet<&'a JumpCloudUserId>) {
        for &member in &members {
            self.groups_by_member.entry(member).or_default().push(self.groups.len());
        }
        self.groups.push((name, members));
    }

    /// Which group still names a user.
    pub(super) fn user(&self, guid: ObjectGuid, users: &[&User]) -> Option<String> {
        let dns = || users.iter().filter_map(|user| Dn::parse(user.field(&Field::ExternalDn)?).ok());
        let named = self.by_guid.get(&guid).or_else(|| dns().find_map(|dn| self.by_dn.get(&dn)))?;
        Some(names(named))
    }

    /// Which group still names a group. A group's mark holds no DN, so its name must do where there is no GUID.
    pub(super) fn group(&self, guid: ObjectGuid, name: &str) -> Option<String> {
        let named = self.by_guid.get(&guid).or_else(|| self.by_name.get(&fold(name)))?;
        Some(names(named))
    }

    /// The unreadable group in which JumpCloud has a user: whoever hides the group may hide its members.
    pub(super) fn group_of(&self, user: &JumpCloudUserId) -> Option<String> {
        let (name, _) = self.groups.get(*self.groups_by_member.get(user)?.first()?)?;
        Some(format!("not found, but in JumpCloud a member of {name}, which cannot be read"))
    }

    /// The unreadable group that a group with these members may be nested in: everybody in it is in that one too.
    pub(super) fn group_around(&self, members: &BTreeSet<&JumpCloudUserId>) -> Option<String> {
        let around = match members.first() {
            Some(member) => self
                .groups_by_member
                .get(member)?
                .iter()
                .filter_map(|&position| self.groups.get(position))
                .find(|(_, others)| members.is_subset(others)),
            None => self.groups.first(),
        };
        let (name, _) = around?;
        Some(format!("not found, but all its members are in {name}, which cannot be read"))
    }
}

fn names(member: &UnreadableMember) -> String {
    format!("the group {} names {}, which cannot be read", member.group, member.dn)
}
