//! One entry, from the bytes that a server or a file gave: its DN and its attributes, ranges taken apart.
//!
//! Attributes are filed by name, never by what their bytes look like; whoever needs a number or a GUID asks for it and
//! gets an [`EntryProblem`] when the value has another form.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::RangeProblem;
use super::attribute::Description;
use super::extended_dn;
use super::range::{Range, Rest};
use crate::model::{Attributes, Dn, DnError, ObjectGuid, Value};

/// The attributes of an entry as they travel: descriptions with options, and raw values.
pub(super) type RawAttributes = Vec<(String, Vec<Vec<u8>>)>;

/// An entry with its attributes.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) dn: Dn,
    /// `objectGUID`, where it is readable.
    pub(super) guid: Option<ObjectGuid>,
    pub(super) attributes: Attributes,
    /// Attributes of which only the first piece is here.
    pub(super) open_ranges: Vec<OpenRange>,
    /// Ranged attributes of which everything is here.
    pub(super) closed_ranges: u64,
}

/// A ranged attribute with values still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenRange {
    pub(super) attribute: String,
    /// Index of the next value.
    pub(super) next: u64,
}

/// Why an entry cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryProblem {
    /// Its name is no DN.
    #[error("its name is {0}")]
    Name(DnError),
    /// The name of an attribute is empty.
    #[error("an attribute has no name")]
    AttributeName,
    /// A value has not the form of its attribute.
    #[error("its {0} has not the form of one")]
    Value(&'static str),
    /// A value of `member` or `memberOf` is no DN.
    #[error("a value of {attribute} is {problem}")]
    Reference {
        /// The attribute.
        attribute: &'static str,
        /// What is wrong with the value.
        problem: DnError,
    },
    /// The pieces of an attribute do not fit.
    #[error("the values of {attribute} are in pieces that do not fit: {problem}")]
    Range {
        /// The attribute.
        attribute: String,
        /// What does not fit.
        problem: RangeProblem,
    },
}

impl Entry {
    /// Takes an entry apart. `name` may be an extended DN.
    pub(super) fn read(name: &str, raw: RawAttributes) -> Result<Self, EntryProblem> {
        let (dn, _) = extended_dn::parse(name).map_err(EntryProblem::Name)?;
        let mut attributes = Attributes::default();
        let mut pieces: BTreeMap<String, (Range, Vec<Value>)> = BTreeMap::new();
        for (description, values) in raw {
            let Description { name, range } =
                Description::parse(&description).ok_or(EntryProblem::AttributeName)?;
            let values: Vec<Value> = values.into_iter().map(Value::from_bytes).collect();
            match range {
                // Active Directory sends an empty `member` beside `member;range=0-1499`.
                None if values.is_empty() => {}
                None => attributes.extend(&name, values),
                Some(range) => {
                    if pieces.insert(name.to_ascii_lowercase(), (range, values)).is_some() {
                        return Err(EntryProblem::Range { attribute: name, problem: RangeProblem::Mixed });
                    }
                }
            }
        }
        let mut open_ranges = Vec::new();
        let mut closed_ranges = 0;
        for (attribute, (range, values)) in pieces {
            if !attributes.values(&attribute).is_empty() {
                return Err(EntryProblem::Range { attribute, problem: RangeProblem::Mixed });
            }
            match range.check(0, values.len()) {
                Ok(Rest::Nothing) => closed_ranges += 1,
                Ok(Rest::From(next)) => open_ranges.push(OpenRange { attribute: attribute.clone(), next }),
                Err(problem) => return Err(EntryProblem::Range { attribute, problem }),
            }
            attributes.extend(&attribute, values);
        }
        let guid = guid_of(&attributes)?;
        Ok(Self { dn, guid, attributes, open_ranges, closed_ranges })
    }

    /// Puts the plain DN in the place of every extended DN among the values, but for `member`, whose GUIDs are wanted.
    pub(super) fn strip_extended_dns(&mut self) {
        let stripped: Vec<(String, Vec<Value>)> = self
            .attributes
            .iter()
            .filter(|(name, values)| {
                name.as_str() != "member" && values.iter().any(|value| plain_dn(value).is_some())
            })
            .map(|(name, values)| {
                let values =
                    values.iter().map(|value| plain_dn(value).unwrap_or_else(|| value.clone())).collect();
                (name.as_str().to_owned(), values)
            })
            .collect();
        for (name, values) in stripped {
            self.attributes.remove(&name);
            self.attributes.extend(&name, values);
        }
    }

    /// Whether `objectClass` holds a class; `None` when the entry shows no class at all.
    pub(super) fn is_of_class(&self, class: &str) -> bool {
        self.attributes.has("objectClass", class)
    }

    /// The number in a single-valued attribute; none when it is absent.
    pub(super) fn number<T: FromStr>(&self, attribute: &'static str) -> Result<Option<T>, EntryProblem> {
        let Some(value) = self.attributes.values(attribute).first() else { return Ok(None) };
        let text = str::from_utf8(value.as_bytes()).map_err(|_| EntryProblem::Value(attribute))?;
        text.trim().parse().map(Some).map_err(|_| EntryProblem::Value(attribute))
    }

