//! Whole searches: page after page (RFC 2696), and reads of single entries.
//!
//! Whether more pages follow is believed only from the response control of a page. A repeated cookie alone proves
//! nothing wrong (Samba gives one cookie to all pages of a search); a page that brings an entry for the second time, or
//! nothing under a cookie that was there before, does.

use std::collections::BTreeSet;

use ldap3::Scope;
use ldap3::asn1::parse_tag;
use ldap3::controls::{Control, MakeCritical, PagedResults, RawControl};

use super::connection::{Answered, Connection, RawEntry, Request};
use super::entry::Entry;
use super::{Answer, ReadProblem, extended_dn};

/// OID of the paged results control.
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";

/// In which form DNs are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DnForm {
    Plain,
    /// With GUIDs in front, where the server knows that form.
    Extended,
}

impl DnForm {
    fn control(self) -> Option<RawControl> {
        match self {
            Self::Plain => None,
            Self::Extended => Some(RawControl {
                ctype: extended_dn::OID.to_owned(),
                crit: false,
                val: Some(extended_dn::TEXTUAL.to_vec()),
            }),
        }
    }
}

/// A search of a subtree.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) base: &'a str,
    pub(super) filter: &'a str,
    pub(super) attributes: &'a [&'a str],
    pub(super) dn_form: DnForm,
    pub(super) page_size: u32,
}

/// All that a search found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) pages: u32,
    pub(super) references: Vec<String>,
}

/// Where a search stopped, and why.
#[derive(Debug)]
pub(super) struct Stop {
    /// The page that was asked for, from 1.
    pub(super) page: u32,
    pub(super) problem: ReadProblem,
}

/// Reads all pages of a search.
pub(super) async fn read_pages(connection: &Connection, search: &Search<'_>) -> Result<Found, Stop> {
    let mut found = Found::default();
    let mut seen = Seen::default();
    let mut cookie = Vec::new();
    loop {
        let page = found.pages + 1;
        let next = read_page(connection, search, cookie, &mut found, &mut seen).await;
        match next.map_err(|problem| Stop { page, problem })? {
            Some(next) => cookie = next,
            None => return Ok(found),
        }
    }
}

/// What a search has brought so far.
#[derive(Debug, Default)]
struct Seen {
    entries: BTreeSet<Vec<u8>>,
    cookies: BTreeSet<Vec<u8>>,
}

/// Reads one page, and answers the cookie of the next one.
async fn read_page(
    connection: &Connection,
    search: &Search<'_>,
    cookie: Vec<u8>,
    found: &mut Found,
    seen: &mut Seen,
) -> Result<Option<Vec<u8>>, ReadProblem> {
    let size = i32::try_from(search.page_size.max(1)).unwrap_or(i32::MAX);
    let paging = PagedResults { size, cookie }.critical().into();
    let answered = connection
        .ask(Request {
            base: search.base,
            scope: Scope::Subtree,
            filter: search.filter,
            attributes: search.attributes,
            controls: [paging].into_iter().chain(search.dn_form.control()).collect(),
        })
        .await?;
    let Answered { entries, references, controls, .. } = succeed(answered)?;
    let next = next_cookie(&controls)?;
    let is_empty = entries.is_empty();
    for raw in entries {
        let entry = read_entry(raw, search.dn_form)?;
        let identity = entry
            .guid
            .map_or_else(|| entry.dn.as_str().as_bytes().to_vec(), |guid| guid.to_ldap_bytes().to_vec());
        if !seen.entries.insert(identity) {
            return Err(ReadProblem::Twice(entry.dn.as_str().to_owned()));
        }
        found.entries.push(entry);
    }
    found.pages += 1;
    found.references.extend(references);
    if next.is_empty() {
        return Ok(None);
    }
    if !seen.cookies.insert(next.clone()) && is_empty {
        return Err(ReadProblem::RepeatedCookie);
    }
    Ok(Some(next))
}

/// What the read of one entry found.
#[derive(Debug)]
pub(super) enum One {
    Entry(RawEntry),
    /// There is no such entry, or the server shows us none.
    Absent,
    /// The server says that we may not see it.
    Denied,
}

