//! Small files that are whole at any time, whenever the process or the machine stops.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use super::WatchError;

/// A file and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptFile {
    pub(super) what: &'static str,
    pub(super) path: PathBuf,
}

impl KeptFile {
    /// Its text; none where there is no file.
    pub(super) fn read(&self) -> Result<Option<String>, WatchError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", error)),
        }
    }

    /// Puts a value in the place of what is there, for its owner alone. It is on the disk when this comes back.
    pub(super) fn replace(&self, value: &impl Serialize) -> Result<(), WatchError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        self.put(folder, value).map_err(|error| self.failed("written", error))
    }

    fn put(&self, folder: &Path, value: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        // Only its owner can read a temporary file.
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        sync(folder)
    }

    /// Takes the file away, and says whether there was one.
    pub(super) fn remove(&self) -> Result<bool, WatchError> {
        let removed = match fs::remove_file(&self.path) {
            Ok(()) => self.path.parent().map_or(Ok(()), sync).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        };
        removed.map_err(|error| self.failed("removed", error))
    }

    fn failed(&self, deed: &'static str, source: io::Error) -> WatchError {
        WatchError::File { what: self.what, path: self.path.clone(), deed, source }
    }
}

/// The names in a folder are on the disk as well.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
