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
    /// Steps that may begin and have not ended, by stage and index.
    open: BTreeSet<(Stage, usize)>,
    /// Steps that may not begin yet, by stage and index.
    held: BTreeSet<(Stage, usize)>,
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
    /// With `first`, only the steps of these changes may begin, until [`Schedule::go_on`].
    pub(super) fn new(plan: &Plan, first: Option<&BTreeSet<usize>>) -> Self {
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
        let is_first = |(_, index): &(Stage, usize)| {
            let change = plan.steps.get(*index).map(|step| step.change);
            first.is_none_or(|first| change.is_some_and(|change| first.contains(&change)))
        };
        let all = steps.iter().enumerate().map(|(index, state)| (state.stage, index));
        let (open, held): (BTreeSet<_>, BTreeSet<_>) = all.partition(is_first);
        let mut schedule = Self { steps, ready: BTreeSet::new(), open, held };
        schedule.find_ready();
        schedule
    }

    /// Lets all steps begin.
    pub(super) fn go_on(&mut self) {
        self.open.append(&mut self.held);
        self.find_ready();
    }

    /// Finds the steps that wait for nothing, while none is in flight.
    fn find_ready(&mut self) {
        let waits_for = |index: usize| self.steps.get(index).map(|state| state.waits_for);
        self.ready = self.open.iter().filter(|(_, index)| waits_for(*index) == Some(0)).copied().collect();
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
            for set in [&mut self.open, &mut self.held, &mut self.ready] {
                set.remove(&(state.stage, index));
            }
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
            if state.waits_for == 0 && self.open.contains(&(state.stage, index)) {
                self.ready.insert((state.stage, index));
            }
        }
    }

    /// Whether every step has ended.
    pub(super) fn is_finished(&self) -> bool {
        self.open.is_empty() && self.held.is_empty()
    }

    /// Whether every step that was let begin has succeeded.
    pub(super) fn is_done(&self) -> bool {
        let mut ended = self.steps.iter().filter_map(|state| state.outcome.as_ref());
        self.open.is_empty() && ended.all(|outcome| *outcome == Outcome::Done)
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
            .map(|(change, (stage, after))| Step {
                change,
                deed: Deed::Write,
                stage: *stage,
                after: after.to_vec(),
            })
            .collect();
        Schedule::new(&Plan { steps, ..Plan::default() }, None)
    }

    #[test]
    fn a_stage_waits_for_the_one_before() {
        let mut schedule =
            schedule(&[(Stage::Objects, &[]), (Stage::Objects, &[]), (Stage::Memberships, &[])]);
        assert_eq!((schedule.next(), schedule.next(), schedule.next()), (Some(0), Some(1), None));
        schedule.end(1, Outcome::Done);
        assert_eq!(schedule.next(), None);
        schedule.end(0, Outcome::Failed(String::new()));
        assert_eq!(schedule.next(), Some(2));
    }

    #[test]
    fn what_needs_a_failed_step_is_skipped_and_nothing_else() {
        let mut schedule = schedule(&[
            (Stage::Objects, &[]),
            (Stage::Objects, &[0]),
            (Stage::Memberships, &[1]),
            (Stage::Memberships, &[]),
        ]);
        assert_eq!((schedule.next(), schedule.next()), (Some(0), None));
        assert_eq!(schedule.end(0, Outcome::Failed(String::new())).len(), 3);
        assert_eq!(schedule.next(), Some(3));
        schedule.end(3, Outcome::Done);
        assert!(schedule.is_finished());
    }

    #[test]
    fn what_is_not_first_waits_whatever_its_stage() {
        let steps =
            [(Stage::Objects, 0), (Stage::Objects, 1), (Stage::Memberships, 2), (Stage::Dissociations, 3)];
        let steps = steps.map(|(stage, change)| Step {
            change,
            deed: Deed::Write,
            stage,
            after: if change == 2 { vec![0] } else { Vec::new() },
        });
        let plan = Plan { steps: steps.to_vec(), ..Plan::default() };
        let mut schedule = Schedule::new(&plan, Some(&[0, 2].into()));
        assert_eq!((schedule.next(), schedule.next()), (Some(0), None));
        schedule.end(0, Outcome::Done);
        assert!(!schedule.is_done(), "a membership is left");
        assert_eq!((schedule.next(), schedule.next()), (Some(2), None));
        schedule.end(2, Outcome::Done);
        assert!(schedule.is_done() && !schedule.is_finished());
        schedule.go_on();
        assert_eq!((schedule.next(), schedule.next()), (Some(1), None));
        schedule.end(1, Outcome::Failed(String::new()));
        assert_eq!(schedule.next(), Some(3));
        schedule.end(3, Outcome::Done);
        assert!(schedule.is_finished() && !schedule.is_done());
    }
}
