//! Pairs the two sides by GUID, so that a rename is an update, and compares them.

use std::collections::{BTreeMap, BTreeSet};

use super::hold::Settled;
use super::partial::Partial;
use super::scope::Scope;
use super::{Action, Change, FieldChange, GroupRef, Kind};
use crate::desired::{Desired, DesiredGroup, DesiredUser, mark};
use crate::model::{Dn, Field, JumpCloudUserId, ObjectGuid, Organization, User, fold};
use crate::policy::Policy;

/// State of a new user: it can log in at once.
const NEW_USER_STATE: &str = "ACTIVATED";
/// What the description of a mirrored group says before its mark, until somebody writes another.
const NEW_GROUP_DESCRIPTION: &str = "Mirrored from Active Directory";

/// Every change, in no particular order.
pub(super) fn changes(
    policy: &Policy,
    desired: &Desired,
    organization: &Organization,
    scope: &Scope,
    settled: &Settled,
    partial: &Partial,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, user) in desired.users.iter().enumerate() {
        if settled.is_user_eligible(index) {
            changes.extend(user_change(policy, user, organization, scope));
        }
    }
    for (index, group) in desired.groups.iter().enumerate() {
        if settled.is_group_eligible(index) {
            changes.extend(group_change(policy, group, organization, scope));
            changes.extend(membership_changes(group, desired, organization, scope, settled, partial));
        }
    }
    changes.extend(removals(organization, scope, settled));
    changes
}

fn user_change(
    policy: &Policy,
    user: &DesiredUser,
    organization: &Organization,
    scope: &Scope,
) -> Option<Change> {
    let paired = scope.user(user.guid).and_then(|id| Some((id, organization.users.get(id)?)));
    let mut change = Change {
        kind: Kind::User,
        action: Action::Update,
        name: username(user),
        guid: user.guid,
        group: None,
        jumpcloud_id: paired.map(|(id, _)| id.to_string()),
        cause: None,
        because: String::new(),
        fields: Vec::new(),
        parked: BTreeMap::new(),
    };
    if let Some((_, actual)) = paired {
        change.fields = user_fields(user, actual);
        change.because = update_words(policy, &change.fields);
        return (!change.fields.is_empty()).then_some(change);
    }
    change.action = Action::Create;
    change.because.clone_from(&user.because);
    let state = (Field::State, Some(NEW_USER_STATE.to_owned()));
    let fields: BTreeMap<Field, Option<String>> = user.fields.clone().into_iter().chain([state]).collect();
    change.fields = fields
        .into_iter()
        .filter(|(_, after)| after.is_some())
        .map(|(field, after)| FieldChange { field, before: None, after })
        .collect();
    Some(change)
}

/// The fields in which an owned user differs from the desired one.
fn user_fields(desired: &DesiredUser, actual: &User) -> Vec<FieldChange> {
    desired
        .fields
        .iter()
        .filter(|(field, after)| !is_same(field, actual.field(field), after.as_deref()))
        .map(|(field, after)| FieldChange {
            field: field.clone(),
            before: actual.field(field).map(str::to_owned),
            after: after.clone(),
        })
        .collect()
}

fn is_same(field: &Field, before: Option<&str>, after: Option<&str>) -> bool {
    match (before, after) {
        // A lock of somebody else's serves as well, and is not ours to replace.
        (Some(_), Some(_)) if matches!(field, Field::RestrictedField(_)) => true,
        (Some(before), Some(after)) if *field == Field::ExternalDn => {
            before == after || Dn::parse(before).is_ok_and(|before| Dn::parse(after) == Ok(before))
        }
        (Some(before), Some(after)) if field.ignores_case() => fold(before) == fold(after),
        (Some(before), Some(after)) => before == after,
        (None, None) => true,
        _ => false,
    }
}

/// `differs from Active Directory in sAMAccountName, department`
fn update_words(policy: &Policy, fields: &[FieldChange]) -> String {
    let mut sources: Vec<String> = Vec::new();
    for change in fields {
        let mapping = policy.mappings.iter().find(|mapping| mapping.field == change.field);
        if let Some(mapping) = mapping {
            let names: Vec<&str> = mapping.sources.iter().map(crate::model::AttributeName::as_str).collect();
            sources.push(names.join(" or "));
        } else if change.field == Field::ExternalDn {
            sources.push("distinguishedName".to_owned());
        }
    }
    if sources.is_empty() {
        "its mark or its read-only fields are incomplete".to_owned()
    } else {
        format!("differs from Active Directory in {}", sources.join(", "))
    }
}

