//! `adjunct history`

use std::path::Path;

use super::args::{Format, HistoryArgs};
use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use crate::journal::{self, JournalError, Record, Skipped, StateFolder};
use crate::render::{
    FORMAT_VERSION, HistoryDocument, PastOutcome, PastRun, SkippedLine, Unreadable, render_history,
};

/// Lists the runs that have left a journal.
pub(super) fn run(args: &HistoryArgs) -> Result<Exit, CliError> {
    let folder = match &args.journal {
        Some(folder) if !folder.is_dir() => return Err(CliError::NoFolder { path: folder.clone() }),
        Some(folder) => folder.clone(),
        None => StateFolder::of_platform()?.journals(),
    };
    let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
    for path in journal::journals_in(&folder)? {
        match look(&path) {
            Ok((record, is_at_work)) => runs.push(past_run(&record, is_at_work)),
            Err(error) => {
                unreadable.push(Unreadable { journal: name(&path), message: words(&error) });
            }
        }
    }
    let folder = folder.to_string_lossy().into_owned();
    let history = HistoryDocument { format_version: FORMAT_VERSION, folder, runs, unreadable };
    match args.format {
        Format::Text => terminal::print(&render_history(&history))?,
        Format::Json => terminal::print_documents(std::iter::once(history), false)?,
    }
    Ok(Exit::Done)
}

/// Reads a journal, and whether its run is at work.
fn look(path: &Path) -> Result<(Record, bool), JournalError> {
    let record = journal::read(path)?;
    if record.end().is_some() {
        return Ok((record, false));
    }
    if journal::is_at_work(path) {
        return Ok((record, true));
    }
    // It may have ended since it was read.
    Ok((journal::read(path)?, false))
}

fn past_run(record: &Record, is_at_work: bool) -> PastRun {
    let run = &record.run;
    let end = record.end();
    PastRun {
        began: record
            .lines
            .first()
            .map(|line| line.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .unwrap_or_default(),
        command: run.command.clone(),
        policy: run.policy.clone(),
        target: run.target.clone(),
        organization: run.organization.clone(),
        user: run.user.clone(),
        host: run.host.clone(),
        outcome: match end {
            None if is_at_work => PastOutcome::Running,
            None => PastOutcome::Unfinished,
            Some((_, _, true)) => PastOutcome::Interrupted,
            Some((applied, of, false)) if applied == of => PastOutcome::Done,
            Some(_) => PastOutcome::Partial,
        },
        applied: end.map(|(applied, _, _)| applied),
        changes: end.map(|(_, of, _)| of),
        requests: record.requests().count(),
        removals: record.removals().count(),
        journal: name(&record.path),
        skipped: record.skipped.iter().map(skipped_line).collect(),
    }
}

fn skipped_line(Skipped { line, message }: &Skipped) -> SkippedLine {
    SkippedLine { line: *line, message: message.clone() }
}

/// The error and what caused it, on one line.
fn words(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
