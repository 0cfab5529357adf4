//! Active Directory, read only: LDAP from the first of several domain controllers that can be used, or an LDIF export of it, into [`Directory`].
//!
//! Nothing here decides who is selected, and nothing here can write: bind and search are the only operations sent.
//!
//! Invariants:
//! - A read is whole or an error. What stops a search (a result other than success, a referral in place of a result,
//!   silence, a cut connection, a page without its control, a gap in a range) is an [`AdError`] for which
//!   [`AdError::is_incomplete`] holds, never a smaller answer.
//! - An entry that we see and cannot judge, because access rights hide what tells whether it is in use, is no user and
//!   no group of the [`Directory`]; whoever names it finds [`MemberLookup::Unreadable`].
//! - Credentials are judged once, by one server, over TLS whose certificate was verified; without TLS only where
//!   [`Access::allow_insecure`] says so.
//! - What a server sends is decoded without panics. `ldap3` itself asserts on malformed messages, in tasks of its own:
//!   such a panic ends the connection, so panics must unwind.

mod answer;
mod attribute;
mod bind;
mod connection;
mod entry;
mod error;
mod extended_dn;
#[cfg_attr(not(all(feature = "kerberos", target_os = "linux")), path = "no_kerberos.rs")]
mod kerberos;
mod kerberos_error;
mod ldap;
mod ldif;
mod look_up;
mod principal;
mod problem;
mod range;
mod rest;
mod root_dse;
mod search;
mod servers;
mod service_account;
mod settings;
mod sorted;
mod survey;
mod tls;

use std::collections::BTreeMap;

pub use answer::Answer;
pub use entry::EntryProblem;
pub use error::AdError;
pub use kerberos::kerberos_environment;
pub use kerberos_error::KerberosError;
pub use ldap::Ldap;
pub use ldif::{Ldif, LdifProblem};
pub use problem::{End, ReadProblem};
pub use range::RangeProblem;
pub use servers::SkippedServer;
pub use settings::{Access, CaCertificate, Credential, Settings};
pub use survey::Survey;

use crate::model::{Directory, Dn, DomainName, Evidence, MemberLookup, ObjectGuid, SecondLooks};

/// Where a directory is read from.
#[derive(Debug)]
pub enum Source {
    /// A domain controller, connected and bound.
    Ldap(Box<Ldap>),
    /// An LDIF export, parsed.
    Ldif(Box<Ldif>),
}

impl Source {
    /// Connects to the first domain controller that can be used and is synchronized, and binds.
    ///
    /// # Errors
    /// Incomplete when no server can be reached and is ready; otherwise when an address, a certificate or the
    /// credentials are refused. The next server is tried as long as no credentials were judged.
    pub async fn connect(settings: Settings) -> Result<Self, AdError> {
        Ok(Self::Ldap(Box::new(Ldap::connect(settings).await?)))
    }

    /// Parses an LDIF export (RFC 2849) that the caller has read from `file_name`.
    ///
    /// # Errors
    /// Incomplete when the text is torn or its own trailer says that entries are missing; otherwise when it is
    /// malformed, holds changes instead of entries, or holds nothing of the root container.
    pub fn open_ldif(
        file_name: &str,
        bytes: &[u8],
        root_container: Dn,
        domain: DomainName,
    ) -> Result<Self, AdError> {
        Ok(Self::Ldif(Box::new(Ldif::open(file_name, bytes, root_container, domain)?)))
    }

    /// Reads all groups, users and other principals of the root container. `member_lookups` and `second_looks` of the
    /// result are empty: see [`Source::read_members`] and [`Source::second_look`].
    ///
    /// # Errors
    /// Incomplete when any search did not reach its end; otherwise when the root container is missing.
    pub async fn read(&mut self) -> Result<Directory, AdError> {
        match self {
            Self::Ldap(ldap) => ldap.read().await,
            Self::Ldif(ldif) => Ok(ldif.read()),
        }
    }

    /// Reads the entries with these DNs, which groups name as members and [`Source::read`] did not yield. A user or
    /// group found there is [`MemberLookup::Unreadable`]: the searches should have yielded it.
    ///
    /// # Errors
    /// Incomplete when the server answers with anything but the entry or its absence.
    pub async fn read_members(&mut self, dns: &[Dn]) -> Result<BTreeMap<Dn, MemberLookup>, AdError> {
        match self {
            Self::Ldap(ldap) => ldap.read_members(dns).await,
            Self::Ldif(ldif) => Ok(ldif.read_members(dns)),
        }
    }

    /// Reads objects again by GUID: from the same server, or from all entries of the file.
    ///
    /// # Errors
    /// As [`Source::read_members`].
    pub async fn second_look(&mut self, guids: &[ObjectGuid]) -> Result<SecondLooks, AdError> {
        match self {
            Self::Ldap(ldap) => ldap.second_look(guids).await,
            Self::Ldif(ldif) => Ok(ldif.second_look(guids)),
        }
    }

    /// The server that is read, as `ldaps://HOST[:PORT]`; none for a file.
    pub fn server(&self) -> Option<&str> {
        match self {
            Self::Ldap(ldap) => Some(ldap.server()),
            Self::Ldif(_) => None,
        }
    }

    /// The servers before it in the list, which could not be used.
    pub fn skipped_servers(&self) -> &[SkippedServer] {
        match self {
            Self::Ldap(ldap) => ldap.skipped_servers(),
            Self::Ldif(_) => &[],
        }
    }

    /// Why what was read since the last [`Source::read`] began counts as whole. It grows with later searches, so a
    /// caller refreshes [`Directory::evidence`] from it after the last one.
    pub fn evidence(&self) -> &Evidence {
        match self {
            Self::Ldap(ldap) => ldap.evidence(),
            Self::Ldif(ldif) => ldif.evidence(),
        }
    }
}
