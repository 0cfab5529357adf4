//! Plans and reports for machines. The shapes are public: their schemas stand in `schemas/`.
//!
//! These types are apart from the plan's own, so that the inside may change while the outside does not.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::event::{Outcome, Report};
use crate::model::{Cause, EndOfRead, ObjectGuid, Reason};
use crate::plan::{Action, Change, GuardName, Header, Kind, Plan, SourceKind, TargetKind};

/// Version of both documents. The first number changes when a reader of the old form would misread the new one.
pub const FORMAT_VERSION: &str = "1.0";

/// A plan as JSON. A run over several policies writes an array of these.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanDocument {
    /// Version of this document.
    format_version: &'static str,
    policy: PolicyJson,
    source: SourceJson,
    target: TargetJson,
    /// The selectors that left this part of the plan; absent for the whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    only: Vec<String>,
    summary: Summary,
    /// Guards that stop the plan.
    guards: Vec<GuardJson>,
    /// Every change, sorted by kind, action and name.
    changes: Vec<ChangeJson>,
    /// Objects that would be written, and are left exactly as they are.
    held_back: Vec<HeldBackJson>,
    /// Things seen and left alone.
    notes: Vec<NoteJson>,
}

/// The policy that the plan comes from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PolicyJson {
    name: String,
    /// SHA-256 of the policy file, with what it includes and the values of its variables where it has any, in hexadecimal
    /// digits.
    digest: String,
}

/// Where the directory was read from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SourceJson {
    kind: SourceKind,
    /// The server's URL, or the file as the policy names it.
    location: String,
    domain: String,
    root_container: String,
    security_group: String,
    evidence: EvidenceJson,
}

/// Why the read of the directory counts as whole.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EvidenceJson {
    searches: Vec<SearchJson>,
    pages: u32,
    entries: u64,
    /// Ranged attributes that were read to their last piece.
    ranges_closed: u64,
    /// Continuation references, noted and not followed.
    references: Vec<String>,
    /// Whether the source proves that nothing is missing at its end.
    end_proven: bool,
}

/// One search.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SearchJson {
    name: String,
    pages: u32,
    entries: u64,
}

/// Where changes go.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TargetJson {
    kind: TargetKind,
    /// The API's URL, or the state file as the policy names it.
    location: String,
    /// `_id` of the organization, where the API tells it.
    organization: Option<String>,
    /// Id of the Active Directory object of the domain, if there is one.
    directory: Option<String>,
}

/// How many changes there are of each action.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Summary {
    create: usize,
    adopt: usize,
    update: usize,
    suspend: usize,
    activate: usize,
    unbind: usize,
    remove: usize,
    memberships_added: usize,
    memberships_removed: usize,
}

/// A guard that stops the plan.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct GuardJson {
    guard: GuardName,
    /// What is counted.
    of: String,
    measured: u64,
    limit: Option<u64>,
    percent: Option<u8>,
    /// How many are owned, of which the percentage is taken.
    owned: Option<u64>,
    /// The flag that lifts the guard for one run; null where nothing does.
    allow: Option<String>,
}

/// One change of one object.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ChangeJson {
    kind: Kind,
    action: Action,
    name: String,
    #[cfg_attr(test, schemars(with = "uuid::Uuid"))]
    guid: ObjectGuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jumpcloud_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    because: String,
    fields: Vec<FieldJson>,
    /// Values that the object holds for a moment, because names go round in a cycle.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, schemars(default))]
    parked: BTreeMap<String, String>,
    /// Usernames of the managers whose ids are among the values. A manager who comes into being in the same run has its
    /// GUID in the place of the id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, schemars(default))]
    managers: BTreeMap<String, String>,
    /// False where the user becomes active without a mail from JumpCloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    welcome_email: Option<bool>,
}

/// The group of a membership.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct GroupJson {
    name: String,
    #[cfg_attr(test, schemars(with = "uuid::Uuid"))]
    guid: ObjectGuid,
}

