//! What an apply did, as plain data. The journal keeps it, `render` shows it; neither decides by it.

use crate::plan::Deed;

/// Something that happened during an apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step is about to be done.
    Began {
        /// Index of the change in the plan.
        change: usize,
        /// What is done for it.
        deed: Deed,
    },
    /// A step has ended, or will not be tried.
    Ended {
        /// Index of the change in the plan.
        change: usize,
        /// What is done for it.
        deed: Deed,
        /// How.
        outcome: Outcome,
    },
    /// What was done first was looked at.
    Looked(CanaryReport),
}

/// What was done and looked at before the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanaryReport {
    /// How many users and groups were done first, those that they needed among them.
    pub objects: usize,
    /// Whether all was as planned when it was read again. If not, or if it was not read again, nothing else was begun.
    pub is_held: bool,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// JumpCloud holds what was planned.
    Done,
    /// JumpCloud refused it, or was not reached, and nothing was written; or it took it and holds something else.
    Failed(String),
    /// The answer was lost, and what JumpCloud holds could not be found out.
    Unknown(String),
    /// Not tried: something that it needs had failed, the canary did not hold, or the run was interrupted.
    Skipped(String),
}

impl Outcome {
    /// The same with words in front of the reason.
    #[must_use]
    pub fn prefixed(self, words: &str) -> Self {
        match self {
            Self::Done => Self::Done,
            Self::Failed(why) => Self::Failed(format!("{words}: {why}")),
            Self::Unknown(why) => Self::Unknown(format!("{words}: {why}")),
            Self::Skipped(why) => Self::Skipped(format!("{words}: {why}")),
        }
    }
}

/// How an apply ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// For each change of the plan, how it ended.
    pub outcomes: Vec<Outcome>,
    /// Whether somebody asked to stop.
    pub was_interrupted: bool,
    /// What was done and looked at first, if that was asked for and anything was begun.
    pub canary: Option<CanaryReport>,
    /// The journal's file; none when nothing was begun.
    pub journal: Option<String>,
    /// Why the journal does not tell the end of it; none when it does.
    pub failed_journal: Option<String>,
}

impl Report {
    /// How many changes are done.
    pub fn done(&self) -> usize {
        self.outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count()
    }

    /// Whether every change is done.
    pub fn is_whole(&self) -> bool {
        self.done() == self.outcomes.len()
    }
}

/// How a part of a restore ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOutcome {
    /// As any other step.
    Ended(Outcome),
    /// What it leads to is not there any more.
    Gone,
}

/// How a restore ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreReport {
    /// For each restoration of the plan, how each of its parts ended.
    pub outcomes: Vec<Vec<PartOutcome>>,
    /// For each restoration of the plan, the id that the object has now.
    pub ids: Vec<Option<String>>,
    /// Whether somebody asked to stop.
    pub was_interrupted: bool,
    /// The journal's file; none when nothing was begun.
    pub journal: Option<String>,
    /// Why the journal does not tell the end of it; none when it does.
    pub failed_journal: Option<String>,
}

impl PartOutcome {
    /// Whether nothing is left to do.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Ended(Outcome::Done) | Self::Gone)
    }
}

impl RestoreReport {
    /// How many parts there are, and how many are settled.
    pub fn counts(&self) -> (usize, usize) {
        let parts = || self.outcomes.iter().flatten();
        (parts().count(), parts().filter(|outcome| outcome.is_settled()).count())
    }

    /// Whether nothing is left to do.
    pub fn is_whole(&self) -> bool {
        let (all, settled) = self.counts();
        all == settled
    }
}
