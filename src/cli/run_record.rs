//! What a run that writes leaves on this machine: its lock, and its journal.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::clock;
use super::error::CliError;
use super::policies::PolicyFile;
use super::target::{self, Target};
use crate::journal::{Entry, FORMAT_VERSION, Holder, Journal, Lock, Run, Scope, StateFolder};
use crate::plan::{Header, Plan, digest};
use crate::policy::Policy;
use crate::render::PlanDocument;

/// Takes the right to work on a policy's organization, whose id is known where it is behind the API. A local organization
/// is locked as a whole, which holds for each policy on it.
pub(super) fn lock(command: &str, file: &PolicyFile, organization: Option<&str>) -> Result<Lock, CliError> {
    match &file.target {
        Target::Sandbox(state_file) => lock_local(command, &file.path, state_file),
        Target::Api { .. } => {
            let scope = scope(&file.policy, &file.target, organization);
            Ok(Lock::take(&StateFolder::of_platform()?, &scope, &holder(command, &file.path))?)
        }
    }
}

/// Takes the right to work on a local organization. `file` is what people know the run by.
pub(super) fn lock_local(command: &str, file: &Path, state_file: &Path) -> Result<Lock, CliError> {
    Ok(Lock::take_local(&StateFolder::of_platform()?, state_file, &holder(command, file))?)
}

fn holder(command: &str, file: &Path) -> Holder {
    Holder {
        command: command.to_owned(),
        file: file.to_string_lossy().into_owned(),
        user: user(),
        host: host(),
        process: std::process::id(),
        since: clock::this_second(),
    }
}

/// A policy on its organization, to which what is remembered of it belongs. A server may answer for several organizations,
/// and two servers may give theirs the same id, as local ones do.
pub(super) fn scope(policy: &Policy, target: &Target, organization: Option<&str>) -> Scope {
    let target = match target {
        Target::Api { url, .. } => format!("{url} {}", organization.unwrap_or_default()),
        Target::Sandbox(path) => path.to_string_lossy().into_owned(),
    };
    Scope { policy: policy.name.clone(), domain: policy.domain.to_string(), target }
}

/// Begins the journal of a plan in `folder`, or where journals go. The plan is in it, on the disk.
pub(super) async fn begin_journal(
    command: &str,
    folder: Option<&Path>,
    policy_file: &Path,
    plan: &Plan,
    header: &Header,
) -> Result<Journal, CliError> {
    let plan = serde_json::to_value(PlanDocument::new(plan, header)).unwrap_or_default();
    begin(folder, run_of_plan(command, policy_file, header), plan).await
}

/// Begins the journal of a run in `folder`, or where journals go. The document of what it does is in it, on the disk; where
/// that fails there is no journal.
pub(super) async fn begin(folder: Option<&Path>, run: Run, plan: Value) -> Result<Journal, CliError> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => StateFolder::of_platform()?.journals(),
    };
    let journal = Journal::begin(&folder, run, clock::now)?;
    match journal.announce(Entry::Plan { plan }).await {
        Ok(()) => Ok(journal),
        Err(source) => {
            let path = journal.path().to_owned();
            journal.discard();
            Err(CliError::Journal { path, source })
        }
    }
}

fn run_of_plan(command: &str, policy_file: &Path, header: &Header) -> Run {
    Run {
        policy: header.policy.clone(),
        policy_file: absolute(policy_file).to_string_lossy().into_owned(),
        policy_digest: header.digest.clone(),
        domain: header.source.domain.clone(),
        target: header.target.place().to_owned(),
        organization: header.target.organization.clone(),
        ..by_us(command)
    }
}

/// Which run it is that works on a policy's organization; `location` is how people know where that is.
pub(super) fn run(command: &str, file: &PolicyFile, location: String, organization: Option<String>) -> Run {
    Run {
        policy: file.policy.name.clone(),
        policy_file: absolute(&file.path).to_string_lossy().into_owned(),
        policy_digest: digest(&file.source.whole()),
        domain: file.policy.domain.to_string(),
        target: file.target.state_file().unwrap_or(location),
        organization,
        ..by_us(command)
    }
}

/// A run of this process, on nothing yet.
fn by_us(command: &str) -> Run {
    Run {
        format_version: FORMAT_VERSION.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.to_owned(),
        policy: String::new(),
        policy_file: String::new(),
        policy_digest: String::new(),
        domain: String::new(),
        target: String::new(),
        organization: None,
        user: user(),
        host: host(),
        process: std::process::id(),
    }
}

fn absolute(path: &Path) -> PathBuf {
    target::canonical(path)
}

pub(super) fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()))
        .unwrap_or_else(|| "somebody".to_owned())
}

pub(super) fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}
