//! A plan → writes, in the plan's own order.
//!
//! Apply has no choice: every write, its values and what must come before it stand in the plan. What is decided here is
//! only when to start the next step, and what an answer that got lost meant.
//!
//! Invariants:
//! - A step starts when every step that it needs has succeeded, and not before the stage before its own has ended.
//! - One failing object fails alone; only what needs it is skipped.
//! - A create is sent once. A lost answer is looked up by mark, never sent again.
//! - Somebody is read once more before being removed.

mod lost;
mod schedule;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use crate::event::{Event, Outcome, Report};
use crate::jumpcloud::Client;
use crate::model::ObjectGuid;
use crate::plan::{Change, Deed, Kind, Plan};
use schedule::Schedule;
use write::Written;

/// JumpCloud ids of objects that this run created.
type NewIds = BTreeMap<(Kind, ObjectGuid), String>;

/// Does what the plan says, with at most `parallelism` steps at a time.
///
/// When `interrupt` turns true, steps in flight are finished and no other is started. `on_event` hears of every step.
pub async fn apply(
    client: &Client,
    plan: &Plan,
    parallelism: usize,
    interrupt: watch::Receiver<bool>,
    mut on_event: impl FnMut(&Event),
) -> Report {
    let mut schedule = Schedule::new(plan);
    let mut new_ids = NewIds::new();
    let mut in_flight = FuturesUnordered::new();
    let mut is_refused = false;
    loop {
        while in_flight.len() < parallelism.max(1) && !*interrupt.borrow() && !is_refused {
            let Some(index) = schedule.next() else { break };
            let Some((step, change)) =
                plan.steps.get(index).and_then(|step| Some((step, plan.changes.get(step.change)?)))
            else {
                continue;
            };
            on_event(&Event::Began { change: step.change, deed: step.deed });
            let deed = step.deed;
            let work = write::write(client, change, deed, &new_ids);
            in_flight.push(async move { (index, work.await) });
        }
        let Some((index, written)) = in_flight.next().await else { break };
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
    let why = if is_refused { "JumpCloud refuses every request" } else { "the run was interrupted" };
    let mut outcomes = vec![Outcome::Skipped(why.to_owned()); plan.changes.len()];
    let mut parked = BTreeSet::new();
    for (step, outcome) in plan.steps.iter().zip(schedule.outcomes()) {
        match (step.deed, outcome, outcomes.get_mut(step.change)) {
            (Deed::Write, Some(outcome), Some(slot)) => *slot = outcome,
            (Deed::Park, Some(Outcome::Done), _) => {
                parked.insert(step.change);
            }
            (Deed::Write | Deed::Park, ..) => {}
        }
    }
    for change in parked {
        if let (Some(outcome), Some(change)) = (outcomes.get_mut(change), plan.changes.get(change)) {
            tell_parked(outcome, change);
        }
    }
    Report { outcomes, was_interrupted }
}

/// Says of an object that is not done that it goes by its parked names until the next run.
fn tell_parked(outcome: &mut Outcome, change: &Change) {
    let names: Vec<&str> = change.parked.values().map(String::as_str).collect();
    match outcome {
        Outcome::Done => {}
        Outcome::Failed(why) | Outcome::Unknown(why) | Outcome::Skipped(why) => {
            *why = format!("{why}; until the next apply it is called {}", names.join(", "));
        }
    }
}
