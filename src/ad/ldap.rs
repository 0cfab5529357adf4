//! A domain controller as a source: which searches make up a [`Directory`], and how their results fit together.
//!
//! All searches go over one connection to one server, so no answer mixes two replicas.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::connection::{self, Connection, RawEntry};
use super::entry::Entry;
use super::principal::{Class, Principal, account_control_of, class_of, principal_of};
use super::rest::{CHANGE_NUMBER, close_ranges};
use super::search::{DnForm, Found, One, Search, Stop, read_entry, read_one, read_pages};
use super::service_account::{Trail, trail_of};
use super::{AdError, Answer, ReadProblem, Settings};
use crate::model::{
    self, AccountExpires, AttributeName, Directory, DirectoryGroup, DirectoryUser, Dn, DomainName, Evidence,
    MemberLookup, ObjectGuid, OtherPrincipal, SecondLook, SecondLooks, UserAccountControl,
};

/// Reads of single entries that are under way at one time. Active Directory works on 20 requests of one connection at
/// a time at most (`MaxPoolThreads` and others, MS-ADTS 3.1.1.3.4.6).
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

/// What a second look asks for.
const SECOND_LOOK_ATTRIBUTES: [&str; 5] =
    ["objectClass", "memberOf", "userAccountControl", "accountExpires", "primaryGroupID"];

