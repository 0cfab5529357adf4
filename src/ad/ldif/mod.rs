//! An LDIF export as a source. It answers what a domain controller would, from the entries that are in the file.

mod record;

use std::collections::BTreeMap;

pub use record::LdifProblem;
use record::{Block, Located, Record, Trailer};

use super::AdError;
use super::entry::Entry;
use super::principal::{Class, Principal, account_control_of, class_of, principal_of};
use crate::model::{
    AccountExpires, Directory, DirectoryGroup, DirectoryUser, Dn, DomainName, EndOfRead, Evidence,
    MemberLookup, ObjectGuid, OtherPrincipal, Search, SecondLook, SecondLooks,
};

/// A parsed export.
#[derive(Debug)]
pub struct Ldif {
    root_container: Dn,
    domain: DomainName,
    users: Vec<DirectoryUser>,
    groups: Vec<DirectoryGroup>,
    others: Vec<OtherPrincipal>,
    /// What each entry of the file is, the containers included.
    classes: BTreeMap<Dn, Class>,
    second_looks: SecondLooks,
    evidence: Evidence,
}

/// The parts of an [`Ldif`] while entries come in.
#[derive(Debug, Default)]
struct Contents {
    users: Vec<DirectoryUser>,
    groups: Vec<DirectoryGroup>,
    others: Vec<OtherPrincipal>,
    classes: BTreeMap<Dn, Class>,
    second_looks: SecondLooks,
    ranges_closed: u64,
}

impl Ldif {
    pub(super) fn open(
        file: &str,
        bytes: &[u8],
        root_container: Dn,
        domain: DomainName,
    ) -> Result<Self, AdError> {
        let (mut contents, end, references) = read_all(file, bytes)?;
        if !contents.classes.keys().any(|dn| dn.is_within(&root_container)) {
            let container = root_container.as_str().to_owned();
            return Err(AdError::MissingContainer {
                container,
                help: format!("{file} holds no entry in it"),
            });
        }
        let search = Search { name: "entries".to_owned(), pages: 1, entries: to_u64(contents.classes.len()) };
        let evidence =
            Evidence { searches: vec![search], ranges_closed: contents.ranges_closed, references, end };
        contents.users.sort_by_key(|user| user.guid);
        contents.groups.sort_by_key(|group| group.guid);
        let Contents { users, groups, others, classes, second_looks, ranges_closed: _ } = contents;
        Ok(Self { root_container, domain, users, groups, others, classes, second_looks, evidence })
    }

    /// The domain of a parsed export, which is that of its highest entry, and its groups.
    pub(super) fn survey(file: &str, bytes: &[u8]) -> Result<(Dn, Vec<DirectoryGroup>), AdError> {
        let (contents, ..) = read_all(file, bytes)?;
        let highest = contents.classes.keys().filter(|dn| dn.domain().is_some()).min_by_key(|dn| dn.depth());
        let mut domain = highest.cloned();
        // Up to the DC parts.
        while let Some(parent) = domain.as_ref().and_then(Dn::parent)
            && domain.as_ref().and_then(Dn::domain) == parent.domain()
        {
            domain = Some(parent);
        }
        let domain = domain.ok_or_else(|| AdError::MissingContainer {
            container: "of a domain".to_owned(),
            help: format!("{file} holds no entry whose DN ends in DC parts"),
        })?;
        Ok((domain, contents.groups))
    }

    pub(super) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(super) fn read(&self) -> Directory {
        let is_inside = |dn: &Dn| dn.is_within(&self.root_container);
        Directory {
            domain: self.domain.clone(),
            users: self.users.iter().filter(|user| is_inside(&user.dn)).cloned().collect(),
            groups: self.groups.iter().filter(|group| is_inside(&group.dn)).cloned().collect(),
            others: self.others.iter().filter(|other| is_inside(&other.dn)).cloned().collect(),
            member_lookups: BTreeMap::new(),
            second_looks: SecondLooks::new(),
            service_account: None,
            evidence: self.evidence.clone(),
        }
    }

    pub(super) fn read_members(&self, dns: &[Dn]) -> BTreeMap<Dn, MemberLookup> {
        let look_up = |dn: &Dn| match self.classes.get(dn) {
            Some(Class::Other(kind)) => MemberLookup::Other(*kind),
            Some(Class::User | Class::Group | Class::Hidden) | None => MemberLookup::Unreadable,
        };
        dns.iter().map(|dn| (dn.clone(), look_up(dn))).collect()
    }

    pub(super) fn second_look(&self, guids: &[ObjectGuid]) -> SecondLooks {
        let look = |guid: &ObjectGuid| self.second_looks.get(guid).cloned().unwrap_or(SecondLook::Gone);
        guids.iter().map(|guid| (*guid, look(guid))).collect()
    }
}

