//! The walk from the security group, breadth-first.

use std::collections::{BTreeMap, VecDeque};

use super::UnreadableMember;
use super::exclusion::exclusion_of_group;
use super::members::Direct;
use super::resolve::{Index, Resolved};
use crate::model::{Directory, DirectoryGroup, Member, Note, ObjectGuid};
use crate::policy::Policy;

/// Whether excluded groups are walked: they are not, but for telling why somebody is out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Excluded {
    Skipped,
    Walked,
}

/// A breadth-first walk from the security group.
pub(super) struct Walk {
    /// Walked groups and the group that each was first reached from.
    pub(super) group_via: BTreeMap<usize, Option<usize>>,
    /// Reached users and the group that each was first reached from.
    pub(super) user_via: BTreeMap<usize, usize>,
    pub(super) direct: BTreeMap<usize, Direct>,
    pub(super) unreadable: Vec<UnreadableMember>,
    pub(super) unwalked: BTreeMap<ObjectGuid, String>,
    pub(super) notes: Vec<Note>,
}

impl Walk {
    pub(super) fn run(
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
                    Resolved::Unreadable => {
                        direct.unreadable.extend(u32::try_from(walk.unreadable.len()));
                        walk.unreadable.push(UnreadableMember {
                            dn: member.dn.clone(),
                            guid: member.guid,
                            group: group.cn(),
                        });
                    }
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
        } else if let Some(words) = exclusion_of_group(policy, group)
            && excluded == Excluded::Skipped
        {
            ("excluded", words)
        } else {
            return true;
        };
        let message = format!("the group is {words}: neither mirrored nor walked");
        self.notes.push(Note::new(code, group.cn(), message));
        self.unwalked.insert(group.guid, words);
        false
    }

    /// `member of Sales (JumpCloud › EMEA › Sales)`
    pub(super) fn chain(&self, directory: &Directory, group: usize) -> String {
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
