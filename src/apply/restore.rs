//! A restore plan → writes.
//!
//! Objects first, since others name them; then what belongs to each; last the notes that they are being restored, of those
//! from whom nothing is missing any more, neither of them nor of what needs them. So a run that ends anywhere leaves
//! objects that the next one recognizes, and a run that nothing interrupts leaves no note.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;

use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use super::ledger::witness_of;
use super::lost::WAITS;
use super::written::{Failure, done, failed};
use crate::event::{Outcome, PartOutcome, RestoreReport};
use crate::journal::{Ending, Entry, Journal};
use crate::jumpcloud::{Bound, Client, JumpCloudError};
use crate::model::{Field, JumpCloudGroupId, JumpCloudUserId, Record, RemovedGroup, RemovedUser};
use crate::plan::{Kind, Other, Part, Place, Restoration, RestorePlan};

/// Does what the plan says, with at most `parallelism` objects at a time. When `interrupt` turns true, requests in flight
/// are finished and no other is started. `on_part` hears of every part that ends. The journal, which has begun and holds
/// the plan, gets its last line.
pub async fn restore(
    client: &Client,
    plan: &RestorePlan,
    parallelism: usize,
    interrupt: watch::Receiver<bool>,
    journal: &Journal,
    on_part: impl Fn(&Restoration, &Part),
) -> RestoreReport {
    let run = Run {
        client,
        plan,
        parallelism: parallelism.max(1),
        interrupt,
        journal,
        is_refused: Cell::new(false),
        on_part,
    };
    let mut report = RestoreReport {
        outcomes: plan
            .restorations
            .iter()
            .map(|restoration| {
                vec![PartOutcome::Ended(Outcome::Skipped("not begun".to_owned())); restoration.parts.len()]
            })
            .collect(),
        ids: plan.restorations.iter().map(|restoration| restoration.half_made.clone()).collect(),
        journal: Some(journal.path().to_string_lossy().into_owned()),
        ..RestoreReport::default()
    };
    for stage in [Stage::Object, Stage::Belongings, Stage::Note] {
        run.stage(stage, &mut report).await;
    }
    report.was_interrupted = *run.interrupt.borrow() && !report.is_whole();
    let failed_journal = close(journal, &report).await.err().map(|error| error.to_string());
    RestoreReport { failed_journal, ..report }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Object,
    Belongings,
    Note,
}

impl Stage {
    fn of(part: &Part) -> Self {
        match part {
            Part::Create(_) => Self::Object,
            Part::Fields(_)
            | Part::SshKey(_)
            | Part::Membership { .. }
            | Part::Binding(_)
            | Part::Manager { .. }
            | Part::Schedule(_) => Self::Belongings,
            Part::Finish => Self::Note,
        }
    }
}

struct Run<'a, F> {
    client: &'a Client,
    plan: &'a RestorePlan,
    parallelism: usize,
    interrupt: watch::Receiver<bool>,
    journal: &'a Journal,
    /// Whether no other request would fare better.
    is_refused: Cell<bool>,
    on_part: F,
}

/// What came of an object's parts of one stage: outcomes by position, and the id of an object that came into being.
type Ended = (Vec<(usize, PartOutcome)>, Option<String>);

