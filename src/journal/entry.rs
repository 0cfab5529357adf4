//! What a journal says, line by line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Removed;

/// Version of the format. A reader refuses a file whose first number is another one.
pub const FORMAT_VERSION: &str = "1.0";

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Line {
    /// When it was written.
    #[cfg_attr(test, schemars(with = "String"))]
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Entry {
    /// The first line: which run this is.
    Run(Run),
    /// The plan that is to be done, as `--format json` shows it.
    Plan {
        /// The document.
        plan: Value,
    },
    /// All that a removal is about to take, so that it can be brought back. Written to the disk before its request.
    Removal {
        /// Index of the change in the plan.
        change: usize,
        /// What goes.
        removed: Removed,
    },
    /// A request that changes something is about to be sent. Written to the disk before it is.
    Request {
        /// Index of the change in the plan.
        change: usize,
        /// What for, in words.
        doing: String,
        /// Method and path.
        request: String,
        /// What is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
    },
    /// How a request ended.
    Answer {
        /// Index of the change in the plan.
        change: usize,
        /// Method and path.
        request: String,
        /// Why it did not succeed; absent when it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A change is not done. Of those that are done the answers tell.
    Ended {
        /// Its index in the plan.
        change: usize,
        /// How.
        outcome: Ending,
        /// Why it is not done.
        message: String,
    },
    /// The last line of a run that came to its end.
    End {
        /// How many changes are done.
        applied: usize,
        /// How many there are.
        of: usize,
        /// Whether somebody asked to stop.
        interrupted: bool,
    },
}

/// Which run a journal is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Run {
    /// Version of the format.
    pub format_version: String,
    /// Version of adjunct.
    pub tool_version: String,
    /// The command: `apply`, `watch` or `restore`.
    pub command: String,
    /// The policy's name.
    pub policy: String,
    /// The policy's file, as an absolute path.
    pub policy_file: String,
    /// SHA-256 of the policy's file, with what it includes and the values of its variables where it has any.
    pub policy_digest: String,
    /// DNS name of the AD domain.
    pub domain: String,
    /// The API's URL, or the state file as an absolute path, links followed.
    pub target: String,
    /// `_id` of the organization, where the API tells it.
    pub organization: Option<String>,
    /// Who runs it.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// In which process.
    pub process: u32,
}

/// How a change ended that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// JumpCloud refused it, or was not reached.
    Failed,
    /// The answer was lost, and what JumpCloud holds could not be found out.
    Unknown,
    /// Not tried.
    Skipped,
}
