//! Pseudonyms: the same value gets the same one, and nothing of a value goes into its own.

use std::collections::BTreeMap;

/// The values that were replaced so far, each with a number.
///
/// Numbers are counted up in the order in which values come. So the same organization gets the same pseudonyms each time,
/// no key has to be kept or forgotten, and nobody can try out names until one fits. Values that differ in case alone, or
/// that stand in different fields, are one value.
#[derive(Debug, Default)]
pub(super) struct Pseudonyms {
    numbers: BTreeMap<String, usize>,
}

impl Pseudonyms {
    fn number(&mut self, value: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(value.to_lowercase()).or_insert(next)
    }

    /// A name: letters and digits, which is a username, too.
    pub(super) fn name(&mut self, value: &str) -> String {
        format!("alias{}", self.number(value))
    }

    /// A mail address at a domain that is nobody's (RFC 2606); anything without an `@` is a name.
    pub(super) fn mail(&mut self, value: &str) -> String {
        match value.rsplit_once('@') {
            Some((local, domain)) => format!("{}@{}.example.com", self.name(local), self.name(domain)),
            None => self.name(value),
        }
    }

    /// A telephone number of a country that there is not.
    pub(super) fn phone(&mut self, value: &str) -> String {
        format!("+999{:08}", self.number(value))
    }

    /// A distinguished name, part by part. The parts of the domain stay: by them an object belongs to one.
    pub(super) fn dn(&mut self, value: &str) -> String {
        let mut text = String::new();
        let (mut part, mut is_escaped) = (String::new(), false);
        for character in value.chars() {
            if matches!(character, ',' | ';') && !is_escaped {
                text.push_str(&self.rdn(&std::mem::take(&mut part)));
                text.push(character);
            } else {
                part.push(character);
            }
            is_escaped = character == '\\' && !is_escaped;
        }
        text.push_str(&self.rdn(&part));
        text
    }

    fn rdn(&mut self, part: &str) -> String {
        match part.split_once('=') {
            Some((kind, _)) if kind.trim().eq_ignore_ascii_case("dc") => part.to_owned(),
            Some((kind, value)) => format!("{kind}={}", self.name(value)),
            None => self.name(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_has_the_same_pseudonym_in_any_case_and_any_field() {
        let mut pseudonyms = Pseudonyms::default();
        assert_eq!(pseudonyms.name("Ada"), "alias1");
        assert_eq!(pseudonyms.mail("ADA@corp.example.com"), "alias1@alias2.example.com");
        assert_eq!(pseudonyms.mail("bob@Corp.Example.com"), "alias3@alias2.example.com");
        assert_eq!(pseudonyms.mail("corp.example.com"), "alias2");
        assert_eq!(pseudonyms.phone("+420 601 555 010"), "+99900000004");
        assert_eq!(pseudonyms.name("ÉMILE"), pseudonyms.name("émile"));
    }

    #[test]
    fn a_distinguished_name_keeps_its_form_and_its_domain() {
        let mut pseudonyms = Pseudonyms::default();
        assert_eq!(
            pseudonyms.dn(r"CN=King\, Ada,OU=Staff,DC=corp,DC=example"),
            "CN=alias1,OU=alias2,DC=corp,DC=example"
        );
        assert_eq!(pseudonyms.dn("CN=Bob;OU=staff;dc=corp"), "CN=alias3;OU=alias2;dc=corp");
        assert_eq!(pseudonyms.dn(r"CN=x\\,OU=Staff"), "CN=alias4,OU=alias2");
        assert_eq!(pseudonyms.dn("nonsense"), "alias5");
    }
}
