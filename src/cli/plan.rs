//! `adjunct plan`

use super::args::{Format, PlanArgs};
use super::error::CliError;
use super::exit::Exit;
use super::plan_file;
use super::plan_file_error::PlanFileError;
use super::several::{self, Show};
use super::sides::{Access, Prepared};
use super::terminal;
use crate::render::PlanDocument;

/// Shows what an apply would do.
pub(super) async fn run(args: &PlanArgs) -> Result<Exit, CliError> {
    let show = match args.common.format {
        Format::Text => Show::Output,
        Format::Json => Show::Nowhere,
    };
    if let Some(out) = &args.out {
        if args.common.policies.len() > 1 {
            return Err(PlanFileError::SeveralToSave { count: args.common.policies.len() }.into());
        }
        plan_file::ensure_free(out)?;
    }
    let planned = Box::pin(several::plan_all(&args.common, Access::ReadOnly, show)).await?;
    if args.common.format == Format::Json {
        let documents =
            planned.prepared.iter().map(|prepared| PlanDocument::new(&prepared.plan, &prepared.header));
        terminal::print_documents(documents, planned.is_several())?;
    }
    // A plan that nobody could be shown is not saved either.
    if let (Some(out), [prepared]) = (&args.out, planned.prepared.as_slice()) {
        plan_file::save(out, prepared, args.common.allow.iter().copied().collect())?;
    }
    let exits = planned.prepared.iter().map(|prepared| exit(args, prepared));
    Ok(Exit::worst(exits.chain(planned.failed.iter().copied())))
}

fn exit(args: &PlanArgs, Prepared { plan, .. }: &Prepared) -> Exit {
    if !plan.guards.is_empty() {
        Exit::Guard
    } else if args.detailed_exitcode && !plan.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    }
}
