//! `adjunct apply PLAN-FILE`: what was approved, or nothing.
//!
//! Active Directory is not read again. What the plan touches in JumpCloud is, before anybody is asked, and once more when
//! somebody was. Everything that does not fit ends the run before the first write, and leaves the plan unused.

use std::path::Path;

use jiff::Timestamp;

use super::apply::{COMMAND, ask, ended, exit, show, write};
use super::args::{ApplyArgs, CommonArgs, Format};
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::organization;
use super::plan_file::{self, TOOL_VERSION};
use super::plan_file_error::PlanFileError;
use super::policies::{self, PolicyFile};
use super::run_record;
use super::sides::Access;
use super::signals::Interrupt;
use super::target::{self, Target};
use super::terminal;
use super::variables::Values;
use crate::apply::read_again;
use crate::event::Report;
use crate::journal::{self, FirstUse, StateFolder};
use crate::jumpcloud::{Client, JumpCloudError};
use crate::plan::saved::{SavedPlan, Seal, differences, needs};
use crate::plan::{self, Header, Plan};
use crate::policy::Policy;
use crate::render::{ApplyDocument, render_differences, render_plan, render_report};

/// Checks the plan, shows it, asks, and does it.
pub(super) async fn run(args: &ApplyArgs, path: &Path) -> Result<Exit, CliError> {
    let CommonArgs { allow, only, values, .. } = &args.common;
    let flags =
        [(allow.is_empty(), "--allow"), (only.is_empty(), "--only"), (values.variables.is_empty(), "--var")];
    if let Some((_, flag)) = flags.into_iter().find(|(is_absent, _)| !is_absent) {
        return Err(PlanFileError::Settled { path: path.to_owned(), flag }.into());
    }
    let (saved, seal) = plan_file::open(path)?;
    let folder = StateFolder::of_platform()?;
    ensure_usable(&saved)?;
    ensure_unused(&saved, &seal, &folder)?;
    let file = read_policy(&saved)?;
    ensure_verdict(&saved, &file.policy)?;
    // Before the file of a local organization is read, and else when it is known which organization it is.
    let local_lock = match &file.target {
        Target::Sandbox(_) => Some(run_record::lock(COMMAND, &file, None)?),
        Target::Api { .. } => None,
    };
    let access = Access::ReadWrite { command: COMMAND, parallelism: args.parallelism.get() };
    let (client, sandbox) = organization::open(&file.policy, file.folder(), access).await?;
    let again = Again { saved: &saved, policy: &file.policy, client: &client, args };
    let interrupt = Interrupt::listen();
    let read = Box::pin(async {
        let id = ensure_organization(&client, &saved.header, &file).await?;
        let lock = match local_lock {
            Some(lock) => lock,
            None => run_record::lock(COMMAND, &file, id.as_deref())?,
        };
        // Whoever held it may have applied this very plan.
        ensure_unused(&saved, &seal, &folder)?;
        if saved.plan.guards.is_empty() {
            again.ensure_met().await?;
        }
        Ok(lock)
    });
    let _lock = interrupt.or_end(read).await?;
    // Ends before the lock does.
    let _sandbox = sandbox;
    show(args).text(&render_plan(&saved.plan, &saved.header))?;
    if !saved.plan.guards.is_empty() {
        return Ok(finish(args, &saved, &Report::default(), Exit::Guard));
    }
    if saved.plan.is_empty() {
        return Ok(finish(args, &saved, &Report::default(), Exit::Done));
    }
    if !args.auto_approve {
        ask("Apply this plan?".to_owned(), &interrupt).await?;
        interrupt.or_end(Box::pin(again.ensure_met())).await?;
    }
    interrupt.begin_to_write()?;
    // Before the journal: a plan that was never begun leaves none. A crash between the two leaves a plan that is used up
    // without a journal, which writes nothing; the other way round it might be applied twice.
    match journal::mark_used(&folder, seal.as_str())? {
        FirstUse::Yes => {}
        FirstUse::No => return Err(PlanFileError::Used { since: clock::this_second() }.into()),
    }
    let journal = args.journal.as_deref();
    let begun = run_record::begin_journal(COMMAND, journal, &file.path, &saved.plan, &saved.header).await;
    if begun.is_err() {
        // Where that fails too the plan stays used up: the error of the journal is the one to be told.
        let _ = journal::unmark_used(&folder, seal.as_str());
    }
    let journal = begun?;
    let report = write(args, &client, &saved.plan, &interrupt, &journal).await;
    let exit = exit(&report);
    Ok(finish(args, &saved, &report, exit))
}

