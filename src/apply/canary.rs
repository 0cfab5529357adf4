//! The first objects of an apply, looked at before the rest is begun.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::look::Look;
use super::{NewIds, Pace};
use crate::event::{CanaryReport, Outcome};
use crate::jumpcloud::Client;
use crate::plan::Plan;

/// Which changes come first, and what became of them.
#[derive(Debug)]
pub(super) struct Canary {
    /// None when nothing comes first.
    changes: Option<BTreeSet<usize>>,
    /// How many users and groups they are of.
    objects: usize,
    verdict: Verdict,
}

#[derive(Debug)]
enum Verdict {
    /// They were not looked at.
    Open,
    /// All is as planned.
    Held,
    /// Some failed. Those that JumpCloud took and does not show as planned are named here.
    Broken(BTreeMap<usize, Outcome>),
}

impl Canary {
    pub(super) fn new(plan: &Plan, pace: Pace) -> Self {
        let changes = pace.canary.map(|count| plan.canary(count));
        let objects = changes.as_ref().map_or(0, |changes| plan.objects(changes));
        Self { changes, objects, verdict: Verdict::Open }
    }

    /// The changes that may begin before it is looked at; none for all.
    pub(super) fn changes(&self) -> Option<&BTreeSet<usize>> {
        self.changes.as_ref()
    }

    /// Looks at it, once, after its steps have ended. What it is then; none when there is nothing to look at.
    pub(super) async fn look(
        &mut self,
        client: &Client,
        plan: &Plan,
        new_ids: &NewIds,
        is_done: bool,
        now: Timestamp,
        pace: Pace,
    ) -> Option<CanaryReport> {
        let (Some(changes), Verdict::Open) = (&self.changes, &self.verdict) else { return None };
        let mut broken = BTreeMap::new();
        if is_done {
            let changes = changes.iter().filter_map(|index| Some((*index, plan.changes.get(*index)?)));
            let looks = changes.map(async |(index, change)| {
                let outcome = Look { client, change, new_ids, now }.until_it_shows().await;
                outcome.map(|outcome| (index, outcome))
            });
            let looks = stream::iter(looks).buffer_unordered(pace.parallelism.max(1));
            broken = looks.filter_map(std::future::ready).collect().await;
        }
        let is_held = is_done && broken.is_empty();
        self.verdict = if is_held { Verdict::Held } else { Verdict::Broken(broken) };
        self.report()
    }

    /// Why changes that were not begun were not, if that is for the canary.
    pub(super) fn stopped(&self) -> Option<&'static str> {
        let words = "the canary did not hold, so the rest was not begun";
        matches!(self.verdict, Verdict::Broken(_)).then_some(words)
    }

    /// How the canary's changes really ended, where JumpCloud took them and does not show them as planned.
    pub(super) fn correct(&self, outcomes: &mut [Outcome]) {
        let Verdict::Broken(broken) = &self.verdict else { return };
        for (index, outcome) in broken {
            if let Some(slot) = outcomes.get_mut(*index) {
                slot.clone_from(outcome);
            }
        }
    }

    pub(super) fn report(&self) -> Option<CanaryReport> {
        let is_held = matches!(self.verdict, Verdict::Held);
        self.changes.as_ref().map(|_| CanaryReport { objects: self.objects, is_held })
    }
}
