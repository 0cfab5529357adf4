//! One run at a time: on a policy and its organization, or on the state file of a local organization, whatever policies it
//! is for. Two servers of one state file would overwrite each other's writes.
//!
//! The lock is the operating system's lock on a file, so it goes with the process that holds it, however that ends: no
//! time-out, and no process id that another one may have by now. Who holds it is told in a file beside it, since some
//! systems let nobody read a locked file.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{JournalError, Scope, StateFolder};
use crate::model::safe_json;

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The command, such as `apply`.
    pub command: String,
    /// The policy file; of `sandbox`, which has none, the state file.
    pub file: String,
    /// Who runs it.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// In which process.
    pub process: u32,
    /// Since when.
    pub since: Timestamp,
}

/// The right to work on something alone; dropped, it is free again.
#[derive(Debug)]
pub struct Lock {
    file: File,
    holder: PathBuf,
}

impl Lock {
    /// Takes the lock of a scope.
    ///
    /// # Errors
    /// [`JournalError::Locked`] while somebody else holds it, and when its file cannot be made.
    pub fn take(folder: &StateFolder, scope: &Scope, holder: &Holder) -> Result<Self, JournalError> {
        Self::take_in(&folder.make_scope(scope)?, "this policy and organization".to_owned(), holder)
    }

    /// Takes the lock of a local organization by its state file: an absolute path, links followed.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take_local(
        folder: &StateFolder,
        state_file: &Path,
        holder: &Holder,
    ) -> Result<Self, JournalError> {
        let what = format!("the local organization {}", state_file.display());
        Self::take_in(&folder.make_local(state_file)?, what, holder)
    }

    fn take_in(folder: &Path, what: String, holder: &Holder) -> Result<Self, JournalError> {
        let path = folder.join("lock");
        let failed = |deed| {
            let path = path.clone();
            move |source| JournalError::File { what: "the lock", path, deed, source }
        };
        let file =
            File::options().create(true).write(true).truncate(false).open(&path).map_err(failed("made"))?;
        let beside = folder.join("holder.json");
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked { what, holder: Box::new(who(&beside)) });
            }
            Err(TryLockError::Error(source)) => return Err(failed("taken")(source)),
        }
        let text = safe_json(&serde_json::to_string(holder).unwrap_or_default());
        fs::write(&beside, text).map_err(failed("signed"))?;
        Ok(Self { file, holder: beside })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // First the name, while nobody else can have written theirs. The lock's own file stays: whoever waits for another
        // one of that name would not be held back by it.
        let _ = fs::remove_file(&self.holder);
        let _ = self.file.unlock();
    }
}

/// Who says that they hold the lock; nobody in the moments before they say so.
fn who(path: &Path) -> Holder {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_else(|_| Holder {
        command: "a run that has just begun".to_owned(),
        file: String::new(),
        user: String::new(),
        host: String::new(),
        process: 0,
        since: Timestamp::UNIX_EPOCH,
    })
}

impl fmt::Display for Holder {
    /// `apply of corp.kdl by ada on ci-7, process 1234, since 2026-11-26T15:06:21Z`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, file, user, host, process, since } = self;
        if *process == 0 {
            return f.write_str(command);
        }
        write!(f, "{command} of {file} by {user} on {host}, process {process}, since {since}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(process: u32) -> Holder {
        Holder {
            command: "apply".into(),
            file: "corp.kdl".into(),
            user: "ada".into(),
            host: "ci-7".into(),
            process,
            since: "2026-11-26T15:06:21Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_lock_is_held_by_one_and_free_when_it_is_given_back() {
        let folder = tempfile::TempDir::new().unwrap();
        let state = StateFolder::at(folder.path());
        let scope = |target: &str| Scope { policy: "p".into(), domain: "d".into(), target: target.into() };
        let first = Lock::take(&state, &scope("a"), &holder(1)).unwrap();
        let error = Lock::take(&state, &scope("a"), &holder(2)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "another run is at work on this policy and organization: apply of corp.kdl by ada on ci-7, process 1, \
             since 2026-11-26T15:06:21Z"
        );
        let elsewhere = Lock::take(&state, &scope("b"), &holder(3)).unwrap();
        drop(first);
        let second = Lock::take(&state, &scope("a"), &holder(2)).unwrap();
        drop((second, elsewhere));
    }

    #[test]
    fn a_local_organization_has_one_lock_for_all_policies() {
        let folder = tempfile::TempDir::new().unwrap();
        let state = StateFolder::at(folder.path());
        let first = Lock::take_local(&state, Path::new("/srv/org.json"), &holder(1)).unwrap();
        let error = Lock::take_local(&state, Path::new("/srv/org.json"), &holder(2)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "another run is at work on the local organization /srv/org.json: apply of corp.kdl by ada on ci-7, \
             process 1, since 2026-11-26T15:06:21Z"
        );
        let elsewhere = Lock::take_local(&state, Path::new("/srv/copy/org.json"), &holder(3)).unwrap();
        drop(first);
        let second = Lock::take_local(&state, Path::new("/srv/org.json"), &holder(2)).unwrap();
        drop((second, elsewhere));
    }

    #[test]
    fn what_a_dead_holder_left_says_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let state = StateFolder::at(folder.path());
        let scope = Scope { policy: "p".into(), domain: "d".into(), target: "t".into() };
        state.make_scope(&scope).unwrap();
        fs::write(state.of_scope(&scope).join("lock"), "").unwrap();
        let text = serde_json::to_string(&holder(std::process::id())).unwrap();
        fs::write(state.of_scope(&scope).join("holder.json"), text).unwrap();
        assert!(Lock::take(&state, &scope, &holder(2)).is_ok());
    }
}
