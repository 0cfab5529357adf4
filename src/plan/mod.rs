//! The difference between what Active Directory says and what JumpCloud holds, as a value.
//!
//! [`plan`] is pure: the same inputs give the same bytes. What is not ours is a note or a held-back line, never a
//! change. Nobody leaves on a set difference alone: see [`second_look_needed`].

mod administrators;
mod canary;
mod change;
mod conflict;
mod diff;
mod directory;
mod dissociate;
mod doubt;
mod guards;
mod header;
mod hidden;
mod hold;
mod leave;
mod managers;
mod only;
mod order;
mod pair;
mod partial;
mod restore;
pub mod saved;
mod scope;
mod simulate;
#[cfg(test)]
mod tests;
pub mod unit;

pub use change::{Action, Change, FieldChange, GroupRef, Kind};
pub use conflict::policy_conflicts;
pub use directory::{AmbiguousDirectory, directory_object};
pub use guards::{Allow, Allowances, Census, Guard, GuardName, Measure, ParseAllow, judge, measure, trip};
pub use header::{Header, Source, SourceKind, Target, TargetKind};
pub use only::{Only, ParseSelector, Selector};
pub use order::{Deed, Stage, Step};
pub use pair::adopted_groups;
pub use restore::{
    Lost, NotRestored, Other, Part, Place, Restoration, RestorePlan, RestoreReason, Wanted, plan_restore,
};
pub use scope::owned_groups;
pub use simulate::simulate;

use administrators::Administrators;
use jiff::Timestamp;
use managers::Managers;
use partial::Partial;
use sha2::{Digest, Sha256};

use crate::desired::Desired;
use crate::model::{Directory, Note, ObjectGuid, Organization, Reason};
use crate::policy::Policy;

/// The difference between the two sides, in full.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// Every change, sorted by kind, action and name.
    pub changes: Vec<Change>,
    /// How apply goes about it: each step names a change and the steps that must have succeeded before.
    pub steps: Vec<Step>,
    /// Selected or leaving objects that are left exactly as they are.
    pub held_back: Vec<HeldBack>,
    /// What the guards hold it against.
    pub census: Census,
    /// What the plan takes away, on which guards look.
    pub measures: Vec<Measure>,
    /// Guards that stop the plan.
    pub guards: Vec<Guard>,
    /// Things seen and left alone.
    pub notes: Vec<Note>,
    /// The selectors that left this part of the plan; empty for the whole.
    pub only: Vec<String>,
}

/// An object that would be written, and is left as it is for a reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeldBack {
    /// User or group.
    pub kind: Kind,
    /// Its name in Active Directory; in JumpCloud where only that is known. Of a group, what the policy makes of its name.
    pub name: String,
    /// Its identity; none where only a DN is known.
    #[cfg_attr(test, schemars(with = "Option<uuid::Uuid>"))]
    pub guid: Option<ObjectGuid>,
    /// The reason code.
    pub reason: Reason,
    /// The reason for people.
    pub because: String,
}

impl Plan {
    /// Whether apply would write nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many changes of a kind and action there are.
    pub fn count(&self, kind: Kind, action: Action) -> usize {
        self.changes.iter().filter(|change| change.kind == kind && change.action == action).count()
    }
}

/// Compares the two sides.
///
/// Second looks that [`second_look_needed`] names and that the directory lacks count as unreadable: without one, an
/// object is held back and does not leave.
pub fn plan(
    policy: &Policy,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
    allowances: &Allowances,
    now: Timestamp,
) -> Plan {
    plan_only(policy, directory, desired, organization, allowances, &Only::default(), now)
}

/// Like [`plan`], with the changes that `only` names and what they need. Guards judge what is left; what is owned, of
/// which they take percentages, stays the whole.
pub fn plan_only(
    policy: &Policy,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
    allowances: &Allowances,
    only: &Only,
    now: Timestamp,
) -> Plan {
    let scope = pair::pair(policy, directory, desired, organization);
    let leaving = leave::leave(policy, directory, desired, organization, &scope, now);
    let departures = dissociate::dissociate(policy, organization, &scope, leaving, now);
    let settled = hold::settle(policy, desired, organization, &scope, &departures);
    let partial = Partial::new(desired, organization, &scope);
    let (mut changes, seen) = diff::changes(&diff::Basis {
        policy,
        desired,
        organization,
        scope: &scope,
        settled: &settled,
        partial: &partial,
        departures: &departures,
        administrators: &Administrators::new(directory, desired),
        managers: &Managers::new(policy, directory, desired, organization, &scope, &settled, &departures),
        binding: directory::binding(policy, organization),
    });
    changes.sort_by(|left, right| left.sort_key().cmp(&right.sort_key()));
    let steps = order::order(&mut changes);
    let (changes, steps) = only.keep(changes, steps);
    let census = guards::census(policy, desired, organization, &scope, &settled);
    let measures = measure(policy, &census, &changes);
    let guards = trip(&census, &measures, allowances);
    let mut held_back = settled.held_back;
    held_back.extend(departures.held_back);
    held_back.sort();
    held_back.dedup();
    held_back.retain(|held| only.keeps_held_back(held));
    let mut notes: Vec<Note> =
        desired.notes.iter().chain(&scope.notes).cloned().chain(partial.notes(desired)).collect();
    notes.extend(departures.notes.into_iter().chain(seen).chain(directory::notes(policy, organization)));
    notes.retain(|note| only.keeps_note(note));
    notes.sort();
    Plan { changes, steps, held_back, census, measures, guards, notes, only: only.selectors() }
}

/// What must be read again before anything is concluded: owned objects that no selection reaches, the groups above those
/// that were read again already, and users who would lose administrator rights. To be asked until it names nothing more;
/// each object is named once.
pub fn second_look_needed(
    policy: &Policy,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
) -> Vec<ObjectGuid> {
    let scope = pair::pair(policy, directory, desired, organization);
    let guids: std::collections::BTreeSet<ObjectGuid> = leave::unreached_users(desired, &scope)
        .chain(leave::unreached_groups(desired, &scope))
        .chain(doubt::groups_above(policy, directory, desired))
        .chain(administrators::losing(desired, organization, &scope))
        .filter(|guid| !directory.second_looks.contains_key(guid))
        .collect();
    guids.into_iter().collect()
}

/// SHA-256 of a text in lower-case hexadecimal digits, as plans name their policy.
pub fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
