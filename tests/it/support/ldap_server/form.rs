//! How entries are spelled: chosen attributes, ranges, extended DNs.

use std::collections::BTreeMap;

use rasn::prelude::*;
use rasn_ldap::{Controls, PartialAttribute};
use uuid::Uuid;

use super::Entry;
use super::script::{Habit, Script};

const EXTENDED_DN: &[u8] = b"1.2.840.113556.1.4.529";
/// Attributes whose values are DNs.
const DN_ATTRIBUTES: [&str; 4] = ["member", "memberof", "managedby", "manager"];

/// How entries are spelled for one request.
pub(super) struct Form<'a> {
    script: &'a Script,
    attributes: &'a [&'a str],
    /// What stands in front of each DN; nothing for plain DNs.
    extensions: BTreeMap<String, String>,
}

impl<'a> Form<'a> {
    pub(super) fn new(script: &'a Script, attributes: &'a [&'a str], controls: Option<&Controls>) -> Self {
        let mut extensions = BTreeMap::new();
        if !script.has(Habit::NoExtendedDns) && has(controls, EXTENDED_DN) {
            for entry in script
                .entries
                .iter()
                .filter(|entry| entry.values("objectGUID").iter().any(|guid| guid.len() == 16))
            {
                let sid =
                    if entry.values("objectSid").is_empty() { "" } else { "<SID=S-1-5-21-1-2-3-1000>;" };
                let extension = format!("<GUID={}>;{sid}", Uuid::from_bytes_le(entry.guid()));
                extensions.insert(entry.dn.to_lowercase(), extension);
            }
        }
        Self { script, attributes, extensions }
    }

    pub(super) fn dn(&self, dn: &str) -> String {
        format!("{}{dn}", self.extensions.get(&dn.to_lowercase()).map_or("", String::as_str))
    }

    pub(super) fn attributes(&self, entry: &Entry) -> Vec<PartialAttribute> {
        self.attributes.iter().flat_map(|wanted| self.attribute(entry, wanted)).collect()
    }

    fn attribute(&self, entry: &Entry, wanted: &str) -> Vec<PartialAttribute> {
        let (name, range) =
            wanted.split_once(";range=").map_or((wanted, None), |(name, range)| (name, Some(range)));
        let mut values = entry.values(name).to_vec();
        if name.eq_ignore_ascii_case("memberOf") && values.is_empty() {
            values = groups_of(self.script, &entry.dn);
        }
        let first: usize = range.map_or(0, |range| range.split('-').next().unwrap().parse().unwrap());
        if values.len() <= first {
            return Vec::new();
        }
        let end = values.len().min(first + self.script.value_cap);
        let mut sent = if range.is_none() && end == values.len() {
            partial(name, values)
        } else {
            piece(name, first, end, &values)
        };
        if DN_ATTRIBUTES.contains(&name.to_ascii_lowercase().as_str()) {
            let extended =
                sent.vals.iter().map(|dn| self.dn(str::from_utf8(dn).unwrap()).into_bytes().into());
            sent.vals = SetOf::from_vec(extended.collect());
        }
        let is_cut_unasked = range.is_none() && sent.r#type.0 != name;
        if is_cut_unasked && !self.script.has(Habit::NoEmptyMember) {
            return vec![partial(name, Vec::new()), sent];
        }
        vec![sent]
    }
}

/// The values from `first` to before `end`, named as a range.
pub(super) fn piece(name: &str, first: usize, end: usize, values: &[Vec<u8>]) -> PartialAttribute {
    let last = if end == values.len() { "*".to_owned() } else { (end - 1).to_string() };
    partial(&format!("{name};range={first}-{last}"), values[first..end].to_vec())
}

pub(super) fn partial(name: &str, values: Vec<Vec<u8>>) -> PartialAttribute {
    let values: Vec<OctetString> = values.into_iter().map(Into::into).collect();
    PartialAttribute::new(name.into(), SetOf::from_vec(values))
}

fn groups_of(script: &Script, dn: &str) -> Vec<Vec<u8>> {
    let is_member = |entry: &&Entry| {
        entry.values("member").iter().any(|member| member.eq_ignore_ascii_case(dn.as_bytes()))
    };
    script.entries.iter().filter(is_member).map(|group| group.dn.clone().into_bytes()).collect()
}

fn has(controls: Option<&Controls>, oid: &[u8]) -> bool {
    controls.is_some_and(|controls| controls.iter().any(|control| control.control_type.as_ref() == oid))
}