fn group_change(
    policy: &Policy,
    group: &DesiredGroup,
    organization: &Organization,
    scope: &Scope,
) -> Option<Change> {
    let paired = scope.group(group.guid).and_then(|id| Some((id, organization.groups.get(id)?)));
    let name = |before: Option<&str>| FieldChange {
        field: Field::Name,
        before: before.map(str::to_owned),
        after: Some(group.name.clone()),
    };
    let (action, fields, because) = match paired {
        Some((_, actual)) if is_same(&Field::Name, Some(&actual.name), Some(&group.name)) => return None,
        Some((_, actual)) => {
            (Action::Update, vec![name(Some(&actual.name))], "differs from Active Directory in cn".to_owned())
        }
        None => {
            let description = mark(policy, group.guid).mark_description(NEW_GROUP_DESCRIPTION);
            let description =
                FieldChange { field: Field::Description, before: None, after: Some(description) };
            (Action::Create, vec![name(None), description], group.because.clone())
        }
    };
    Some(Change {
        kind: Kind::Group,
        action,
        name: group.name.clone(),
        guid: group.guid,
        group: None,
        jumpcloud_id: paired.map(|(id, _)| id.to_string()),
        cause: None,
        because,
        fields,
        parked: BTreeMap::new(),
    })
}

/// An owned user's place in an owned group follows Active Directory; everybody else's stays as it is. Nobody loses a place
/// in a group of which something may be hidden.
fn membership_changes(
    group: &DesiredGroup,
    desired: &Desired,
    organization: &Organization,
    scope: &Scope,
    settled: &Settled,
    partial: &Partial,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let nobody = BTreeSet::new();
    let id = scope.group(group.guid);
    let actual = id.and_then(|id| organization.members.get(id)).unwrap_or(&nobody);
    let reference =
        GroupRef { name: group.name.clone(), guid: group.guid, jumpcloud_id: id.map(ToString::to_string) };
    let membership =
        |user: &DesiredUser, user_id: Option<&JumpCloudUserId>, action, because: String| Change {
            kind: Kind::Membership,
            action,
            name: username(user),
            guid: user.guid,
            group: Some(reference.clone()),
            jumpcloud_id: user_id.map(ToString::to_string),
            cause: None,
            because,
            fields: Vec::new(),
            parked: BTreeMap::new(),
        };
    let mut members = BTreeSet::new();
    for index in group.members.iter().filter_map(|&index| usize::try_from(index).ok()) {
        let Some(user) = desired.users.get(index) else { continue };
        members.insert(user.guid);
        let user_id = scope.user(user.guid);
        if settled.is_user_eligible(index) && user_id.is_none_or(|id| !actual.contains(id)) {
            changes.push(membership(user, user_id, Action::Add, user.because.clone()));
        }
    }
    if partial.concerns(group) {
        return changes;
    }
    for user_id in actual {
        let Some(guid) = scope.user_guids.get(user_id) else { continue };
        let Some(index) = position(desired, *guid) else { continue };
        let Some(user) = desired.users.get(index) else { continue };
        if settled.is_user_eligible(index) && !members.contains(guid) {
            let because = format!("no longer a member of {} in Active Directory", group.name);
            changes.push(membership(user, Some(user_id), Action::Drop, because));
        }
    }
    changes
}

/// Desired users ascend by GUID.
fn position(desired: &Desired, guid: ObjectGuid) -> Option<usize> {
    desired.users.binary_search_by_key(&guid, |user| user.guid).ok()
}

fn username(user: &DesiredUser) -> String {
    user.field(&Field::Username).map_or_else(|| user.name.clone(), str::to_owned)
}

fn removals(organization: &Organization, scope: &Scope, settled: &Settled) -> Vec<Change> {
    let removal =
        |kind, guid: &ObjectGuid, id: String, name: &str, (cause, because): &(_, String), fields| Change {
            kind,
            action: Action::Remove,
            name: name.to_owned(),
            guid: *guid,
            group: None,
            jumpcloud_id: Some(id),
            cause: Some(*cause),
            because: because.clone(),
            fields,
            parked: BTreeMap::new(),
        };
    let users = settled.users_leaving.iter().filter_map(|(guid, why)| {
        let id = scope.user(*guid)?;
        let user = organization.users.get(id)?;
        let fields = user.fields.iter().map(|(field, value)| gone(field.clone(), value)).collect();
        Some(removal(Kind::User, guid, id.to_string(), user.username(), why, fields))
    });
    let groups = settled.groups_leaving.iter().filter_map(|(guid, why)| {
        let id = scope.group(*guid)?;
        let group = organization.groups.get(id)?;
        let fields = vec![gone(Field::Name, &group.name), gone(Field::Description, &group.description)];
        Some(removal(Kind::Group, guid, id.to_string(), &group.name, why, fields))
    });
    users.chain(groups).collect()
}

fn gone(field: Field, value: &str) -> FieldChange {
    FieldChange { field, before: Some(value.to_owned()), after: None }
}
