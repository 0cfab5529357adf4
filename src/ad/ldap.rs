//! A domain controller as a source: which searches make up a [`Directory`], and how their results fit together.
//!
//! All searches go over one connection to one server, so no answer mixes two replicas.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::connection::Connection;
use super::entry::Entry;
use super::look_up::{look_again, look_up_member};
use super::rest::{CHANGE_NUMBER, close_ranges};
use super::search::{DnForm, Found, One, Search, Stop, read_entry, read_one, read_pages};
use super::servers::{self, Chosen, SkippedServer};
use super::service_account::{Trail, trail_of};
use super::sorted::Sorted;
use super::{AdError, Answer, ReadProblem, Settings};
use crate::model::{
    self, AttributeName, Directory, Dn, DomainName, Evidence, MemberLookup, ObjectGuid, SecondLook,
    SecondLooks,
};

/// Reads of single entries that are under way at one time: enough to hide the way there and back, and fewer than
/// `MaxActiveQueries` (20), which old domain controllers enforce.
const CONCURRENT_READS: usize = 12;

const GROUPS: &str = "(objectClass=group)";
const PRINCIPALS: &str = "(|(objectClass=user)(objectClass=contact)(objectClass=foreignSecurityPrincipal))";

/// What we need of each group, whatever the policy maps. [`CHANGE_NUMBER`] guards the pieces of a ranged `member`.
const GROUP_ATTRIBUTES: [&str; 8] =
    ["objectClass", "objectGUID", "cn", "sAMAccountName", "groupType", "objectSid", "member", CHANGE_NUMBER];

/// What we need of each other principal.
const PRINCIPAL_ATTRIBUTES: [&str; 8] = [
    "objectClass",
    "objectGUID",
    "cn",
    "sAMAccountName",
    "userAccountControl",
    "accountExpires",
    "primaryGroupID",
    "adminCount",
];

/// A domain controller, connected and bound.
#[derive(Debug)]
pub struct Ldap {
    connection: Connection,
    server: String,
    skipped: Vec<SkippedServer>,
    bind: String,
    page_size: u32,
    root_container: Dn,
    domain: DomainName,
    attributes: Vec<AttributeName>,
    /// `defaultNamingContext` of the rootDSE.
    naming_context: String,
    evidence: Evidence,
}

