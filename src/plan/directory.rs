//! JumpCloud's Active Directory object of the policy's domain, and the agents on it.

use crate::model::{AgentKind, DirectoryId, DirectoryObject, Dn, DomainName, Note, Organization};
use crate::policy::{DirectoryUse, PasswordAuthority, Policy};

/// More than one Active Directory object for one domain: nothing tells which is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("{count} Active Directory objects of the organization are for the domain {domain}")]
#[diagnostic(
    code(plan::ambiguous_directory),
    help("remove all but one in the JumpCloud console, Directory Integrations")
)]
pub struct AmbiguousDirectory {
    count: usize,
    domain: String,
}

/// The Active Directory object of the policy's domain, if the organization has one. DNs are compared by their parts:
/// JumpCloud writes them with semicolons, and its own command line tool takes DNS names.
///
/// # Errors
/// When there is more than one.
pub fn directory_object<'o>(
    policy: &Policy,
    objects: &'o [DirectoryObject],
) -> Result<Option<&'o DirectoryObject>, AmbiguousDirectory> {
    let is_of_domain = |object: &&DirectoryObject| {
        let by_dn = Dn::parse_written(&object.domain).ok().and_then(|dn| dn.domain());
        by_dn.unwrap_or_else(|| DomainName::new(object.domain.trim())) == policy.domain
    };
    let found: Vec<&DirectoryObject> = objects.iter().filter(is_of_domain).collect();
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        many => Err(AmbiguousDirectory { count: many.len(), domain: policy.domain.to_string() }),
    }
}

/// What owned objects are to be bound to; none where there is nothing, or the policy leaves bindings alone.
pub(super) fn binding(policy: &Policy, organization: &Organization) -> Option<DirectoryId> {
    match policy.directory {
        DirectoryUse::Ignore => None,
        DirectoryUse::Bind => {
            let object = directory_object(policy, &organization.directories).ok()??;
            Some(object.id.clone())
        }
    }
}

/// Whether the binding of what leaves unbound goes: with it, somebody else of that name would be taken for it. It stays where
/// JumpCloud would write that into Active Directory.
pub(super) fn unbinds(policy: &Policy, organization: &Organization) -> bool {
    match policy.directory {
        DirectoryUse::Ignore => !organization.agents.iter().any(|agent| agent.kind == AgentKind::Sync),
        DirectoryUse::Bind => binding(policy, organization).is_some(),
    }
}

/// Agents through which JumpCloud would write into Active Directory what is bound. Those of a directory object that the
/// policy leaves alone do not count.
pub(super) fn sync_agents(policy: &Policy, organization: &Organization) -> usize {
    match policy.directory {
        DirectoryUse::Ignore => 0,
        DirectoryUse::Bind => {
            organization.agents.iter().filter(|agent| agent.kind == AgentKind::Sync).count()
        }
    }
}

/// What people should know about the agents.
pub(super) fn notes(policy: &Policy, organization: &Organization) -> Vec<Note> {
    let is_importing = |agent: &&crate::model::Agent| agent.kind == AgentKind::Import && agent.is_active;
    let mut notes: Vec<Note> = organization
        .agents
        .iter()
        .filter(is_importing)
        .map(|agent| {
            let host = if agent.hostname.is_empty() { "its host" } else { &agent.hostname };
            let message = "an import agent of JumpCloud's is active for this domain: it overwrites and deletes beside \
                           adjunct, so stop it";
            Note::new("import-agent", host, message)
        })
        .collect();
    if policy.passwords == PasswordAuthority::Directory && organization.agents.is_empty() {
        let message = "passwords are left to Active Directory, and no agent of JumpCloud's is attached that would \
                       bring them: nothing sets them yet";
        notes.push(Note::new("passwords-not-set", policy.domain.as_str(), message));
    }
    notes
}
