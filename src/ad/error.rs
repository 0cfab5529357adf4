//! What can go wrong between us and a directory, in the words of whoever has to put it right.

use std::time::Duration;

use miette::Diagnostic;

use super::{Answer, KerberosError, LdifProblem, ReadProblem};

/// Why nothing was read from a domain controller or an LDIF file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum AdError {
    /// The URL is not one that LDAP over TLS can use.
    #[error("{server} is no address of a domain controller")]
    #[diagnostic(
        code(ad::address),
        help(
            "write ldaps://HOST or ldaps://HOST:PORT, with the host's DNS name or IPv4 address as its certificate has it"
        )
    )]
    Address {
        /// The URL.
        server: String,
    },
    /// The port of a global catalog, which holds some attributes of each entry only.
    #[error("{server} is the port of a global catalog, which shows only a part of each entry")]
    #[diagnostic(
        code(ad::global_catalog),
        help("use the port of the domain controller itself: 636 for ldaps://")
    )]
    GlobalCatalog {
        /// The URL.
        server: String,
    },
    /// The bind name or the password is empty, which servers take as an anonymous bind (RFC 4513 5.1.2).
    #[error("the {missing} of the account to bind with is empty; nothing was sent")]
    #[diagnostic(
        code(ad::empty_credentials),
        help(
            "a server would take it as an anonymous bind, and show little of the directory: check where it comes from"
        )
    )]
    EmptyCredentials {
        /// `name` or `password`.
        missing: &'static str,
    },
    /// There is no Kerberos ticket to bind with.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Kerberos(#[from] KerberosError),
    /// The file of CA certificates cannot be used.
    #[error("cannot use the CA certificate {file}: {problem}")]
    #[diagnostic(
        code(ad::ca_certificate),
        help(
            "export the certificate of the CA that issued the domain controllers' certificates, in PEM (Base-64 X.509)"
        )
    )]
    CaCertificate {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// TLS cannot be set up on this machine.
    #[error("cannot set up TLS on this machine")]
    #[diagnostic(code(ad::tls_setup), help("name the CA in the policy: ca-certificate \"corp-ca.pem\""))]
    TlsSetup(#[source] rustls::Error),
    /// No connection came about: a name that does not resolve, a refused or broken connection.
    #[error("cannot reach {server}")]
    #[diagnostic(code(ad::unreachable), help("check the server's name, its port and the firewalls between"))]
    Unreachable {
        /// The URL.
        server: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// No connection came about in time.
    #[error("cannot reach {server} within {} s", .timeout.as_secs_f64())]
    #[diagnostic(code(ad::unreachable), help("check the server's name, its port and the firewalls between"))]
    ConnectTimeout {
        /// The URL.
        server: String,
        /// How long we waited.
        timeout: Duration,
    },
    /// The server's certificate comes from no CA that we trust.
    #[error("the certificate of {server} is not trusted")]
    #[diagnostic(
        code(ad::untrusted_certificate),
        help(
            "name the CA that issued it in the policy: ca-certificate \"corp-ca.pem\"; the platform's CAs then no longer count"
        )
    )]
    UntrustedCertificate {
        /// The URL.
        server: String,
        /// What TLS says.
        source: rustls::Error,
    },
    /// The server's certificate has other names than the one we connect to.
    #[error("the certificate of {server} is for another host: {presented}")]
    #[diagnostic(
        code(ad::wrong_host_name),
        help("write the server's URL with a name that its certificate has")
    )]
    WrongHostName {
        /// The URL.
        server: String,
        /// The names that the certificate has.
        presented: String,
    },
    /// The server's certificate has expired or is not valid yet.
    #[error("the certificate of {server} is not valid at this time")]
    #[diagnostic(
        code(ad::certificate_time),
        help("renew the certificate, or set this machine's clock right")
    )]
    CertificateTime {
        /// The URL.
        server: String,
        /// What TLS says.
        source: rustls::Error,
    },
    /// TLS failed for another reason.
    #[error("cannot agree on TLS with {server}")]
    #[diagnostic(
        code(ad::tls),
        help("check that the port is that of LDAPS (636), and which TLS versions the server allows")
    )]
    Handshake {
        /// The URL.
        server: String,
        /// What TLS says.
        source: rustls::Error,
    },
    /// The server would not start TLS on a plain connection.
    #[error("{server} does not start TLS: {answer}")]
    #[diagnostic(code(ad::start_tls), help("give the domain controller a certificate, or use ldaps://"))]
    StartTls {
        /// The URL.
        server: String,
        /// What it answered.
        answer: Answer,
    },
    /// The server refused name and password. They are not tried again, and on no other server.
    #[error("{server} refused the account {account}: {reason}")]
    #[diagnostic(code(ad::credentials), help("{help}"))]
    Credentials {
        /// The URL.
        server: String,
        /// The bind name.
        account: String,
        /// Why, as far as the server says.
        reason: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// The server demands a kind of encryption or signing that this connection has not.
    #[error("{server} demands a more protected bind: {answer}")]
    #[diagnostic(
        code(ad::encryption_demanded),
        help("use ldaps:// with the domain controller's own address, or ldap:// without `allow-insecure`")
    )]
    EncryptionDemanded {
        /// The URL.
        server: String,
        /// What it answered.
        answer: Answer,
    },
    /// The server refused the bind for another reason than the credentials.
    #[error("{server} refused the bind of {account}: {answer}")]
    #[diagnostic(code(ad::bind), help("write the account as a DN, as user@domain or as \"DOMAIN\\\\user\""))]
    Bind {
        /// The URL.
        server: String,
        /// The bind name.
        account: String,
        /// What it answered.
        answer: Answer,
    },
    /// The domain controller has not finished its initial synchronization (`isSynchronized` of the rootDSE).
    #[error("{server} is not synchronized with its domain yet")]
    #[diagnostic(
        code(ad::not_synchronized),
        help("wait until it is, or read from another domain controller")
    )]
    NotSynchronized {
        /// The URL.
        server: String,
    },
    /// None of several servers could be used.
    #[error("none of the {} servers could be used", reasons.len())]
    #[diagnostic(
        code(ad::no_server),
        help("put one of these causes right; what may pass by itself may have passed at the next run")
    )]
    NoServer {
        /// What each of them failed with, in their order.
        #[related]
        reasons: Vec<AdError>,
    },
    /// The root container does not exist.
    #[error("there is no container {container}")]
    #[diagnostic(code(ad::missing_container), help("{help}"))]
    MissingContainer {
        /// Its DN.
        container: String,
        /// How far the name exists.
        help: String,
    },
    /// A search did not reach its end.
    #[error("cannot read {search} to the end")]
    #[diagnostic(
        code(ad::incomplete),
        help(
            "nothing is planned from an incomplete answer; put the cause right, or run again when it has passed"
        )
    )]
    Read {
        /// What was searched for, where, and how far it came.
        search: String,
        /// What stopped it.
        #[source]
        problem: Box<ReadProblem>,
    },
    /// An LDIF file is not what an export is.
    #[error("cannot take {file} as an export of a directory: line {line}")]
    #[diagnostic(code(ad::ldif), help("{}", problem.help()))]
    Ldif {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        #[source]
        problem: Box<LdifProblem>,
    },
    /// An LDIF file ends too early.
    #[error("{file} is not whole: line {line}")]
    #[diagnostic(
        code(ad::incomplete_ldif),
        help(
            "nothing is planned from an incomplete export; write it again, and look at the exit code of what writes it"
        )
    )]
    LdifIncomplete {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What tells.
        #[source]
        problem: Box<LdifProblem>,
    },
}

