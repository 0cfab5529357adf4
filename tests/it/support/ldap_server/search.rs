//! Answers to searches.

use std::collections::BTreeMap;

use rasn::prelude::*;
use rasn::types::Enumerated;
use rasn_ldap::{
    Control, Controls, Filter, LdapMessage, LdapResult, MessageId, PartialAttribute, ProtocolOp, ResultCode,
    SearchRequest, SearchRequestScope, SearchResultDone, SearchResultEntry, SearchResultReference,
};
use uuid::Uuid;

use super::connection::Step;
use super::form::{Form, partial, piece};
use super::script::{Ending, Habit, RangeFault, Script};
use super::{DOMAIN, Entry};

const PAGED_RESULTS: &[u8] = b"1.2.840.113556.1.4.319";

/// `realSearchControlValue` of RFC 2696.
#[derive(AsnType, Encode, Decode, Debug)]
struct PagedResults {
    size: u32,
    cookie: OctetString,
}

/// Where the cookies of one connection lead.
#[derive(Debug, Default)]
pub(super) struct Pages {
    starts: BTreeMap<Vec<u8>, usize>,
    issued: usize,
}

/// The result code with this number.
pub(super) fn code(number: u32) -> ResultCode {
    ResultCode::from_discriminant(number.try_into().unwrap()).unwrap()
}

pub(super) fn answer(
    script: &mut Script,
    pages: &mut Pages,
    is_bound: bool,
    id: MessageId,
    request: &SearchRequest,
    controls: Option<&Controls>,
) -> Vec<Step> {
    let filter = filter_text(&request.filter);
    let attributes: Vec<&str> = request.attributes.iter().map(|name| name.0.as_str()).collect();
    script
        .requests
        .push(format!("search {} {:?} {filter} {attributes:?}", request.base_object.0, request.scope));
    let mut reply = Reply { id, steps: Vec::new() };
    if request.base_object.0.is_empty() && request.scope == SearchRequestScope::BaseObject {
        if let Some(ending) = script.root_dse_ending {
            reply.end(ending, &script.entries[0], pages, 0);
        } else {
            reply.entry("", root_dse(script));
            reply.done(ResultCode::Success, None);
        }
        return reply.steps;
    }
    if !is_bound {
        reply.done(ResultCode::OperationsError, None);
        return reply.steps;
    }
    if let Some(steps) = spoil_range(script, id, &attributes, &request.base_object.0) {
        return steps;
    }
    let Some(base) = find(script, &request.base_object.0).cloned() else {
        reply.no_such_object(&matched(script, &request.base_object.0));
        return reply.steps;
    };
    let found: Vec<Entry> = script
        .entries
        .iter()
        .filter(|entry| !entry.is_hidden)
        .filter(|entry| match request.scope {
            SearchRequestScope::BaseObject => same(&entry.dn, &base.dn),
            _ => is_within(&entry.dn, &base.dn),
        })
        .filter(|entry| matches(entry, &request.filter))
        .cloned()
        .collect();
    let form = Form::new(script, &attributes, controls);
    let paging = controls
        .and_then(|controls| controls.iter().find(|control| control.control_type.as_ref() == PAGED_RESULTS))
        .and_then(|control| rasn::ber::decode::<PagedResults>(control.control_value.as_ref()?).ok());
    let start =
        paging.as_ref().map_or(0, |paging| pages.starts.get(paging.cookie.as_ref()).copied().unwrap_or(0));
    let size = paging.as_ref().map_or(usize::MAX, |paging| usize::try_from(paging.size).unwrap());
    let end = found.len().min(start.saturating_add(size.min(script.page_cap)));
    let fault = script.fault.as_ref().filter(|fault| filter.contains(&fault.filter)).cloned();
    let ending_at =
        |sent: usize| fault.as_ref().filter(|fault| fault.after == sent).map(|fault| fault.ending);
    for (index, entry) in found.iter().enumerate().take(end).skip(start) {
        if let Some(ending) = ending_at(index) {
            reply.end(ending, entry, pages, start);
            return reply.steps;
        }
        reply.entry(&form.dn(&entry.dn), form.attributes(entry));
    }
    if let Some(ending) = ending_at(end) {
        reply.end(ending, &base, pages, start);
        return reply.steps;
    }
    if start == 0 && request.scope != SearchRequestScope::BaseObject {
        for reference in &script.references {
            let reference = SearchResultReference(vec![reference.as_str().into()]);
            reply.steps.push(Step::Send(LdapMessage::new(id, ProtocolOp::SearchResRef(reference))));
        }
    }
    if end < found.len() && paging.is_none() {
        reply.done(ResultCode::SizeLimitExceeded, None);
        return reply.steps;
    }
    let cookie =
        if end < found.len() { pages.issue(end, script.has(Habit::ConstantCookies)) } else { Vec::new() };
    reply.done(ResultCode::Success, paging.map(|_| cookie));
    reply.steps
}