/// One field before and after; null is absent.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FieldJson {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// An object that is left exactly as it is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HeldBackJson {
    kind: Kind,
    name: String,
    /// Null where only a DN is known.
    #[cfg_attr(test, schemars(with = "Option<uuid::Uuid>"))]
    guid: Option<ObjectGuid>,
    reason: Reason,
    because: String,
}

/// Something seen and left alone.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NoteJson {
    /// A stable name of the kind of note.
    code: String,
    /// What it is about.
    subject: String,
    message: String,
}

/// An apply as JSON: the plan and what came of it. A run over several policies writes an array of these.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApplyDocument {
    /// Version of this document.
    format_version: &'static str,
    plan: PlanDocument,
    /// Whether every change is done.
    complete: bool,
    /// Whether somebody asked to stop.
    interrupted: bool,
    /// How many changes are done.
    applied: usize,
    /// What was done and looked at first; absent when nobody asked for it, or nothing was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    canary: Option<CanaryJson>,
    /// The journal's file; null when nothing was begun.
    journal: Option<String>,
    /// Why the journal could not be written, so that it does not tell the end of the run; null when it does.
    journal_error: Option<String>,
    /// One result for each change of the plan, in its order.
    results: Vec<ResultJson>,
}

/// What was done and looked at before the rest.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CanaryJson {
    /// How many users and groups were done first, those that they needed among them.
    objects: usize,
    /// Whether all was as planned when it was read again. If not, nothing else was begun.
    held: bool,
}

/// How one change ended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ResultJson {
    kind: Kind,
    action: Action,
    name: String,
    #[cfg_attr(test, schemars(with = "uuid::Uuid"))]
    guid: ObjectGuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupJson>,
    outcome: OutcomeJson,
    /// Why it is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// How a change ended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum OutcomeJson {
    Done,
    Failed,
    Unknown,
    Skipped,
}

impl PlanDocument {
    /// The document of a plan.
    pub fn new(plan: &Plan, header: &Header) -> Self {
        let objects = |action| plan.count(Kind::User, action) + plan.count(Kind::Group, action);
        Self {
            format_version: FORMAT_VERSION,
            policy: PolicyJson { name: header.policy.clone(), digest: header.digest.clone() },
            source: source(header),
            target: TargetJson {
                kind: header.target.kind,
                location: header.target.location.clone(),
                organization: header.target.organization.clone(),
                directory: header.target.directory.clone(),
            },
            only: plan.only.clone(),
            summary: Summary {
                create: objects(Action::Create),
                adopt: objects(Action::Adopt),
                update: objects(Action::Update),
                suspend: objects(Action::Suspend),
                activate: objects(Action::Activate),
                unbind: objects(Action::Unbind),
                remove: objects(Action::Remove),
                memberships_added: plan.count(Kind::Membership, Action::Add),
                memberships_removed: plan.count(Kind::Membership, Action::Drop),
            },
            guards: plan
                .guards
                .iter()
                .map(|guard| GuardJson {
                    guard: guard.guard,
                    of: guard.of.clone(),
                    measured: guard.measured,
                    limit: guard.limit,
                    percent: guard.percent,
                    owned: guard.owned,
                    allow: guard.allow.clone(),
                })
                .collect(),
            changes: plan.changes.iter().map(change).collect(),
            held_back: plan
                .held_back
                .iter()
                .map(|held| HeldBackJson {
                    kind: held.kind,
                    name: held.name.clone(),
                    guid: held.guid,
                    reason: held.reason,
                    because: held.because.clone(),
                })
                .collect(),
            notes: plan
                .notes
                .iter()
                .map(|note| NoteJson {
                    code: note.code.to_string(),
                    subject: note.subject.clone(),
                    message: note.message.clone(),
                })
                .collect(),
        }
    }
}

