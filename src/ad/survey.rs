//! A first look at a domain, for somebody who has no policy yet: its name, and the groups that could be the security group.

use super::connection::Connection;
use super::principal::{Principal, principal_of};
use super::rest::close_ranges;
use super::search::{DnForm, Search, read_pages};
use super::servers::{self, Chosen};
use super::{Access, AdError, Ldif, ReadProblem};
use crate::model::{DirectoryGroup, Dn};

const ATTRIBUTES: [&str; 7] =
    ["objectClass", "objectGUID", "cn", "sAMAccountName", "groupType", "objectSid", "member"];

/// What a first look at a domain shows.
#[derive(Debug)]
pub struct Survey {
    /// The DN of the domain.
    pub domain: Dn,
    /// The groups that have the text in their `cn` or `sAMAccountName`, in the order of their DNs.
    pub groups: Vec<DirectoryGroup>,
}

impl Survey {
    /// Looks at the domain of the first server that can be used, for groups with `text` in their names. Groups whose type
    /// access rights hide are not among them.
    ///
    /// # Errors
    /// As [`Source::connect`](super::Source::connect); incomplete when the search did not reach its end.
    pub async fn of_server(access: &Access, text: &str) -> Result<Self, AdError> {
        let Chosen { connection, server, naming_context, skipped: _ } = servers::connect(access).await?;
        let domain = Dn::parse(&naming_context).map_err(|_| {
            let problem = ReadProblem::Undecodable("a defaultNamingContext that is no DN");
            AdError::stopped(format!("the rootDSE of {server}"), problem)
        })?;
        let groups = read_groups(&connection, access, &domain, text).await?;
        Ok(Self::new(domain, groups))
    }

    /// Looks at an LDIF export that the caller has read from `file_name`.
    ///
    /// # Errors
    /// As [`Source::open_ldif`](super::Source::open_ldif), but for the root container; and when nothing in it is of a domain.
    pub fn of_ldif(file_name: &str, bytes: &[u8], text: &str) -> Result<Self, AdError> {
        let (domain, groups) = Ldif::survey(file_name, bytes)?;
        let text = text.to_lowercase();
        let is_asked_for = |group: &DirectoryGroup| {
            let mut names = group.attributes.texts("sAMAccountName").chain(group.attributes.texts("cn"));
            names.any(|name| name.to_lowercase().contains(&text))
        };
        Ok(Self::new(domain, groups.into_iter().filter(is_asked_for).collect()))
    }

    fn new(domain: Dn, mut groups: Vec<DirectoryGroup>) -> Self {
        groups.sort_by(|one, other| one.dn.cmp(&other.dn));
        Self { domain, groups }
    }
}

async fn read_groups(
    connection: &Connection,
    access: &Access,
    domain: &Dn,
    text: &str,
) -> Result<Vec<DirectoryGroup>, AdError> {
    let text = ldap3::ldap_escape(text);
    let filter = format!("(&(objectClass=group)(|(cn=*{text}*)(sAMAccountName=*{text}*)))");
    let dn_form = DnForm::Plain;
    let search = Search {
        base: domain.as_str(),
        filter: &filter,
        attributes: &ATTRIBUTES,
        dn_form,
        page_size: access.page_size,
    };
    let found = read_pages(connection, &search).await.map_err(|stop| {
        AdError::stopped(format!("the groups in {domain} (page {})", stop.page), stop.problem)
    })?;
    let mut groups = Vec::new();
    for entry in found.entries {
        let entry = close_ranges(connection, entry, dn_form)
            .await
            .map_err(|stop| AdError::stopped(stop.what, stop.problem))?;
        let name = entry.dn.as_str().to_owned();
        let principal = principal_of(entry).map_err(|source| {
            AdError::stopped(format!("the groups in {domain}"), ReadProblem::Entry { name, source })
        })?;
        if let Principal::Group(group) = principal {
            groups.push(group);
        }
    }
    Ok(groups)
}
