//! What a cycle did, in numbers.

use serde::Serialize;

use crate::event::{Outcome, Report};
use crate::plan::{Action, Kind, Plan};

/// How many of the changes of a cycle are done, by what they are, and how many are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counts {
    /// Users and groups.
    pub created: usize,
    /// Users and groups.
    pub adopted: usize,
    /// Users and groups.
    pub updated: usize,
    /// Users.
    pub suspended: usize,
    /// Users.
    pub activated: usize,
    /// Users and groups.
    pub unbound: usize,
    /// Users and groups.
    pub removed: usize,
    /// Memberships.
    pub memberships_added: usize,
    /// Memberships.
    pub memberships_removed: usize,
    /// Changes that JumpCloud refused, or for which it was not reached.
    pub failed: usize,
    /// Changes whose answer was lost.
    pub unknown: usize,
    /// Changes that were not tried.
    pub skipped: usize,
}

impl Counts {
    /// Counts what became of a plan.
    pub fn of(plan: &Plan, report: &Report) -> Self {
        let mut counts = Self::default();
        for (change, outcome) in plan.changes.iter().zip(&report.outcomes) {
            let count = match (outcome, change.kind, change.action) {
                (Outcome::Failed(_), _, _) => &mut counts.failed,
                (Outcome::Unknown(_), _, _) => &mut counts.unknown,
                (Outcome::Skipped(_), _, _) => &mut counts.skipped,
                (Outcome::Done, Kind::Membership, Action::Drop) => &mut counts.memberships_removed,
                (Outcome::Done, Kind::Membership, _) => &mut counts.memberships_added,
                (Outcome::Done, Kind::User | Kind::Group, action) => match action {
                    Action::Create | Action::Add => &mut counts.created,
                    Action::Adopt => &mut counts.adopted,
                    Action::Update => &mut counts.updated,
                    Action::Suspend => &mut counts.suspended,
                    Action::Activate => &mut counts.activated,
                    Action::Unbind => &mut counts.unbound,
                    Action::Remove | Action::Drop => &mut counts.removed,
                },
            };
            *count += 1;
        }
        counts
    }

    /// How many are not done.
    pub fn left(self) -> usize {
        self.failed + self.unknown + self.skipped
    }

    /// `3 created, 1 removed, 14 memberships`, and what is left.
    pub fn words(self) -> String {
        let memberships = self.memberships_added + self.memberships_removed;
        let parts = [
            (self.created, "created"),
            (self.adopted, "adopted"),
            (self.updated, "updated"),
            (self.suspended, "suspended"),
            (self.activated, "activated"),
            (self.unbound, "unbound"),
            (self.removed, "removed"),
            (memberships, if memberships == 1 { "membership" } else { "memberships" }),
            (self.failed, "failed"),
            (self.unknown, "unknown"),
            (self.skipped, "skipped"),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        parts.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }
}
