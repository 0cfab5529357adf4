//! The policy's Active Directory side: files and secrets resolved, a source opened, the directory read.

use std::path::Path;

use super::causes::with_causes;
use super::credentials;
use super::error::CliError;
use super::keytab;
use crate::ad::{self, Access, Settings, SkippedServer, Source};
use crate::model::{Directory, Note};
use crate::policy::{ActiveDirectory, Credential, LdapServer, Policy};

/// A directory that was read, and the source to look at it again.
pub(super) struct ReadDirectory {
    pub(super) source: Source,
    pub(super) directory: Directory,
    /// The server that is read, or the file as the policy names it.
    pub(super) location: String,
    /// How the source was come to, where that is not as the policy would have it.
    pub(super) notes: Vec<Note>,
}

/// Reads the directory that the policy names. `folder` is the policy's, to which paths are relative.
pub(super) async fn read_directory(policy: &Policy, folder: &Path) -> Result<ReadDirectory, CliError> {
    let mut source = match &policy.active_directory {
        ActiveDirectory::Ldap(ldap) => Source::connect(settings(ldap, policy, folder)?).await?,
        ActiveDirectory::Ldif { file } => open_ldif(policy, &folder.join(&file.value))?,
    };
    let mut notes: Vec<Note> = source.skipped_servers().iter().map(skipped_note).collect();
    let location = match (&policy.active_directory, source.server()) {
        (ActiveDirectory::Ldif { file }, _) => file.value.clone(),
        (ActiveDirectory::Ldap(ldap), server) => {
            let server = server.unwrap_or_default().to_owned();
            if ldap.allow_insecure && server.starts_with("ldap://") {
                let message =
                    "read without TLS: the password and all that is read can be seen and changed on the way";
                notes.push(Note::new("insecure-ldap", &server, message));
            }
            server
        }
    };
    let directory = source.read().await?;
    Ok(ReadDirectory { source, directory, location, notes })
}

/// An LDIF file as the source of a policy.
pub(super) fn open_ldif(policy: &Policy, path: &Path) -> Result<Source, CliError> {
    let bytes = read_file("the LDIF file", path)?;
    let (root, domain) = (policy.root_container.value.clone(), policy.domain.clone());
    Ok(Source::open_ldif(&path.to_string_lossy(), &bytes, root, domain)?)
}

/// Which servers may get the password in the clear, to be said before anything is sent.
pub(super) fn plain_warning(policy: &Policy) -> Option<String> {
    let ActiveDirectory::Ldap(ldap) = &policy.active_directory else { return None };
    let plain =
        ldap.servers.iter().map(|server| server.value.as_str()).filter(|url| url.starts_with("ldap://"));
    let plain: Vec<&str> = plain.map(|url| url.trim_end_matches('/')).collect();
    (ldap.allow_insecure && !plain.is_empty())
        .then(|| format!("`allow-insecure` sends the password in the clear to {}", plain.join(", ")))
}

fn settings(ldap: &LdapServer, policy: &Policy, folder: &Path) -> Result<Settings, CliError> {
    let ca_certificate = ldap.ca_certificate.as_ref().map(|file| {
        let path = folder.join(&file.value);
        let pem = read_file("the CA certificate", &path)?;
        Ok::<_, CliError>(ad::CaCertificate { file: path.to_string_lossy().into_owned(), pem })
    });
    let credential = match &ldap.credential {
        Credential::Password(password) => ad::Credential::Password(credentials::resolve(
            &password.value,
            folder,
            "the password of the bind account",
        )?),
        Credential::Keytab(file) => ad::Credential::Keytab(keytab::path_of(&file.value, folder)?),
    };
    let access = Access {
        servers: ldap.servers.iter().map(|server| server.value.clone()).collect(),
        allow_insecure: ldap.allow_insecure,
        bind: ldap.bind.value.clone(),
        credential,
        ca_certificate: ca_certificate.transpose()?,
        timeout: ldap.timeout,
        page_size: ldap.page_size,
    };
    Ok(Settings {
        access,
        root_container: policy.root_container.value.clone(),
        domain: policy.domain.clone(),
        attributes: policy.attributes(),
    })
}

/// Reads a file that a policy names, or whoever types.
pub(super) fn read_file(what: &'static str, path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|source| CliError::File { what, path: path.to_owned(), source })
}

fn skipped_note(skipped: &SkippedServer) -> Note {
    let SkippedServer { server, reason } = skipped;
    let message = format!("not used, and the next one tried: {}", with_causes(reason));
    Note::new("server-skipped", server, message)
}
