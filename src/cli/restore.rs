//! `adjunct restore`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use super::apply::ask;
use super::args::{Format, RestoreArgs};
use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::journals;
use super::organization;
use super::policies::{self, PolicyFile};
use super::run_record;
use super::sides::Access;
use super::signals::Interrupt;
use super::target::Target;
use super::terminal;
use super::variables::Values;
use crate::event::RestoreReport;
use crate::journal::{self, Record, Run, StateFolder};
use crate::jumpcloud::{Client, as_kept};
use crate::model::Removed;
use crate::plan::{RestorePlan, Wanted, plan_restore};
use crate::policy::Pattern;
use crate::render::{
    RestoreDocument, RestorePlanDocument, render_restore_plan, render_restore_report, render_restore_step,
    render_restore_work, safe,
};

/// Its name, for whoever finds the lock taken.
const COMMAND: &str = "restore";

/// Shows what comes back, asks, and brings it back.
pub(super) async fn run(args: &RestoreArgs) -> Result<Exit, CliError> {
    let records = read_journals(&args.from)?;
    let policy = policy_of(args, &records)?;
    if args.policy.is_none() {
        // Before it is read, which runs the commands that it has its secrets from.
        terminal::say(&format!("Policy: {}, which the journal names\n", safe(&policy.to_string_lossy())));
    }
    let file = policies::read(&policy, &Values::from(&args.values))?;
    let folder = file.folder().to_owned();
    let parallelism = args.parallelism.get();
    let access = Access::ReadWrite { command: COMMAND, parallelism };
    // Before the file of a local organization is read: a run before this one may still be at work on it.
    let mut lock = match file.target {
        Target::Sandbox(_) => Some(run_record::lock(COMMAND, &file, None)?),
        Target::Api { .. } => None,
    };
    // Serves a local organization until the restore is done.
    let (client, _sandbox) = organization::open(&file.policy, &folder, access).await?;
    let read = async {
        let id = client.read_organization().await?;
        if lock.is_none() {
            lock = Some(run_record::lock(COMMAND, &file, id.as_deref())?);
        }
        let removed = removals(&records, &file, id.as_deref())?;
        let basis = Basis { client: &client, removed, wanted: wanted(args), now: clock::now() };
        let plan = Box::pin(basis.plan()).await?;
        Ok((id, basis, plan))
    };
    let interrupt = Interrupt::listen();
    let (id, basis, plan) = interrupt.or_end(read).await?;
    if !plan.unknown.is_empty() {
        return Err(CliError::NotRemoved { names: plan.unknown.join(", ") });
    }
    let (_, location) = organization::location(&file.policy);
    let policy = file.policy.name.as_str();
    let text = render_restore_plan(&plan, policy, &location);
    match args.format {
        Format::Text => terminal::print(&text)?,
        Format::Json if !args.auto_approve => terminal::say(&text),
        Format::Json => {}
    }
    let mut report = RestoreReport::default();
    let mut exit = Exit::Done;
    let mut shown = Ok(());
    if !plan.is_empty() {
        if !args.auto_approve {
            ask(format!("Restore {}?", render_restore_work(&plan)), &interrupt).await?;
        }
        if !args.auto_approve && interrupt.or_end(Box::pin(basis.plan())).await? != plan {
            return Err(CliError::Stale);
        }
        interrupt.begin_to_write()?;
        let document = json!(RestorePlanDocument::new(&plan, policy, &location));
        let run = run_record::run(COMMAND, &file, location.clone(), id);
        let journal = run_record::begin(args.journal.as_deref(), run, document).await?;
        let parts = plan.restorations.iter().map(|restoration| restoration.parts.len()).sum();
        let bar = terminal::bar(parts);
        report = crate::apply::restore(
            &client,
            &plan,
            parallelism,
            interrupt.asked(),
            &journal,
            |restoration, part| {
                bar.set_message(render_restore_step(restoration, part));
                bar.inc(1);
            },
        )
        .await;
        bar.finish_and_clear();
        exit = exit_of(&report);
        if args.format == Format::Text {
            shown = terminal::print(&format!("\n{}", render_restore_report(&plan, &report)));
        }
    }
    if args.format == Format::Json {
        let document = RestoreDocument::new(&plan, policy, &location, &report);
        shown = terminal::print_documents(std::iter::once(document), false);
    }
    if plan.leaves_out() {
        exit = Exit::worst([exit, Exit::Partial]);
    }
    if let Err(error) = shown {
        let (of, settled) = report.counts();
        let journals: Vec<String> = report.journal.iter().cloned().collect();
        let error = error.after_changes(settled, of, &journals);
        terminal::print_error(&error);
        exit = Exit::worst([exit, error.exit()]);
    }
    Ok(exit)
}

