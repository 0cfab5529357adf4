//! Entries of the searches, sorted into the lists of a [`Directory`].

use std::collections::{BTreeMap, BTreeSet};

use super::entry::Entry;
use super::principal::{Principal, principal_of};
use super::{AdError, ReadProblem};
use crate::model::{
    Directory, DirectoryGroup, DirectoryUser, DomainName, Evidence, ObjectGuid, OtherPrincipal, SecondLooks,
};

/// Entries by what they are.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    users: Vec<DirectoryUser>,
    groups: Vec<DirectoryGroup>,
    others: Vec<OtherPrincipal>,
    guids: BTreeSet<ObjectGuid>,
}

impl Sorted {
    /// Takes in one entry of the named search.
    pub(super) fn add(&mut self, search: &str, entry: Entry) -> Result<(), AdError> {
        let name = entry.dn.as_str().to_owned();
        if let Some(guid) = entry.guid
            && !self.guids.insert(guid)
        {
            return Err(AdError::stopped(format!("the {search}"), ReadProblem::Twice(name)));
        }
        let principal = principal_of(entry).map_err(|source| {
            AdError::stopped(format!("the {search}"), ReadProblem::Entry { name, source })
        })?;
        match principal {
            Principal::User(user) if shows_all_of_a_user(&user) => self.users.push(user),
            Principal::Group(group) if group.rid.is_some() => self.groups.push(group),
            Principal::Other(other) => self.others.push(other),
            // Active Directory sets these attributes on every user and group, so rights must hide them. Such an entry
            // is left out; groups that name it find it unreadable.
            Principal::User(_) | Principal::Group(_) | Principal::Unreadable => {}
        }
        Ok(())
    }

    /// The whole, in order of GUID.
    pub(super) fn into_directory(
        mut self,
        domain: DomainName,
        service_account: Option<ObjectGuid>,
        evidence: Evidence,
    ) -> Directory {
        self.users.sort_by_key(|user| user.guid);
        self.groups.sort_by_key(|group| group.guid);
        Directory {
            domain,
            users: self.users,
            groups: self.groups,
            others: self.others,
            member_lookups: BTreeMap::new(),
            second_looks: SecondLooks::new(),
            service_account,
            evidence,
        }
    }
}

fn shows_all_of_a_user(user: &DirectoryUser) -> bool {
    user.primary_group_id.is_some() && !user.attributes.values("accountExpires").is_empty()
}