impl AdError {
    pub(super) fn stopped(search: String, problem: ReadProblem) -> Self {
        Self::Read { search, problem: problem.into() }
    }

    /// Whether the credentials were judged and refused: each further try counts towards a lockout.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Credentials { .. } | Self::Kerberos(KerberosError::Refused { .. }))
    }

    /// Whether the directory could not be read whole, which may pass by itself; otherwise somebody has to change the
    /// policy, an account, a certificate or a file.
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::ConnectTimeout { .. }
            | Self::NotSynchronized { .. }
            | Self::Read { .. }
            | Self::LdifIncomplete { .. } => true,
            Self::StartTls { answer, .. } => answer.is_momentary(),
            Self::Kerberos(error) => error.is_incomplete(),
            Self::NoServer { reasons } => reasons.iter().all(Self::is_incomplete),
            Self::Address { .. }
            | Self::GlobalCatalog { .. }
            | Self::EmptyCredentials { .. }
            | Self::CaCertificate { .. }
            | Self::TlsSetup(_)
            | Self::UntrustedCertificate { .. }
            | Self::WrongHostName { .. }
            | Self::CertificateTime { .. }
            | Self::Handshake { .. }
            | Self::Credentials { .. }
            | Self::EncryptionDemanded { .. }
            | Self::Bind { .. }
            | Self::MissingContainer { .. }
            | Self::Ldif { .. } => false,
        }
    }
}
