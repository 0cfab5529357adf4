//! Expectations, and what is so instead, in words.

use super::super::{Action, Change, Kind};
use super::HeldBack;
use crate::model::Cause;
use crate::policy::unit::{Deed, Expected, Objects};

/// What is expected, as a sentence.
pub(super) fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Object { of, name, deed, cause, reason, fields: _ } => {
            let cause = cause.map(|cause| format!(" as {cause}"));
            let reason = reason.map(|reason| format!(" as {reason}"));
            let why = cause.or(reason).unwrap_or_default();
            format!("{} {name:?} {}{why}", noun(*of), happens(*deed))
        }
        Expected::Membership { user, group, deed: Deed::Add } => {
            format!("user {user:?} comes into group {group:?}")
        }
        Expected::Membership { user, group, deed: _ } => format!("user {user:?} goes out of group {group:?}"),
        Expected::None { deed, of } => {
            let kinds: Vec<&str> = of.iter().map(|of| noun(*of)).collect();
            format!("no {} {}", kinds.join(" and no "), deed.map_or("changes", happens))
        }
        Expected::Guard(guard) => format!("the guard {guard} stops the plan"),
        Expected::Plan(file) => format!("the plan is that of {file}"),
    }
}

fn noun(of: Objects) -> &'static str {
    match of {
        Objects::Users => "user",
        Objects::Groups => "group",
        Objects::Memberships => "membership",
    }
}

fn happens(deed: Deed) -> &'static str {
    match deed {
        Deed::Create => "is created",
        Deed::Adopt => "is adopted",
        Deed::Update => "is updated",
        Deed::Suspend => "is suspended",
        Deed::Activate => "is activated",
        Deed::Unbind => "is unbound",
        Deed::Remove => "is removed",
        Deed::Add => "is added",
        Deed::HeldBack => "is held back",
        Deed::Unchanged => "stays as it is",
    }
}

/// What becomes of a change's object, and why.
pub(super) fn change(change: &Change) -> String {
    let as_cause = |cause: Cause| format!(" as {cause}");
    let why = change.cause.map(as_cause).unwrap_or_default();
    let because = if change.because.is_empty() { String::new() } else { format!(": {}", change.because) };
    match (change.kind, &change.group) {
        (Kind::Membership, Some(group)) => {
            let way = if change.action == Action::Add { "comes into" } else { "goes out of" };
            format!("user {:?} {way} group {:?}{because}", change.name, group.name)
        }
        (Kind::Group, _) => format!("group {:?} {}{why}{because}", change.name, done(change.action)),
        (Kind::User | Kind::Membership, _) => {
            format!("user {:?} {}{why}{because}", change.name, done(change.action))
        }
    }
}

fn done(action: Action) -> &'static str {
    happens(match action {
        Action::Create => Deed::Create,
        Action::Adopt => Deed::Adopt,
        Action::Update => Deed::Update,
        Action::Suspend => Deed::Suspend,
        Action::Activate => Deed::Activate,
        Action::Unbind => Deed::Unbind,
        Action::Remove | Action::Drop => Deed::Remove,
        Action::Add => Deed::Add,
    })
}

/// What is held back, and why.
pub(super) fn held_back(held: &HeldBack) -> String {
    let kind = if held.kind == Kind::Group { "group" } else { "user" };
    format!("{kind} {:?} is held back as {}: {}", held.name, held.reason, held.because)
}
