//! A restore for machines. The shapes are public: their schemas stand in `schemas/`.

use serde::Serialize;

use crate::event::{Outcome, PartOutcome, RestoreReport};
use crate::model::{Binding, Record, ScheduledState, SshKey};
use crate::plan::{Kind, NotRestored, Other, Part, Place, Restoration, RestorePlan, RestoreReason};

use super::FORMAT_VERSION;

/// What a restore would do, as JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RestorePlanDocument {
    /// Version of this document.
    format_version: &'static str,
    /// The policy's name.
    policy: String,
    /// The API's URL, or the state file as the policy names it.
    target: String,
    summary: RestoreSummary,
    /// Groups first, then users, by name.
    restorations: Vec<RestorationJson>,
    /// Objects that stay away.
    held_back: Vec<NotRestoredJson>,
}

/// How many objects come back.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RestoreSummary {
    users: usize,
    groups: usize,
    held_back: usize,
}

/// An object that comes back.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RestorationJson {
    kind: Kind,
    name: String,
    /// The id that it had.
    old_id: String,
    /// The id that an interrupted restore has given it.
    half_made: Option<String>,
    /// What is written, in this order.
    parts: Vec<PartJson>,
    /// What does not come back.
    lost: Vec<LostJson>,
}

/// One write.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "part", rename_all = "kebab-case")]
enum PartJson {
    /// The object itself.
    Create {
        /// Its fields, as the API spells them.
        fields: Record,
    },
    /// Fields that JumpCloud fills in by itself, as they were.
    Fields {
        /// The fields, as the API spells them.
        fields: Record,
    },
    /// An SSH key.
    SshKey { name: String, public_key: String },
    /// A user's place in a group.
    Membership { user: OtherJson, group: OtherJson },
    /// A direct connection.
    Binding {
        /// What it leads to.
        #[serde(rename = "type")]
        kind: String,
        id: String,
    },
    /// A user's manager.
    Manager { user: OtherJson, manager: OtherJson },
    /// A change of state at a time to come.
    Schedule { state: String, date: String },
    /// The note that the object is being restored goes.
    Finish,
}

/// A user or group that a part is about.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OtherJson {
    name: String,
    /// Its id; null while it is still to be restored.
    id: Option<String>,
    /// Whether a group of that name stands for one that is gone.
    by_name: bool,
}

/// Something that does not come back.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LostJson {
    what: String,
    because: String,
}

/// An object that stays away.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NotRestoredJson {
    kind: Kind,
    name: String,
    old_id: String,
    reason: RestoreReason,
    because: String,
}

/// What became of a restore, as JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RestoreDocument {
    /// Version of this document.
    format_version: &'static str,
    plan: RestorePlanDocument,
    /// Whether nothing is left to do.
    complete: bool,
    /// Whether somebody asked to stop.
    interrupted: bool,
    /// The journal's file; null when nothing was begun.
    journal: Option<String>,
    /// Why the journal could not be written, so that it does not tell the end of the run; null when it does.
    journal_error: Option<String>,
    /// For each restoration of the plan, what became of it.
    results: Vec<ResultJson>,
}

/// What became of an object.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ResultJson {
    /// The id that it has now; null where it could not be made.
    id: Option<String>,
    /// For each of its parts, how it ended.
    parts: Vec<PartResultJson>,
}

/// How a part ended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PartResultJson {
    outcome: PartOutcomeJson,
    /// Why it is not done.
    message: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum PartOutcomeJson {
    /// JumpCloud holds it.
    Done,
    /// What it leads to is not there any more.
    Gone,
    /// JumpCloud refused it, or was not reached.
    Failed,
    /// The answer was lost.
    Unknown,
    /// Not tried.
    Skipped,
}

