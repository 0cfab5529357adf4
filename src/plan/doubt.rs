//! Whether it would be rash to believe that somebody left the security group.
//!
//! Access rights can hide a group, its member list, or a group between it and the security group. The other direction
//! of the link, `memberOf`, is read from the object itself: what it names is followed upwards until it ends at groups
//! that are not selected and have every reason not to be.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::Scope;
use crate::desired::{Desired, exclusion_of_group};
use crate::model::{Directory, DirectoryGroup, DirectoryUser, Dn, ObjectGuid, SecondLook};
use crate::policy::Policy;

/// RID of Domain Users, the primary group of nearly everybody (MS-DTYP 2.4.2.4).
const DOMAIN_USERS: u32 = 513;

/// Groups of which somebody may be a member through a link that is hidden from us.
pub(super) struct Doubts<'a> {
    root_container: &'a Dn,
    /// Groups that the searches yielded.
    known: BTreeMap<&'a Dn, ObjectGuid>,
    by_rid: BTreeMap<u32, &'a DirectoryGroup>,
    /// Groups through which the security group may be reached after all, each with a sentence on its members.
    doubtful: BTreeMap<&'a Dn, String>,
    /// A member that cannot be read and stands for no owned user: it may be a group.
    hidden_group: Option<&'a Dn>,
}

impl<'a> Doubts<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        directory: &'a Directory,
        desired: &'a Desired,
        scope: &Scope,
    ) -> Self {
        let selected = desired
            .groups
            .iter()
            .map(|group| (&group.dn, format!("its memberOf still names the selected group {}", group.name)));
        let hidden = desired.unreadable.iter().map(|member| (&member.dn, unreadable(&member.dn)));
        let mut doubts = Self {
            root_container: &policy.root_container.value,
            known: directory.groups.iter().map(|group| (&group.dn, group.guid)).collect(),
            by_rid: directory.groups.iter().filter_map(|group| Some((group.rid?, group))).collect(),
            doubtful: hidden.chain(selected).collect(),
            hidden_group: desired
                .unreadable
                .iter()
                .find(|member| member.guid.is_none_or(|guid| !scope.users.contains_key(&guid)))
                .map(|member| &member.dn),
        };
        doubts.spread(policy, directory, desired);
        doubts
    }

    /// The doubt that the direct groups of an object raise.
    pub(super) fn of(&self, member_of: &[Dn]) -> Option<String> {
        member_of.iter().find_map(|group| self.of_group(group))
    }

    /// The doubt that the primary group of a user raises, which `memberOf` does not name.
    pub(super) fn of_primary_group(&self, user: &DirectoryUser) -> Option<String> {
        let rid = user.primary_group_id?;
        if let Some(group) = self.by_rid.get(&rid) {
            return self.of_group(&group.dn);
        }
        // Outside of the root container, or hidden. Domain Users lies in the root container only where that is the
        // whole domain, unless somebody moved it.
        let hidden = self.hidden_group?;
        (rid != DOMAIN_USERS || is_domain(self.root_container))
            .then(|| format!("its primary group is not visible, and may be {hidden}, which cannot be read"))
    }

    fn of_group(&self, group: &Dn) -> Option<String> {
        if let Some(words) = self.doubtful.get(group) {
            return Some(words.clone());
        }
        let is_hidden = group.is_within(self.root_container) && !self.known.contains_key(group);
        is_hidden.then(|| unreadable(group))
    }

    /// Takes the doubt about a group down to the groups that are members of it.
    fn spread(&mut self, policy: &Policy, directory: &'a Directory, desired: &Desired) {
        let mut nested: BTreeMap<&Dn, Vec<&'a DirectoryGroup>> = BTreeMap::new();
        let mut pending: Vec<&'a Dn> = Vec::new();
        for group in unselected(policy, directory, desired) {
            if self.doubtful.contains_key(&group.dn) {
                continue;
            }
            let doubt = match directory.second_looks.get(&group.guid) {
                Some(SecondLook::Found { dn, .. }) if !dn.is_within(self.root_container) => None,
                Some(SecondLook::Found { member_of, .. }) => {
                    for above in member_of {
                        nested.entry(above).or_default().push(group);
                    }
                    self.of(member_of).map(|_| through(group))
                }
                Some(SecondLook::Gone | SecondLook::Unreadable) => Some(unreadable(&group.dn)),
                None => Some(format!("its memberOf names {}, which was not read a second time", group.dn)),
            };
            if let Some(doubt) = doubt {
                self.doubtful.insert(&group.dn, doubt);
                pending.push(&group.dn);
            }
        }
        while let Some(above) = pending.pop() {
            for group in nested.remove(above).unwrap_or_default() {
                if !self.doubtful.contains_key(&group.dn) {
                    self.doubtful.insert(&group.dn, through(group));
                    pending.push(&group.dn);
                }
            }
        }
    }
}

/// Groups that must be read again because objects that were read again are members of them, and are not selected for
/// no reason that the group itself shows.
pub(super) fn groups_above<'a>(
    policy: &'a Policy,
    directory: &'a Directory,
    desired: &'a Desired,
) -> impl Iterator<Item = ObjectGuid> {
    // Selected users are read again for other reasons.
    let looks = || directory.second_looks.iter().filter(|(guid, _)| desired.position(**guid).is_none());
    let named: BTreeSet<&Dn> = looks()
        .filter_map(|(_, look)| match look {
            SecondLook::Found { member_of, .. } => Some(member_of),
            SecondLook::Gone | SecondLook::Unreadable => None,
        })
        .flatten()
        .collect();
    let primary: BTreeSet<u32> =
        looks().filter_map(|(guid, _)| directory.user(*guid)?.primary_group_id).collect();
    unselected(policy, directory, desired)
        .filter(move |group| named.contains(&group.dn) || group.rid.is_some_and(|rid| primary.contains(&rid)))
        .map(|group| group.guid)
}

/// Groups that would be selected if a selected one named them.
fn unselected<'a>(
    policy: &Policy,
    directory: &'a Directory,
    desired: &Desired,
) -> impl Iterator<Item = &'a DirectoryGroup> {
    let selected: BTreeSet<ObjectGuid> = desired.groups.iter().map(|group| group.guid).collect();
    directory.groups.iter().filter(move |group| {
        !selected.contains(&group.guid)
            && group.group_type.is_security()
            && exclusion_of_group(policy, group).is_none()
    })
}

fn is_domain(dn: &Dn) -> bool {
    let labels = dn.domain().map(|domain| domain.as_str().split('.').count());
    // The DN of a domain has one part for each label.
    labels.is_some_and(|labels| dn.depth() == labels)
}

fn unreadable(group: &Dn) -> String {
    format!("its memberOf names {group}, which cannot be read")
}

fn through(group: &DirectoryGroup) -> String {
    format!(
        "its memberOf names {}, whose own memberOf leads to the selected groups or cannot be followed",
        group.dn
    )
}