/// Whether this program may apply the plan now.
fn ensure_usable(saved: &SavedPlan) -> Result<(), PlanFileError> {
    if saved.tool_version != TOOL_VERSION {
        return Err(PlanFileError::OtherVersion { saved_by: saved.tool_version.clone(), this: TOOL_VERSION });
    }
    if saved.is_expired(clock::now()) {
        return Err(PlanFileError::Expired { expires: saved.expires });
    }
    Ok(())
}

/// Whether nobody applied the plan on this machine yet.
fn ensure_unused(saved: &SavedPlan, seal: &Seal, folder: &StateFolder) -> Result<(), CliError> {
    match journal::used_since(folder, seal.as_str())? {
        None => Ok(()),
        Some(since) => {
            let since = Timestamp::try_from(since).map_or(saved.created, clock::second_of);
            Err(PlanFileError::Used { since }.into())
        }
    }
}

/// Whether the guards judge the changes as the plan says.
fn ensure_verdict(saved: &SavedPlan, policy: &Policy) -> Result<(), PlanFileError> {
    let Plan { census, changes, measures, guards, .. } = &saved.plan;
    let measured = plan::measure(policy, census, changes);
    let is_same = measured == *measures && plan::trip(census, &measured, &saved.allow) == *guards;
    if is_same { Ok(()) } else { Err(PlanFileError::OtherVerdict) }
}

/// The policy that the plan was made from, as it was.
fn read_policy(saved: &SavedPlan) -> Result<PolicyFile, CliError> {
    let policy = || saved.policy_file.clone();
    let path = Path::new(&saved.policy_file);
    if target::canonical(path) != path || !path.is_file() {
        return Err(PlanFileError::PolicyGone { policy: policy() }.into());
    }
    let file = match policies::read(path, &Values::Recorded(saved.variables.clone())) {
        Ok(file) if plan::digest(&file.source.whole()) == saved.header.digest => file,
        // Whatever is wrong with it, it was not so when the plan was made.
        Ok(_) | Err(CliError::Policy(_) | CliError::NotText { .. } | CliError::PlanFile(_)) => {
            return Err(PlanFileError::PolicyChanged { policy: policy() }.into());
        }
        Err(error) => return Err(error),
    };
    Ok(file)
}

/// Whether the key leads to the organization that the plan was made for. Gives its id.
async fn ensure_organization(
    client: &Client,
    header: &Header,
    file: &PolicyFile,
) -> Result<Option<String>, CliError> {
    let words = |id: Option<&str>, place: &str| match id {
        Some(id) => format!("the organization {id} at {place}"),
        None => format!("an organization without an id at {place}"),
    };
    let target = &header.target;
    let (_, location) = organization::location(&file.policy);
    let place = file.target.state_file().unwrap_or(location);
    let found = match client.read_organization().await {
        Ok(found) => found,
        Err(JumpCloudError::UnknownOrganization { .. }) => {
            let planned = words(target.organization.as_deref(), target.place());
            return Err(PlanFileError::OtherOrganization { planned, found: "others".to_owned() }.into());
        }
        Err(error) => return Err(error.into()),
    };
    if found == target.organization && place == target.place() {
        return Ok(found);
    }
    let planned = words(target.organization.as_deref(), target.place());
    Err(PlanFileError::OtherOrganization { planned, found: words(found.as_deref(), &place) }.into())
}

/// What it takes to look at JumpCloud again.
struct Again<'a> {
    saved: &'a SavedPlan,
    policy: &'a Policy,
    client: &'a Client,
    args: &'a ApplyArgs,
}

impl Again<'_> {
    /// Whether everything is as the plan expects it; what is not is listed.
    async fn ensure_met(&self) -> Result<(), CliError> {
        let Self { saved, policy, client, args } = self;
        let spinner = terminal::spinner("reading JumpCloud");
        let needs = needs(&saved.plan, policy, saved.header.target.directory.as_deref());
        let now = read_again(client, &needs, saved.population, args.parallelism.get()).await?;
        spinner.finish_and_clear();
        let differences = differences(&saved.plan, policy, &needs, &now);
        if differences.is_empty() {
            return Ok(());
        }
        terminal::say(&render_differences(&differences));
        Err(PlanFileError::Unmet.into())
    }
}

/// Shows what came of it.
fn finish(args: &ApplyArgs, saved: &SavedPlan, report: &Report, exit: Exit) -> Exit {
    let shown = match args.common.format {
        Format::Text if report.outcomes.is_empty() => Ok(()),
        Format::Text => terminal::print(&format!("\n{}", render_report(&saved.plan, report))),
        Format::Json => {
            let document = ApplyDocument::new(&saved.plan, &saved.header, report);
            terminal::print_documents([document].into_iter(), false)
        }
    };
    ended(vec![exit], shown, std::iter::once(report))
}
