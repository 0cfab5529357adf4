//! A policy file → both sides read → a plan.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::SecretString;

use super::args::CommonArgs;
use super::clock;
use super::credentials;
use super::directory::{ReadDirectory, read_directory};
use super::error::CliError;
use super::exit::Exit;
use super::keytab;
use super::terminal;
use crate::desired::{self, Desired};
use crate::jumpcloud::{self, Client};
use crate::model::{Directory, DirectoryObject, Dn, DomainName, Note, Organization};
use crate::plan::{self, Allowances, Header, Plan, Source, SourceKind, Target, TargetKind};
use crate::policy::{self, ActiveDirectory, JumpCloud, Policy};
use crate::sandbox::{self, Sandbox};

/// Whether anything may be written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Access {
    /// Nothing: a local organization's file is not even made.
    ReadOnly,
    /// What the plan says.
    ReadWrite {
        /// The most requests in flight at a time.
        parallelism: usize,
    },
}

/// A plan and the way to do it.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) header: Header,
    pub(super) client: Client,
    basis: Basis,
    /// Serves the local organization while the client is used.
    _sandbox: Option<Sandbox>,
}

/// What the plan was computed from, beside the organization.
struct Basis {
    policy: Policy,
    directory: Directory,
    desired: Desired,
    allowances: Allowances,
    now: Timestamp,
}

impl Basis {
    fn plan(&self, organization: &Organization) -> Plan {
        plan::plan(&self.policy, &self.directory, &self.desired, organization, &self.allowances, self.now)
    }
}

impl Prepared {
    /// Checks that JumpCloud still is what the plan was made for: approval may take long, and others write meanwhile.
    ///
    /// # Errors
    /// [`CliError::Stale`] when the same plan would not be made again.
    pub(super) async fn ensure_current(&self) -> Result<(), CliError> {
        let organization = read_organization(&self.basis.policy, &self.client).await?;
        let again = self.basis.plan(&organization);
        if again.changes == self.plan.changes && again.guards == self.plan.guards {
            Ok(())
        } else {
            Err(CliError::Stale)
        }
    }
}

/// Requests in flight while only reading.
const READ_PARALLELISM: usize = 8;

/// Reads the policy and both sides, and plans.
pub(super) async fn prepare(args: &CommonArgs, access: Access) -> Result<Prepared, CliError> {
    let text = read_text(&args.policy)?;
    let policy = policy::parse(&args.policy.to_string_lossy(), &text)
        .map_err(|errors| CliError::Policy(Box::new(errors)))?;
    let folder = args.policy.parent().unwrap_or(Path::new(""));
    keytab::ensure_environment(&policy, folder)?;
    let (client, sandbox) = open_organization(&policy, folder, access).await?;

    let spinner = terminal::spinner("reading Active Directory and JumpCloud");
    let (directory, organization) =
        tokio::join!(read_directory(&policy, folder), read_organization(&policy, &client));
    let (read, organization) = both(directory, organization)?;
    let ReadDirectory { mut source, mut directory, location, notes } = read;
    let now = clock::now();
    let unresolved = desired::unresolved_members(&policy, &directory)?;
    directory.member_lookups = source.read_members(&unresolved).await?;
    let desired = desired::desire(&policy, &directory, now)?;
    loop {
        let doubtful = plan::second_look_needed(&policy, &directory, &desired, &organization);
        if doubtful.is_empty() {
            break;
        }
        directory.second_looks.extend(source.second_look(&doubtful).await?);
    }
    directory.evidence = source.evidence().clone();
    spinner.finish_and_clear();

    let allowances = args.allow.iter().copied().collect();
    let basis = Basis { policy, directory, desired, allowances, now };
    let mut plan = basis.plan(&organization);
    plan.notes.extend(notes);
    let Basis { policy, directory, desired, .. } = &basis;
    let bound_to = directory_object(&policy.domain, &organization.directories)?;
    if let Some(object) = bound_to {
        let message =
            "JumpCloud has an Active Directory object for this domain; this version binds nothing to it";
        plan.notes.push(Note::new("directory-not-bound", object.domain.as_str(), message));
    }
    if let (ActiveDirectory::Ldap(ldap), None) = (&policy.active_directory, directory.service_account) {
        let message = "the bind account was not found by this name, so it is not told apart from people";
        plan.notes.push(Note::new("bind-account-not-found", ldap.bind.value.as_str(), message));
    }
    let header = header(policy, &text, location, directory, desired, &organization, bound_to);
    Ok(Prepared { plan, header, client, basis, _sandbox: sandbox })
}

