//! What an apply does, for its journal.

use std::io;

use futures_util::FutureExt;

use super::written::Failure;
use crate::event::{Outcome, Report};
use crate::journal::{Ending, Entry, Journal};
use crate::jumpcloud::{Testimony, Witness};
use crate::model::Removed;
use crate::plan::Plan;

/// Keeps what a removal takes.
#[derive(Debug, Clone)]
pub(super) struct Keeper {
    journal: Journal,
    change: usize,
}

impl Keeper {
    pub(super) fn new(journal: &Journal, change: usize) -> Self {
        Self { journal: journal.clone(), change }
    }

    /// Writes what a removal is about to take. It is on the disk when this comes back.
    pub(super) async fn keep(&self, removed: Removed) -> Result<(), Failure> {
        let entry = Entry::Removal { change: self.change, removed };
        self.journal.announce(entry).await.map_err(|error| Failure {
            outcome: Outcome::Failed(format!(
                "not removed, because the journal cannot keep what it holds: {error}"
            )),
            is_final: true,
        })
    }
}

/// Lets no request of a change leave before it stands in the journal.
pub(super) fn witness(journal: &Journal, plan: &Plan, change: usize) -> Witness {
    let doing = plan.changes.get(change).map(ToString::to_string).unwrap_or_default();
    witness_of(journal, change, doing)
}

/// The same for whatever is done in other words.
pub(super) fn witness_of(journal: &Journal, change: usize, doing: String) -> Witness {
    let journal = journal.clone();
    Witness::new(move |testimony| {
        let (journal, doing) = (journal.clone(), doing.clone());
        async move {
            match testimony {
                Testimony::Leaving { request, body } => {
                    journal.announce(Entry::Request { change, doing, request, body }).await
                }
                Testimony::Answered { request, error } => {
                    journal.note(Entry::Answer { change, request, error });
                    Ok(())
                }
            }
        }
        .boxed()
    })
}

/// Writes what is not done, and that the run is over.
pub(super) async fn close(journal: &Journal, report: &Report) -> io::Result<()> {
    for (change, outcome) in report.outcomes.iter().enumerate() {
        let (outcome, why) = match outcome {
            Outcome::Done => continue,
            Outcome::Failed(why) => (Ending::Failed, why),
            Outcome::Unknown(why) => (Ending::Unknown, why),
            Outcome::Skipped(why) => (Ending::Skipped, why),
        };
        journal.note(Entry::Ended { change, outcome, message: why.clone() });
    }
    let (applied, of) = (report.done(), report.outcomes.len());
    journal.announce(Entry::End { applied, of, interrupted: report.was_interrupted }).await
}
