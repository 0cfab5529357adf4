//! Standard output, standard error, the person in front of them.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::error::CliError;
use super::init_error::InitError;
use crate::render::{safe, safe_json};

/// Writes data to standard output; colours are stripped where it is no terminal. A reader who went away is an error: a
/// plan that nobody saw whole must not be applied.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)
}

/// Writes a file's text to standard output, with whatever is in it.
pub(super) fn print_as_it_is(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)
}

/// Writes what is left of standard output.
pub(super) fn finish() -> io::Result<()> {
    io::stdout().flush()
}

/// Writes a document as indented JSON to standard output.
fn print_json(document: &impl serde::Serialize) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    serde_json::to_string_pretty(document)
        .map_err(io::Error::from)
        .and_then(|text| writeln!(out, "{}", safe_json(&text)))
        .and_then(|()| out.flush())
        .map_err(CliError::Output)
}

/// Writes the documents of a run to standard output: of several policies as an array, else the one document as it is.
pub(super) fn print_documents<T: serde::Serialize>(
    documents: impl Iterator<Item = T>,
    is_several: bool,
) -> Result<(), CliError> {
    if is_several {
        return print_json(&documents.collect::<Vec<T>>());
    }
    documents.into_iter().try_for_each(|document| print_json(&document))
}

/// Writes to standard error what people should see beside the data.
pub(super) fn say(text: &str) {
    // Nothing can be done about a standard error that is gone.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Shows an error with its help and, for a policy, its source.
pub(super) fn print_error(error: &dyn Diagnostic) {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_links(false)
        .with_context_lines(1);
    let mut text = String::new();
    if handler.render_report(&mut text, error).is_err() {
        text = format!("error: {error}");
    }
    // Names in errors come from others: whatever a terminal would interpret is shown instead.
    let lines: Vec<String> = text.lines().map(|line| safe(line).trim_end().to_owned()).collect();
    say(&format!("{}\n", lines.join("\n")));
}

/// Shows an error under the name of the policy file that it ends.
pub(super) fn print_error_of(file: &Path, error: &dyn Diagnostic) {
    say(&format!("{}:\n", safe(&file.to_string_lossy())));
    print_error(error);
}

/// Asks for approval, as in `Apply this plan?`; only `yes` approves.
pub(super) fn approve(question: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::NoTerminal);
    }
    say(&format!("\n{question} Only \"yes\" approves: "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|_| CliError::NoTerminal)?;
    if !answer.ends_with('\n') {
        // The line of the question is still open.
        say("\n");
    }
    if answer.trim() == "yes" { Ok(()) } else { Err(CliError::Declined) }
}

/// Whether there is somebody to ask.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// Asks for a value; an empty answer is the usual one, which may be empty: then there is none.
pub(super) fn ask(question: &str, usual: &str) -> Result<String, CliError> {
    let shown = if usual.is_empty() { String::new() } else { format!(" [{}]", safe(usual)) };
    say(&format!("{question}{shown}: "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|_| InitError::Unanswered)?;
    if !answer.ends_with('\n') {
        // The line of the question is still open.
        say("\n");
    }
    let answer = if answer.trim().is_empty() { usual } else { answer.trim() };
    if answer.is_empty() { Err(InitError::Unanswered.into()) } else { Ok(answer.to_owned()) }
}

/// Shows that reading goes on; nothing where standard error is no terminal.
pub(super) fn spinner(message: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// Shows how many of `total` are done; nothing where standard error is no terminal.
pub(super) fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