/// The error that counts when both sides fail: the one with the worse exit code, Active Directory's on a tie.
fn both<A, B>(directory: Result<A, CliError>, organization: Result<B, CliError>) -> Result<(A, B), CliError> {
    match (directory, organization) {
        (Ok(directory), Ok(organization)) => Ok((directory, organization)),
        (Err(ad), Err(jumpcloud)) if ad.exit() != Exit::Error && jumpcloud.exit() == Exit::Error => {
            Err(jumpcloud)
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

fn read_text(path: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(path).map_err(|source| CliError::File {
        what: "the policy file",
        path: path.to_owned(),
        source,
    })?;
    String::from_utf8(bytes).map_err(|_| CliError::NotText { path: path.to_owned() })
}

async fn open_organization(
    policy: &Policy,
    folder: &Path,
    access: Access,
) -> Result<(Client, Option<Sandbox>), CliError> {
    let parallelism = match access {
        Access::ReadOnly => READ_PARALLELISM,
        Access::ReadWrite { parallelism } => parallelism,
    };
    match &policy.jumpcloud {
        JumpCloud::Api { url, api_key, organization } => {
            let api_key = credentials::resolve(&api_key.value, folder, "the JumpCloud API key")?;
            let settings = jumpcloud::Settings {
                url: url.value.clone(),
                api_key,
                organization: organization.clone(),
                parallelism,
            };
            Ok((Client::new(settings)?, None))
        }
        JumpCloud::Sandbox { state, seed } => {
            let path = folder.join(&state.value);
            let start = sandbox_state(&path, seed.as_ref().map(|seed| folder.join(&seed.value)).as_deref())?;
            let state_file = match access {
                Access::ReadOnly => None,
                Access::ReadWrite { .. } => {
                    Sandbox::check_state_file(&path)?;
                    Some(path)
                }
            };
            let options =
                sandbox::Options { state_file, now: Some(clock::now()), ..sandbox::Options::default() };
            let sandbox = Sandbox::start(start, options).await.map_err(CliError::ServeSandbox)?;
            let settings = jumpcloud::Settings {
                url: sandbox.url(),
                api_key: SecretString::from("local"),
                organization: None,
                parallelism,
            };
            Ok((Client::new(settings)?, Some(sandbox)))
        }
    }
}

/// The state file, else its seed, else nothing.
fn sandbox_state(state: &Path, seed: Option<&Path>) -> Result<sandbox::State, CliError> {
    let path: PathBuf = if state.exists() {
        state.to_owned()
    } else if let Some(seed) = seed {
        seed.to_owned()
    } else {
        return Ok(sandbox::State::empty());
    };
    let text = std::fs::read_to_string(&path).map_err(|source| CliError::File {
        what: "the local organization",
        path: path.clone(),
        source,
    })?;
    Ok(sandbox::State::parse(&path.to_string_lossy(), &text)?)
}

async fn read_organization(policy: &Policy, client: &Client) -> Result<Organization, CliError> {
    let (id, users, groups, directories) = tokio::try_join!(
        client.read_organization(),
        client.read_users(),
        client.read_groups(),
        client.read_directories()
    )?;
    let mut organization = Organization { id, users, groups, members: BTreeMap::new(), directories };
    organization.members = client.read_members(&plan::owned_groups(policy, &organization)).await?;
    Ok(organization)
}

/// The Active Directory object of the policy's domain.
fn directory_object<'o>(
    domain: &DomainName,
    directories: &'o [DirectoryObject],
) -> Result<Option<&'o DirectoryObject>, CliError> {
    let is_of_domain = |object: &&DirectoryObject| {
        Dn::parse_written(&object.domain).ok().and_then(|dn| dn.domain()).as_ref() == Some(domain)
    };
    let found: Vec<&DirectoryObject> = directories.iter().filter(is_of_domain).collect();
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        many => Err(CliError::AmbiguousDirectory { count: many.len(), domain: domain.to_string() }),
    }
}

fn header(
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
    let (kind, location) = match &policy.jumpcloud {
        JumpCloud::Api { url, .. } => (TargetKind::Api, url.value.as_str().trim_end_matches('/').to_owned()),
        JumpCloud::Sandbox { state, .. } => (TargetKind::Sandbox, state.value.clone()),
    };
    Header {
        policy: policy.name.clone(),
        digest: plan::digest(text),
        source,
        target: Target {
            kind,
            location,
            organization: organization.id.clone(),
            directory: bound_to.map(|object| object.id.clone()),
        },
    }
}
