//! What a server holds, how it answers, and where it breaks off.

use std::collections::BTreeSet;

use super::tls::Validity;
use super::{DOMAIN, Entry, LdapServer};

/// A server in the making. Without further words it behaves as Active Directory does by default.
#[derive(Debug)]
pub(crate) struct Script {
    pub(super) entries: Vec<Entry>,
    pub(super) requests: Vec<String>,
    pub(super) connections: usize,
    pub(super) clear_text: Vec<u8>,
    pub(super) host_names: Vec<String>,
    pub(super) validity: Validity,
    pub(super) habits: BTreeSet<Habit>,
    pub(super) page_cap: usize,
    pub(super) value_cap: usize,
    pub(super) references: Vec<String>,
    pub(super) bind_answer: Option<(u32, String)>,
    pub(super) fault: Option<Fault>,
    pub(super) range_fault: Option<RangeFault>,
    pub(super) root_dse_ending: Option<Ending>,
    pub(super) cut: Option<Cut>,
    pub(super) bytes_sent: usize,
}

/// What a server does that others do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Habit {
    StartTls,
    RefuseTls,
    Plain,
    NotSynchronized,
    NoExtendedDns,
    ConstantCookies,
    NoEmptyMember,
    SpoilBinds,
}

/// Where a search ends, and how.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) filter: String,
    pub(super) after: usize,
    pub(super) ending: Ending,
}

/// How a search can end before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With this result code.
    Result(u32),
    /// With a referral as the result.
    Referral,
    /// The connection closes.
    Close,
    /// The connection is reset (TCP RST).
    Reset,
    /// The connection closes in the middle of a message.
    TornMessage,
    /// Nothing comes any more.
    Silence,
    /// A notice of disconnection (RFC 4511 4.4.1), and the connection closes.
    Notice,
    /// With success and without the paging control.
    NoPagingControl,
    /// With the cookie that leads to this page again.
    RepeatedCookie,
    /// With success and an empty cookie, as if there were no more entries: nothing in the protocol tells it from the end.
    EmptyCookie,
    /// An entry that is no UTF-8 where LDAP wants UTF-8.
    UndecodableEntry,
    /// A result whose text is no UTF-8.
    UndecodableResult,
    /// A message that is no LDAP at all.
    Garbage,
}

/// Where the bytes of a connection end, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) bytes: usize,
    pub(super) end: CutEnd,
}

/// How a connection ends in the middle of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutEnd {
    Close,
    Reset,
}

