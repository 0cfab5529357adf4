//! A policy → both sides read → a plan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::args::CommonArgs;
use super::clock;
use super::directory::{ReadDirectory, read_directory};
use super::error::CliError;
use super::exit::Exit;
use super::organization;
use super::policies::PolicyFile;
use super::run_record;
use super::target;
use super::terminal;
use crate::ad;
use crate::desired::{self, Desired};
use crate::journal::{Lock, Scope};
use crate::jumpcloud::Client;
use crate::model::{Directory, DirectoryObject, DomainName, Note, ObjectGuid, Organization};
use crate::plan::saved::Population;
use crate::plan::{self, Allowances, Change, Header, Only, Plan, Source, SourceKind, Target};
use crate::policy::{ActiveDirectory, Policy};
use crate::sandbox::Sandbox;

/// Whether anything may be written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Access {
    /// Nothing: a local organization's file is not even made.
    ReadOnly,
    /// What the plan says, by one run at a time.
    ReadWrite {
        /// The command that holds the lock meanwhile.
        command: &'static str,
        /// The most requests in flight at a time.
        parallelism: usize,
    },
}

/// A plan and the way to do it.
pub(super) struct Prepared {
    /// The policy file, as it was given.
    pub(super) path: PathBuf,
    pub(super) plan: Plan,
    pub(super) header: Header,
    pub(super) client: Client,
    /// The values that the policy's variables were given.
    pub(super) variables: BTreeMap<String, String>,
    /// How large the organization is.
    pub(super) population: Population,
    /// Whether the plan is for the organization as plans before it in this run leave it.
    pub(super) is_behind_another: bool,
    target: target::Target,
    basis: Basis,
    /// Serves the local organization while the client is used. What it was told to write is in its file when it ends.
    sandbox: Option<Arc<Sandbox>>,
    /// Held until all that this run does is done, so it goes last; none where nothing may be written. Policies of one run on
    /// one local organization share it.
    lock: Option<Arc<Lock>>,
}

/// What the plan was computed from, beside the organization.
struct Basis {
    policy: Policy,
    directory: Directory,
    desired: Desired,
    allowances: Allowances,
    only: Only,
    now: Timestamp,
}

impl Basis {
    fn plan(&self, organization: &Organization) -> Plan {
        let Self { policy, directory, desired, allowances, only, now } = self;
        plan::plan_only(policy, directory, desired, organization, allowances, only, *now)
    }

    /// Whether this policy marks objects as the other one does.
    fn has_mark_of(&self, other: &Policy) -> bool {
        self.policy.name == other.name && self.policy.domain == other.domain
    }
}

impl Prepared {
    /// Whether it is for this organization behind this target. One organization may be behind two keys, which only
    /// JumpCloud can tell.
    fn is_for(&self, target: &target::Target, organization: Option<&str>) -> bool {
        let url = |target: &target::Target| match target {
            target::Target::Api { url, .. } => Some(url.clone()),
            target::Target::Sandbox(_) => None,
        };
        let is_same_url = || url(target).is_some() && url(target) == url(&self.target);
        let is_same_id =
            || organization.is_some() && organization == self.header.target.organization.as_deref();
        self.target == *target || (is_same_url() && is_same_id())
    }

    /// The policy that it is a plan of.
    pub(super) fn policy(&self) -> &Policy {
        &self.basis.policy
    }

    /// What is remembered of this policy belongs to it.
    pub(super) fn scope(&self) -> Scope {
        let organization = self.header.target.organization.as_deref();
        run_record::scope(&self.basis.policy, &self.target, organization)
    }

    /// Whether there is something to do and no guard against it.
    pub(super) fn is_to_be_applied(&self) -> bool {
        self.plan.guards.is_empty() && !self.plan.is_empty()
    }

    /// Whether the same plan would be made again, from the organization as it is now.
    pub(super) async fn is_current(&self) -> Result<bool, CliError> {
        let Basis { policy, desired, .. } = &self.basis;
        let id = self.client.read_organization().await?;
        let mut organization = organization::read(policy, &self.client, id).await?;
        organization::read_adopted(policy, desired, &self.client, &mut organization).await?;
        let now = self.basis.plan(&organization);
        Ok(now.guards == self.plan.guards
            && now.changes.len() == self.plan.changes.len()
            && now
                .changes
                .iter()
                .zip(&self.plan.changes)
                .all(|(now, shown)| now == shown || is_same(now, shown)))
    }
}

