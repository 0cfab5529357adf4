//! `adjunct show`

use super::args::{Format, ShowArgs};
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::plan_file::{self, TOOL_VERSION};
use super::terminal;
use crate::render::{PlanDocument, render_plan, safe};

/// Shows a saved plan as `plan` showed it. One that cannot be applied any more can be shown.
pub(super) fn run(args: &ShowArgs) -> Result<Exit, CliError> {
    plan_file::ensure_no_policy(&args.plan_file)?;
    let (saved, _) = plan_file::open(&args.plan_file)?;
    match args.format {
        Format::Text => terminal::print(&render_plan(&saved.plan, &saved.header))?,
        Format::Json => {
            let document = PlanDocument::new(&saved.plan, &saved.header);
            terminal::print_documents([document].into_iter(), false)?;
        }
    }
    if saved.is_expired(clock::now()) {
        terminal::say(&format!("\nIt expired at {}, and cannot be applied.\n", saved.expires));
    }
    if saved.tool_version != TOOL_VERSION {
        let version = safe(&saved.tool_version);
        terminal::say(&format!("\nadjunct {version} saved it, so {TOOL_VERSION} does not apply it.\n"));
    }
    Ok(Exit::Done)
}