impl RestorePlanDocument {
    /// The document of a plan.
    pub fn new(plan: &RestorePlan, policy: &str, target: &str) -> Self {
        let count = |kind| plan.restorations.iter().filter(|restoration| restoration.kind == kind).count();
        Self {
            format_version: FORMAT_VERSION,
            policy: policy.to_owned(),
            target: target.to_owned(),
            summary: RestoreSummary {
                users: count(Kind::User),
                groups: count(Kind::Group),
                held_back: plan.held_back.len(),
            },
            restorations: plan.restorations.iter().map(restoration).collect(),
            held_back: plan.held_back.iter().cloned().map(not_restored).collect(),
        }
    }
}

impl RestoreDocument {
    /// The document of a plan and of what became of it; of none where nothing was tried.
    pub fn new(plan: &RestorePlan, policy: &str, target: &str, report: &RestoreReport) -> Self {
        let results = report.ids.iter().zip(&report.outcomes).map(|(id, outcomes)| ResultJson {
            id: id.clone(),
            parts: outcomes.iter().map(part_result).collect(),
        });
        Self {
            format_version: FORMAT_VERSION,
            plan: RestorePlanDocument::new(plan, policy, target),
            complete: report.is_whole() && !plan.leaves_out(),
            interrupted: report.was_interrupted,
            journal: report.journal.clone(),
            journal_error: report.failed_journal.clone(),
            results: results.collect(),
        }
    }
}

fn restoration(restoration: &Restoration) -> RestorationJson {
    let lost = restoration.lost.iter();
    RestorationJson {
        kind: restoration.kind,
        name: restoration.name.clone(),
        old_id: restoration.old_id.clone(),
        half_made: restoration.half_made.clone(),
        parts: restoration.parts.iter().map(part).collect(),
        lost: lost.map(|lost| LostJson { what: lost.what.clone(), because: lost.because.clone() }).collect(),
    }
}

fn not_restored(held: NotRestored) -> NotRestoredJson {
    let NotRestored { kind, name, old_id, reason, because } = held;
    NotRestoredJson { kind, name, old_id, reason, because }
}

fn part(part: &Part) -> PartJson {
    match part {
        Part::Create(fields) => PartJson::Create { fields: fields.clone() },
        Part::Fields(fields) => PartJson::Fields { fields: fields.clone() },
        Part::SshKey(SshKey { name, public_key }) => {
            PartJson::SshKey { name: name.clone(), public_key: public_key.clone() }
        }
        Part::Membership { user, group, .. } => {
            PartJson::Membership { user: other(user), group: other(group) }
        }
        Part::Binding(Binding { kind, id, .. }) => PartJson::Binding { kind: kind.clone(), id: id.clone() },
        Part::Manager { user, manager } => PartJson::Manager { user: other(user), manager: other(manager) },
        Part::Schedule(ScheduledState { state, date }) => {
            PartJson::Schedule { state: state.clone(), date: date.to_string() }
        }
        Part::Finish => PartJson::Finish,
    }
}

fn other(Other { name, place }: &Other) -> OtherJson {
    let id = match place {
        Place::There(id) | Place::Renewed(id) => Some(id.clone()),
        Place::Restored(_) => None,
    };
    OtherJson { name: name.clone(), id, by_name: matches!(place, Place::Renewed(_)) }
}

fn part_result(outcome: &PartOutcome) -> PartResultJson {
    let (outcome, message) = match outcome {
        PartOutcome::Ended(Outcome::Done) => (PartOutcomeJson::Done, None),
        PartOutcome::Gone => (PartOutcomeJson::Gone, None),
        PartOutcome::Ended(Outcome::Failed(why)) => (PartOutcomeJson::Failed, Some(why.clone())),
        PartOutcome::Ended(Outcome::Unknown(why)) => (PartOutcomeJson::Unknown, Some(why.clone())),
        PartOutcome::Ended(Outcome::Skipped(why)) => (PartOutcomeJson::Skipped, Some(why.clone())),
    };
    PartResultJson { outcome, message }
}