/// Whether a change is the one that was shown. An object that was still to be made had its GUID for an id.
fn is_same(now: &Change, shown: &Change) -> bool {
    let has_new_id = |now: Option<&String>, shown: Option<&String>, guid: ObjectGuid| {
        now.is_some() && shown.is_some_and(|shown| *shown == guid.to_string())
    };
    let mut now = now.clone();
    if has_new_id(now.jumpcloud_id.as_ref(), shown.jumpcloud_id.as_ref(), now.guid) {
        now.jumpcloud_id.clone_from(&shown.jumpcloud_id);
    }
    if let (Some(now), Some(shown)) = (&mut now.group, &shown.group)
        && has_new_id(now.jumpcloud_id.as_ref(), shown.jumpcloud_id.as_ref(), now.guid)
    {
        now.jumpcloud_id.clone_from(&shown.jumpcloud_id);
    }
    now == *shown
}

/// Reads both sides of a policy, and plans for the organization as the plans `before` this one leave it. `rivals` are the
/// other policies of the run for the same organization, by name and domain.
pub(super) async fn prepare(
    file: PolicyFile,
    args: &CommonArgs,
    access: Access,
    before: &[Prepared],
    rivals: &[(&str, &DomainName)],
) -> Result<Prepared, CliError> {
    let folder = file.folder().to_owned();
    let PolicyFile { policy, target, .. } = &file;
    let first = before.iter().find(|prepared| prepared.target == *target);
    // Before the file of a local organization is read: another run may still be at work on it.
    let mut lock = match (target, access, first) {
        (target::Target::Sandbox(_), Access::ReadWrite { .. }, Some(first)) => first.lock.clone(),
        (target::Target::Sandbox(_), Access::ReadWrite { command, .. }, None) => {
            Some(Arc::new(run_record::lock(command, &file, None)?))
        }
        (target::Target::Sandbox(_), Access::ReadOnly, _) | (target::Target::Api { .. }, ..) => None,
    };
    let (client, sandbox) = if let Some(first) = first {
        // Two servers of one state file would overwrite each other's writes.
        (first.client.clone(), first.sandbox.clone())
    } else {
        let (client, sandbox) = organization::open(policy, &folder, access).await?;
        (client, sandbox.map(Arc::new))
    };

    let spinner = terminal::spinner("reading Active Directory and JumpCloud");
    let organization = async {
        let id = client.read_organization().await?;
        // Before the lock, which this run may hold for the other one.
        let same = before
            .iter()
            .find(|prepared| prepared.is_for(target, id.as_deref()) && prepared.basis.has_mark_of(policy));
        if let Some(first) = same {
            return Err(CliError::SameMark {
                first: first.path.clone(),
                second: file.path.clone(),
                policy: policy.name.clone(),
                domain: policy.domain.to_string(),
            });
        }
        if let (None, Access::ReadWrite { command, .. }) = (&lock, access) {
            lock = Some(Arc::new(run_record::lock(command, &file, id.as_deref())?));
        }
        organization::read(policy, &client, id).await
    };
    let (directory, organization) = tokio::join!(read_directory(policy, &folder), organization);
    let (read, mut organization) = both(directory, organization)?;
    let PolicyFile { path, source: read_from, policy, target } = file;
    let ReadDirectory { mut source, mut directory, location, notes } = read;
    let now = clock::now();
    let before: Vec<&Prepared> =
        before.iter().filter(|prepared| prepared.is_for(&target, organization.id.as_deref())).collect();
    let before: Vec<&Plan> =
        before.iter().filter(|prepared| prepared.is_to_be_applied()).map(|prepared| &prepared.plan).collect();
    for plan in &before {
        organization = plan::simulate(plan, &organization, now);
    }
    let desired = desire(&policy, &mut source, &mut directory, &organization, now).await?;
    spinner.finish_and_clear();

    organization::read_adopted(&policy, &desired, &client, &mut organization).await?;
    let allowances = args.allow.iter().copied().collect();
    let only = args.only.iter().cloned().collect();
    let basis = Basis { policy, directory, desired, allowances, only, now };
    let mut plan = basis.plan(&organization);
    plan.notes.extend(notes);
    let Basis { policy, directory, desired, .. } = &basis;
    plan.notes.extend(plan::policy_conflicts(&plan, policy, desired, &organization, rivals));
    plan.notes.sort();
    let bound_to = plan::directory_object(policy, &organization.directories)?;
    if let (ActiveDirectory::Ldap(ldap), None) = (&policy.active_directory, directory.service_account) {
        let message = "the bind account was not found by this name, so it is not told apart from people";
        plan.notes.push(Note::new("bind-account-not-found", ldap.bind.value.as_str(), message));
    }
    let mut header =
        header(policy, &read_from.whole(), location, directory, desired, &organization, bound_to);
    header.target.state_file = target.state_file();
    let is_behind_another = !before.is_empty();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let population =
        Population { users: count(organization.users.len()), groups: count(organization.groups.len()) };
    let variables = read_from.values().clone();
    Ok(Prepared {
        path,
        plan,
        header,
        client,
        variables,
        population,
        is_behind_another,
        target,
        basis,
        sandbox,
        lock,
    })
}