/// A domain controller, connected and bound.
#[derive(Debug)]
pub struct Ldap {
    connection: Connection,
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
        let connection = Connection::open(&settings).await?;
        let server = connection::name_of(&settings.server);
        let naming_context = read_root_dse(&connection, &server).await?;
        Ok(Self {
            connection,
            bind: settings.bind,
            page_size: settings.page_size,
            root_container: settings.root_container,
            domain: settings.domain,
            attributes: settings.attributes,
            naming_context,
            evidence: Evidence::default(),
        })
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
        let attributes = ["objectClass".to_owned()];
        let (connection, root, attributes) = (&self.connection, &self.root_container, &attributes);
        let looked_up: Vec<(Dn, MemberLookup)> = stream::iter(dns.to_vec())
            .map(|dn| async move {
                let lookup = look_up_member(connection, root, &dn, attributes).await;
                let lookup = lookup.map_err(|problem| stopped(format!("the member {dn}"), problem))?;
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
        let attributes: Vec<String> = SECOND_LOOK_ATTRIBUTES.iter().map(|name| (*name).to_owned()).collect();
        let (connection, attributes) = (&self.connection, &attributes);
        let looks: Vec<(ObjectGuid, SecondLook, u64)> = stream::iter(guids.to_vec())
            .map(|guid| async move {
                let (look, ranges) = look_again(connection, guid, attributes).await?;
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
            .map_err(|stop| stopped(format!("{} (search for {name})", stop.what), stop.problem))?;
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
                let one = read_one(&self.connection, &name, &["objectGUID".to_owned()], DnForm::Plain)
                    .await
                    .map_err(|problem| stopped(format!("the service account {name}"), problem))?;
                let guid = match one {
                    One::Entry(raw) => entry_of(raw, NAME)?.guid,
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

/// Entries by what they are.
#[derive(Debug, Default)]
struct Sorted {
    users: Vec<DirectoryUser>,
    groups: Vec<DirectoryGroup>,
    others: Vec<OtherPrincipal>,
    guids: BTreeSet<ObjectGuid>,
}

impl Sorted {
    fn add(&mut self, search: &str, entry: Entry) -> Result<(), AdError> {
        let name = entry.dn.as_str().to_owned();
        if let Some(guid) = entry.guid
            && !self.guids.insert(guid)
        {
            return Err(stopped(format!("the {search}"), ReadProblem::Twice(name)));
        }
        let principal = principal_of(entry)
            .map_err(|source| stopped(format!("the {search}"), ReadProblem::Entry { name, source }))?;
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

    fn into_directory(
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

/// Reads the rootDSE (RFC 4512 5.1, MS-ADTS 3.1.1.3.2): refuses a server that is not synchronized, and answers the
/// DN of its domain.
async fn read_root_dse(connection: &Connection, server: &str) -> Result<String, AdError> {
    let attributes = ["defaultNamingContext".to_owned(), "isSynchronized".to_owned()];
    let search = || format!("the rootDSE of {server}");
    let one = read_one(connection, "", &attributes, DnForm::Plain)
        .await
        .map_err(|problem| stopped(search(), problem))?;
    let One::Entry(RawEntry { attributes, .. }) = one else {
        return Err(stopped(search(), ReadProblem::Count(0)));
    };
    // The rootDSE's name is empty, so it is no entry like others.
    let value = |name: &str| {
        let (_, values) =
            attributes.iter().find(|(description, _)| description.eq_ignore_ascii_case(name))?;
        values.first().and_then(|value| str::from_utf8(value).ok())
    };
    if value("isSynchronized").is_some_and(|value| value.eq_ignore_ascii_case("FALSE")) {
        return Err(AdError::NotSynchronized { server: server.to_owned() });
    }
    match value("defaultNamingContext") {
        Some(naming_context) => Ok(naming_context.to_owned()),
        None => Err(stopped(search(), ReadProblem::Undecodable("a rootDSE without defaultNamingContext"))),
    }
}

async fn look_up_member(
    connection: &Connection,
    root_container: &Dn,
    dn: &Dn,
    attributes: &[String],
) -> Result<MemberLookup, ReadProblem> {
    let raw = match read_one(connection, dn.as_str(), attributes, DnForm::Plain).await {
        Ok(One::Entry(raw)) => raw,
        Ok(One::Absent | One::Denied) => return Ok(MemberLookup::Unreadable),
        // A member from another domain: this server does not hold it, and the root container cannot hold it either.
        Err(ReadProblem::Referral(_)) if !dn.is_within(root_container) => {
            return Ok(MemberLookup::Unreadable);
        }
        Err(problem) => return Err(problem),
    };
    Ok(match class_of(&read_entry(raw, DnForm::Plain)?) {
        Class::Other(kind) => MemberLookup::Other(kind),
        // The searches should have yielded it: it came in the meantime, or hides what they need.
        Class::User | Class::Group | Class::Hidden => MemberLookup::Unreadable,
    })
}

/// What one object is now, and how many ranges its `memberOf` took.
async fn look_again(
    connection: &Connection,
    guid: ObjectGuid,
    attributes: &[String],
) -> Result<(SecondLook, u64), AdError> {
    let stop = |problem| stopped(format!("the object {guid} again"), problem);
    let raw = match read_one(connection, &format!("<GUID={guid}>"), attributes, DnForm::Plain)
        .await
        .map_err(stop)?
    {
        One::Entry(raw) => raw,
        One::Absent => return Ok((SecondLook::Gone, 0)),
        One::Denied => return Ok((SecondLook::Unreadable, 0)),
    };
    let mut entry = read_entry(raw, DnForm::Plain).map_err(stop)?;
    // `objectGUID` was not asked for, and the pieces of a range are read by it.
    entry.guid = Some(guid);
    let entry = close_ranges(connection, entry, DnForm::Plain)
        .await
        .map_err(|rest| stopped(rest.what, rest.problem))?;
    let ranges = entry.closed_ranges;
    let name = entry.dn.as_str().to_owned();
    let look = second_look_of(&entry).map_err(|source| stop(ReadProblem::Entry { name, source }))?;
    Ok((look, ranges))
}

fn second_look_of(entry: &Entry) -> Result<SecondLook, super::EntryProblem> {
    let class = class_of(entry);
    let user_account_control = account_control_of(entry)?;
    let account_expires = entry.number::<i64>("accountExpires")?.map(AccountExpires);
    let primary_group_id = entry.number::<u32>("primaryGroupID")?;
    let hides_a_user =
        user_account_control.is_none() || account_expires.is_none() || primary_group_id.is_none();
    if class == Class::Hidden || (class == Class::User && hides_a_user) {
        return Ok(SecondLook::Unreadable);
    }
    Ok(SecondLook::Found {
        dn: entry.dn.clone(),
        member_of: entry.references("memberOf")?.into_iter().map(|(dn, _)| dn).collect(),
        user_account_control: user_account_control.unwrap_or(UserAccountControl(0)),
        account_expires: account_expires.unwrap_or(AccountExpires(0)),
    })
}

fn entry_of(raw: RawEntry, search: &str) -> Result<Entry, AdError> {
    read_entry(raw, DnForm::Plain).map_err(|problem| stopped(format!("the {search}"), problem))
}

/// `needed` and `mapped`, each once.
fn wanted(needed: &[&str], mapped: &[AttributeName]) -> Vec<String> {
    let mut names: Vec<String> = needed.iter().map(|name| (*name).to_owned()).collect();
    let known: BTreeSet<AttributeName> = needed.iter().map(|name| AttributeName::new(name)).collect();
    names.extend(mapped.iter().filter(|name| !known.contains(name)).map(|name| name.as_str().to_owned()));
    names
}

fn count(entries: usize) -> u64 {
    u64::try_from(entries).unwrap_or(u64::MAX)
}

fn stopped(search: String, problem: ReadProblem) -> AdError {
    AdError::Read { search, problem: problem.into() }
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
    stopped(format!("the {name} in {base} (page {})", stop.page), stop.problem)
}
