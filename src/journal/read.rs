//! Reads journals.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Entry, FORMAT_VERSION, JournalError, Line, Run};
use crate::model::Removed;

/// A journal as it stands on the disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The file.
    pub path: PathBuf,
    /// Which run.
    pub run: Run,
    /// Every whole line, the first one among them.
    pub lines: Vec<Line>,
}

impl Record {
    /// What removals of the run took, or were about to take, in their order.
    pub fn removals(&self) -> impl Iterator<Item = &Removed> {
        self.lines.iter().filter_map(|line| {
            if let Entry::Removal { removed, .. } = &line.entry { Some(removed) } else { None }
        })
    }

    /// How the run ended: changes done, changes there were, whether it was interrupted. None of a run that was killed, or
    /// is not over.
    pub fn end(&self) -> Option<(usize, usize, bool)> {
        self.lines.iter().rev().find_map(|line| {
            if let Entry::End { applied, of, interrupted } = line.entry {
                Some((applied, of, interrupted))
            } else {
                None
            }
        })
    }

    /// Method and path of every request that was announced, in its order.
    pub fn requests(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| {
            if let Entry::Request { request, .. } = &line.entry { Some(request.as_str()) } else { None }
        })
    }
}

/// Reads one journal. A last line that is torn is passed over: what it would have announced was not done.
///
/// # Errors
/// When it cannot be read, is no journal, or is of a newer format.
pub fn read(path: &Path) -> Result<Record, JournalError> {
    // What is no file may never end.
    if path.exists() && !path.is_file() {
        return Err(unreadable(path, io::Error::new(io::ErrorKind::InvalidInput, "it is no file")));
    }
    let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = Vec::new();
    let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
    for (number, line) in whole.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if number == 0 {
            ensure_known(path, line)?;
        }
        let line = serde_json::from_str::<Line>(line).map_err(|source| JournalError::Form {
            path: path.to_owned(),
            line: number + 1,
            source,
        })?;
        lines.push(line);
    }
    match lines.first() {
        Some(Line { entry: Entry::Run(run), .. }) => {
            Ok(Record { path: path.to_owned(), run: run.clone(), lines })
        }
        _ => Err(JournalError::NoBeginning { path: path.to_owned() }),
    }
}

/// Every journal of a folder, the oldest first; none where there is no folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn journals_in(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|source| unreadable(folder, source))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, source: io::Error) -> JournalError {
    JournalError::Unreadable { path: path.to_owned(), source }
}

/// A newer format may have lines that mean something else.
fn ensure_known(path: &Path, first: &str) -> Result<(), JournalError> {
    let value: serde_json::Value = serde_json::from_str(first).map_err(|source| JournalError::Form {
        path: path.to_owned(),
        line: 1,
        source,
    })?;
    let version = value.get("format_version").and_then(serde_json::Value::as_str);
    let Some(version) = version else { return Err(JournalError::NoBeginning { path: path.to_owned() }) };
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    if major(version) == major(FORMAT_VERSION) {
        return Ok(());
    }
    Err(JournalError::Newer { path: path.to_owned(), version: version.to_owned() })
}
