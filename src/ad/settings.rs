//! What a connection needs to know. The policy's values arrive here checked; secrets arrive resolved.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::model::{AttributeName, Dn, DomainName};

/// How to come to one of several domain controllers of one domain.
#[derive(Debug)]
pub struct Access {
    /// `ldaps://HOST[:PORT]`, or `ldap://HOST[:PORT]`, which means StartTLS, required. The first that can be used is
    /// read.
    pub servers: Vec<Url>,
    /// Whether `ldap://` does without TLS: whoever listens reads the password and everything else.
    pub allow_insecure: bool,
    /// The account to bind with: a DN, a UPN or `DOMAIN\user`; with a keytab, a Kerberos principal `user@REALM`.
    pub bind: String,
    /// What proves that it is us.
    pub credential: Credential,
    /// The CA to trust in place of the platform's.
    pub ca_certificate: Option<CaCertificate>,
    /// Longest wait for the connection, and for each answer on it.
    pub timeout: Duration,
    /// Entries asked for in one page, from 1 to 1,000 (the default `MaxPageSize` of Active Directory).
    pub page_size: u32,
}

/// How to read a domain.
#[derive(Debug)]
pub struct Settings {
    /// How to come to its servers.
    pub access: Access,
    /// Where users and groups are looked for.
    pub root_container: Dn,
    /// DNS name of the domain.
    pub domain: DomainName,
    /// Attributes to read beside those that adjunct itself needs.
    pub attributes: Vec<AttributeName>,
}

/// What an account binds with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Its password, in a simple bind.
    Password(SecretString),
    /// The absolute path of a keytab with the account's Kerberos key, always over TLS. The process must have been
    /// started in `kerberos_environment`, which builds with the feature `kerberos` have.
    Keytab(PathBuf),
}

/// A file of CA certificates, read by the caller.
#[derive(Debug, Clone)]
pub struct CaCertificate {
    /// Its name, for messages.
    pub file: String,
    /// Its content: one or more PEM certificates.
    pub pem: Vec<u8>,
}
