//! A policy file → both sides read → a plan.

use std::path::Path;

use jiff::Timestamp;

use super::args::CommonArgs;
use super::clock;
use super::credentials;
use super::error::CliError;
use super::exit::Exit;
use super::organization;
use super::terminal;
use crate::ad;
use crate::desired::{self, Desired};
use crate::jumpcloud::Client;
use crate::model::{Directory, DirectoryObject, Note, Organization};
use crate::plan::{self, Allowances, Header, Plan, Source, SourceKind, Target, TargetKind};
use crate::policy::{self, ActiveDirectory, JumpCloud, Policy};
use crate::sandbox::Sandbox;

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
        let organization = organization::read(&self.basis.policy, &self.client).await?;
        let again = self.basis.plan(&organization);
        if again.changes == self.plan.changes && again.guards == self.plan.guards {
            Ok(())
        } else {
            Err(CliError::Stale)
        }
    }
}

/// Reads the policy and both sides, and plans.
pub(super) async fn prepare(args: &CommonArgs, access: Access) -> Result<Prepared, CliError> {
    let text = read_text(&args.policy)?;
    let policy = policy::parse(&args.policy.to_string_lossy(), &text)
        .map_err(|errors| CliError::Policy(Box::new(errors)))?;
    let folder = args.policy.parent().unwrap_or(Path::new(""));
    let (client, sandbox) = organization::open(&policy, folder, access).await?;

    let spinner = terminal::spinner("reading Active Directory and JumpCloud");
    let (directory, organization) =
        tokio::join!(read_directory(&policy, folder), organization::read(&policy, &client));
    let ((mut source, mut directory), organization) = both(directory, organization)?;
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
    let Basis { policy, directory, desired, .. } = &basis;
    let bound_to = organization::directory_object(&policy.domain, &organization.directories)?;
    if let Some(object) = bound_to {
        let message =
            "JumpCloud has an Active Directory object for this domain; this version binds nothing to it";
        plan.notes.push(Note::new("directory-not-bound", object.domain.as_str(), message));
    }
    if let (ActiveDirectory::Ldap(ldap), None) = (&policy.active_directory, directory.service_account) {
        let message = "the bind account was not found by this name, so it is not told apart from people";
        plan.notes.push(Note::new("bind-account-not-found", ldap.bind.value.as_str(), message));
    }
    let header = header(policy, &text, directory, desired, &organization, bound_to);
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

async fn read_directory(policy: &Policy, folder: &Path) -> Result<(ad::Source, Directory), CliError> {
    let root_container = policy.root_container.value.clone();
    let domain = policy.domain.clone();
    let mut source = match &policy.active_directory {
        ActiveDirectory::Ldap(ldap) => {
            let ca_certificate = ldap
                .ca_certificate
                .as_ref()
                .map(|file| {
                    let path = folder.join(&file.value);
                    let pem = std::fs::read(&path).map_err(|source| CliError::File {
                        what: "the CA certificate",
                        path: path.clone(),
                        source,
                    })?;
                    Ok::<_, CliError>(ad::CaCertificate { file: path.to_string_lossy().into_owned(), pem })
                })
                .transpose()?;
            let password =
                credentials::resolve(&ldap.password.value, folder, "the password of the bind account")?;
            ad::Source::connect(ad::Settings {
                server: ldap.server.value.clone(),
                bind: ldap.bind.value.clone(),
                password,
                ca_certificate,
                timeout: ldap.timeout,
                page_size: ldap.page_size,
                root_container,
                domain,
                attributes: policy.attributes(),
            })
            .await?
        }
        ActiveDirectory::Ldif { file } => {
            let path = folder.join(&file.value);
            let bytes = std::fs::read(&path).map_err(|source| CliError::File {
                what: "the LDIF file",
                path: path.clone(),
                source,
            })?;
            ad::Source::open_ldif(&path.to_string_lossy(), &bytes, root_container, domain)?
        }
    };
    let directory = source.read().await?;
    Ok((source, directory))
}

fn header(
    policy: &Policy,
    text: &str,
    directory: &Directory,
    desired: &Desired,
    organization: &Organization,
    bound_to: Option<&DirectoryObject>,
) -> Header {
    let (kind, location) = match &policy.active_directory {
        ActiveDirectory::Ldap(ldap) => {
            (SourceKind::Ldap, ldap.server.value.as_str().trim_end_matches('/').to_owned())
        }
        ActiveDirectory::Ldif { file } => (SourceKind::Ldif, file.value.clone()),
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
            directory: bound_to.map(|object| object.id.to_string()),
        },
    }
}
