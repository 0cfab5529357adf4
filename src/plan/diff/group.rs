//! One selected group: created, adopted or updated.

use std::collections::BTreeMap;

use super::super::{Action, Change, FieldChange, Kind};
use super::{Basis, is_same};
use crate::desired::{DesiredGroup, mark};
use crate::model::{Field, UserGroup};
use crate::policy::Policy;

/// What the description of a mirrored group says before its mark, until somebody writes another.
const NEW_GROUP_DESCRIPTION: &str = "Mirrored from Active Directory";

/// What makes the group what it should be.
pub(super) fn change(basis: &Basis, desired: &DesiredGroup) -> Option<Change> {
    let paired =
        basis.scope.group(desired.guid).and_then(|id| Some((id, basis.organization.groups.get(id)?)));
    let mark = mark(basis.policy, desired.guid);
    let is_adopted = basis.scope.adopted_groups.contains_key(&desired.guid);
    let directory = basis.binding.as_ref().map(ToString::to_string);
    let actual = paired.map(|(_, group)| group);
    let description = match actual {
        None => Some(mark.mark_description(NEW_GROUP_DESCRIPTION)),
        Some(actual) if is_adopted => Some(mark.mark_description(&actual.description)),
        Some(actual) => Some(actual.description.clone()),
    };
    let wanted = [
        (Field::Name, Some(desired.name.clone())),
        (Field::Description, description),
        (Field::Directory, directory.or_else(|| value(actual, &Field::Directory))),
    ];
    let fields: Vec<FieldChange> = wanted
        .into_iter()
        .map(|(field, after)| FieldChange { before: value(actual, &field), field, after })
        .filter(|change| !is_same(&change.field, change.before.as_deref(), change.after.as_deref()))
        .collect();
    if fields.is_empty() {
        return None;
    }
    let (action, because) = match actual {
        None => (Action::Create, desired.because.clone()),
        Some(actual) if is_adopted => (Action::Adopt, adoption_words(actual).to_owned()),
        Some(_) => (Action::Update, update_words(basis.policy, &fields).to_owned()),
    };
    Some(Change {
        kind: Kind::Group,
        action,
        name: desired.name.clone(),
        guid: desired.guid,
        group: None,
        jumpcloud_id: paired.map(|(id, _)| id.to_string()),
        cause: None,
        because,
        fields,
        parked: BTreeMap::new(),
        coming_manager: None,
        managers: BTreeMap::new(),
        is_silent: false,
    })
}

fn value(group: Option<&UserGroup>, field: &Field) -> Option<String> {
    let group = group?;
    let value = if *field == Field::Name {
        group.name.clone()
    } else if *field == Field::Description {
        group.description.clone()
    } else {
        group.directory.as_ref()?.to_string()
    };
    (!value.is_empty()).then_some(value)
}

fn adoption_words(actual: &UserGroup) -> &'static str {
    if actual.directory.is_some() {
        "bound to the Active Directory object"
    } else {
        "taken over from JumpCloud"
    }
}

fn update_words(policy: &Policy, fields: &[FieldChange]) -> &'static str {
    let is_renamed = fields.iter().any(|change| change.field == Field::Name);
    if is_renamed && policy.group_name.is_some() {
        "is not called what group-name of the policy makes of it"
    } else if is_renamed {
        "differs from Active Directory in cn"
    } else {
        "not bound to the Active Directory object"
    }
}
