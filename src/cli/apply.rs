//! `adjunct apply`

use tokio::sync::watch;

use super::args::{ApplyArgs, Format};
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::sides::{self, Access, Prepared};
use super::terminal;
use crate::event::{Event, Report};
use crate::render::{ApplyDocument, render_event, render_plan, render_report};

/// Shows the plan, asks, and does it.
pub(super) async fn run(args: &ApplyArgs) -> Result<Exit, CliError> {
    let prepare = sides::prepare(&args.common, Access::ReadWrite { parallelism: args.parallelism.get() });
    let prepared = terminal::until_interrupted(Box::pin(prepare)).await?;
    let text = render_plan(&prepared.plan, &prepared.header);
    match args.common.format {
        Format::Text => terminal::print(&text)?,
        // Standard output holds one document, so people see the plan beside it.
        Format::Json if !args.auto_approve => terminal::say(&text),
        Format::Json => {}
    }
    if !prepared.plan.guards.is_empty() {
        show_report(args, &prepared, &Report::default())?;
        return Ok(Exit::Guard);
    }
    if prepared.plan.is_empty() {
        show_report(args, &prepared, &Report::default())?;
        return Ok(Exit::Done);
    }
    if !args.auto_approve {
        let answer = tokio::task::spawn_blocking(terminal::approve);
        let answer = async { answer.await.unwrap_or(Err(CliError::NoTerminal)) };
        if let Err(error) = terminal::until_interrupted(answer).await {
            if matches!(error, CliError::Interrupted) {
                // The line of the question is still open.
                terminal::say("\n");
            }
            return Err(error);
        }
        terminal::until_interrupted(Box::pin(prepared.ensure_current())).await?;
    }
    let report = write(args, &prepared).await;
    show_report(args, &prepared, &report)?;
    Ok(if report.was_interrupted {
        Exit::Interrupted
    } else if report.is_whole() {
        Exit::Done
    } else {
        Exit::Partial
    })
}

async fn write(args: &ApplyArgs, prepared: &Prepared) -> Report {
    let (stop, stopped) = watch::channel(false);
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            terminal::say("\nStopping: what is in flight is finished first.\n");
            // The receiver lives as long as the apply.
            let _ = stop.send(true);
        }
    });
    let bar = terminal::bar(prepared.plan.steps.len());
    let report = crate::apply::apply(
        &prepared.client,
        &prepared.plan,
        args.parallelism.get(),
        clock::now(),
        stopped,
        |event| match event {
            Event::Began { .. } => {
                bar.set_message(render_event(&prepared.plan, event).unwrap_or_default());
            }
            Event::Ended { .. } => bar.inc(1),
        },
    )
    .await;
    bar.finish_and_clear();
    interrupt.abort();
    report
}

fn show_report(args: &ApplyArgs, prepared: &Prepared, report: &Report) -> Result<(), CliError> {
    match args.common.format {
        Format::Json => terminal::print_json(&ApplyDocument::new(&prepared.plan, &prepared.header, report)),
        // A plan that was not begun has said all there is to say.
        Format::Text if report.outcomes.is_empty() => Ok(()),
        Format::Text => terminal::print(&format!("\n{}", render_report(&prepared.plan, report))),
    }
}
