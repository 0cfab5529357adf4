//! The state on disk: a file with the whole, and beside it, while a sandbox writes, a log of what changed since.
//!
//! A write is in the log before it is answered, so it outlives the process however that ends; a loss of power may cost the
//! last moments. The log is folded into the file when the sandbox stops, or when the next one writes. At every moment
//! the two together are one state: the log names the file that it follows by digest, and ends, before the file is
//! replaced, with the digest of the one that will hold everything. A last line without its end was never answered, and
//! does not count.

mod create;
mod file;
mod log;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use self::log::{Log, Replay};
use super::error::SandboxError;
use super::state::State;
use super::state::change::Change;

/// A file that holds the state of a sandbox, with its log.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// What was on disk when it was read.
    origin: Origin,
    /// Where writes go; none before the first.
    log: Option<Log>,
}

/// What was read: nothing else may have become of it when the first write comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Origin {
    /// Digest of the file; none when there is no file.
    digest: Option<String>,
    /// Bytes of the log.
    log: u64,
}

impl StateFile {
    /// Reads a state and what was logged since; none when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, is no state, or the log does not belong to it.
    pub fn open(path: &Path) -> Result<(Option<State>, Self), SandboxError> {
        let (state, origin) = read(path)?;
        Ok((state, Self { path: path.to_owned(), origin, log: None }))
    }

    /// Puts a state into a file where none is, or where one may be replaced: whole or not at all, and for nobody else to
    /// read where the platform can tell. A log beside it belongs to an earlier file, and goes.
    ///
    /// # Errors
    /// [`SandboxError::InTheWay`] when a file or a log is there that may not be replaced, [`SandboxError::Unwritable`]
    /// when it cannot be written, or a sandbox is writing to it.
    pub fn create(path: &Path, state: &State, may_replace: bool) -> Result<(), SandboxError> {
        create::create(path, state, may_replace)
    }

    /// Whether [`StateFile::create`] can do its work. Leaves nothing behind.
    ///
    /// # Errors
    /// As [`StateFile::create`].
    pub fn check_new(path: &Path, may_replace: bool) -> Result<(), SandboxError> {
        create::check(path, may_replace)
    }

    /// Whether writes can be kept. Leaves nothing behind: where the folder is still to be made, it asks the nearest one
    /// above.
    ///
    /// # Errors
    /// [`SandboxError::Unwritable`] when they cannot.
    pub fn check(&self) -> Result<(), SandboxError> {
        file::check(&self.path).map_err(|source| SandboxError::Unwritable { file: name(&self.path), source })
    }

    /// Keeps what is about to change. `state` is what it is before.
    pub(super) fn append(&mut self, state: &State, changes: &[Change], next_id: u64) -> io::Result<()> {
        let log = match &mut self.log {
            Some(log) => log,
            None => self.log.insert(begin(&self.path, &mut self.origin, state)?),
        };
        log.append(changes, next_id)
    }

    /// Writes the whole state into the file, and ends the log. Without a write since it was opened, it does nothing.
    /// Another file that somebody has put in its place meanwhile is not written over.
    pub(super) fn fold(&mut self, state: &State) -> io::Result<()> {
        let Some(mut log) = self.log.take() else { return Ok(()) };
        let on_disk = file::read(&self.path)?.map(|text| log::digest(&text));
        if on_disk.is_some() && on_disk != self.origin.digest {
            return Err(changed());
        }
        self.origin = Origin { digest: Some(fold(&mut log, &self.path, state)?), log: 0 };
        drop(log);
        fs::remove_file(log_path(&self.path))
    }
}

/// Brings the whole state into the file, and says so in the log first. Gives the digest of the file.
fn fold(log: &mut Log, path: &Path, state: &State) -> io::Result<String> {
    let text = state.to_json();
    log.end(&log::digest(text.as_bytes()))?;
    file::replace_alone(path, &text)
}

fn changed() -> io::Error {
    io::Error::other("somebody else has written to it since it was read")
}

/// Begins a log for a file that is still as it was read. A log that is left from before is folded first.
fn begin(path: &Path, origin: &mut Origin, state: &State) -> io::Result<Log> {
    let log_path = log_path(path);
    let on_disk = Origin {
        digest: file::read(path)?.map(|text| log::digest(&text)),
        log: file::read(&log_path)?.map_or(0, |text| text.len() as u64),
    };
    if on_disk != *origin {
        return Err(changed());
    }
    let digest = match origin.digest.clone() {
        Some(digest) if origin.log == 0 => digest,
        Some(digest) => {
            // Locked, so that nobody else folds it meanwhile.
            let mut log = Log::reopen(&log_path)?;
            let folded = if log.is_empty() { Ok(digest) } else { fold(&mut log, path, state) };
            // What failed half-way is this sandbox's own doing, and may be tried again.
            origin.log = log.length();
            let digest = folded?;
            origin.digest = Some(digest.clone());
            fs::remove_file(&log_path)?;
            digest
        }
        None => file::replace(path, &state.to_json())?,
    };
    *origin = Origin { digest: Some(digest.clone()), log: 0 };
    Log::begin(&log_path, &digest)
}

/// The state on disk, and what was read of it. A sandbox that folds meanwhile is waited out.
fn read(path: &Path) -> Result<(Option<State>, Origin), SandboxError> {
    let unreadable = |source| SandboxError::Unreadable { file: name(path), source };
    let mut attempts = 0;
    loop {
        let text = file::read(path).map_err(unreadable)?;
        let log = file::read(&log_path(path)).map_err(unreadable)?;
        let (text, replay) = match (text, &log) {
            (None, None) => return Ok((None, Origin::default())),
            // The file comes before its log, so it was there.
            (None, Some(_)) => (Vec::new(), Replay::Foreign),
            (Some(text), log) => {
                let replay = log::replay(log.as_deref().unwrap_or_default(), &log::digest(&text));
                (text, replay)
            }
        };
        match replay {
            Replay::Foreign if attempts < 3 => attempts += 1,
            Replay::Foreign => {
                return Err(SandboxError::ForeignLog { file: name(path), log: name(&log_path(path)) });
            }
            Replay::Damaged { line } => {
                return Err(SandboxError::DamagedLog { log: name(&log_path(path)), line });
            }
            Replay::Writes(writes) => {
                let digest = log::digest(&text);
                let text = String::from_utf8(text).map_err(|error| unreadable(io::Error::other(error)))?;
                let mut state = State::parse(&name(path), &text)?;
                for write in writes {
                    state.apply(write.changes, write.next_id);
                }
                return Ok((
                    Some(state),
                    Origin { digest: Some(digest), log: log.map_or(0, |log| log.len() as u64) },
                ));
            }
        }
    }
}

/// Where the log of a state file is: beside it.
fn log_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".log");
    path.with_file_name(name)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Takes the lock of a log, which ends with the process.
fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        fs::TryLockError::WouldBlock => io::Error::other("another process is writing to it"),
        fs::TryLockError::Error(error) => error,
    })
}
