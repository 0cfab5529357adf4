//! Which saved plans were applied. A plan is applied once: to the end, in part, or cut off by a crash.
//!
//! Each has an empty file of its seal's name, made before the first write. The file system says who was first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::time::SystemTime;

use super::folder::make_folder;
use super::{JournalError, StateFolder};

/// Whether a plan is used for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstUse {
    /// It is, and never again.
    Yes,
    /// It was used before.
    No,
}

/// Notes that the plan of this seal is applied, on the disk before this returns.
///
/// # Errors
/// When it cannot be noted: the plan must not be applied then.
pub fn mark_used(folder: &StateFolder, seal: &str) -> Result<FirstUse, JournalError> {
    let folder = folder.used_plans();
    make_folder(&folder)?;
    let path = folder.join(seal);
    let failed = |source: io::Error| JournalError::File {
        what: "the note that a saved plan is applied,",
        path: path.clone(),
        deed: "made",
        source,
    };
    let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(FirstUse::No),
        Err(error) => return Err(failed(error)),
    };
    file.sync_all().map_err(failed)?;
    if cfg!(unix) {
        // The entry of the file, as well as the file.
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(FirstUse::Yes)
}

/// Takes the note back. Only who made it, holds the lock and has begun nothing may do so.
///
/// # Errors
/// When it cannot be removed: the plan then counts as applied, which writes nothing.
pub fn unmark_used(folder: &StateFolder, seal: &str) -> Result<(), JournalError> {
    let path = folder.used_plans().join(seal);
    let what = "the note that a saved plan is applied,";
    fs::remove_file(&path).map_err(|source| JournalError::File { what, path, deed: "removed", source })
}

/// When the plan of this seal was applied; none when it was not.
///
/// # Errors
/// When it cannot be found out.
pub fn used_since(folder: &StateFolder, seal: &str) -> Result<Option<SystemTime>, JournalError> {
    let path = folder.used_plans().join(seal);
    match fs::metadata(&path).and_then(|metadata| metadata.modified()) {
        Ok(since) => Ok(Some(since)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => {
            let what = "the note that a saved plan was applied,";
            Err(JournalError::File { what, path, deed: "read", source })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_at_once_one_is_first() {
        let folder = tempfile::TempDir::new().unwrap();
        let folder = StateFolder::at(folder.path());
        assert_eq!(used_since(&folder, "a").unwrap(), None);
        let uses = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| mark_used(&folder, "a").unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(uses.iter().filter(|used| **used == FirstUse::Yes).count(), 1);
        assert!(used_since(&folder, "a").unwrap().is_some());
        assert_eq!(mark_used(&folder, "b").unwrap(), FirstUse::Yes);
        unmark_used(&folder, "b").unwrap();
        assert_eq!(used_since(&folder, "b").unwrap(), None);
        assert!(used_since(&folder, "a").unwrap().is_some());
    }

    #[test]
    fn what_cannot_be_noted_is_an_error() {
        let folder = tempfile::TempDir::new().unwrap();
        let state = StateFolder::at(folder.path());
        fs::write(state.used_plans(), "in the way").unwrap();
        assert!(mark_used(&state, "a").is_err());
    }
}