/// Reads the entry that `base` names: a DN, or `<GUID=…>`. Such a read has no pages: it yields one entry at most.
pub(super) async fn read_one(
    connection: &Connection,
    base: &str,
    attributes: &[&str],
    dn_form: DnForm,
) -> Result<One, ReadProblem> {
    let answered = connection
        .ask(Request {
            base,
            scope: Scope::Base,
            filter: "(objectClass=*)",
            attributes,
            controls: dn_form.control().into_iter().collect(),
        })
        .await?;
    match answered.answer.code {
        Answer::NO_SUCH_OBJECT => return Ok(One::Absent),
        Answer::INSUFFICIENT_ACCESS_RIGHTS => return Ok(One::Denied),
        _ => {}
    }
    let Answered { mut entries, references, .. } = succeed(answered)?;
    match (entries.pop(), entries.len()) {
        (Some(entry), 0) => Ok(One::Entry(entry)),
        (Some(_), others) => Err(ReadProblem::Count(others + 1)),
        (None, _) if references.is_empty() => Ok(One::Absent),
        (None, _) => Err(ReadProblem::Referral(references)),
    }
}

/// Takes an entry apart, and the extensions off its DNs where they were asked for.
pub(super) fn read_entry(raw: RawEntry, dn_form: DnForm) -> Result<Entry, ReadProblem> {
    let RawEntry { name, attributes } = raw;
    let mut entry = Entry::read(&name, attributes).map_err(|source| ReadProblem::Entry { name, source })?;
    if dn_form == DnForm::Extended {
        entry.strip_extended_dns();
    }
    Ok(entry)
}

fn succeed(answered: Answered) -> Result<Answered, ReadProblem> {
    match answered.answer.code {
        Answer::SUCCESS => Ok(answered),
        Answer::REFERRAL => Err(ReadProblem::Referral(answered.referral)),
        _ => Err(ReadProblem::Answer(answered.answer)),
    }
}

/// The cookie of the response control; empty for the last page.
fn next_cookie(controls: &[Control]) -> Result<Vec<u8>, ReadProblem> {
    let control = controls
        .iter()
        .map(|Control(_, raw)| raw)
        .find(|raw| raw.ctype == PAGED_RESULTS)
        .ok_or(ReadProblem::NoPagingControl)?;
    decode_cookie(control.val.as_deref().unwrap_or_default())
        .ok_or(ReadProblem::Undecodable("a paging control"))
}

/// `realSearchControlValue` (RFC 2696 2), without the assertions of `RawControl::parse`.
fn decode_cookie(value: &[u8]) -> Option<Vec<u8>> {
    let (rest, tag) = parse_tag(value).ok()?;
    let mut parts = tag.expect_constructed()?.into_iter();
    let _estimate = parts.next()?.expect_primitive()?;
    let cookie = parts.next()?.expect_primitive()?;
    (rest.is_empty() && parts.next().is_none()).then_some(cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(value: Option<&[u8]>) -> Vec<Control> {
        vec![Control(
            None,
            RawControl { ctype: PAGED_RESULTS.to_owned(), crit: false, val: value.map(<[u8]>::to_vec) },
        )]
    }

    #[test]
    fn only_a_whole_control_says_whether_pages_follow() {
        let encoded: RawControl = PagedResults { size: 0, cookie: b"next".to_vec() }.into();
        let whole = encoded.val.unwrap();
        assert_eq!(next_cookie(&control(Some(&whole))).unwrap(), b"next");
        // The long forms of lengths that Active Directory writes.
        let microsoft = [0x30, 0x84, 0, 0, 0, 5, 0x02, 1, 0, 0x04, 0];
        assert_eq!(next_cookie(&control(Some(&microsoft))).unwrap(), b"");
        assert!(matches!(next_cookie(&[]), Err(ReadProblem::NoPagingControl)));
        assert!(matches!(next_cookie(&control(None)), Err(ReadProblem::Undecodable(_))));
        for end in 0..whole.len() {
            assert!(
                matches!(next_cookie(&control(Some(&whole[..end]))), Err(ReadProblem::Undecodable(_))),
                "{end}"
            );
        }
    }
}
