//! `adjunct apply`

use super::apply_saved;
use super::args::{ApplyArgs, Format};
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::plan_file;
use super::run_record;
use super::several::{self, Planned, Show};
use super::sides::{Access, Prepared};
use super::signals::Interrupt;
use super::terminal;
use crate::apply::Pace;
use crate::event::{Event, Outcome, Report};
use crate::journal::Journal;
use crate::jumpcloud::Client;
use crate::plan::Plan;
use crate::render::{ApplyDocument, render_event, render_heading, render_report, render_work};

/// Its name, for whoever finds the lock taken.
pub(super) const COMMAND: &str = "apply";

/// Shows the plans, asks once, and does one after the other.
pub(super) async fn run(args: &ApplyArgs) -> Result<Exit, CliError> {
    if let Some(plan) = plan_file::only_plan(&args.common.policies)? {
        return apply_saved::run(args, plan).await;
    }
    let show = show(args);
    let access = Access::ReadWrite { command: COMMAND, parallelism: args.parallelism.get() };
    let planned = Box::pin(several::plan_all(&args.common, access, show));
    let interrupt = Interrupt::listen();
    let planned = interrupt.or_end(planned).await?;
    if !args.auto_approve && planned.prepared.iter().any(Prepared::is_to_be_applied) {
        ask(question(&planned), &interrupt).await?;
    }
    interrupt.begin_to_write()?;
    let mut exits = planned.failed.clone();
    let mut reports: Vec<(&Prepared, Report)> = Vec::new();
    let mut shown = Ok(());
    for prepared in &planned.prepared {
        let has_begun = reports.iter().any(|(_, report)| !report.outcomes.is_empty());
        let (report, exit) = match attempt(args, prepared, &interrupt).await {
            Ok(done) => done,
            Err(CliError::Interrupted) if has_begun => {
                (not_begun(&prepared.plan, "the run was interrupted", true), Exit::Interrupted)
            }
            Err(error @ CliError::Interrupted) => return Err(error),
            Err(error) if !planned.is_several() => return Err(error),
            Err(error) => {
                terminal::print_error_of(&prepared.path, &error);
                exits.push(error.exit());
                reports.push((prepared, not_begun(&prepared.plan, &error.to_string(), false)));
                continue;
            }
        };
        // A plan of which nothing was tried has said all there is to say.
        if args.common.format == Format::Text && !report.outcomes.is_empty() {
            shown = shown.and(show_report(&planned, prepared, &report));
        }
        exits.push(exit);
        reports.push((prepared, report));
    }
    if args.common.format == Format::Json {
        let documents = reports
            .iter()
            .map(|(prepared, report)| ApplyDocument::new(&prepared.plan, &prepared.header, report));
        shown = shown.and(terminal::print_documents(documents, planned.is_several()));
    }
    Ok(ended(exits, shown, reports.iter().map(|(_, report)| report)))
}

/// Where plans are shown before they are applied.
pub(super) fn show(args: &ApplyArgs) -> Show {
    match args.common.format {
        Format::Text => Show::Output,
        // Standard output holds documents alone, so people see the plans beside them.
        Format::Json if !args.auto_approve => Show::Beside,
        Format::Json => Show::Nowhere,
    }
}

/// How a run ended whose reports were shown or not.
pub(super) fn ended<'r>(
    mut exits: Vec<Exit>,
    shown: Result<(), CliError>,
    reports: impl Iterator<Item = &'r Report>,
) -> Exit {
    if let Err(error) = shown {
        let (mut applied, mut of, mut journals) = (0, 0, Vec::new());
        for report in reports {
            applied += report.done();
            of += report.outcomes.len();
            journals.extend(report.journal.clone());
        }
        let error = error.after_changes(applied, of, &journals);
        terminal::print_error(&error);
        exits.push(error.exit());
    }
    Exit::worst(exits)
}

