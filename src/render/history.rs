//! The runs that were, for people and for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::safe::safe;
use super::style::{column, faint, pad, plural, removed, strong, warning};

/// Widest column; longer texts push their line to the right.
const COLUMNS: usize = 32;

/// A run that has left a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PastRun {
    /// When it began (RFC 3339).
    pub began: String,
    /// `apply`, `watch` or `restore`.
    pub command: String,
    /// The policy's name.
    pub policy: String,
    /// The API's URL, or the state file as an absolute path, links followed.
    pub target: String,
    /// `_id` of the organization, where the API tells it.
    pub organization: Option<String>,
    /// Who ran it.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// How it ended.
    pub outcome: PastOutcome,
    /// Changes that were made.
    pub applied: Option<usize>,
    /// Changes that there were to make.
    pub changes: Option<usize>,
    /// Requests that were announced.
    pub requests: usize,
    /// Users and groups that it removed, and that `restore` brings back.
    pub removals: usize,
    /// The journal's file.
    pub journal: String,
    /// Its lines that cannot be read, and count for nothing: they are damaged, or of a newer version of the format.
    pub skipped: Vec<SkippedLine>,
}

/// A line of a journal that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SkippedLine {
    /// Which one, from 1.
    pub line: usize,
    /// Why.
    pub message: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PastOutcome {
    /// Every change is made.
    Done,
    /// Some are.
    Partial,
    /// Somebody stopped it.
    Interrupted,
    /// It is at work.
    Running,
    /// It did not come to its end: it was killed. Where the system does not tell (Windows), it may be at work.
    Unfinished,
}

/// The runs of one folder, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HistoryDocument {
    /// Version of this document.
    pub format_version: &'static str,
    /// The folder that was looked into.
    pub folder: String,
    /// The runs.
    pub runs: Vec<PastRun>,
    /// Files that are no journals, or cannot be read, with the reason.
    pub unreadable: Vec<Unreadable>,
}

/// A file that is no journal, or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Unreadable {
    /// The file.
    pub journal: String,
    /// Why.
    pub message: String,
}

/// The runs for people, a line each, ending in a line feed.
pub fn render_history(history: &HistoryDocument) -> String {
    let mut out = String::new();
    if history.runs.is_empty() && history.unreadable.is_empty() {
        return format!("No runs in {}\n", safe(&history.folder));
    }
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", strong(&format!("Runs in {}", safe(&history.folder))));
    let cells: Vec<[String; 4]> = history
        .runs
        .iter()
        .map(|run| [safe(&run.began), safe(&run.command), safe(&run.policy), sum(run)])
        .collect();
    let width =
        |index: usize| column(cells.iter().filter_map(|row| row.get(index)).map(String::as_str), COLUMNS);
    let widths = [width(0), width(1), width(2), width(3)];
    for (run, row) in history.runs.iter().zip(&cells) {
        let [began, command, policy, sum] = row;
        let sum = pad(sum, widths[3]);
        let sum = match run.outcome {
            PastOutcome::Done | PastOutcome::Running => sum,
            PastOutcome::Partial | PastOutcome::Interrupted => warning(&sum),
            PastOutcome::Unfinished => removed(&sum),
        };
        let (began, command, policy) =
            (pad(began, widths[0]), pad(command, widths[1]), pad(policy, widths[2]));
        let who = faint(&safe(&format!("{} on {}  {}", run.user, run.host, run.journal)));
        let skipped = match run.skipped.len() {
            0 => String::new(),
            count => removed(&format!("  {} unreadable", plural(count, "line", "lines"))),
        };
        let _ = writeln!(out, "  {began}  {command}  {policy}  {sum}  {who}{skipped}");
    }
    for Unreadable { journal, message } in &history.unreadable {
        let _ = writeln!(out, "  {}  {}", removed("unreadable"), safe(&format!("{journal}: {message}")));
    }
    out
}

/// `35 of 35 changes, 2 removals`
fn sum(run: &PastRun) -> String {
    let made = match (run.applied, run.changes) {
        (Some(applied), Some(changes)) => format!("{applied} of {}", plural(changes, "change", "changes")),
        _ if run.outcome == PastOutcome::Running => {
            format!("at work, {} so far", plural(run.requests, "request", "requests"))
        }
        _ => format!("unfinished after {}", plural(run.requests, "request", "requests")),
    };
    let how = if run.outcome == PastOutcome::Interrupted { ", interrupted" } else { "" };
    let removals = match run.removals {
        0 => String::new(),
        count => format!(", {}", plural(count, "removal", "removals")),
    };
    format!("{made}{how}{removals}")
}
