//! What the members of a group stand for.

use std::collections::BTreeMap;

use crate::model::{Directory, Dn, Member, MemberLookup, ObjectGuid, PrincipalKind};

/// Positions of users and groups by what a member names.
pub(super) struct Index<'a> {
    users_by_dn: BTreeMap<&'a Dn, usize>,
    users_by_guid: BTreeMap<ObjectGuid, usize>,
    pub(super) users_by_primary_group: BTreeMap<u32, Vec<usize>>,
    groups_by_dn: BTreeMap<&'a Dn, usize>,
    groups_by_guid: BTreeMap<ObjectGuid, usize>,
    others_by_dn: BTreeMap<&'a Dn, PrincipalKind>,
}

/// What a member of a group is.
pub(super) enum Resolved {
    User(usize),
    Group(usize),
    Other(PrincipalKind),
    Outside,
    Unreadable,
}

impl<'a> Index<'a> {
    pub(super) fn new(directory: &'a Directory) -> Self {
        let mut users_by_primary_group: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (position, user) in directory.users.iter().enumerate() {
            if let Some(rid) = user.primary_group_id {
                users_by_primary_group.entry(rid).or_default().push(position);
            }
        }
        let users = || directory.users.iter().enumerate();
        let groups = || directory.groups.iter().enumerate();
        Self {
            users_by_dn: users().map(|(position, user)| (&user.dn, position)).collect(),
            users_by_guid: users().map(|(position, user)| (user.guid, position)).collect(),
            users_by_primary_group,
            groups_by_dn: groups().map(|(position, group)| (&group.dn, position)).collect(),
            groups_by_guid: groups().map(|(position, group)| (group.guid, position)).collect(),
            others_by_dn: directory.others.iter().map(|other| (&other.dn, other.kind)).collect(),
        }
    }

    /// The GUID decides where the server told it: it holds through a rename between two searches.
    pub(super) fn resolve(&self, member: &Member, directory: &Directory, root_container: &Dn) -> Resolved {
        let by_guid = |positions: &BTreeMap<ObjectGuid, usize>| positions.get(&member.guid?).copied();
        // A DN that now belongs to another object must not stand in for the one that the GUID names.
        let by_dn = |positions: &BTreeMap<&Dn, usize>, guid_at: &dyn Fn(usize) -> Option<ObjectGuid>| {
            let position = positions.get(&member.dn).copied()?;
            (member.guid.is_none() || member.guid == guid_at(position)).then_some(position)
        };
        let user_guid = |position: usize| directory.users.get(position).map(|user| user.guid);
        let group_guid = |position: usize| directory.groups.get(position).map(|group| group.guid);
        if let Some(user) = by_guid(&self.users_by_guid).or_else(|| by_dn(&self.users_by_dn, &user_guid)) {
            return Resolved::User(user);
        }
        if let Some(group) = by_guid(&self.groups_by_guid).or_else(|| by_dn(&self.groups_by_dn, &group_guid))
        {
            return Resolved::Group(group);
        }
        if let Some(kind) = self.others_by_dn.get(&member.dn) {
            return Resolved::Other(*kind);
        }
        if !member.dn.is_within(root_container) {
            return Resolved::Outside;
        }
        match directory.member_lookups.get(&member.dn) {
            Some(MemberLookup::Other(kind)) => Resolved::Other(*kind),
            Some(MemberLookup::Unreadable) | None => Resolved::Unreadable,
        }
    }
}
