//! `adjunct schema`

use super::args::{SchemaArgs, SchemaName};
use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use crate::policy::{policy_reference, policy_schema};

/// Prints a schema.
pub(super) fn run(args: &SchemaArgs) -> Result<Exit, CliError> {
    let text = match args.name {
        SchemaName::Policy => policy_schema(),
        SchemaName::Reference => policy_reference(),
        SchemaName::Plan => include_str!("../../schemas/plan.schema.json").to_owned(),
        SchemaName::SavedPlan => include_str!("../../schemas/saved-plan.schema.json").to_owned(),
        SchemaName::Apply => include_str!("../../schemas/apply.schema.json").to_owned(),
        SchemaName::Journal => include_str!("../../schemas/journal.schema.json").to_owned(),
        SchemaName::History => include_str!("../../schemas/history.schema.json").to_owned(),
        SchemaName::Restore => include_str!("../../schemas/restore.schema.json").to_owned(),
        SchemaName::Validate => include_str!("../../schemas/validate.schema.json").to_owned(),
        SchemaName::WatchLine => include_str!("../../schemas/watch-line.schema.json").to_owned(),
    };
    terminal::print(&text)?;
    Ok(Exit::Done)
}