impl Ldap {
    pub(super) async fn connect(settings: Settings) -> Result<Self, AdError> {
        let Chosen { connection, server, naming_context, skipped } =
            servers::connect(&settings.access).await?;
        Ok(Self {
            connection,
            server,
            skipped,
            bind: settings.access.bind,
            page_size: settings.access.page_size,
            root_container: settings.root_container,
            domain: settings.domain,
            attributes: settings.attributes,
            naming_context,
            evidence: Evidence::default(),
        })
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn skipped_servers(&self) -> &[SkippedServer] {
        &self.skipped
    }

    pub(super) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(super) async fn read(&mut self) -> Result<Directory, AdError> {
        self.evidence = Evidence::default();
        let mut sorted = Sorted::default();
        let root = self.root_container.clone();
        let groups =
            self.search("groups", root.as_str(), GROUPS, &GROUP_ATTRIBUTES, DnForm::Extended).await?;
        for entry in groups {
            sorted.add("groups", entry)?;
        }
        let principals =
            self.search("users", root.as_str(), PRINCIPALS, &PRINCIPAL_ATTRIBUTES, DnForm::Plain).await?;
        for entry in principals {
            sorted.add("users", entry)?;
        }
        let service_account = self.find_service_account().await?;
        Ok(sorted.into_directory(self.domain.clone(), service_account, self.evidence.clone()))
    }

    pub(super) async fn read_members(&mut self, dns: &[Dn]) -> Result<BTreeMap<Dn, MemberLookup>, AdError> {
        let (connection, root) = (&self.connection, &self.root_container);
        let looked_up: Vec<(Dn, MemberLookup)> = stream::iter(dns.to_vec())
            .map(|dn| async move {
                let lookup = look_up_member(connection, root, &dn).await;
                let lookup =
                    lookup.map_err(|problem| AdError::stopped(format!("the member {dn}"), problem))?;
                Ok::<_, AdError>((dn, lookup))
            })
            .buffered(CONCURRENT_READS)
            .try_collect()
            .await?;
        let found = looked_up.iter().filter(|(_, lookup)| *lookup != MemberLookup::Unreadable).count();
        self.count_reads("members", dns.len(), found);
        Ok(looked_up.into_iter().collect())
    }

    pub(super) async fn second_look(&mut self, guids: &[ObjectGuid]) -> Result<SecondLooks, AdError> {
        let connection = &self.connection;
        let looks: Vec<(ObjectGuid, SecondLook, u64)> = stream::iter(guids.to_vec())
            .map(|guid| async move {
                let (look, ranges) = look_again(connection, guid).await?;
                Ok::<_, AdError>((guid, look, ranges))
            })
            .buffered(CONCURRENT_READS)
            .try_collect()
            .await?;
        let found = looks.iter().filter(|(_, look, _)| *look != SecondLook::Gone).count();
        self.evidence.ranges_closed += looks.iter().map(|(_, _, ranges)| ranges).sum::<u64>();
        self.count_reads("second look", guids.len(), found);
        Ok(looks.into_iter().map(|(guid, look, _)| (guid, look)).collect())
    }

    /// Reads all pages of a search and closes all ranges in them.
    async fn search(
        &mut self,
        name: &'static str,
        base: &str,
        filter: &str,
        needed: &[&str],
        dn_form: DnForm,
    ) -> Result<Vec<Entry>, AdError> {
        let attributes = wanted(needed, &self.attributes);
        let search = Search { base, filter, attributes: &attributes, dn_form, page_size: self.page_size };
        let found =
            read_pages(&self.connection, &search).await.map_err(|stop| search_error(name, base, stop))?;
        let Found { entries, pages, references } = found;
        let connection = &self.connection;
        let entries: Vec<Entry> = stream::iter(entries)
            .map(|entry| close_ranges(connection, entry, dn_form))
            .buffered(CONCURRENT_READS)
            .try_collect()
            .await
            .map_err(|stop| AdError::stopped(format!("{} (search for {name})", stop.what), stop.problem))?;
        self.evidence.ranges_closed += entries.iter().map(|entry| entry.closed_ranges).sum::<u64>();
        for reference in references {
            if !self.evidence.references.contains(&reference) {
                self.evidence.references.push(reference);
            }
        }
        self.evidence.searches.push(model::Search {
            name: name.to_owned(),
            pages,
            entries: count(entries.len()),
        });
        Ok(entries)
    }

    fn count_reads(&mut self, name: &str, reads: usize, found: usize) {
        if reads != 0 {
            let pages = u32::try_from(reads).unwrap_or(u32::MAX);
            self.evidence.searches.push(model::Search {
                name: name.to_owned(),
                pages,
                entries: count(found),
            });
        }
    }

    /// The entry of the account that we bound with; none when it is not to be found, or not alone.
    async fn find_service_account(&mut self) -> Result<Option<ObjectGuid>, AdError> {
        const NAME: &str = "service account";
        let filters = match trail_of(&self.bind, &self.domain) {
            Trail::Filters(filters) => filters,
            Trail::Name(name) => {
                let stop = |problem| AdError::stopped(format!("the {NAME} {name}"), problem);
                let one =
                    read_one(&self.connection, &name, &["objectGUID"], DnForm::Plain).await.map_err(stop)?;
                let guid = match one {
                    One::Entry(raw) => read_entry(raw, DnForm::Plain).map_err(stop)?.guid,
                    One::Absent | One::Denied => None,
                };
                self.count_reads(NAME, 1, usize::from(guid.is_some()));
                return Ok(guid);
            }
        };
        let base = self.naming_context.clone();
        for filter in filters {
            let found = self.search_for_account(NAME, &base, &filter).await?;
            if let [entry] = found.as_slice() {
                return Ok(entry.guid);
            }
        }
        Ok(None)
    }

    async fn search_for_account(
        &mut self,
        name: &'static str,
        base: &str,
        filter: &str,
    ) -> Result<Vec<Entry>, AdError> {
        let mapped = std::mem::take(&mut self.attributes);
        let found = self.search(name, base, filter, &["objectGUID"], DnForm::Plain).await;
        self.attributes = mapped;
        found
    }
}

/// `needed` and `mapped`, each once.
fn wanted<'a>(needed: &[&'a str], mapped: &'a [AttributeName]) -> Vec<&'a str> {
    let known: BTreeSet<AttributeName> = needed.iter().map(|name| AttributeName::new(name)).collect();
    let others = mapped.iter().filter(|name| !known.contains(name)).map(AttributeName::as_str);
    needed.iter().copied().chain(others).collect()
}

fn count(entries: usize) -> u64 {
    u64::try_from(entries).unwrap_or(u64::MAX)
}

fn search_error(name: &str, base: &str, stop: Stop) -> AdError {
    if let ReadProblem::Answer(answer) = &stop.problem
        && answer.code == Answer::NO_SUCH_OBJECT
        && matches!(name, "groups" | "users")
    {
        let help = if answer.matched.is_empty() {
            "write the DN as Active Directory has it, and check that the account may read it".to_owned()
        } else {
            format!("the name exists up to {}: write the rest as Active Directory has it", answer.matched)
        };
        return AdError::MissingContainer { container: base.to_owned(), help };
    }
    AdError::stopped(format!("the {name} in {base} (page {})", stop.page), stop.problem)
}
