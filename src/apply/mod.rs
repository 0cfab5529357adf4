//! A plan → writes, in the plan's own order.
//!
//! Apply has no choice: every write, its values and what must come before it stand in the plan. What is decided here is
//! only when to start the next step, and what an answer that got lost meant.
//!
//! Invariants:
//! - A step starts when every step that it needs has succeeded, and not before the stage before its own has ended.
//! - What a step is about to do is in the journal, on the disk, before its request leaves.
//! - One failing object fails alone; only what needs it is skipped.
//! - A create is sent once. A lost answer is looked up by mark, never sent again.
//! - Somebody is read once more before being removed, suspended, released or taken over.
//! - Nothing is removed before all that goes with it is in the journal, on the disk.
//! - Where a canary is asked for, nothing else begins before all of it was done, read again and found as planned.
//! - Nobody stays parked whose old name is free.

mod canary;
mod group;
mod ledger;
mod look;
mod lost;
mod precondition;
mod restore;
mod schedule;
mod user;
mod write;
mod written;

pub use precondition::read_again;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::event::{Event, Outcome, Report};
use crate::journal::Journal;
use crate::jumpcloud::Client;
use crate::model::ObjectGuid;
use crate::plan::{Deed, Kind, Plan};
use canary::Canary;
pub use restore::restore;
use schedule::Schedule;
use written::Written;

/// JumpCloud ids of objects that this run created.
type NewIds = BTreeMap<(Kind, ObjectGuid), String>;

/// How an apply goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The most steps at a time; 0 counts as 1.
    pub parallelism: usize,
    /// How many objects are done and looked at before the rest is begun; none to begin with all.
    pub canary: Option<NonZeroUsize>,
}

impl Pace {
    /// No canary.
    pub fn steady(parallelism: usize) -> Self {
        Self { parallelism, canary: None }
    }
}

/// Does what the plan says. `now` is the time of the apply, which clocks of leavers get.
///
/// When `interrupt` turns true, steps in flight are finished and no other is started. `on_event` hears of every step.
/// The journal, which has begun and holds the plan, gets its last line.
pub async fn apply(
    client: &Client,
    plan: &Plan,
    pace: Pace,
    now: Timestamp,
    interrupt: watch::Receiver<bool>,
    journal: &Journal,
    mut on_event: impl FnMut(&Event),
) -> Report {
    let mut canary = Canary::new(plan, pace);
    let mut schedule = Schedule::new(plan, canary.changes());
    let mut new_ids = NewIds::new();
    let mut in_flight = FuturesUnordered::new();
    let mut is_refused = false;
    loop {
        while in_flight.len() < pace.parallelism.max(1) && !*interrupt.borrow() && !is_refused {
            let Some(index) = schedule.next() else { break };
            let Some((step, change)) =
                plan.steps.get(index).and_then(|step| Some((step, plan.changes.get(step.change)?)))
            else {
                continue;
            };
            on_event(&Event::Began { change: step.change, deed: step.deed });
            let deed = step.deed;
            let client = client.witnessed_by(ledger::witness(journal, plan, step.change));
            let keeper = ledger::Keeper::new(journal, step.change);
            let work = write::write(client, keeper, change, deed, &new_ids, now);
            in_flight.push(async move { (index, work.await) });
        }
        let Some((index, written)) = in_flight.next().await else {
            if *interrupt.borrow() {
                break;
            }
            let looked = canary.look(client, plan, &new_ids, schedule.is_done(), now, pace).await;
            let Some(looked) = looked else { break };
            on_event(&Event::Looked(looked));
            if !looked.is_held {
                break;
            }
            schedule.go_on();
            continue;
        };
        let outcome = match written {
            Ok(Written { new_id }) => {
                let change = plan.steps.get(index).and_then(|step| plan.changes.get(step.change));
                if let (Some(change), Some(id)) = (change, new_id) {
                    new_ids.insert((change.kind, change.guid), id);
                }
                Outcome::Done
            }
            Err(failure) => {
                is_refused |= failure.is_final;
                failure.outcome
            }
        };
        for (step, outcome) in schedule.end(index, outcome) {
            if let Some(step) = plan.steps.get(step) {
                on_event(&Event::Ended { change: step.change, deed: step.deed, outcome });
            }
        }
    }
    let was_interrupted = *interrupt.borrow() && !schedule.is_finished();
    let ended: Vec<Option<Outcome>> = schedule.outcomes().collect();
    let not_begun = if is_refused {
        "no other request would have fared better"
    } else {
        canary.stopped().unwrap_or("the run was interrupted")
    };
    let mut outcomes = settle(client, journal, plan, &ended, not_begun).await;
    canary.correct(&mut outcomes);
    let report = Report {
        outcomes,
        was_interrupted,
        canary: canary.report(),
        journal: Some(journal.path().to_string_lossy().into_owned()),
        failed_journal: None,
    };
    let failed_journal = ledger::close(journal, &report).await.err().map(|error| error.to_string());
    Report { failed_journal, ..report }
}

/// How each change ended. Parked values are only for a moment: what counts for a change is its own write, and who
/// cannot have the new name gets the old one back.
async fn settle(
    client: &Client,
    journal: &Journal,
    plan: &Plan,
    ended: &[Option<Outcome>],
    not_begun: &str,
) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Skipped(not_begun.to_owned()); plan.changes.len()];
    let mut parked: BTreeMap<usize, &Outcome> = BTreeMap::new();
    let mut unmanaged: BTreeMap<usize, Outcome> = BTreeMap::new();
    for (step, outcome) in plan.steps.iter().zip(ended) {
        if step.deed == Deed::Manage && *outcome != Some(Outcome::Done) {
            let outcome = outcome.clone().unwrap_or_else(|| Outcome::Skipped(not_begun.to_owned()));
            unmanaged.insert(step.change, outcome);
        }
        let Some(outcome) = outcome else { continue };
        match step.deed {
            Deed::Park => drop(parked.insert(step.change, outcome)),
            Deed::Write => {
                if let Some(slot) = outcomes.get_mut(step.change) {
                    slot.clone_from(outcome);
                }
            }
            Deed::Manage => {}
        }
    }
    for (index, outcome) in unmanaged {
        if let Some(slot) = outcomes.get_mut(index).filter(|slot| **slot == Outcome::Done) {
            *slot = outcome.prefixed("all is written but its manager");
        }
    }
    for (index, parking) in parked {
        let (Some(change), Some(slot)) = (plan.changes.get(index), outcomes.get_mut(index)) else { continue };
        match (parking, &*slot) {
            (Outcome::Done, Outcome::Done | Outcome::Unknown(_)) => {}
            (Outcome::Done, Outcome::Failed(why) | Outcome::Skipped(why)) => {
                let client = client.witnessed_by(ledger::witness(journal, plan, index));
                let left = write::unpark(&client, change).await;
                let still: Vec<String> = left
                    .iter()
                    .filter_map(|field| Some(format!("{field} is {} for now", change.parked.get(field)?)))
                    .collect();
                if !still.is_empty() {
                    *slot = Outcome::Failed(format!("{why}; its {}", still.join(", its ")));
                }
            }
            // The write was skipped for this.
            (parking, _) => slot.clone_from(parking),
        }
    }
    outcomes
}