impl<F: Fn(&Restoration, &Part)> Run<'_, F> {
    async fn stage(&self, stage: Stage, report: &mut RestoreReport) {
        let unfinished = if stage == Stage::Note { unfinished(self.plan, report) } else { BTreeSet::new() };
        let ids = report.ids.clone();
        let restorations = self.plan.restorations.iter().enumerate();
        let work = restorations.map(|(index, restoration)| {
            let (ids, is_unfinished) = (&ids, unfinished.contains(&index));
            async move { (index, self.object(index, restoration, stage, ids, is_unfinished).await) }
        });
        let mut ended = stream::iter(work).buffered(self.parallelism);
        while let Some((index, (outcomes, new_id))) = ended.next().await {
            for (position, outcome) in outcomes {
                if let Some(slot) = report.outcomes.get_mut(index).and_then(|slots| slots.get_mut(position)) {
                    *slot = outcome;
                }
            }
            if let (Some(slot), Some(id)) = (report.ids.get_mut(index), new_id) {
                *slot = Some(id);
            }
        }
    }

    /// Does the parts of an object that belong to this stage, one after the other.
    async fn object(
        &self,
        index: usize,
        restoration: &Restoration,
        stage: Stage,
        ids: &[Option<String>],
        is_unfinished: bool,
    ) -> Ended {
        let (mut outcomes, mut new_id) = (Vec::new(), None);
        for (position, part) in restoration.parts.iter().enumerate() {
            if Stage::of(part) != stage {
                continue;
            }
            let result = if self.is_refused.get() {
                Err(skipped("JumpCloud refuses every request"))
            } else if *self.interrupt.borrow() {
                Err(skipped("the run was interrupted"))
            } else if is_unfinished {
                Err(skipped("something is missing yet: restore again to go on"))
            } else {
                let client =
                    self.client.witnessed_by(witness_of(self.journal, index, words(restoration, part)));
                write(&client, restoration, part, index, ids).await
            };
            let outcome = match result {
                Ok(Written::Nothing) => PartOutcome::Ended(Outcome::Done),
                Ok(Written::Gone) => PartOutcome::Gone,
                Ok(Written::Object(id)) => {
                    new_id = Some(id);
                    PartOutcome::Ended(Outcome::Done)
                }
                Err(failure) => {
                    self.is_refused.set(self.is_refused.get() || failure.is_final);
                    PartOutcome::Ended(failure.outcome)
                }
            };
            (self.on_part)(restoration, part);
            outcomes.push((position, outcome));
        }
        (outcomes, new_id)
    }
}

fn skipped(why: &str) -> Failure {
    Outcome::Skipped(why.to_owned()).into()
}

/// What is done, for the journal.
fn words(restoration: &Restoration, part: &Part) -> String {
    let kind = if restoration.kind == Kind::User { "user" } else { "group" };
    let what = match part {
        Part::Create(_) => "create",
        Part::Fields(_) => "fields of",
        Part::SshKey(_) => "SSH key of",
        Part::Membership { .. } => "membership of",
        Part::Binding(_) => "binding of",
        Part::Manager { .. } => "manager of or to",
        Part::Schedule(_) => "planned state of",
        Part::Finish => "finish",
    };
    format!("{what} {kind} {}", restoration.name)
}

/// Restorations from which something is missing, or from what needs them.
fn unfinished(plan: &RestorePlan, report: &RestoreReport) -> BTreeSet<usize> {
    let mut unfinished = BTreeSet::new();
    for (index, (restoration, outcomes)) in plan.restorations.iter().zip(&report.outcomes).enumerate() {
        for (part, outcome) in restoration.parts.iter().zip(outcomes) {
            if *part == Part::Finish || outcome.is_settled() {
                continue;
            }
            unfinished.insert(index);
            let (Part::Membership { user: one, group: other, .. }
            | Part::Manager { user: one, manager: other }) = part
            else {
                continue;
            };
            for place in [&one.place, &other.place] {
                if let Place::Restored(needed) = place {
                    unfinished.insert(*needed);
                }
            }
        }
    }
    unfinished
}

/// What a part came to.
enum Written {
    Nothing,
    /// What it leads to is not there.
    Gone,
    /// An object with this id.
    Object(String),
}

async fn write(
    client: &Client,
    restoration: &Restoration,
    part: &Part,
    index: usize,
    ids: &[Option<String>],
) -> Result<Written, Failure> {
    if let Part::Create(fields) = part {
        return create(client, restoration, fields).await.map(Written::Object);
    }
    let id = resolve(&Place::Restored(index), ids).ok_or_else(|| skipped("it is not there"))?;
    let find = |other: &Other| {
        resolve(&other.place, ids).ok_or_else(|| skipped(&format!("{} is not there", other.name)))
    };
    let (user, group) = (JumpCloudUserId::new(id.as_str()), JumpCloudGroupId::new(id.as_str()));
    let is_user = restoration.kind == Kind::User;
    match part {
        Part::Create(_) => Ok(Written::Nothing),
        Part::Fields(fields) => nothing(client.set_user_fields(&user, fields).await),
        Part::SshKey(key) => nothing(client.add_ssh_key(&user, key).await),
        Part::Membership { user, group, attributes } => {
            let (user, group) = (JumpCloudUserId::new(find(user)?), JumpCloudGroupId::new(find(group)?));
            nothing(client.rejoin(&group, &user, attributes).await)
        }
        Part::Binding(binding) => {
            let bound = if is_user { Bound::User(&user) } else { Bound::Group(&group) };
            let mut is_there = true;
            nothing(client.rebind(bound, binding).await.map(|was_there| is_there = was_there))?;
            Ok(if is_there { Written::Nothing } else { Written::Gone })
        }
        Part::Manager { user, manager } => {
            let (user, manager) = (JumpCloudUserId::new(find(user)?), JumpCloudUserId::new(find(manager)?));
            let mut is_set = true;
            nothing(client.set_missing_manager(&user, &manager).await.map(|is_wanted| is_set = is_wanted))?;
            if is_set { Ok(Written::Nothing) } else { Err(failed("the user has another manager by now")) }
        }
        Part::Schedule(scheduled) => nothing(client.schedule_state(&user, scheduled).await),
        Part::Finish if is_user => {
            let changes = [(Field::custom(RemovedUser::RESTORING), None)].into();
            nothing(client.update_user(&user, &changes).await)
        }
        Part::Finish => {
            let old_id = JumpCloudGroupId::new(restoration.old_id.as_str());
            nothing(client.end_restoring_group(&group, &old_id).await)
        }
    }
}