/// What the plan is computed from, beside the organization.
struct Basis<'c> {
    client: &'c Client,
    removed: Vec<Removed>,
    wanted: Wanted,
    now: Timestamp,
}

impl Basis<'_> {
    /// Reads the organization as it is now, and plans.
    async fn plan(&self) -> Result<RestorePlan, CliError> {
        let spinner = terminal::spinner("reading JumpCloud");
        let present = self.client.read_present().await?;
        spinner.finish_and_clear();
        Ok(plan_restore(&self.removed, &self.wanted, &present, self.now))
    }
}

fn wanted(args: &RestoreArgs) -> Wanted {
    let patterns = |names: &[String]| names.iter().map(|name| Pattern::new(name)).collect();
    Wanted { users: patterns(&args.users), groups: patterns(&args.groups) }
}

fn exit_of(report: &RestoreReport) -> Exit {
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

/// One journal, or those of a folder that tell of removals, the oldest first. In a folder what is no journal is named and
/// passed over.
fn read_journals(path: &Path) -> Result<Vec<Record>, CliError> {
    // `history` names journals without their folder.
    let kept = StateFolder::of_platform().map(|folder| folder.journals().join(path));
    if let (false, Ok(kept)) = (path.exists(), kept)
        && kept.is_file()
    {
        return Ok(vec![journals::read(&kept)?]);
    }
    if !path.is_dir() {
        return Ok(vec![journals::read(path)?]);
    }
    let mut records = Vec::new();
    for file in journal::journals_in(path)? {
        match journals::read(&file) {
            Ok(record) if record.removals().next().is_some() => records.push(record),
            Ok(_) => {}
            Err(error) => terminal::print_error_of(&file, &error),
        }
    }
    // By name, runs of one second stand in any order.
    records.sort_by_key(|record| record.lines.first().map(|line| line.at));
    Ok(records)
}

/// The policy file: the one that is named, else the one that the journals name. Of several, the one whose runs alone
/// removed somebody who is wanted.
fn policy_of(args: &RestoreArgs, records: &[Record]) -> Result<PathBuf, CliError> {
    if let Some(policy) = &args.policy {
        return Ok(policy.clone());
    }
    let wanted = wanted(args);
    let files = |is_of_it: &dyn Fn(&Record) -> bool| -> BTreeSet<&str> {
        let records = records.iter().filter(|record| is_of_it(record));
        records.map(|record| record.run.policy_file.as_str()).collect()
    };
    let all = files(&|_| true);
    let removed_them = files(&|record| record.removals().any(|removed| wanted.takes(removed)));
    match (only(&all).or_else(|| only(&removed_them)), all.is_empty()) {
        (Some(only), _) => Ok(PathBuf::from(only)),
        (None, true) => Err(CliError::NoRemovals { path: args.from.clone() }),
        (None, false) => {
            let policies = all.into_iter().map(str::to_owned).collect();
            Err(CliError::SeveralPolicies { path: args.from.clone(), policies })
        }
    }
}

fn only<'a>(files: &BTreeSet<&'a str>) -> Option<&'a str> {
    files.first().copied().filter(|_| files.len() == 1)
}

/// What runs of this policy on this organization removed, the oldest first.
fn removals(
    records: &[Record],
    file: &PolicyFile,
    organization: Option<&str>,
) -> Result<Vec<Removed>, CliError> {
    let (mut removed, mut others) = (Vec::new(), Vec::new());
    for record in records {
        if is_of(&record.run, file, organization) {
            removed.extend(record.removals().cloned().map(as_kept));
        } else {
            others.push(record);
        }
    }
    if let Some(other) = others.first().filter(|_| removed.is_empty()) {
        return Err(CliError::OtherJournal {
            path: other.path.clone(),
            policy: other.run.policy.clone(),
            domain: other.run.domain.clone(),
            target: other.run.target.clone(),
            organization: other.run.organization.clone().unwrap_or_default(),
        });
    }
    for other in others {
        let name = other.path.to_string_lossy();
        terminal::say(&format!("Passed over {}: it is of another policy or organization\n", safe(&name)));
    }
    Ok(removed)
}

/// Whether a run was of this policy on this organization. A local organization is its file: a copy of it is another one,
/// with the same id, and so is one with another id that is in its place by now. What is behind the API is known by its id.
fn is_of(run: &Run, file: &PolicyFile, organization: Option<&str>) -> bool {
    let ids = run.organization.as_deref().zip(organization);
    let is_same_id = ids.is_none_or(|(then, now)| then == now);
    let is_same_place = match file.target.state_file() {
        Some(state_file) => run.target == state_file && is_same_id,
        None if ids.is_some() => is_same_id && run.target.contains("://"),
        None => run.target == organization::location(&file.policy).1,
    };
    run.policy == file.policy.name && run.domain == file.policy.domain.to_string() && is_same_place
}
