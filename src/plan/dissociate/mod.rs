//! What becomes of whoever leaves: the policy's action for the cause, at once or when the grace period is over.
//!
//! Whoever stays, keeps everything, names included.

mod grace;
mod group;
mod user;

pub(super) use user::our_suspension;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::directory;
use super::leave::Leaving;
use super::scope::Scope;
use super::{Action, FieldChange, HeldBack, Kind};
use crate::model::{Cause, Note, ObjectGuid, Organization, Reason};
use crate::policy::Policy;

/// What is done to one that leaves.
#[derive(Debug, Clone)]
pub(super) struct Departing {
    pub(super) cause: Cause,
    pub(super) because: String,
    pub(super) action: Action,
    pub(super) fields: Vec<FieldChange>,
}

/// What is done to everybody that leaves; whoever is left as it is has a note or is held back.
#[derive(Debug, Clone, Default)]
pub(super) struct Departures {
    pub(super) users: BTreeMap<ObjectGuid, Departing>,
    pub(super) groups: BTreeMap<ObjectGuid, Departing>,
    pub(super) held_back: Vec<HeldBack>,
    pub(super) notes: Vec<Note>,
}

/// What is decided for one that leaves.
enum Verdict {
    /// Left as it is, although the policy would have it otherwise.
    Held((Reason, String)),
    /// Left as it is: the code and sentence of the note.
    Stays(&'static str, String),
    /// What is done, what the sentence adds to the cause, and the fields that change.
    Goes(Action, Option<String>, Vec<FieldChange>),
}

/// What the policy decides on beside the fields that it maps, and gives up with the object.
#[derive(Debug, Clone, Copy)]
struct Claims {
    /// The binding to the Active Directory object.
    binding: bool,
    /// Administrator rights.
    rights: bool,
}

/// Decides for everybody that leaves.
pub(super) fn dissociate(
    policy: &Policy,
    organization: &Organization,
    scope: &Scope,
    leaving: Leaving,
    now: Timestamp,
) -> Departures {
    let mut departures = Departures { held_back: leaving.held_back, ..Departures::default() };
    let claims = Claims {
        binding: directory::unbinds(policy, organization),
        rights: policy.administrators_group.is_some(),
    };
    for (guid, (cause, because)) in leaving.users {
        let ids = scope.users.get(&guid).map(Vec::as_slice).unwrap_or_default();
        let Some(user) = ids.first().and_then(|id| organization.users.get(id)) else { continue };
        let verdict = match duplicate_mark(ids) {
            Some(held) => Verdict::Held(held),
            None => user::verdict(&policy.dissociation.of(cause), user, cause, &because, claims, now),
        };
        departures.file(Kind::User, user.username(), guid, cause, because, verdict);
    }
    for (guid, (cause, because)) in leaving.groups {
        let ids = scope.groups.get(&guid).map(Vec::as_slice).unwrap_or_default();
        let Some(group) = ids.first().and_then(|id| organization.groups.get(id)) else { continue };
        let verdict = match duplicate_mark(ids) {
            Some(held) => Verdict::Held(held),
            None => group::verdict(policy.dissociation.of(cause).action, group, &because, claims),
        };
        departures.file(Kind::Group, &group.name, guid, cause, because, verdict);
    }
    departures
}

/// Two objects with one mark: nothing tells which is meant.
pub(super) fn duplicate_mark<T: std::fmt::Display>(ids: &[T]) -> Option<(Reason, String)> {
    let [_, _, ..] = ids else { return None };
    let ids: Vec<String> = ids.iter().map(T::to_string).collect();
    let because = format!("{} JumpCloud objects carry its mark: {}", ids.len(), ids.join(", "));
    Some((Reason::DuplicateMark, because))
}

/// Why a group of which JumpCloud computes the members waits.
pub(super) fn dynamic_group() -> (Reason, String) {
    (Reason::DynamicGroup, "JumpCloud computes the members of this group".to_owned())
}

impl Departures {
    /// Whether the user is deleted, so that its names are free.
    pub(super) fn frees_user(&self, guid: ObjectGuid) -> bool {
        self.users.get(&guid).is_some_and(|departing| departing.action == Action::Remove)
    }

    /// Whether the group is deleted, so that its name is free.
    pub(super) fn frees_group(&self, guid: ObjectGuid) -> bool {
        self.groups.get(&guid).is_some_and(|departing| departing.action == Action::Remove)
    }

    fn file(
        &mut self,
        kind: Kind,
        name: &str,
        guid: ObjectGuid,
        cause: Cause,
        because: String,
        verdict: Verdict,
    ) {
        match verdict {
            Verdict::Held((reason, because)) => {
                let name = name.to_owned();
                self.held_back.push(HeldBack { kind, name, guid: Some(guid), reason, because });
            }
            Verdict::Stays(code, message) => self.notes.push(Note::new(code, name, message)),
            Verdict::Goes(action, more, fields) => {
                let because = match more {
                    Some(more) => format!("{because}; {more}"),
                    None => because,
                };
                let departing = Departing { cause, because, action, fields };
                match kind {
                    Kind::Group => self.groups.insert(guid, departing),
                    Kind::User | Kind::Membership => self.users.insert(guid, departing),
                };
            }
        }
    }
}