/// What the directory means, after all that is in doubt was read again.
pub(super) async fn desire(
    policy: &Policy,
    source: &mut ad::Source,
    directory: &mut Directory,
    organization: &Organization,
    now: Timestamp,
) -> Result<Desired, CliError> {
    let unresolved = desired::unresolved_members(policy, directory)?;
    directory.member_lookups = source.read_members(&unresolved).await?;
    let desired = desired::desire(policy, directory, now)?;
    loop {
        let doubtful = plan::second_look_needed(policy, directory, &desired, organization);
        if doubtful.is_empty() {
            break;
        }
        directory.second_looks.extend(source.second_look(&doubtful).await?);
    }
    directory.evidence = source.evidence().clone();
    Ok(desired)
}

/// The error that counts when both sides fail: the one with the worse exit code, Active Directory's on a tie.
fn both<A, B>(directory: Result<A, CliError>, organization: Result<B, CliError>) -> Result<(A, B), CliError> {
    match (directory, organization) {
        (Ok(directory), Ok(organization)) => Ok((directory, organization)),
        (Err(ad), Err(jumpcloud)) => {
            let is_ad_worse = Exit::worst([ad.exit(), jumpcloud.exit()]) == ad.exit();
            Err(if is_ad_worse { ad } else { jumpcloud })
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// What a plan was computed from.
pub(super) fn header(
    policy: &Policy,
    text: &str,
    location: String,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
    bound_to: Option<&DirectoryObject>,
) -> Header {
    let kind = match policy.active_directory {
        ActiveDirectory::Ldap(_) => SourceKind::Ldap,
        ActiveDirectory::Ldif { .. } => SourceKind::Ldif,
    };
    let source = Source {
        kind,
        location,
        domain: policy.domain.to_string(),
        root_container: policy.root_container.value.to_string(),
        security_group: desired.security_group.clone(),
        evidence: directory.evidence.clone(),
    };
    let (kind, location) = organization::location(policy);
    Header {
        policy: policy.name.clone(),
        digest: plan::digest(text),
        source,
        target: Target {
            kind,
            location,
            state_file: None,
            organization: organization.id.clone(),
            directory: bound_to.map(|object| object.id.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, GroupRef, Kind};

    #[test]
    fn an_id_that_was_still_to_be_given_is_no_difference() {
        let guid: ObjectGuid = "0000000a-0000-4000-8000-000000000000".parse().unwrap();
        let change = |id: Option<&str>, group: Option<&str>| Change {
            kind: Kind::Membership,
            action: Action::Add,
            name: "ada".to_owned(),
            guid,
            group: Some(GroupRef { name: "Sales".to_owned(), guid, jumpcloud_id: group.map(str::to_owned) }),
            jumpcloud_id: id.map(str::to_owned),
            cause: None,
            because: String::new(),
            fields: Vec::new(),
            parked: BTreeMap::new(),
            coming_manager: None,
            managers: BTreeMap::new(),
            is_silent: false,
        };
        let simulated = guid.to_string();
        let shown = change(Some(&simulated), Some(&simulated));
        assert!(is_same(&change(Some("5f"), Some("60")), &shown));
        assert!(!is_same(&change(None, Some("60")), &shown), "the object is not there");
        assert!(!is_same(&Change { name: "eve".to_owned(), ..change(Some("5f"), Some("60")) }, &shown));
        let shown = change(Some("5f"), None);
        assert!(is_same(&shown, &shown));
        assert!(!is_same(&change(Some("60"), None), &shown), "another object");
    }
}
