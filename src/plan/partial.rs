//! Groups of which something cannot be read.
//!
//! A hidden member may be a group, with people in it who are still members of the groups around it. So nobody loses a
//! place in such a group; a member that is known to be a user hides nobody but that user.

use std::collections::BTreeSet;

use super::scope::Scope;
use crate::desired::{Desired, DesiredGroup};
use crate::model::{Dn, Field, Note, Organization};

/// Which members that cannot be read may be groups: one answer for each of [`Desired::unreadable`].
pub(super) struct Partial(Vec<bool>);

impl Partial {
    pub(super) fn new(desired: &Desired, organization: &Organization, scope: &Scope) -> Self {
        if desired.unreadable.is_empty() {
            return Self(Vec::new());
        }
        let owned = scope.user_guids.keys().filter_map(|id| organization.users.get(id));
        let dns: BTreeSet<Dn> =
            owned.filter_map(|user| Dn::parse(user.field(&Field::ExternalDn)?).ok()).collect();
        let is_user = |guid| scope.users.contains_key(&guid);
        let may_be_group = desired
            .unreadable
            .iter()
            .map(|member| !member.guid.is_some_and(is_user) && !dns.contains(&member.dn));
        Self(may_be_group.collect())
    }

    /// Whether somebody may be in the group without our seeing it.
    pub(super) fn concerns(&self, group: &DesiredGroup) -> bool {
        group
            .unreadable
            .iter()
            .any(|&index| usize::try_from(index).is_ok_and(|index| self.0.get(index) == Some(&true)))
    }

    /// One note for each group that nobody is taken out of for this.
    pub(super) fn notes(&self, desired: &Desired) -> impl Iterator<Item = Note> {
        let groups = desired.groups.iter().filter(|group| self.concerns(group));
        let message = "something in the group cannot be read, so nobody is taken out of it";
        groups.map(move |group| Note::new("partly-unreadable", group.name.as_str(), message))
    }
}
