//! Jobs of many users, and what became of each user.

use std::collections::VecDeque;

use super::state::fields::Record;
use super::state::id::Id;

/// How many results are kept of all jobs together; those of the latest job always are.
const MOST_RESULTS: usize = 20_000;

/// The latest jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// How many there were.
    count: usize,
    kept: VecDeque<Job>,
}

#[derive(Debug)]
struct Job {
    id: Id,
    /// Each with an id of its own.
    results: Vec<(Id, Record)>,
}

impl Jobs {
    /// Keeps what became of the parts of a job, and gives its id.
    pub(super) fn keep(&mut self, results: Vec<Record>) -> Id {
        let id = Id::job(self.count);
        self.count += 1;
        let mut room = MOST_RESULTS.saturating_sub(results.len());
        let results = (0..).map(|position| id.part(position)).zip(results).collect();
        let fits = self.kept.iter().rev().take_while(|job| {
            let left = room.checked_sub(job.results.len());
            room = left.unwrap_or_default();
            left.is_some()
        });
        let forgotten = self.kept.len() - fits.count();
        self.kept.drain(..forgotten);
        self.kept.push_back(Job { id, results });
        id
    }

    /// What became of the parts of a job.
    pub(super) fn results(&self, id: Id) -> Option<Vec<(Id, Record)>> {
        self.kept.iter().find(|job| job.id == id).map(|job| job.results.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_jobs_are_kept_and_the_last_one_whatever_its_length() {
        let mut jobs = Jobs::default();
        let job = |length: usize| vec![Record::new(); length];
        let ids = [1, MOST_RESULTS - 3, 1, 2].map(|length| jobs.keep(job(length)));
        assert_eq!(ids.map(|id| jobs.results(id).is_some()), [false, true, true, true]);
        let long = jobs.keep(job(MOST_RESULTS + 1));
        assert_eq!(ids.map(|id| jobs.results(id).is_some()), [false; 4]);
        assert_eq!(jobs.results(long).map(|results| results.len()), Some(MOST_RESULTS + 1));
        assert!(!ids.contains(&long));
    }
}
