//! A state that goes into a file which nothing was read from.

use std::fs;
use std::io;
use std::path::Path;

use super::log::Log;
use super::{file, log_path, name};
use crate::sandbox::error::SandboxError;
use crate::sandbox::state::State;

/// Whether [`create`] can do its work. Leaves nothing behind.
pub(super) fn check(path: &Path, may_replace: bool) -> Result<(), SandboxError> {
    let taken = [path.to_owned(), log_path(path)].into_iter().find(|path| path.symlink_metadata().is_ok());
    match taken {
        Some(taken) if !may_replace => Err(SandboxError::InTheWay { file: name(&taken) }),
        _ if path.is_dir() => {
            let source = io::Error::from(io::ErrorKind::IsADirectory);
            Err(SandboxError::Unwritable { file: name(path), source })
        }
        Some(_) | None => {
            file::check(path).map_err(|source| SandboxError::Unwritable { file: name(path), source })
        }
    }
}

/// Puts the state into a file, whole or not at all. A log beside it belongs to an earlier file, and goes; while a sandbox
/// writes to it, nothing is done.
pub(super) fn create(path: &Path, state: &State, may_replace: bool) -> Result<(), SandboxError> {
    check(path, may_replace)?;
    let unwritable = |source: io::Error| {
        if source.kind() == io::ErrorKind::AlreadyExists {
            SandboxError::InTheWay { file: name(path) }
        } else {
            SandboxError::Unwritable { file: name(path), source }
        }
    };
    let text = state.to_json();
    if !may_replace {
        return file::create(path, &text).map_err(unwritable);
    }
    let log_path = log_path(path);
    let log = if log_path.exists() { Some(Log::reopen(&log_path).map_err(unwritable)?) } else { None };
    // In this order: a log that is left over is about another file, which a sandbox notices.
    file::replace(path, &text).map_err(unwritable)?;
    if log.is_some() {
        fs::remove_file(&log_path).map_err(unwritable)?;
    }
    Ok(())
}
