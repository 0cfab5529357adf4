//! Which step is next.

use std::collections::BTreeSet;

use crate::event::Outcome;
use crate::plan::{Plan, Stage};

/// The steps of a plan and how far they are.
#[derive(Debug)]
pub(super) struct Schedule {
    steps: Vec<State>,
    /// Steps whose needs are met, by stage and index.
    ready: BTreeSet<(Stage, usize)>,
    /// Steps that have not ended, by stage and index.
    open: BTreeSet<(Stage, usize)>,
}

#[derive(Debug)]
struct State {
    stage: Stage,
    /// Steps that must succeed and have not ended.
    waits_for: usize,
    /// Steps that need this one.
    needed_by: Vec<usize>,
    outcome: Option<Outcome>,
}

impl Schedule {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut steps: Vec<State> = plan
            .steps
            .iter()
            .map(|step| State {
                stage: step.stage,
                waits_for: step.after.len(),
                needed_by: Vec::new(),
                outcome: None,
            })
            .collect();
        for (index, step) in plan.steps.iter().enumerate() {
            for &before in &step.after {
                if let Some(state) = steps.get_mut(before) {
                    state.needed_by.push(index);
                }
            }
        }
        let open = steps.iter().enumerate().map(|(index, state)| (state.stage, index)).collect();
        let ready = steps
            .iter()
            .enumerate()
            .filter(|(_, state)| state.waits_for == 0)
            .map(|(index, state)| (state.stage, index))
            .collect();
        Self { steps, ready, open }
    }

    /// The next step that may start: none while those in flight hold up all others.
    pub(super) fn next(&mut self) -> Option<usize> {
        let (stage, _) = *self.open.first()?;
        let first = *self.ready.first()?;
        (first.0 == stage).then(|| {
            self.ready.remove(&first);
            first.1
        })
    }

    /// Ends a step. What needs it becomes ready, or is skipped with all that needs it in turn; the answer names every
    /// step that ended by this.
    pub(super) fn end(&mut self, index: usize, outcome: Outcome) -> Vec<(usize, Outcome)> {
        let mut ended = Vec::new();
        let mut pending = vec![(index, outcome)];
        while let Some((index, outcome)) = pending.pop() {
            let Some(state) = self.steps.get_mut(index) else { continue };
            if state.outcome.is_some() {
                continue;
            }
            state.outcome = Some(outcome.clone());
            self.open.remove(&(state.stage, index));
            self.ready.remove(&(state.stage, index));
            let needed_by = state.needed_by.clone();
            for next in needed_by {
                if outcome == Outcome::Done {
                    self.release(next);
                } else {
                    pending.push((next, Outcome::Skipped("something that it needs is not done".to_owned())));
                }
            }
            ended.push((index, outcome));
        }
        ended
    }

    fn release(&mut self, index: usize) {
        if let Some(state) = self.steps.get_mut(index) {
            state.waits_for = state.waits_for.saturating_sub(1);
            if state.waits_for == 0 && state.outcome.is_none() {
                self.ready.insert((state.stage, index));
            }
        }
    }

    /// Whether every step has ended.
    pub(super) fn is_finished(&self) -> bool {
        self.open.is_empty()
    }

    /// How each step ended; none for those that never started.
    pub(super) fn outcomes(self) -> impl Iterator<Item = Option<Outcome>> {
        self.steps.into_iter().map(|state| state.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Deed, Step};

    fn schedule(steps: &[(Stage, &[usize])]) -> Schedule {
        let steps = steps
            .iter()
            .enumerate()
            .map(|(change, (stage, after))| Step { change, deed: Deed::Write, stage: *stage, after: after.to_vec() })
            .collect();
        Schedule::new(&Plan { steps, ..Plan::default() })
    }

    #[test]
    fn a_stage_waits_for_the_one_before() {
        let mut schedule = schedule(&[(Stage::Objects, &[]), (Stage::Objects, &[]), (Stage::Memberships, &[])]);
        assert_eq!((schedule.next(), schedule.next(), schedule.next()), (Some(0), Some(1), None));
        schedule.end(1, Outcome::Done);
        assert_eq!(schedule.next(), None);
        schedule.end(0, Outcome::Failed(String::new()));
        assert_eq!(schedule.next(), Some(2));
    }

    #[test]
    fn what_needs_a_failed_step_is_skipped_and_nothing_else() {
        let mut schedule =
            schedule(&[(Stage::Objects, &[]), (Stage::Objects, &[0]), (Stage::Memberships, &[1]), (Stage::Memberships, &[])]);
        assert_eq!((schedule.next(), schedule.next()), (Some(0), None));
        assert_eq!(schedule.end(0, Outcome::Failed(String::new())).len(), 3);
        assert_eq!(schedule.next(), Some(3));
        schedule.end(3, Outcome::Done);
        assert!(schedule.is_finished());
    }
}
