//! What can go wrong before and at a Kerberos bind.

use std::path::PathBuf;

use miette::Diagnostic;

/// Why an account with a keytab is not bound. No key is ever part of it.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum KerberosError {
    /// This build cannot use a keytab.
    #[error("this build of adjunct has no Kerberos, so {account} cannot bind with a keytab")]
    #[diagnostic(
        code(ad::no_kerberos),
        help("build it for Linux with --features kerberos (see the README), or bind with a password")
    )]
    NotBuiltIn {
        /// The principal.
        account: String,
    },
    /// The process was not started for this account and keytab.
    #[error("this process was not started to bind as {account} with {}", keytab.display())]
    #[diagnostic(
        code(ad::other_kerberos_account),
        help("one run has one Kerberos account and one keytab: run policies with others apart")
    )]
    OtherAccount {
        /// The principal.
        account: String,
        /// The file.
        keytab: PathBuf,
    },
    /// No key distribution centre answered.
    #[error("no Kerberos server was there to give {account} a ticket: {reason}")]
    #[diagnostic(
        code(ad::kdc_unreachable),
        help("check DNS (_kerberos._tcp of the domain) or krb5.conf, and that port 88 can be reached")
    )]
    Unreachable {
        /// The principal.
        account: String,
        /// Why, in the words of Kerberos.
        reason: String,
    },
    /// Kerberos refused the key, or the keytab has none for the account.
    #[error("{account} gets no Kerberos ticket with {}: {reason}", keytab.display())]
    #[diagnostic(code(ad::ticket), help("{help}"))]
    Refused {
        /// The principal.
        account: String,
        /// The file.
        keytab: PathBuf,
        /// Why, in the words of Kerberos.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// Kerberos has no ticket for the server, or the server could not prove itself.
    #[error("{account} cannot bind to {server} by Kerberos: {reason}")]
    #[diagnostic(
        code(ad::service_ticket),
        help(
            "write the server with its full DNS name, for which the domain has the service principal ldap/HOST"
        )
    )]
    Service {
        /// The URL.
        server: String,
        /// The principal.
        account: String,
        /// Why, in the words of Kerberos.
        reason: String,
    },
}

impl KerberosError {
    /// Whether it may pass by itself.
    pub(super) fn is_incomplete(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}
