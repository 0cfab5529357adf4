//! Journals, as `restore` reads them.

use std::path::Path;

use super::error::CliError;
use super::terminal;
use crate::journal::{self, Record, Skipped};
use crate::render::safe;

/// Reads a journal, and says which of its lines are passed over.
pub(super) fn read(path: &Path) -> Result<Record, CliError> {
    let record = journal::read(path)?;
    let name = safe(&path.to_string_lossy());
    for (message, lines) in by_message(&record.skipped) {
        let word = if lines.len() == 1 { "line" } else { "lines" };
        let (lines, message) = (lines.join(", "), safe(message));
        terminal::say(&format!(
            "Warning: {word} {lines} of {name} cannot be read, and what may have been removed there is not restored: {message}\n"
        ));
    }
    Ok(record)
}

/// The numbers of the lines that differ in the same way: of a newer format there may be thousands.
fn by_message(skipped: &[Skipped]) -> Vec<(&str, Vec<String>)> {
    let mut grouped: Vec<(&str, Vec<String>)> = Vec::new();
    for Skipped { line, message } in skipped {
        match grouped.iter_mut().find(|(known, _)| known == message) {
            Some((_, lines)) => lines.push(line.to_string()),
            None => grouped.push((message, vec![line.to_string()])),
        }
    }
    grouped
}
