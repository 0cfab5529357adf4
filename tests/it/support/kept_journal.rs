//! A journal in a folder that goes with the test.

use adjunct::journal::{Journal, Run};
use jiff::Timestamp;
use tempfile::TempDir;

/// A journal that has begun.
#[derive(Debug)]
pub(crate) struct KeptJournal {
    pub(crate) journal: Journal,
    _folder: TempDir,
}

impl KeptJournal {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let run = Run {
            format_version: "1.0".to_owned(),
            tool_version: "0.0.0".to_owned(),
            command: "apply".to_owned(),
            policy: "test".to_owned(),
            policy_file: "/policy.kdl".to_owned(),
            policy_digest: String::new(),
            domain: "example.com".to_owned(),
            target: "http://127.0.0.1".to_owned(),
            organization: None,
            user: "ada".to_owned(),
            host: "here".to_owned(),
            process: 1,
        };
        let journal = Journal::begin(folder.path(), run, || Timestamp::UNIX_EPOCH).unwrap();
        Self { journal, _folder: folder }
    }
}