fn nothing(result: Result<(), JumpCloudError>) -> Result<Written, Failure> {
    done(result).map(|_| Written::Nothing)
}

fn resolve(place: &Place, ids: &[Option<String>]) -> Option<String> {
    match place {
        Place::There(id) | Place::Renewed(id) => Some(id.clone()),
        Place::Restored(index) => ids.get(*index)?.clone(),
    }
}

/// Creates the object. When the answer is lost, it is looked for by its note, never sent again.
async fn create(client: &Client, restoration: &Restoration, fields: &Record) -> Result<String, Failure> {
    let created = if restoration.kind == Kind::User {
        client.rebuild_user(fields).await.map(|id| id.to_string())
    } else {
        client.rebuild_group(fields).await.map(|id| id.to_string())
    };
    match created {
        Ok(id) => Ok(id),
        Err(error) if error.is_outcome_unknown() => look_for(client, restoration, &error).await,
        Err(error) => Err(Failure::refused(&error)),
    }
}

async fn look_for(
    client: &Client,
    Restoration { kind, name, old_id, .. }: &Restoration,
    error: &JumpCloudError,
) -> Result<String, Failure> {
    for wait in WAITS {
        tokio::time::sleep(wait).await;
        let found: Vec<(String, bool)> = if *kind == Kind::User {
            let note = Field::custom(RemovedUser::RESTORING);
            let Ok(found) = client.find_users(name).await else { continue };
            found.iter().map(|(id, user)| (id.to_string(), user.field(&note) == Some(old_id))).collect()
        } else {
            let old_id = Some(JumpCloudGroupId::new(old_id.as_str()));
            let Ok(found) = client.find_groups(name).await else { continue };
            let is_it = |description: &str| RemovedGroup::restored_id(description) == old_id;
            found.iter().map(|(id, group)| (id.to_string(), is_it(&group.description))).collect()
        };
        if let Some((id, _)) = found.iter().find(|(_, is_it)| *is_it) {
            return Ok(id.clone());
        }
        if !found.is_empty() {
            return Err(failed(&format!("another object has its name ({})", error.words())));
        }
    }
    let why =
        format!("the answer was lost and the object does not show; restore again later ({})", error.words());
    Err(Outcome::Unknown(why).into())
}

/// Writes what is not done, and that the run is over.
async fn close(journal: &Journal, report: &RestoreReport) -> io::Result<()> {
    for (change, outcomes) in report.outcomes.iter().enumerate() {
        for outcome in outcomes {
            let (outcome, message) = match outcome {
                PartOutcome::Ended(Outcome::Done) => continue,
                PartOutcome::Gone => (Ending::Skipped, "what it leads to is not there any more"),
                PartOutcome::Ended(Outcome::Failed(why)) => (Ending::Failed, why.as_str()),
                PartOutcome::Ended(Outcome::Unknown(why)) => (Ending::Unknown, why.as_str()),
                PartOutcome::Ended(Outcome::Skipped(why)) => (Ending::Skipped, why.as_str()),
            };
            journal.note(Entry::Ended { change, outcome, message: message.to_owned() });
        }
    }
    let (of, applied) = report.counts();
    journal.announce(Entry::End { applied, of, interrupted: report.was_interrupted }).await
}
