//! Reads journals.

use std::fs::{self, File, TryLockError};
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
    /// Every whole line that can be read, the first one among them.
    pub lines: Vec<Line>,
    /// The whole lines that cannot.
    pub skipped: Vec<Skipped>,
}

/// A line that was passed over: it is damaged, or of a newer version of the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Which one, from 1.
    pub line: usize,
    /// How it differs from a journal's line.
    pub message: String,
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

/// Reads one journal. A last line that is torn is passed over: what it would have announced was not done. Any other line
/// that cannot be read is listed: the others tell as much as before, such as whom a removal took.
///
/// # Errors
/// When it cannot be read, does not begin as a journal does, or is of a newer format.
pub fn read(path: &Path) -> Result<Record, JournalError> {
    // What is no file may never end.
    if path.exists() && !path.is_file() {
        return Err(unreadable(path, io::Error::new(io::ErrorKind::InvalidInput, "it is no file")));
    }
    let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
    let mut rest = whole.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty());
    let no_beginning = || JournalError::NoBeginning { path: path.to_owned() };
    let (number, first) = rest.next().ok_or_else(no_beginning)?;
    let (first, run) = beginning(path, number + 1, first)?;
    let (mut lines, mut skipped) = (vec![first], Vec::new());
    for (number, line) in rest {
        match serde_json::from_str(line) {
            Ok(line) => lines.push(line),
            Err(error) => skipped.push(Skipped { line: number + 1, message: without_place(&error) }),
        }
    }
    Ok(Record { path: path.to_owned(), run, lines, skipped })
}

/// The first line, which tells the run, of a format that is known.
fn beginning(path: &Path, number: usize, text: &str) -> Result<(Line, Run), JournalError> {
    let form = |source| JournalError::Form { path: path.to_owned(), line: number, source };
    ensure_known(path, &serde_json::from_str(text).map_err(form)?)?;
    let line: Line = serde_json::from_str(text).map_err(form)?;
    match &line.entry {
        Entry::Run(run) => {
            let run = run.clone();
            Ok((line, run))
        }
        Entry::Plan { .. }
        | Entry::Removal { .. }
        | Entry::Request { .. }
        | Entry::Answer { .. }
        | Entry::Ended { .. }
        | Entry::End { .. } => Err(JournalError::NoBeginning { path: path.to_owned() }),
    }
}

/// What is wrong in a line, without the place in it: that it is the first line of its own text helps nobody.
fn without_place(error: &serde_json::Error) -> String {
    let (text, place) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Whether the run that keeps a journal is still at work. It holds the operating system's lock on the file from before its
/// first line, and nobody else ever takes that one, so looking at it holds nobody back. Whoever finds it free may read the
/// journal's last word. Known on Unix alone: elsewhere a locked file cannot be read.
pub fn is_at_work(path: &Path) -> bool {
    let is_held = |file: File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    cfg!(unix) && File::open(path).is_ok_and(is_held)
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
fn ensure_known(path: &Path, first: &serde_json::Value) -> Result<(), JournalError> {
    let version = first.get("format_version").and_then(serde_json::Value::as_str);
    let Some(version) = version else { return Err(JournalError::NoBeginning { path: path.to_owned() }) };
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    if major(version) == major(FORMAT_VERSION) {
        return Ok(());
    }
    Err(JournalError::Newer { path: path.to_owned(), version: version.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = r#"{"at":"2026-11-26T15:06:21Z","entry":"run","format_version":"1.7","tool_version":"9.9.9",
        "command":"apply","policy":"corp","policy_file":"/corp.kdl","policy_digest":"0","domain":"corp.example.com",
        "target":"org.json","organization":null,"user":"ada","host":"ci-7","process":1,"since":"a newer word"}"#;
    const END: &str = r#"{"at":"2026-11-26T15:06:22Z","entry":"end","applied":1,"of":1,"interrupted":false}"#;

    fn read_text(text: &str) -> Result<Record, JournalError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.jsonl");
        fs::write(&path, text).unwrap();
        read(&path)
    }

    fn run() -> String {
        RUN.replace('\n', " ")
    }

    #[test]
    fn a_line_that_cannot_be_read_is_listed_and_the_others_are_used() {
        let damaged = [
            ("", None),
            (r#"{"at":"2026-11-26T15:06:21Z","entry":"end","applied":1"#, Some("EOF")),
            ("\u{0}\u{0}\u{0}", Some("expected value")),
            (r#"{"at":"2026-11-26T15:06:21Z","entry":"weather"}"#, Some("unknown variant `weather`")),
            (
                r#"{"at":"2026-11-26T15:06:21Z","entry":"ended","change":0,"outcome":"put-off","message":""}"#,
                Some("unknown variant `put-off`"),
            ),
            (r#"{"at":"2026-11-26T15:06:21Z","entry":"removal","change":0,"removed":{}}"#, Some("")),
        ];
        for (line, message) in damaged {
            let record = read_text(&format!("{}\n{line}\n{END}\n{{\"at\":", run())).unwrap();
            assert_eq!((record.lines.len(), record.end()), (2, Some((1, 1, false))), "{line}");
            let told: Vec<usize> = record.skipped.iter().map(|skipped| skipped.line).collect();
            assert_eq!(told, message.map(|_| 2).into_iter().collect::<Vec<_>>(), "{line}");
            for skipped in &record.skipped {
                assert!(skipped.message.starts_with(message.unwrap()), "{skipped:?}");
                assert!(!skipped.message.contains(" at line "), "{skipped:?}");
            }
        }
    }

    #[test]
    fn what_does_not_begin_as_a_journal_of_this_format_is_none() {
        let whole = format!("{}\n{END}\n", run());
        assert_eq!(read_text(&whole).unwrap().skipped, []);
        let message = |text: &str| read_text(text).unwrap_err().to_string();
        assert!(message("").contains("does not begin"));
        assert!(message("\n\n").contains("does not begin"));
        assert!(message(&format!("{END}\n{whole}")).contains("does not begin"));
        assert!(message(&format!("damaged\n{whole}")).contains("line 1 does not have its form"));
        assert!(message(&whole.replacen("corp.kdl\"", "", 1)).contains("line 1 does not have its form"));
        for newer in [whole.replacen("1.7", "2.0", 1), format!("\n{}", whole.replacen("1.7", "2.0", 1))] {
            assert!(message(&newer).contains("format 2.0"));
        }
        assert!(read_text(&run()).is_err(), "a first line that is torn");
    }
}
