//! Who is in: the walk from the security group.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::members::{self, Direct};
use super::{DesiredGroup, UnreadableMember};
use crate::model::{
    Directory, DirectoryGroup, DirectoryUser, Dn, Member, MemberLookup, Note, ObjectGuid, PrincipalKind, fold,
};
use crate::policy::{Concerns, Exclusion, GroupSelector, Policy};

/// Why there is no selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum SelectError {
    /// No group of that name.
    #[error("the security group {name:?} is not in {root_container}")]
    #[diagnostic(
        code(desired::missing_security_group),
        help(
            "nothing is planned, for nobody has left: check `security-group` and `root-container` in the policy, and \
             that the bind account may read the group"
        )
    )]
    Missing {
        /// The name or DN in the policy.
        name: String,
        /// Where it was looked for.
        root_container: String,
    },
    /// More than one group of that name.
    #[error("{} groups in {root_container} are called {name:?}: {}", found.len(), found.join("; "))]
    #[diagnostic(
        code(desired::ambiguous_security_group),
        help("name the one that is meant by its full DN: security-group \"CN=…\"")
    )]
    Ambiguous {
        /// The name in the policy.
        name: String,
        /// Where it was looked for.
        root_container: String,
        /// Their DNs.
        found: Vec<String>,
    },
    /// A distribution group.
    #[error("the security group {name:?} is a distribution group in Active Directory")]
    #[diagnostic(
        code(desired::not_a_security_group),
        help("change its group type to Security, or name another group in the policy")
    )]
    Distribution {
        /// The name or DN in the policy.
        name: String,
    },
    /// An exclusion takes the security group out.
    #[error("the security group {name:?} is excluded by line {line} of the policy")]
    #[diagnostic(
        code(desired::excluded_security_group),
        help("everybody would leave: narrow the exclusion, or name another group")
    )]
    Excluded {
        /// The name or DN in the policy.
        name: String,
        /// The line of the exclusion.
        line: usize,
    },
}

/// The result of the walk.
pub(super) struct Selection<'a> {
    pub(super) security_group: String,
    pub(super) users: Vec<SelectedUser<'a>>,
    pub(super) groups: Vec<DesiredGroup>,
    pub(super) unreadable: Vec<UnreadableMember>,
    pub(super) unwalked: BTreeMap<ObjectGuid, String>,
    pub(super) reached_through_excluded: BTreeSet<ObjectGuid>,
    pub(super) notes: Vec<Note>,
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
    let groups = desired_groups(directory, &walk, &desired_index);
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
        notes,
    })
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

fn find_security_group(policy: &Policy, directory: &Directory) -> Result<usize, SelectError> {
    let selector = &policy.security_group.value;
    let name = match selector {
        GroupSelector::Name(name) => name.clone(),
        GroupSelector::Dn(dn) => dn.as_str().to_owned(),
    };
    let root_container = policy.root_container.value.as_str().to_owned();
    let found: Vec<(usize, &DirectoryGroup)> = directory
        .groups
        .iter()
        .enumerate()
        .filter(|(_, group)| match selector {
            GroupSelector::Dn(dn) => group.dn == *dn,
            GroupSelector::Name(name) => {
                fold(&group.cn()) == fold(name) || group.attributes.has("sAMAccountName", name)
            }
        })
        .collect();
    let (position, group) = match found.as_slice() {
        [] => return Err(SelectError::Missing { name, root_container }),
        [one] => *one,
        many => {
            let mut found: Vec<String> = many.iter().map(|(_, group)| group.dn.to_string()).collect();
            found.sort();
            return Err(SelectError::Ambiguous { name, root_container, found });
        }
    };
    if !group.group_type.is_security() {
        return Err(SelectError::Distribution { name });
    }
    if let Some(exclusion) = excluded_group(policy, group) {
        return Err(SelectError::Excluded { name, line: exclusion.line });
    }
    Ok(position)
}

/// The sentence about the exclusion that takes a user out, if any.
pub fn exclusion_of_user(policy: &Policy, user: &DirectoryUser) -> Option<String> {
    excluded_user(policy, user).map(exclusion_words)
}

/// The sentence about the exclusion that takes a group out, if any.
pub fn exclusion_of_group(policy: &Policy, group: &DirectoryGroup) -> Option<String> {
    excluded_group(policy, group).map(exclusion_words)
}

/// The exclusion that takes a user out, if any.
fn excluded_user<'p>(policy: &'p Policy, user: &DirectoryUser) -> Option<&'p Exclusion> {
    policy.exclusions.iter().find(|exclusion| {
        exclusion.concerns != Concerns::Groups && exclusion.matches(&user.dn, &user.attributes)
    })
}

/// The exclusion that takes a group out, if any.
fn excluded_group<'p>(policy: &'p Policy, group: &DirectoryGroup) -> Option<&'p Exclusion> {
    policy.exclusions.iter().find(|exclusion| {
        exclusion.concerns != Concerns::Users && exclusion.matches(&group.dn, &group.attributes)
    })
}

/// `excluded by line 31 of the policy (service accounts)`
fn exclusion_words(exclusion: &Exclusion) -> String {
    let reason = exclusion.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("excluded by line {} of the policy{reason}", exclusion.line)
}

/// Positions of users and groups by what a member names.
struct Index<'a> {
    users_by_dn: BTreeMap<&'a Dn, usize>,
    users_by_guid: BTreeMap<ObjectGuid, usize>,
    users_by_primary_group: BTreeMap<u32, Vec<usize>>,
    groups_by_dn: BTreeMap<&'a Dn, usize>,
    groups_by_guid: BTreeMap<ObjectGuid, usize>,
    others_by_dn: BTreeMap<&'a Dn, PrincipalKind>,
}