/// Does one plan, if there is something to do and nothing stops it.
async fn attempt(
    args: &ApplyArgs,
    prepared: &Prepared,
    interrupt: &Interrupt,
) -> Result<(Report, Exit), CliError> {
    if !prepared.plan.guards.is_empty() {
        return Ok((Report::default(), Exit::Guard));
    }
    if prepared.plan.is_empty() {
        return Ok((Report::default(), Exit::Done));
    }
    check(args, prepared, interrupt).await?;
    let journal = run_record::begin_journal(
        COMMAND,
        args.journal.as_deref(),
        &prepared.path,
        &prepared.plan,
        &prepared.header,
    );
    let report = write(args, &prepared.client, &prepared.plan, interrupt, &journal.await?).await;
    let exit = exit(&report);
    Ok((report, exit))
}

/// `Apply this plan?`
fn question(planned: &Planned) -> String {
    if !planned.is_several() {
        return "Apply this plan?".to_owned();
    }
    let plans = planned.prepared.iter().filter(|prepared| prepared.is_to_be_applied());
    let plans: Vec<&Plan> = plans.map(|prepared| &prepared.plan).collect();
    format!("Apply {}?", render_work(&plans))
}

pub(super) async fn ask(question: String, interrupt: &Interrupt) -> Result<(), CliError> {
    let answer = tokio::task::spawn_blocking(move || terminal::approve(&question));
    let answer = async { answer.await.unwrap_or(Err(CliError::NoTerminal)) };
    let answer = interrupt.or_end(answer).await;
    if matches!(answer, Err(CliError::Interrupted)) {
        // The line of the question is still open.
        terminal::say("\n");
    }
    answer
}

/// Checks that the plan that was shown still is the right one, where anything may have happened since: somebody took
/// time to approve it, or a policy before it was applied to the same organization.
async fn check(args: &ApplyArgs, prepared: &Prepared, interrupt: &Interrupt) -> Result<(), CliError> {
    if interrupt.is_asked() {
        return Err(CliError::Interrupted);
    }
    if args.auto_approve && !prepared.is_behind_another {
        return Ok(());
    }
    let is_current = interrupt.or_end(Box::pin(prepared.is_current())).await?;
    match (is_current, prepared.is_behind_another) {
        (true, _) => Ok(()),
        (false, true) => Err(CliError::Overtaken),
        (false, false) => Err(CliError::Stale),
    }
}

/// The report of a plan of which nothing was tried.
fn not_begun(plan: &Plan, why: &str, was_interrupted: bool) -> Report {
    Report {
        outcomes: vec![Outcome::Skipped(why.to_owned()); plan.changes.len()],
        was_interrupted,
        ..Report::default()
    }
}

pub(super) fn exit(report: &Report) -> Exit {
    if report.was_interrupted {
        Exit::Interrupted
    } else if report.is_whole() && report.failed_journal.is_some() {
        Exit::Error
    } else if report.is_whole() {
        Exit::Done
    } else {
        Exit::Partial
    }
}

/// Does the plan, and shows how far it is.
pub(super) async fn write(
    args: &ApplyArgs,
    client: &Client,
    plan: &Plan,
    interrupt: &Interrupt,
    journal: &Journal,
) -> Report {
    let bar = terminal::bar(plan.steps.len());
    let report = crate::apply::apply(
        client,
        plan,
        Pace { parallelism: args.parallelism.get(), canary: args.canary },
        clock::now(),
        interrupt.asked(),
        journal,
        |event| match event {
            Event::Began { .. } => {
                bar.set_message(render_event(plan, event).unwrap_or_default());
            }
            Event::Ended { .. } => bar.inc(1),
            Event::Looked(_) => {
                let text = render_event(plan, event).unwrap_or_default();
                bar.suspend(|| terminal::say(&format!("{text}\n")));
            }
        },
    )
    .await;
    bar.finish_and_clear();
    report
}

fn show_report(planned: &Planned, prepared: &Prepared, report: &Report) -> Result<(), CliError> {
    let heading = if planned.is_several() { render_heading(&prepared.header) } else { String::new() };
    terminal::print(&format!("\n{heading}{}", render_report(&prepared.plan, report)))
}