impl ApplyDocument {
    /// The document of an apply.
    pub fn new(plan: &Plan, header: &Header, report: &Report) -> Self {
        let results = plan.changes.iter().zip(&report.outcomes).map(|(change, outcome)| {
            let (outcome, message) = match outcome {
                Outcome::Done => (OutcomeJson::Done, None),
                Outcome::Failed(why) => (OutcomeJson::Failed, Some(why.clone())),
                Outcome::Unknown(why) => (OutcomeJson::Unknown, Some(why.clone())),
                Outcome::Skipped(why) => (OutcomeJson::Skipped, Some(why.clone())),
            };
            ResultJson {
                kind: change.kind,
                action: change.action,
                name: change.name.clone(),
                guid: change.guid,
                group: group(change),
                outcome,
                message,
            }
        });
        Self {
            format_version: FORMAT_VERSION,
            plan: PlanDocument::new(plan, header),
            complete: report.is_whole(),
            interrupted: report.was_interrupted,
            applied: report.done(),
            canary: report.canary.map(|canary| CanaryJson { objects: canary.objects, held: canary.is_held }),
            journal: report.journal.clone(),
            journal_error: report.failed_journal.clone(),
            results: results.collect(),
        }
    }
}

fn source(header: &Header) -> SourceJson {
    let evidence = &header.source.evidence;
    SourceJson {
        kind: header.source.kind,
        location: header.source.location.clone(),
        domain: header.source.domain.clone(),
        root_container: header.source.root_container.clone(),
        security_group: header.source.security_group.clone(),
        evidence: EvidenceJson {
            searches: evidence
                .searches
                .iter()
                .map(|search| SearchJson {
                    name: search.name.clone(),
                    pages: search.pages,
                    entries: search.entries,
                })
                .collect(),
            pages: evidence.searches.iter().map(|search| search.pages).sum(),
            entries: evidence.searches.iter().map(|search| search.entries).sum(),
            ranges_closed: evidence.ranges_closed,
            references: evidence.references.clone(),
            end_proven: evidence.end == EndOfRead::Proven,
        },
    }
}

fn change(change: &Change) -> ChangeJson {
    ChangeJson {
        kind: change.kind,
        action: change.action,
        name: change.name.clone(),
        guid: change.guid,
        group: group(change),
        jumpcloud_id: change.jumpcloud_id.clone(),
        cause: change.cause,
        because: change.because.clone(),
        fields: change
            .fields
            .iter()
            .map(|field| FieldJson {
                field: field.field.to_string(),
                before: field.before.clone(),
                after: field.after.clone(),
            })
            .collect(),
        parked: change.parked.iter().map(|(field, value)| (field.to_string(), value.clone())).collect(),
        managers: change.managers.clone(),
        welcome_email: change.is_silent.then_some(false),
    }
}

fn group(change: &Change) -> Option<GroupJson> {
    change.group.as_ref().map(|group| GroupJson { name: group.name.clone(), guid: group.guid })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Set `ADJUNCT_WRITE_SCHEMAS=1` to write them anew.
    #[test]
    fn schemas_stand_in_their_files() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        for (name, schema) in [
            ("plan.schema.json", schemars::schema_for!(PlanDocument)),
            ("apply.schema.json", schemars::schema_for!(ApplyDocument)),
            ("history.schema.json", schemars::schema_for!(crate::render::HistoryDocument)),
            ("journal.schema.json", schemars::schema_for!(crate::journal::Line)),
            ("restore.schema.json", schemars::schema_for!(crate::render::RestoreDocument)),
            ("validate.schema.json", schemars::schema_for!(crate::render::ValidationDocument)),
            ("watch-line.schema.json", schemars::schema_for!(crate::watch::Line)),
        ] {
            let expected = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
            let path = folder.join(name);
            if std::env::var_os("ADJUNCT_WRITE_SCHEMAS").is_some() {
                std::fs::write(&path, &expected).unwrap();
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), expected, "{name}");
        }
    }
}