impl Pages {
    fn issue(&mut self, start: usize, is_constant: bool) -> Vec<u8> {
        self.issued += usize::from(!is_constant || self.issued == 0);
        let cookie = format!("{}\0", self.issued).into_bytes();
        self.starts.insert(cookie.clone(), start);
        cookie
    }
}

/// The messages of one answer.
struct Reply {
    id: MessageId,
    steps: Vec<Step>,
}

impl Reply {
    fn entry(&mut self, dn: &str, attributes: Vec<PartialAttribute>) {
        let entry = SearchResultEntry::new(dn.into(), attributes);
        self.steps.push(Step::Send(LdapMessage::new(self.id, ProtocolOp::SearchResEntry(entry))));
    }

    fn done(&mut self, code: ResultCode, cookie: Option<Vec<u8>>) {
        let mut message = done(self.id, LdapResult::new(code, "".into(), "".into()));
        if let Some(cookie) = cookie {
            let value = rasn::ber::encode(&PagedResults { size: 0, cookie: cookie.into() }).unwrap();
            message.controls =
                Some(vec![Control::new(PAGED_RESULTS.to_vec().into(), false, Some(value.into()))]);
        }
        self.steps.push(Step::Send(message));
    }

    fn no_such_object(&mut self, matched: &str) {
        let result = LdapResult::new(ResultCode::NoSuchObject, matched.into(), "0000208D: NameErr\0".into());
        self.steps.push(Step::Send(done(self.id, result)));
    }

    /// Ends the search in front of `entry`, on the page that starts at `start`.
    fn end(&mut self, ending: Ending, entry: &Entry, pages: &mut Pages, start: usize) {
        let whole = SearchResultEntry::new(entry.dn.as_str().into(), Vec::new());
        let whole = LdapMessage::new(self.id, ProtocolOp::SearchResEntry(whole));
        match ending {
            Ending::Result(number) => self.done(code(number), None),
            Ending::Referral => {
                let mut result = LdapResult::new(ResultCode::Referral, "".into(), "".into());
                result.referral = Some(vec!["ldap://other.example.com/DC=other,DC=example,DC=com".into()]);
                self.steps.push(Step::Send(done(self.id, result)));
            }
            Ending::Close => self.steps.push(Step::Close),
            Ending::Reset => self.steps.push(Step::Reset),
            Ending::TornMessage => self.steps.push(Step::SendHalf(whole)),
            Ending::Silence => self.steps.push(Step::Hang),
            Ending::Notice => self.steps.push(Step::Notify),
            Ending::NoPagingControl => self.done(ResultCode::Success, None),
            Ending::RepeatedCookie => {
                let cookie = b"again".to_vec();
                pages.starts.insert(cookie.clone(), start);
                self.done(ResultCode::Success, Some(cookie));
            }
            Ending::EmptyCookie => self.done(ResultCode::Success, Some(Vec::new())),
            Ending::UndecodableEntry => self.steps.push(Step::SendSpoiled(whole, entry.dn.clone())),
            Ending::UndecodableResult => {
                let text = "no UTF-8";
                let result = LdapResult::new(ResultCode::Busy, "".into(), text.into());
                self.steps.push(Step::SendSpoiled(done(self.id, result), text.to_owned()));
            }
            Ending::Garbage => self.steps.push(Step::SendSpoiled(whole, String::new())),
        }
    }
}

fn done(id: MessageId, result: LdapResult) -> LdapMessage {
    LdapMessage::new(id, ProtocolOp::SearchResDone(SearchResultDone(result)))
}

