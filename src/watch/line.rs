//! A line of the service's log, as text and as JSON. Nothing here prints.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::{Counts, Stop};
use crate::render::{safe, safe_json};

/// A line. As JSON it has the same keys whatever it says; what does not apply is null or empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Line {
    /// When it was written (RFC 3339).
    #[cfg_attr(test, schemars(with = "String"))]
    pub time: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// The number of the cycle; none of a line about the service itself.
    pub cycle: Option<u64>,
    /// The policy's file; none of a line about the service itself.
    pub policy: Option<String>,
    /// In one word what happened.
    pub outcome: &'static str,
    /// What happened.
    pub message: String,
    /// More of it: what is not done, what can be done.
    pub details: Vec<String>,
    /// What was done; none where nothing was planned.
    pub counts: Option<Counts>,
    /// The guards that stopped it.
    pub guards: Vec<Stop>,
    /// How long it took.
    pub seconds: Option<f64>,
    /// The record of what was done.
    pub journal: Option<String>,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// All is as it should be.
    Info,
    /// Something is not done, and will be tried again.
    Warn,
    /// Somebody has to do something.
    Error,
}

impl Line {
    /// A line about the service itself.
    pub fn of_service(time: Timestamp, level: Level, outcome: &'static str, message: String) -> Self {
        Self {
            time,
            level,
            cycle: None,
            policy: None,
            outcome,
            message,
            details: Vec::new(),
            counts: None,
            guards: Vec::new(),
            seconds: None,
            journal: None,
        }
    }

    /// For people, ending in a line feed: time, level, policy in a column of `width`, what happened, how long it took. The
    /// details follow, each on an indented line of its own.
    pub fn text(&self, width: usize) -> String {
        let level = match self.level {
            Level::Info => "info ",
            Level::Warn => "warn ",
            Level::Error => "error",
        };
        let policy = safe(self.policy.as_deref().unwrap_or_default());
        let mut text = format!("{}  {level}  {policy:<width$}  {}", self.time, safe(&self.message));
        // Writing to a String cannot fail.
        if let Some(seconds) = self.seconds {
            let _ = write!(text, "  ({seconds:.1} s)");
        }
        text.push('\n');
        for detail in &self.details {
            let _ = writeln!(text, "    {}", safe(detail));
        }
        text
    }

    /// For machines: an object on one line, ending in a line feed.
    pub fn json(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        format!("{}\n", safe_json(&text))
    }
}
