//! What of an organization must be read again before a saved plan is applied: what it touches, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::super::order::unique_fields;
use super::super::{Action, Change, FieldChange, Kind, Plan};
use crate::model::{DirectoryId, Field, JumpCloudGroupId, JumpCloudUserId, fold};
use crate::policy::{DirectoryUse, Policy};

/// What must be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Users that change, whose memberships do, or who become managers.
    pub users: BTreeSet<JumpCloudUserId>,
    /// Names that users get: the field, [`Field::Username`] or [`Field::Email`], and the value.
    pub user_names: BTreeSet<(Field, String)>,
    /// Groups that change, or whose members do.
    pub groups: BTreeSet<JumpCloudGroupId>,
    /// Whether groups get names: all groups must be read then.
    pub has_group_names: bool,
    /// Memberships between objects that are there already.
    pub memberships: BTreeSet<(JumpCloudGroupId, JumpCloudUserId)>,
    /// Users whose binding to a directory object changes.
    pub user_bindings: BTreeMap<JumpCloudUserId, DirectoryId>,
    /// Groups whose binding to a directory object changes.
    pub group_bindings: BTreeMap<JumpCloudGroupId, DirectoryId>,
    /// The directory object that must be there, and whose agents matter.
    pub agents_of: Option<DirectoryId>,
}

/// What must be read for this plan. `directory` is the Active Directory object that it was made for.
pub fn needs(plan: &Plan, policy: &Policy, directory: Option<&str>) -> Needs {
    let mut needs = Needs {
        agents_of: directory.filter(|_| policy.directory == DirectoryUse::Bind).map(DirectoryId::new),
        ..Needs::default()
    };
    for change in &plan.changes {
        let user = change.jumpcloud_id.as_deref().map(JumpCloudUserId::new);
        let binding = binding(change);
        match change.kind {
            Kind::User => {
                needs.user_bindings.extend(user.clone().zip(binding));
                needs.users.extend(user);
                needs.users.extend(change.standing_manager());
                let names = names_taken(change);
                needs.user_names.extend(names.map(|(field, name)| (field.clone(), name.to_owned())));
            }
            Kind::Group => {
                let group = change.jumpcloud_id.as_deref().map(JumpCloudGroupId::new);
                needs.group_bindings.extend(group.clone().zip(binding));
                needs.groups.extend(group);
                needs.has_group_names |= names_taken(change).next().is_some();
            }
            Kind::Membership => {
                let group = change.group.as_ref().and_then(|group| group.jumpcloud_id.as_deref());
                let group = group.map(JumpCloudGroupId::new);
                needs.memberships.extend(group.clone().zip(user.clone()));
                needs.users.extend(user);
                needs.groups.extend(group);
            }
        }
    }
    needs
}

/// The directory object whose binding changes. An object that is removed takes its bindings along.
fn binding(change: &Change) -> Option<DirectoryId> {
    let FieldChange { before, after, .. } =
        change.field(&Field::Directory).filter(|_| change.action != Action::Remove)?;
    before.as_deref().or(after.as_deref()).map(DirectoryId::new)
}

/// The names that a change gives its object, and that nobody else may have. Another case alone takes nothing.
pub(super) fn names_taken(change: &Change) -> impl Iterator<Item = (&Field, &str)> {
    unique_fields(change).filter_map(|field| {
        let after = field.after.as_deref()?;
        let is_new = field.before.as_deref().is_none_or(|before| fold(before) != fold(after));
        is_new.then_some((&field.field, after))
    })
}

/// The names that a change takes from its object, folded.
pub(super) fn names_freed(change: &Change) -> impl Iterator<Item = (&Field, String)> {
    unique_fields(change).filter_map(|field| {
        let before = fold(field.before.as_deref()?);
        let is_gone = field.after.as_deref().is_none_or(|after| fold(after) != before);
        is_gone.then_some((&field.field, before))
    })
}
