//! `adjunct plan`

use super::args::{Format, PlanArgs};
use super::error::CliError;
use super::exit::Exit;
use super::sides::{self, Access};
use super::terminal;
use crate::render::{PlanDocument, render_plan};

/// Shows what an apply would do.
pub(super) async fn run(args: &PlanArgs) -> Result<Exit, CliError> {
    let prepared = sides::prepare(&args.common, Access::ReadOnly).await?;
    match args.common.format {
        Format::Text => terminal::print(&render_plan(&prepared.plan, &prepared.header))?,
        Format::Json => terminal::print_json(&PlanDocument::new(&prepared.plan, &prepared.header))?,
    }
    Ok(if !prepared.plan.guards.is_empty() {
        Exit::Guard
    } else if args.detailed_exitcode && !prepared.plan.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
}
