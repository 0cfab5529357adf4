//! Who is in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::exclusion::{excluded_user, exclusion_words};
use super::group_name::name_group;
use super::members::{self, Direct};
use super::named_group::{SelectError, find_administrators_group, find_security_group};
use super::resolve::{Index, Resolved};
use super::walk::{Excluded, Walk};
use super::{DesiredGroup, UnreadableMember};
use crate::model::{Directory, DirectoryGroup, DirectoryUser, Dn, Note, ObjectGuid};
use crate::policy::Policy;

/// The result of the walk.
pub(super) struct Selection<'a> {
    pub(super) security_group: String,
    pub(super) users: Vec<SelectedUser<'a>>,
    pub(super) groups: Vec<DesiredGroup>,
    pub(super) unreadable: Vec<UnreadableMember>,
    pub(super) unwalked: BTreeMap<ObjectGuid, String>,
    pub(super) reached_through_excluded: BTreeSet<ObjectGuid>,
    pub(super) administrators: Option<Administrators>,
    pub(super) notes: Vec<Note>,
}

/// The administrators group and who is directly in it.
pub(super) struct Administrators {
    pub(super) dn: Dn,
    pub(super) users: BTreeSet<ObjectGuid>,
}

/// A selected user and the chain of groups that it is in by.
pub(super) struct SelectedUser<'a> {
    pub(super) user: &'a DirectoryUser,
    pub(super) because: String,
}

/// Finds who is in.
pub(super) fn select<'a>(
    policy: &Policy,
    directory: &'a Directory,
    now: Timestamp,
) -> Result<Selection<'a>, SelectError> {
    let index = Index::new(directory);
    let start = find_security_group(policy, directory)?;
    let administrators = find_administrators_group(policy, directory)?
        .map(|group| administrators(policy, directory, &index, group));
    let walk = Walk::run(policy, directory, &index, start, Excluded::Skipped);
    let wide = Walk::run(policy, directory, &index, start, Excluded::Walked);

    let mut notes = walk.notes.clone();
    let mut users = Vec::new();
    for (&position, &group) in &walk.user_via {
        let Some(user) = directory.users.get(position) else { continue };
        if let Some(exclusion) = excluded_user(policy, user) {
            notes.push(Note::new(
                "excluded",
                user.name(),
                format!("the user is {}", exclusion_words(exclusion)),
            ));
        } else if !user.user_account_control.is_disabled() && !user.account_expires.is_past(now) {
            users.push((position, SelectedUser { user, because: walk.chain(directory, group) }));
        }
    }
    // Positions of the directory ascend by GUID, and so do those of the desired side.
    let desired_index: BTreeMap<usize, u32> =
        users.iter().zip(0u32..).map(|((position, _), index)| (*position, index)).collect();
    let groups = desired_groups(policy, directory, &walk, &desired_index);
    notes.sort();
    notes.dedup();
    Ok(Selection {
        security_group: directory.groups.get(start).map(DirectoryGroup::cn).unwrap_or_default(),
        users: users.into_iter().map(|(_, user)| user).collect(),
        groups,
        unreadable: walk.unreadable,
        unwalked: walk.unwalked,
        reached_through_excluded: wide
            .user_via
            .keys()
            .filter_map(|&position| directory.users.get(position))
            .map(|user| user.guid)
            .collect(),
        administrators,
        notes,
    })
}

fn administrators(
    policy: &Policy,
    directory: &Directory,
    index: &Index<'_>,
    group: &DirectoryGroup,
) -> Administrators {
    let direct = group.members.iter().filter_map(|member| {
        match index.resolve(member, directory, &policy.root_container.value) {
            Resolved::User(user) => Some(user),
            Resolved::Group(_) | Resolved::Other(_) | Resolved::Outside | Resolved::Unreadable => None,
        }
    });
    let by_primary_group = group.rid.and_then(|rid| index.users_by_primary_group.get(&rid));
    let users = direct.chain(by_primary_group.into_iter().flatten().copied());
    let users = users.filter_map(|position| directory.users.get(position)).map(|user| user.guid);
    Administrators { dn: group.dn.clone(), users: users.collect() }
}

/// Members of walked groups, in the root container, that no search yielded and nobody has looked up yet.
///
/// # Errors
/// As [`super::desire`].
pub fn unresolved_members(policy: &Policy, directory: &Directory) -> Result<Vec<Dn>, SelectError> {
    let index = Index::new(directory);
    let start = find_security_group(policy, directory)?;
    let walk = Walk::run(policy, directory, &index, start, Excluded::Skipped);
    let mut dns: Vec<Dn> = walk
        .unreadable
        .into_iter()
        .map(|member| member.dn)
        .filter(|dn| !directory.member_lookups.contains_key(dn))
        .collect();
    dns.sort();
    dns.dedup();
    Ok(dns)
}

fn desired_groups(
    policy: &Policy,
    directory: &Directory,
    walk: &Walk,
    desired_index: &BTreeMap<usize, u32>,
) -> Vec<DesiredGroup> {
    // The walk's groups under small numbers, for flattening.
    let numbers: BTreeMap<usize, usize> =
        walk.group_via.keys().enumerate().map(|(number, &position)| (position, number)).collect();
    let nested: Vec<Direct> = walk
        .group_via
        .keys()
        .map(|position| {
            let direct = walk.direct.get(position).cloned().unwrap_or_default();
            Direct {
                users: direct.users,
                unreadable: direct.unreadable,
                groups: direct.groups.iter().filter_map(|nested| numbers.get(nested).copied()).collect(),
            }
        })
        .collect();
    let flat = members::flatten(&nested, |group| &group.users);
    let unreadable = members::flatten(&nested, |group| &group.unreadable);
    walk.group_via
        .iter()
        .zip(flat.into_iter().zip(unreadable))
        .filter_map(|((&position, &via), (members, unreadable))| {
            let group = directory.groups.get(position)?;
            let (name, held) = name_group(policy, group);
            Some(DesiredGroup {
                guid: group.guid,
                dn: group.dn.clone(),
                name,
                held,
                members: members
                    .iter()
                    .filter_map(|user| desired_index.get(&usize::try_from(*user).ok()?).copied())
                    .collect(),
                unreadable,
                because: via
                    .map_or_else(|| "the security group".to_owned(), |via| walk.chain(directory, via)),
            })
        })
        .collect()
}
