//! The budget of a policy on the disk.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::file::KeptFile;
use super::{Budget, Reservation, Stop, WatchError};
use crate::plan::{GuardName, Measure};

/// Version of the format. A file of another one is not understood.
const FORMAT_VERSION: u32 = 1;

/// A budget, and the file that it is kept in. Whoever has it holds the lock of its scope.
#[derive(Debug)]
pub struct Ledger {
    file: KeptFile,
    budget: Budget,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    #[serde(deserialize_with = "known")]
    format_version: u32,
    #[serde(flatten)]
    budget: Budget,
}

impl Ledger {
    /// Opens the budget that is kept in the folder of a scope; without a file, nothing was spent.
    ///
    /// # Errors
    /// When the file cannot be read or understood, or what a killed cycle left in it cannot be closed.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, WatchError> {
        let file = KeptFile { what: "the removal budget", path: folder.join("budget.json") };
        let budget = match file.read()? {
            None => Budget::default(),
            Some(text) => {
                let damaged = |source| WatchError::DamagedBudget { path: file.path.clone(), source };
                serde_json::from_str::<Document>(&text).map_err(damaged)?.budget
            }
        };
        let mut ledger = Self { file, budget };
        ledger.change(|budget| budget.settle(now))?;
        Ok(ledger)
    }

    /// What stops a plan with these measures.
    pub fn judge(&self, measures: &[Measure], now: Timestamp) -> Vec<Stop> {
        self.budget.judge(measures, now)
    }

    /// Takes what a plan takes away out of the budget. It is on the disk when this comes back.
    ///
    /// # Errors
    /// When it is not: then nothing of the plan may be done.
    pub fn reserve(&mut self, measures: &[Measure], now: Timestamp) -> Result<Reservation, WatchError> {
        self.change(|budget| budget.reserve(measures, now))
    }

    /// Gives back what was not done; `done` is what was, or may have been.
    ///
    /// # Errors
    /// When that cannot be written: then all that was planned counts.
    pub fn correct(
        &mut self,
        reservation: &Reservation,
        done: &[Measure],
        now: Timestamp,
    ) -> Result<(), WatchError> {
        self.change(|budget| budget.correct(reservation, done, now))
    }

    /// Whether there is something in this of which not everything was said yet.
    pub fn is_news(&self, stops: &[Stop]) -> bool {
        self.budget.clone().tell(stops)
    }

    /// Remembers that everything was said.
    ///
    /// # Errors
    /// When that cannot be written: then it is said again.
    pub fn tell(&mut self, stops: &[Stop]) -> Result<(), WatchError> {
        self.change(|budget| budget.tell(stops)).map(|_| ())
    }

    /// The guards that have stopped the policy until now, each once.
    pub fn told(&self) -> BTreeSet<GuardName> {
        self.budget.told()
    }

    /// Changes the budget, and writes it where that made a difference.
    fn change<T>(&mut self, change: impl FnOnce(&mut Budget) -> T) -> Result<T, WatchError> {
        let mut budget = self.budget.clone();
        let result = change(&mut budget);
        if budget != self.budget {
            self.file.replace(&Document { format_version: FORMAT_VERSION, budget: budget.clone() })?;
            self.budget = budget;
        }
        Ok(result)
    }
}

fn known<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(deserializer)?;
    if version == FORMAT_VERSION {
        return Ok(version);
    }
    Err(serde::de::Error::custom(format!("format {version} is not that of this version")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::policy::Limit;

    fn removals(measured: u64) -> Vec<Measure> {
        let limit = Limit { number: 20, percent: 10 };
        vec![Measure { guard: GuardName::Removals, of: "users".to_owned(), measured, owned: 400, limit }]
    }

    #[test]
    fn what_is_reserved_is_on_the_disk_and_stays_there_when_nobody_corrects_it() {
        let (folder, now) = (TempDir::new().unwrap(), Timestamp::UNIX_EPOCH);
        let mut ledger = Ledger::open(folder.path(), now).unwrap();
        let _killed = ledger.reserve(&removals(15), now).unwrap();
        let mut again = Ledger::open(folder.path(), now).unwrap();
        assert_eq!(again.judge(&removals(6), now)[0].spent, 15);
        let reservation = again.reserve(&removals(5), now).unwrap();
        again.correct(&reservation, &removals(2), now).unwrap();
        let last = Ledger::open(folder.path(), now).unwrap();
        assert_eq!(last.judge(&removals(4), now)[0].spent, 17);
        assert_eq!(last.judge(&removals(3), now), []);
    }

    #[test]
    fn what_was_said_stays_said() {
        let (folder, now) = (TempDir::new().unwrap(), Timestamp::UNIX_EPOCH);
        let mut ledger = Ledger::open(folder.path(), now).unwrap();
        let stops = ledger.judge(&removals(21), now);
        assert!(ledger.is_news(&stops));
        ledger.tell(&stops).unwrap();
        let again = Ledger::open(folder.path(), now).unwrap();
        assert!(!again.is_news(&stops));
        assert_eq!(again.told(), [GuardName::Removals].into());
    }

    #[test]
    fn what_is_no_budget_is_never_an_empty_one() {
        let (folder, now) = (TempDir::new().unwrap(), Timestamp::UNIX_EPOCH);
        let mut ledger = Ledger::open(folder.path(), now).unwrap();
        let _killed = ledger.reserve(&removals(15), now).unwrap();
        let path = folder.path().join("budget.json");
        let text = fs::read_to_string(&path).unwrap();
        let cuts = (0..text.trim_end().len()).map(|end| text[..end].to_owned());
        let strangers = ["null", "[]", "{}"].map(str::to_owned);
        let newer = text.replace("\"format_version\": 1", "\"format_version\": 2");
        for damaged in cuts.chain(strangers).chain([newer]) {
            fs::write(&path, &damaged).unwrap();
            let error = Ledger::open(folder.path(), now).unwrap_err();
            assert!(matches!(error, WatchError::DamagedBudget { .. }), "{damaged:?}: {error}");
        }
    }

    #[test]
    fn a_budget_that_cannot_be_written_is_not_spent() {
        let (folder, now) = (TempDir::new().unwrap(), Timestamp::UNIX_EPOCH);
        let mut ledger = Ledger::open(&folder.path().join("missing"), now).unwrap();
        assert!(ledger.reserve(&removals(1), now).is_err());
    }
}
