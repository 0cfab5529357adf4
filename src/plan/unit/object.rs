//! What becomes of a user or a group, held against what was to become of it.

use super::super::{Action, Change, Kind};
use super::subject::Subject;
use super::{Examined, Found, words};
use crate::model::{Cause, Field, JumpCloudUserId, Reason};
use crate::policy::unit::Deed;

/// What was to become of it.
pub(super) struct Wanted<'e> {
    pub(super) deed: Deed,
    pub(super) cause: Option<Cause>,
    pub(super) reason: Option<Reason>,
    pub(super) fields: &'e [(Field, Option<String>)],
}

/// Whether a change is this deed.
pub(super) fn does(change: &Change, deed: Deed) -> bool {
    match deed {
        Deed::Create => change.action == Action::Create,
        Deed::Adopt => change.action == Action::Adopt,
        Deed::Update => change.action == Action::Update,
        Deed::Suspend => change.action == Action::Suspend,
        Deed::Activate => change.action == Action::Activate,
        Deed::Unbind => change.action == Action::Unbind,
        Deed::Remove => matches!(change.action, Action::Remove | Action::Drop),
        Deed::Add => change.action == Action::Add,
        Deed::HeldBack | Deed::Unchanged => false,
    }
}

/// What is so instead; nothing where the expectation holds.
pub(super) fn found(kind: Kind, name: &str, wanted: &Wanted<'_>, examined: &Examined<'_>) -> Vec<Found> {
    let subject = match kind {
        Kind::Group => Subject::group(name, examined),
        Kind::User | Kind::Membership => Subject::user(name, examined),
    };
    if let Some(unknown) = subject.unknown() {
        return vec![Found::Words(unknown)];
    }
    let (changes, held) = (subject.changes(), subject.held_back());
    let is_wanted = |change: &&&Change| {
        does(change, wanted.deed) && wanted.cause.is_none_or(|cause| change.cause == Some(cause))
    };
    let change = changes.iter().find(is_wanted).copied();
    let is_so = match wanted.deed {
        Deed::HeldBack => held.iter().any(|held| wanted.reason.is_none_or(|reason| held.reason == reason)),
        Deed::Unchanged => changes.is_empty() && held.is_empty(),
        Deed::Create
        | Deed::Adopt
        | Deed::Update
        | Deed::Suspend
        | Deed::Activate
        | Deed::Unbind
        | Deed::Remove
        | Deed::Add => change.is_some(),
    };
    if is_so {
        return wanted
            .fields
            .iter()
            .filter_map(|field| other_value(&subject, kind, change, field, examined))
            .collect();
    }
    let mut instead: Vec<String> = changes.into_iter().map(words::change).collect();
    instead.extend(held.into_iter().map(words::held_back));
    if instead.is_empty() {
        instead.push(subject.absence());
    }
    instead.into_iter().map(Found::Words).collect()
}

/// What a field holds after the plan, where that is not what was expected.
fn other_value(
    subject: &Subject<'_>,
    kind: Kind,
    change: Option<&Change>,
    (field, expected): &(Field, Option<String>),
    examined: &Examined<'_>,
) -> Option<Found> {
    let changed = change.and_then(|change| {
        let value = change.field(field)?.after.as_deref();
        Some(change.shown(field, value))
    });
    let standing = || match kind {
        Kind::Group => {
            let group = subject.standing_group()?;
            Some(if *field == Field::Name { group.name.as_str() } else { group.description.as_str() })
        }
        Kind::User | Kind::Membership => {
            let value = subject.standing_user()?.field(field);
            if *field == Field::Manager { value.map(|id| username(id, examined)) } else { value }
        }
    };
    let found = changed.unwrap_or_else(standing).filter(|value| !value.is_empty());
    (found != expected.as_deref()).then(|| Found::Value {
        field: field.to_string(),
        expected: expected.clone(),
        found: found.map(str::to_owned),
    })
}

/// Managers are known by their usernames.
fn username<'a>(id: &'a str, examined: &Examined<'a>) -> &'a str {
    examined.organization.users.get(&JumpCloudUserId::new(id)).map_or(id, |user| user.username())
}