/// What a member of a group is.
enum Resolved {
    User(usize),
    Group(usize),
    Other(PrincipalKind),
    Outside,
    Unreadable,
}

impl<'a> Index<'a> {
    fn new(directory: &'a Directory) -> Self {
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
    fn resolve(&self, member: &Member, directory: &Directory, root_container: &Dn) -> Resolved {
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

/// Whether excluded groups are walked: they are not, but for telling why somebody is out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Excluded {
    Skipped,
    Walked,
}

/// A breadth-first walk from the security group.
struct Walk {
    /// Walked groups and the group that each was first reached from.
    group_via: BTreeMap<usize, Option<usize>>,
    /// Reached users and the group that each was first reached from.
    user_via: BTreeMap<usize, usize>,
    direct: BTreeMap<usize, Direct>,
    unreadable: Vec<UnreadableMember>,
    unwalked: BTreeMap<ObjectGuid, String>,
    notes: Vec<Note>,
}

impl Walk {
    fn run(
        policy: &Policy,
        directory: &Directory,
        index: &Index<'_>,
        start: usize,
        excluded: Excluded,
    ) -> Self {
        let mut walk = Self {
            group_via: BTreeMap::from([(start, None)]),
            user_via: BTreeMap::new(),
            direct: BTreeMap::new(),
            unreadable: Vec::new(),
            unwalked: BTreeMap::new(),
            notes: Vec::new(),
        };
        let mut queue = VecDeque::from([start]);
        while let Some(position) = queue.pop_front() {
            let Some(group) = directory.groups.get(position) else { continue };
            let mut direct = Direct::default();
            // A server may give the values of one state in another order each time.
            let mut members: Vec<&Member> = group.members.iter().collect();
            members.sort_by(|left, right| left.dn.cmp(&right.dn));
            for member in members {
                match index.resolve(member, directory, &policy.root_container.value) {
                    Resolved::User(user) => walk.reach_user(user, position, &mut direct),
                    Resolved::Group(nested) => {
                        if walk.may_walk(policy, directory, nested, excluded) {
                            direct.groups.push(nested);
                            walk.group_via.entry(nested).or_insert_with(|| {
                                queue.push_back(nested);
                                Some(position)
                            });
                        }
                    }
                    Resolved::Other(kind) => {
                        let message = format!("member of {} and {kind}: not imported", group.cn());
                        walk.notes.push(Note::new("not-a-user", member.dn.as_str(), message));
                    }
                    Resolved::Outside => {
                        let message = format!(
                            "member of {} and outside of the root container: not imported",
                            group.cn()
                        );
                        walk.notes.push(Note::new("outside-root-container", member.dn.as_str(), message));
                    }
                    Resolved::Unreadable => walk.unreadable.push(UnreadableMember {
                        dn: member.dn.clone(),
                        guid: member.guid,
                        group: group.cn(),
                    }),
                }
            }
            let by_primary_group = group.rid.and_then(|rid| index.users_by_primary_group.get(&rid));
            for &user in by_primary_group.into_iter().flatten() {
                walk.reach_user(user, position, &mut direct);
            }
            walk.direct.insert(position, direct);
        }
        walk
    }

    fn reach_user(&mut self, user: usize, group: usize, direct: &mut Direct) {
        self.user_via.entry(user).or_insert(group);
        if let Ok(user) = u32::try_from(user) {
            direct.users.push(user);
        }
    }

    /// Whether a nested group is selected; if not, says why once.
    fn may_walk(
        &mut self,
        policy: &Policy,
        directory: &Directory,
        nested: usize,
        excluded: Excluded,
    ) -> bool {
        if self.group_via.contains_key(&nested) {
            return true;
        }
        let Some(group) = directory.groups.get(nested) else { return false };
        if self.unwalked.contains_key(&group.guid) {
            return false;
        }
        let (code, words) = if !group.group_type.is_security() {
            ("distribution-group", "a distribution group".to_owned())
        } else if let Some(exclusion) = excluded_group(policy, group)
            && excluded == Excluded::Skipped
        {
            ("excluded", exclusion_words(exclusion))
        } else {
            return true;
        };
        let message = format!("the group is {words}: neither mirrored nor walked");
        self.notes.push(Note::new(code, group.cn(), message));
        self.unwalked.insert(group.guid, words);
        false
    }

    /// `member of Sales (JumpCloud › EMEA › Sales)`
    fn chain(&self, directory: &Directory, group: usize) -> String {
        let names = self.chain_names(directory, group);
        match names.as_slice() {
            [] => String::new(),
            [only] => format!("member of {only}"),
            [.., last] => format!("member of {last} ({})", names.join(" › ")),
        }
    }

    fn chain_names(&self, directory: &Directory, group: usize) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = Some(group);
        while let Some(position) = at {
            names.extend(directory.groups.get(position).map(DirectoryGroup::cn));
            at = self.group_via.get(&position).copied().flatten();
        }
        names.reverse();
        names
    }
}

fn desired_groups(
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
                groups: direct.groups.iter().filter_map(|nested| numbers.get(nested).copied()).collect(),
            }
        })
        .collect();
    let flat = members::flatten(&nested);
    walk.group_via
        .iter()
        .zip(flat)
        .filter_map(|((&position, &via), members)| {
            let group = directory.groups.get(position)?;
            Some(DesiredGroup {
                guid: group.guid,
                dn: group.dn.clone(),
                name: group.cn(),
                members: members
                    .iter()
                    .filter_map(|user| desired_index.get(&usize::try_from(*user).ok()?).copied())
                    .collect(),
                because: via
                    .map_or_else(|| "the security group".to_owned(), |via| walk.chain(directory, via)),
            })
        })
        .collect()
}