/// What the script has in store for a read of further values; none when it goes well.
fn spoil_range(script: &mut Script, id: MessageId, attributes: &[&str], base: &str) -> Option<Vec<Step>> {
    let (name, range) = attributes.iter().find_map(|wanted| wanted.split_once(";range="))?;
    let fault = script.range_fault?;
    let entry = find(script, base)?.clone();
    let values = entry.values(name);
    let first: usize = range.split('-').next()?.parse().ok()?;
    let end = values.len().min(first + script.value_cap);
    let mut reply = Reply { id, steps: Vec::new() };
    let spoiled = match fault {
        RangeFault::Gap => piece(name, first + 1, end, values),
        RangeFault::Overlap => piece(name, first - 1, end, values),
        RangeFault::Short => {
            let honest = piece(name, first, end, values);
            partial(&honest.r#type.0, values[first..end - 1].to_vec())
        }
        RangeFault::Empty => partial(&format!("{name};range={first}-*"), Vec::new()),
        RangeFault::Missing => partial("description", vec![b"no members here".to_vec()]),
        RangeFault::Result(number) => {
            reply.done(code(number), None);
            return Some(reply.steps);
        }
        RangeFault::Close => return Some(vec![Step::Close]),
        RangeFault::Changes(0) => return None,
        RangeFault::Changes(left) => {
            script.range_fault = Some(RangeFault::Changes(left - 1));
            let entry = script.entries.iter_mut().find(|known| same(&known.dn, &entry.dn))?;
            let number = 5000 - left;
            *entry = entry.clone().with(name, values[1..].to_vec()).with("uSNChanged", [number.to_string()]);
            return None;
        }
    };
    reply.entry(&entry.dn, vec![spoiled]);
    reply.done(ResultCode::Success, None);
    Some(reply.steps)
}

fn root_dse(script: &Script) -> Vec<PartialAttribute> {
    let is_synchronized = if script.has(Habit::NotSynchronized) { "FALSE" } else { "TRUE" };
    vec![
        partial("defaultNamingContext", vec![DOMAIN.as_bytes().to_vec()]),
        partial("isSynchronized", vec![is_synchronized.as_bytes().to_vec()]),
    ]
}

fn find<'a>(script: &'a Script, base: &str) -> Option<&'a Entry> {
    let guid = base.strip_prefix("<GUID=").and_then(|rest| rest.strip_suffix('>'));
    let guid = guid.map(|text| Uuid::parse_str(text).unwrap().to_bytes_le());
    script.entries.iter().filter(|entry| !entry.is_hidden).find(|entry| match guid {
        Some(guid) => entry.values("objectGUID").first().is_some_and(|value| *value == guid),
        None => same(&entry.dn, base),
    })
}

/// The nearest entry above a missing one.
fn matched(script: &Script, base: &str) -> String {
    let mut rest = base;
    while let Some((_, above)) = rest.split_once(',') {
        if let Some(entry) = find(script, above) {
            return entry.dn.clone();
        }
        rest = above;
    }
    String::new()
}

fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

fn is_within(dn: &str, base: &str) -> bool {
    same(dn, base) || dn.to_lowercase().ends_with(&format!(",{}", base.to_lowercase()))
}

fn matches(entry: &Entry, filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| matches(entry, part)),
        Filter::Or(parts) => parts.iter().any(|part| matches(entry, part)),
        Filter::Not(part) => !matches(entry, part),
        Filter::Present(name) => !entry.values(&name.0).is_empty(),
        Filter::EqualityMatch(wanted) => entry
            .values(&wanted.attribute_desc.0)
            .iter()
            .any(|value| value.eq_ignore_ascii_case(wanted.assertion_value.as_ref())),
        other => panic!("a filter that this server does not know: {other:?}"),
    }
}

fn filter_text(filter: &Filter) -> String {
    let joined = |parts: &SetOf<Filter>| parts.iter().map(filter_text).collect::<String>();
    match filter {
        Filter::And(parts) => format!("(&{})", joined(parts)),
        Filter::Or(parts) => format!("(|{})", joined(parts)),
        Filter::Not(part) => format!("(!{})", filter_text(part)),
        Filter::Present(name) => format!("({}=*)", name.0),
        Filter::EqualityMatch(wanted) => {
            format!("({}={})", wanted.attribute_desc.0, String::from_utf8_lossy(&wanted.assertion_value))
        }
        other => format!("({other:?})"),
    }
}
