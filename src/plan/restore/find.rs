//! Where somebody or something is by now that a removal names.

use std::collections::BTreeMap;

use super::choose::Chosen;
use super::{Other, Place};
use crate::model::{JumpCloudGroupId, JumpCloudUserId, Present, Removed, fold};

/// Finds users and groups by the ids that they had.
pub(super) struct Finder<'p> {
    pub(super) present: &'p Present,
    /// Indices of restorations by old id.
    users: BTreeMap<&'p JumpCloudUserId, usize>,
    groups: BTreeMap<&'p JumpCloudGroupId, usize>,
    /// What others have of which only one user can have it.
    unique: BTreeMap<(&'static str, String), &'p str>,
    by_name: BTreeMap<String, &'p JumpCloudGroupId>,
}

impl<'p> Finder<'p> {
    pub(super) fn new(chosen: &[Chosen<'p>], present: &'p Present) -> Self {
        let mut finder = Self {
            present,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            unique: BTreeMap::new(),
            by_name: present.groups.iter().map(|(id, group)| (fold(&group.name), id)).collect(),
        };
        for user in present.users.values() {
            for (field, value) in &user.unique {
                finder.unique.insert((field, fold(value)), &user.username);
            }
        }
        for (index, chosen) in chosen.iter().enumerate() {
            match chosen.removed {
                Removed::User(user) => drop(finder.users.insert(&user.id, index)),
                Removed::Group(group) => drop(finder.groups.insert(&group.id, index)),
            }
        }
        finder
    }

    /// A user; none where it is gone.
    pub(super) fn user(&self, id: &JumpCloudUserId, name: &str) -> Option<Other> {
        let half_made = || {
            let mut users = self.present.users.iter();
            users.find(|(_, user)| user.restoring.as_ref() == Some(id)).map(|(id, _)| id)
        };
        let place = if self.present.users.contains_key(id) {
            Place::There(id.to_string())
        } else if let Some(index) = self.users.get(id) {
            Place::Restored(*index)
        } else {
            Place::There(half_made()?.to_string())
        };
        Some(Other { name: name.to_owned(), place })
    }

    /// A group; none where it is gone. A group that was restored or made anew by the same name stands for it: of people a
    /// name says less.
    pub(super) fn group(&self, id: &JumpCloudGroupId, name: &str) -> Option<Other> {
        let place = if self.present.groups.contains_key(id) {
            Place::There(id.to_string())
        } else if let Some(index) = self.groups.get(id) {
            Place::Restored(*index)
        } else {
            Place::Renewed(self.by_name.get(&fold(name)).filter(|_| !name.is_empty())?.to_string())
        };
        Some(Other { name: name.to_owned(), place })
    }

    /// Whether JumpCloud computes who is in a group that is there.
    pub(super) fn is_dynamic(&self, group: &Other) -> bool {
        match &group.place {
            Place::There(id) | Place::Renewed(id) => {
                let group = self.present.groups.get(&JumpCloudGroupId::new(id.as_str()));
                group.is_some_and(|group| group.is_dynamic)
            }
            Place::Restored(_) => false,
        }
    }

    /// Who has this value by now, of which only one user can have it.
    pub(super) fn holder(&self, field: &'static str, value: &str) -> Option<&'p str> {
        self.unique.get(&(field, fold(value))).copied()
    }
}
