//! A policy that somebody has paused: its cycles read nothing and write nothing.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::WatchError;
use super::file::KeptFile;

/// Who has paused a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// Since when.
    pub since: Timestamp,
    /// Why, where that was said.
    pub reason: Option<String>,
}

impl Pause {
    /// The pause that is kept in the folder of a scope, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or understood: then the policy counts as paused.
    pub fn read(folder: &Path) -> Result<Option<Self>, WatchError> {
        let file = file(folder);
        let Some(text) = file.read()? else { return Ok(None) };
        let damaged = |source| WatchError::DamagedPause { path: file.path.clone(), source };
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    /// Keeps it in the folder of a scope, which must be there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, folder: &Path) -> Result<(), WatchError> {
        file(folder).replace(self)
    }

    /// Ends the pause of a scope, whatever is kept of it, and says whether there was one.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub fn end(folder: &Path) -> Result<bool, WatchError> {
        file(folder).remove()
    }
}

fn file(folder: &Path) -> KeptFile {
    KeptFile { what: "the pause", path: folder.join("paused.json") }
}

impl fmt::Display for Pause {
    /// `paused by ada on ci-7 since 2026-11-26T15:06:21Z: the domain is being moved`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, since, reason } = self;
        write!(f, "paused by {user} on {host} since {since}")?;
        reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_pause_holds_until_it_is_ended_and_one_that_cannot_be_read_is_no_end() {
        let folder = TempDir::new().unwrap();
        let pause = Pause {
            user: "ada".to_owned(),
            host: "ci-7".to_owned(),
            since: "2026-11-26T15:06:21Z".parse().unwrap(),
            reason: Some("the domain is being moved".to_owned()),
        };
        assert_eq!(Pause::read(folder.path()).unwrap(), None);
        pause.keep(folder.path()).unwrap();
        assert_eq!(Pause::read(folder.path()).unwrap(), Some(pause.clone()));
        let words = "paused by ada on ci-7 since 2026-11-26T15:06:21Z: the domain is being moved";
        assert_eq!(pause.to_string(), words);
        std::fs::write(folder.path().join("paused.json"), "{").unwrap();
        assert!(matches!(Pause::read(folder.path()), Err(WatchError::DamagedPause { .. })));
        assert!(Pause::end(folder.path()).unwrap());
        assert!(!Pause::end(folder.path()).unwrap());
        assert_eq!(Pause::read(folder.path()).unwrap(), None);
    }
}
