//! The log: a line of JSON for each write.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write as _};
use std::path::Path;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{changed, lock};
use crate::sandbox::state::change::Change;

/// A line of a log.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first: the digest of the file that the log follows.
    Follows(String),
    /// What one request changed.
    Write(Write),
    /// The last: the digest of the file that holds everything.
    Folded(String),
}

/// What one request changed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Write {
    pub(super) next_id: u64,
    pub(super) changes: Vec<Change>,
}

/// What a log says about a file.
#[derive(Debug)]
pub(super) enum Replay {
    /// These writes came after the file.
    Writes(Vec<Write>),
    /// The log is about another file.
    Foreign,
    /// This line, from 1, is none.
    Damaged { line: usize },
}

/// Reads a log beside a file with this digest.
pub(super) fn replay(log: &[u8], digest: &str) -> Replay {
    // What follows the last line end was never answered.
    let end = log.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let whole = log.get(..end).unwrap_or_default();
    let mut lines = whole.split_inclusive(|byte| *byte == b'\n').enumerate();
    let Some((_, first)) = lines.next() else { return Replay::Writes(Vec::new()) };
    let Ok(Line::Follows(followed)) = serde_json::from_slice(first) else {
        return Replay::Damaged { line: 1 };
    };
    let mut writes = Vec::new();
    let mut folded = None;
    for (position, line) in lines {
        match serde_json::from_slice(line) {
            Ok(Line::Write(write)) if folded.is_none() => writes.push(write),
            Ok(Line::Folded(digest)) => folded = Some(digest),
            Ok(Line::Write(_) | Line::Follows(_)) | Err(_) => return Replay::Damaged { line: position + 1 },
        }
    }
    if followed == digest {
        Replay::Writes(writes)
    } else if folded.is_some_and(|folded| folded == digest) {
        Replay::Writes(Vec::new())
    } else {
        Replay::Foreign
    }
}

/// The digest by which a log names a file.
pub(super) fn digest(text: &[u8]) -> String {
    format!("{:x}", Bytes::copy_from_slice(&Sha256::digest(text)))
}

/// A log that is written to. No other process writes to it meanwhile.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// How long it is, up to its last whole line.
    length: u64,
    /// Whether it ends in the middle of a line that could not be taken back: nothing may follow.
    is_broken: bool,
}

impl Log {
    /// Begins the log of a file that has none, or an empty one.
    pub(super) fn begin(path: &Path, digest: &str) -> io::Result<Self> {
        // An empty one is taken as it is: whoever made it may be about to lock it.
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        lock(&file)?;
        if file.metadata()?.len() > 0 {
            return Err(changed());
        }
        let mut log = Self { file, length: 0, is_broken: false };
        log.write(&Line::Follows(digest.to_owned()))?;
        Ok(log)
    }

    /// Goes on with a log that a process left behind, without the line that it did not end.
    pub(super) fn reopen(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        lock(&file)?;
        let text = std::fs::read(path)?;
        let length = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last as u64 + 1);
        file.set_len(length)?;
        let mut log = Self { file, length, is_broken: false };
        log.file.seek(SeekFrom::End(0))?;
        Ok(log)
    }

    /// Whether it holds no line: whoever began it went no further.
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many bytes it holds.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn append(&mut self, changes: &[Change], next_id: u64) -> io::Result<()> {
        self.write(&Line::Write(Write { next_id, changes: changes.to_vec() }))
    }

    /// Ends the log: the file with this digest holds everything. Comes to the disk before that file does.
    pub(super) fn end(&mut self, digest: &str) -> io::Result<()> {
        self.write(&Line::Folded(digest.to_owned()))?;
        self.file.sync_data()
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("an earlier write could not be taken back"));
        }
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        if let Err(error) = self.file.write_all(&text) {
            // What got there of it must not stand before the next line.
            self.is_broken = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        self.length += text.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "{\"follows\":\"a\"}\n{\"write\":{\"next_id\":2,\"changes\":[]}}\n{\"write\":{\"next_id\":3,\"changes\":[]}}\n";

    fn next_ids(log: &[u8], digest: &str) -> Result<Vec<u64>, String> {
        match replay(log, digest) {
            Replay::Writes(writes) => Ok(writes.iter().map(|write| write.next_id).collect()),
            other @ (Replay::Foreign | Replay::Damaged { .. }) => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn a_log_that_is_cut_anywhere_is_a_shorter_log() {
        let lines: Vec<usize> = LOG.match_indices('\n').map(|(position, _)| position + 1).collect();
        for cut in 0..=LOG.len() {
            let whole = lines.iter().filter(|end| **end <= cut).count();
            let expected = [2, 3].into_iter().take(whole.saturating_sub(1)).collect();
            assert_eq!(next_ids(&LOG.as_bytes()[..cut], "a"), Ok(expected), "cut at {cut}");
        }
    }

    #[test]
    fn a_log_counts_for_the_file_that_it_follows_and_is_over_for_the_one_that_it_is_folded_into() {
        let folded = format!("{LOG}{{\"folded\":\"b\"}}\n");
        assert_eq!(next_ids(folded.as_bytes(), "a"), Ok(vec![2, 3]));
        assert_eq!(next_ids(folded.as_bytes(), "b"), Ok(vec![]));
        assert!(matches!(replay(folded.as_bytes(), "c"), Replay::Foreign));
        assert!(matches!(replay(LOG.as_bytes(), "b"), Replay::Foreign));
    }

    #[test]
    fn a_line_that_is_none_is_damage() {
        for (log, damaged) in [
            ("{}\n".to_owned(), 1),
            (LOG.replacen("next_id", "next", 1), 2),
            (format!("{LOG}{{\"follows\":\"a\"}}\n"), 4),
            (format!("{LOG}{{\"folded\":\"b\"}}\n{{\"write\":{{\"next_id\":4,\"changes\":[]}}}}\n"), 5),
        ] {
            assert!(
                matches!(replay(log.as_bytes(), "a"), Replay::Damaged { line } if line == damaged),
                "{log}"
            );
        }
    }
}