    /// The values of `member` or `memberOf`, with the GUIDs that extended DNs carry.
    pub(super) fn references(
        &self,
        attribute: &'static str,
    ) -> Result<Vec<(Dn, Option<ObjectGuid>)>, EntryProblem> {
        self.attributes
            .values(attribute)
            .iter()
            .map(|value| {
                let text = str::from_utf8(value.as_bytes()).map_err(|_| EntryProblem::Value(attribute))?;
                extended_dn::parse(text).map_err(|problem| EntryProblem::Reference { attribute, problem })
            })
            .collect()
    }
}

/// The first value that stands twice in a list, if any does.
pub(super) fn has_repeated(values: &[Value]) -> bool {
    let mut seen = BTreeSet::new();
    !values.iter().all(|value| seen.insert(value.as_bytes()))
}

fn guid_of(attributes: &Attributes) -> Result<Option<ObjectGuid>, EntryProblem> {
    let Some(value) = attributes.values("objectGUID").first() else { return Ok(None) };
    ObjectGuid::from_ldap_bytes(value.as_bytes()).map(Some).map_err(|_| EntryProblem::Value("objectGUID"))
}

fn plain_dn(value: &Value) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    if !text.starts_with("<GUID=") && !text.starts_with("<SID=") {
        return None;
    }
    let (dn, _) = extended_dn::parse(text).ok()?;
    Some(Value::Text(dn.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &[(&str, &[&str])]) -> Result<Entry, EntryProblem> {
        let raw = raw
            .iter()
            .map(|(name, values)| {
                ((*name).to_owned(), values.iter().map(|value| value.as_bytes().to_vec()).collect())
            })
            .collect();
        Entry::read("<GUID=0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a>;CN=Ada,DC=x", raw)
    }

    fn range_problem(raw: &[(&str, &[&str])]) -> RangeProblem {
        match read(raw) {
            Err(EntryProblem::Range { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_empty_member_beside_a_ranged_one_takes_nobody_out() {
        let entry = read(&[("member", &[]), ("member;range=0-1", &["CN=a,DC=x", "CN=b,DC=x"])]).unwrap();
        assert_eq!(entry.attributes.values("member").len(), 2);
        assert_eq!(entry.open_ranges, [OpenRange { attribute: "member".to_owned(), next: 2 }]);
        assert_eq!(entry.closed_ranges, 0);
    }

    #[test]
    fn a_range_that_ends_in_an_asterisk_is_whole() {
        let entry = read(&[("memberOf;range=0-*", &["CN=a,DC=x"])]).unwrap();
        assert_eq!(entry.closed_ranges, 1);
        assert!(entry.open_ranges.is_empty());
        assert_eq!(entry.references("memberOf").unwrap().len(), 1);
    }

    #[test]
    fn refuses_pieces_that_do_not_fit() {
        assert_eq!(
            range_problem(&[("member;range=1-1", &["CN=a,DC=x"])]),
            RangeProblem::WrongStart { expected: 0, found: 1 }
        );
        assert_eq!(
            range_problem(&[("member;range=0-2", &["CN=a,DC=x"])]),
            RangeProblem::WrongCount { announced: 3, found: 1 }
        );
        assert_eq!(
            range_problem(&[("member", &["CN=b,DC=x"]), ("member;range=0-0", &["CN=a,DC=x"])]),
            RangeProblem::Mixed
        );
        assert_eq!(
            range_problem(&[("member;range=0-0", &["CN=a,DC=x"]), ("MEMBER;range=0-*", &["CN=b,DC=x"])]),
            RangeProblem::Mixed
        );
    }

    #[test]
    fn values_keep_their_bytes_whatever_they_look_like() {
        let raw = vec![("objectGUID".to_owned(), vec![b"abcdefghijklmnop".to_vec()])];
        let entry = Entry::read("CN=Ada,DC=x", raw).unwrap();
        assert_eq!(entry.guid.unwrap().to_ldap_bytes(), *b"abcdefghijklmnop");
        let raw = vec![("objectGUID".to_owned(), vec![vec![0xff; 15]])];
        assert_eq!(Entry::read("CN=Ada,DC=x", raw).unwrap_err(), EntryProblem::Value("objectGUID"));
    }

    #[test]
    fn strips_extended_dns_from_all_values_but_members() {
        let extended = "<GUID=0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a>;CN=Eve,DC=x";
        let mut entry =
            read(&[("managedBy", &[extended]), ("member", &[extended]), ("description", &["<GUID=x"])])
                .unwrap();
        entry.strip_extended_dns();
        assert_eq!(entry.attributes.first_text("managedBy"), Some("CN=Eve,DC=x"));
        assert_eq!(entry.attributes.first_text("description"), Some("<GUID=x"));
        let members = entry.references("member").unwrap();
        assert_eq!(members[0].0, Dn::parse("CN=Eve,DC=x").unwrap());
        assert!(members[0].1.is_some());
    }

    #[test]
    fn refuses_a_number_that_is_none() {
        let entry = read(&[("userAccountControl", &["512"]), ("accountExpires", &["soon"])]).unwrap();
        assert_eq!(entry.number::<i32>("userAccountControl"), Ok(Some(512)));
        assert_eq!(entry.number::<i64>("accountExpires"), Err(EntryProblem::Value("accountExpires")));
        assert_eq!(entry.number::<i64>("primaryGroupID"), Ok(None));
    }
}