/// What goes wrong when the pieces of a ranged attribute are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RangeFault {
    /// The next piece leaves out one value.
    Gap,
    /// The next piece repeats one value, with honest numbers.
    Overlap,
    /// A piece holds one value fewer than it says.
    Short,
    /// A piece says where it starts and holds nothing.
    Empty,
    /// The entry comes without the attribute.
    Missing,
    /// The read of a piece ends with this result code.
    Result(u32),
    /// The connection closes.
    Close,
    /// The first value goes away before each of the next reads, as many as this.
    Changes(usize),
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// The domain, its container `OU=Staff`, and the account that binds.
    pub(crate) fn new() -> Self {
        let container = |dn: &str, class| Entry::of_classes(dn, &["top", class]);
        Self {
            entries: vec![
                container(DOMAIN, "domainDNS"),
                container(&format!("OU=Staff,{DOMAIN}"), "organizationalUnit"),
                container(&format!("CN=Users,{DOMAIN}"), "container"),
                Entry::user(&format!("CN=jcimport,CN=Users,{DOMAIN}")),
            ],
            requests: Vec::new(),
            connections: 0,
            clear_text: Vec::new(),
            host_names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            validity: Validity::Now,
            habits: BTreeSet::new(),
            page_cap: 1000,
            value_cap: 1500,
            references: Vec::new(),
            bind_answer: None,
            fault: None,
            range_fault: None,
            root_dse_ending: None,
            cut: None,
            bytes_sent: 0,
        }
    }

    pub(super) fn has(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }

    /// Starts the server.
    pub(crate) fn start(self) -> LdapServer {
        LdapServer::start(self)
    }

    /// Adds an entry.
    pub(crate) fn entry(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Adds entries.
    pub(crate) fn entries(mut self, entries: impl IntoIterator<Item = Entry>) -> Self {
        self.entries.extend(entries);
        self
    }

    /// `MaxPageSize`: no page is larger, whatever the client asks for.
    pub(crate) fn page_cap(mut self, entries: usize) -> Self {
        self.page_cap = entries;
        self
    }

    /// `MaxValRange`: longer attributes come in pieces of this many values.
    pub(crate) fn value_cap(mut self, values: usize) -> Self {
        self.value_cap = values;
        self
    }

    /// Leaves out the empty `member` that Windows sends beside a ranged one.
    pub(crate) fn without_empty_member(mut self) -> Self {
        self.habits.insert(Habit::NoEmptyMember);
        self
    }

    /// Takes the extended DN control for an unknown one.
    pub(crate) fn without_extended_dns(mut self) -> Self {
        self.habits.insert(Habit::NoExtendedDns);
        self
    }

    /// Gives one cookie to all pages of a search, as Samba does.
    pub(crate) fn with_constant_cookies(mut self) -> Self {
        self.habits.insert(Habit::ConstantCookies);
        self
    }

    /// Sends a continuation reference in each subtree search.
    pub(crate) fn reference(mut self, url: &str) -> Self {
        self.references.push(url.to_owned());
        self
    }

    /// `isSynchronized: FALSE`
    pub(crate) fn not_synchronized(mut self) -> Self {
        self.habits.insert(Habit::NotSynchronized);
        self
    }

    /// Answers every bind with this code and text.
    pub(crate) fn answer_binds(mut self, code: u32, text: &str) -> Self {
        self.bind_answer = Some((code, text.to_owned()));
        self
    }

    /// Answers every bind with a text that is no UTF-8.
    pub(crate) fn spoil_binds(mut self) -> Self {
        self.habits.insert(Habit::SpoilBinds);
        self.answer_binds(0, "no UTF-8")
    }

    /// The names in the server's certificate.
    pub(crate) fn host_names(mut self, names: &[&str]) -> Self {
        self.host_names = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// A certificate that ran out long ago.
    pub(crate) fn expired_certificate(mut self) -> Self {
        self.validity = Validity::Past;
        self
    }

    /// Plain LDAP that demands StartTLS.
    pub(crate) fn start_tls(mut self) -> Self {
        self.habits.insert(Habit::StartTls);
        self
    }

    /// Plain LDAP that refuses StartTLS.
    pub(crate) fn refuse_start_tls(mut self) -> Self {
        self.habits.insert(Habit::StartTls);
        self.habits.insert(Habit::RefuseTls);
        self
    }

    /// Plain LDAP without a word of TLS.
    pub(crate) fn plain(mut self) -> Self {
        self.habits.insert(Habit::Plain);
        self
    }

    /// Ends the read of the rootDSE, which clients may do before they bind.
    pub(crate) fn end_root_dse(mut self, ending: Ending) -> Self {
        self.root_dse_ending = Some(ending);
        self
    }

    /// Ends each search whose filter contains `filter` once it has sent `after` entries.
    pub(crate) fn end_search(mut self, filter: &str, after: usize, ending: Ending) -> Self {
        self.fault = Some(Fault { filter: filter.to_owned(), after, ending });
        self
    }

    /// Lets the reads of further pieces of ranged attributes go wrong.
    pub(crate) fn range_fault(mut self, fault: RangeFault) -> Self {
        self.range_fault = Some(fault);
        self
    }

    /// Ends each connection after so many bytes of LDAP messages.
    pub(crate) fn cut_after_bytes(mut self, bytes: usize, end: CutEnd) -> Self {
        self.cut = Some(Cut { bytes, end });
        self
    }
}
