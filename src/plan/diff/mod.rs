//! Pairs the two sides by GUID, so that a rename is an update, and compares them.

mod departing;
mod group;
mod membership;
mod user;

use super::Change;
use super::administrators::Administrators;
use super::dissociate::Departures;
use super::hold::Settled;
use super::managers::Managers;
use super::partial::Partial;
use super::scope::Scope;
use crate::desired::{Desired, DesiredUser};
use crate::model::{DirectoryId, Dn, Field, Note, Organization, fold};
use crate::policy::Policy;

/// What the comparison is made from, and what was decided before it.
pub(super) struct Basis<'a> {
    pub(super) policy: &'a Policy,
    pub(super) desired: &'a Desired,
    pub(super) organization: &'a Organization,
    pub(super) scope: &'a Scope,
    pub(super) settled: &'a Settled,
    pub(super) partial: &'a Partial,
    pub(super) departures: &'a Departures,
    pub(super) administrators: &'a Administrators<'a>,
    pub(super) managers: &'a Managers<'a>,
    /// What owned objects are bound to.
    pub(super) binding: Option<DirectoryId>,
}

/// Every change in no particular order, and what is seen and left alone.
pub(super) fn changes(basis: &Basis) -> (Vec<Change>, Vec<Note>) {
    let mut changes = Vec::new();
    let mut notes = Vec::new();
    for (index, desired) in basis.desired.users.iter().enumerate() {
        if basis.settled.is_user_eligible(index) {
            let (change, note) = user::change(basis, desired);
            changes.extend(change);
            notes.extend(note);
        }
    }
    for (index, desired) in basis.desired.groups.iter().enumerate() {
        if basis.settled.is_group_eligible(index) {
            changes.extend(group::change(basis, desired));
            changes.extend(membership::changes(basis, desired));
        }
    }
    changes.extend(departing::changes(basis));
    (changes, notes)
}

fn username(user: &DesiredUser) -> String {
    user.field(&Field::Username).map_or_else(|| user.name.clone(), str::to_owned)
}

/// Whether a field that holds `before` needs no write to hold `after`.
pub(super) fn is_same(field: &Field, before: Option<&str>, after: Option<&str>) -> bool {
    match (before, after) {
        // A lock of somebody else's serves as well, and is not ours to replace or to take off.
        (Some(before), after) if matches!(field, Field::RestrictedField(_)) => {
            after.is_some() || before != crate::model::Mark::SOURCE_TYPE
        }
        (before, after) if *field == Field::Sudo => (before == Some("true")) == (after == Some("true")),
        (Some(before), Some(after)) if *field == Field::ExternalDn => {
            before == after || Dn::parse(before).is_ok_and(|before| Dn::parse(after) == Ok(before))
        }
        (Some(before), Some(after)) if field.ignores_case() => fold(before) == fold(after),
        (Some(before), Some(after)) => before == after,
        (None, None) => true,
        _ => false,
    }
}