/// All that is in a file, how its end is known, and the references in its trailer.
fn read_all(file: &str, bytes: &[u8]) -> Result<(Contents, EndOfRead, Vec<String>), AdError> {
    let text = record::split(bytes).map_err(|located| {
        let is_torn = located.1 == LdifProblem::NoLineEnd;
        if is_torn { incomplete(file, located) } else { malformed(file, located) }
    })?;
    let mut contents = Contents::default();
    for (index, block) in text.blocks.iter().enumerate() {
        let is_last = index + 1 == text.blocks.len();
        contents.read(block).map_err(|located| place(file, located, is_last))?;
    }
    let end =
        check_trailer(&text.trailer, contents.classes.len()).map_err(|located| incomplete(file, located))?;
    Ok((contents, end, text.trailer.references))
}

impl Contents {
    fn read(&mut self, block: &Block) -> Result<(), Located> {
        let Record { line, name, attributes } = record::read_record(block)?;
        let entry = Entry::read(&name, attributes).map_err(|problem| (line, problem.into()))?;
        if let Some(open) = entry.open_ranges.first() {
            let problem = super::RangeProblem::Open(open.next);
            return Err((line, LdifProblem::Range { attribute: open.attribute.clone(), problem }));
        }
        let class = class_of(&entry);
        match class {
            Class::Hidden => return Err((line, LdifProblem::Missing("objectClass"))),
            Class::User | Class::Group if entry.guid.is_none() => {
                return Err((line, LdifProblem::Missing("objectGUID")));
            }
            Class::User | Class::Group | Class::Other(_) => {}
        }
        if self.classes.insert(entry.dn.clone(), class).is_some() {
            return Err((line, LdifProblem::Twice(name)));
        }
        if let Some(guid) = entry.guid {
            let look = second_look_of(&entry, class).map_err(|problem| (line, problem.into()))?;
            if self.second_looks.insert(guid, look).is_some() {
                return Err((line, LdifProblem::Twice(format!("objectGUID {guid}"))));
            }
        }
        self.ranges_closed += entry.closed_ranges;
        match principal_of(entry).map_err(|problem| (line, problem.into()))? {
            Principal::User(user) => self.users.push(user),
            Principal::Group(group) => self.groups.push(group),
            Principal::Other(other) => self.others.push(other),
            Principal::Unreadable => {}
        }
        Ok(())
    }
}

fn second_look_of(entry: &Entry, class: Class) -> Result<SecondLook, super::EntryProblem> {
    let user_account_control = account_control_of(entry)?;
    if class == Class::User && user_account_control.is_none() {
        return Ok(SecondLook::Unreadable);
    }
    Ok(SecondLook::Found {
        dn: entry.dn.clone(),
        member_of: entry.references("memberOf")?.into_iter().map(|(dn, _)| dn).collect(),
        user_account_control: user_account_control.unwrap_or_default(),
        account_expires: AccountExpires(entry.number("accountExpires")?.unwrap_or_default()),
    })
}

/// What the trailer proves about the end of the file.
fn check_trailer(trailer: &Trailer, found: usize) -> Result<EndOfRead, Located> {
    if let Some((line, failure)) = &trailer.failure {
        return Err((*line, LdifProblem::Result(failure.clone())));
    }
    if let Some(line) = trailer.open_page {
        return Err((line, LdifProblem::Cookie));
    }
    let found = to_u64(found);
    match trailer.entries {
        Some((line, announced)) if announced != found => Err((line, LdifProblem::Count { announced, found })),
        Some(_) => Ok(EndOfRead::Proven),
        None => trailer.promised.map_or(Ok(EndOfRead::NotProven), |line| Err((line, LdifProblem::NoTrailer))),
    }
}

/// Whether a problem means a torn file or a malformed one. A range without its end is missing values wherever it
/// stands; anything else is a tear only where the file ends.
fn place(file: &str, located: Located, is_last: bool) -> AdError {
    let is_never_a_tear = matches!(located.1, LdifProblem::Change | LdifProblem::Url | LdifProblem::Twice(_));
    if matches!(located.1, LdifProblem::Range { .. }) || (is_last && !is_never_a_tear) {
        incomplete(file, located)
    } else {
        malformed(file, located)
    }
}

fn malformed(file: &str, (line, problem): Located) -> AdError {
    AdError::Ldif { file: file.to_owned(), line, problem: problem.into() }
}

fn incomplete(file: &str, (line, problem): Located) -> AdError {
    AdError::LdifIncomplete { file: file.to_owned(), line, problem: problem.into() }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
