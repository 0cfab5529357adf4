//! Distinguished names (RFC 4514), compared as Active Directory compares them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

mod text;

pub use text::DnError;

use super::{DomainName, fold};
use text::{Part, parse_rdns, spell_rdn, spell_value};

/// A distinguished name. It keeps its spelling and compares by its parts: attribute types and values without case and
/// in NFC, escapes resolved, spaces around separators ignored, the parts of a multi-valued RDN in any order.
#[derive(Clone)]
pub struct Dn {
    text: Box<str>,
    /// Folded RDNs from the root down, each ended by [`END`], so that an ancestor's key is a prefix.
    key: Box<str>,
}

/// Ends an RDN in a key. It cannot stand in a value there: see [`push_value`].
const END: char = '\u{0}';
/// Stands before a character of a value that would otherwise be taken for [`END`].
const ESCAPE: char = '\u{1}';

impl Dn {
    /// Reads the form of RFC 4514, with spaces allowed around separators.
    ///
    /// # Errors
    /// When the text is empty or not of that form; the position counts characters from 1.
    pub fn parse(text: &str) -> Result<Self, DnError> {
        let rdns = parse_rdns(text, ',')?;
        Ok(Self { text: text.into(), key: key_of(&rdns) })
    }

    /// Reads a DN that a person wrote: as [`Dn::parse`], or with semicolons between the parts, as JumpCloud's agent
    /// and console write them. The result is spelled with commas.
    ///
    /// # Errors
    /// As [`Dn::parse`].
    pub fn parse_written(text: &str) -> Result<Self, DnError> {
        if let Ok(rdns) = parse_rdns(text, ';')
            && rdns.len() > 1
        {
            let text = rdns.iter().map(|rdn| spell_rdn(rdn)).collect::<Vec<_>>().join(",");
            return Self::parse(&text);
        }
        Self::parse(text)
    }

    /// The spelling it was read with.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this name lies in the subtree of `ancestor`, which lies in its own subtree.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        self.key.starts_with(&*ancestor.key)
    }

    /// The name of an entry right below this one, such as `CN=Ada,…`.
    ///
    /// # Errors
    /// When the attribute is no name of one.
    pub fn child(&self, attribute: &str, value: &str) -> Result<Self, DnError> {
        Self::parse(&format!("{attribute}={},{self}", spell_value(value)))
    }

    /// The name of the container; none of a single RDN.
    pub fn parent(&self) -> Option<Self> {
        let rdns = parse_rdns(&self.text, ',').ok()?;
        let (_, above) = rdns.split_first()?;
        let spelled: Vec<String> = above.iter().map(|rdn| spell_rdn(rdn)).collect();
        Self::parse(&spelled.join(",")).ok()
    }

    /// How many RDNs it has.
    pub fn depth(&self) -> usize {
        self.key.chars().filter(|c| *c == END).count()
    }

    /// The unescaped value of the first RDN: the `cn` of a user or group.
    pub fn rdn_value(&self) -> String {
        parse_rdns(&self.text, ',')
            .ok()
            .and_then(|rdns| rdns.into_iter().next()?.into_iter().next())
            .map(|part| part.value)
            .unwrap_or_default()
    }

    /// The DNS name that the `DC` parts at the end spell, in lower case; none without such parts.
    pub fn domain(&self) -> Option<DomainName> {
        let rdns = parse_rdns(&self.text, ',').ok()?;
        let mut labels: Vec<String> = rdns
            .iter()
            .rev()
            .map_while(|rdn| match rdn.as_slice() {
                [part] if part.attribute.eq_ignore_ascii_case("dc") => Some(fold(&part.value)),
                _ => None,
            })
            .collect();
        labels.reverse();
        (!labels.is_empty()).then(|| DomainName::new(&labels.join(".")))
    }

    /// The folded spelling that exclusion patterns match: parts joined by `,` without spaces, values unescaped but for
    /// separators.
    pub fn normalized(&self) -> String {
        parse_rdns(&self.text, ',')
            .map(|rdns| fold(&rdns.iter().map(|rdn| spell_rdn(rdn)).collect::<Vec<_>>().join(",")))
            .unwrap_or_default()
    }
}

fn key_of(rdns: &[Vec<Part>]) -> Box<str> {
    let mut key = String::new();
    for rdn in rdns.iter().rev() {
        let mut parts: Vec<(String, String)> =
            rdn.iter().map(|part| (fold(&part.attribute), fold(&part.value))).collect();
        parts.sort();
        for (attribute, value) in parts {
            key.push_str(&attribute);
            key.push('=');
            push_value(&mut key, &value);
            key.push('+');
        }
        key.push(END);
    }
    key.into()
}

fn push_value(key: &mut String, value: &str) {
    for c in value.chars() {
        if c == END || c == ESCAPE || c == '+' {
            key.push(ESCAPE);
        }
        // A NUL behind the escape would still end an RDN in a prefix comparison.
        key.push(if c == END { '0' } else { c });
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Dn {}

impl PartialOrd for Dn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dn {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl Hash for Dn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::text::spell_value;
    use super::*;

    fn dn(text: &str) -> Dn {
        Dn::parse(text).unwrap()
    }

    #[test]
    fn compares_by_parts() {
        for (left, right) in [
            ("CN=Ada,OU=Staff,DC=Example,DC=com", "cn=ada, ou=STAFF, dc=example, dc=com"),
            (r"CN=Lovelace\, Ada,DC=example", r"CN=Lovelace\2C Ada,DC=example"),
            (r#"CN="Lovelace, Ada",DC=example"#, r"CN=Lovelace\, Ada,DC=example"),
            ("CN=Zo\u{eb},DC=x", "CN=ZOE\u{308},DC=x"),
            (r"CN=Zo\C3\AB,DC=x", "CN=Zoë,DC=x"),
            ("CN=a+UID=b,DC=x", "UID=B+CN=A,DC=x"),
            (r"CN=a\ ,DC=x", r"CN=a\20,DC=x"),
        ] {
            assert_eq!(dn(left), dn(right), "{left} and {right}");
        }
        for (left, right) in [
            ("CN=a,DC=x", "OU=a,DC=x"),
            (r"CN=a\,DC=x", "CN=a,DC=x"),
            (r"CN=a\ ,DC=x", "CN=a,DC=x"),
            ("CN=a+CN=b,DC=x", r"CN=a\+CN=b,DC=x"),
        ] {
            assert_ne!(Dn::parse(left).ok(), Dn::parse(right).ok(), "{left} and {right}");
        }
    }

    #[test]
    fn knows_its_subtree() {
        let root = dn("OU=Staff,DC=example,DC=com");
        assert!(dn("CN=Ada,OU=Sales,ou=staff,DC=example,DC=com").is_within(&root));
        assert!(root.is_within(&root));
        assert!(!dn("CN=Ada,OU=Staff2,DC=example,DC=com").is_within(&root));
        assert!(!dn("CN=Ada,OU=2Staff,DC=example,DC=com").is_within(&root));
        assert!(!dn("DC=example,DC=com").is_within(&root));
        assert!(!dn(r"CN=a\,OU=Staff\,DC=example\,DC=com").is_within(&root));
    }

    #[test]
    fn counts_its_parts() {
        assert_eq!(dn("DC=example").depth(), 1);
        assert_eq!(dn(r"CN=a\,b\00+UID=c,OU=Staff,DC=example,DC=com").depth(), 4);
    }

    #[test]
    fn names_its_domain_and_its_first_value() {
        assert_eq!(dn("CN=Ada,DC=Corp,DC=Example,DC=com").domain().unwrap().as_str(), "corp.example.com");
        assert_eq!(dn("CN=Ada,O=x").domain(), None);
        assert_eq!(dn(r"CN=Lovelace\, Ada ,DC=x").rdn_value(), "Lovelace, Ada");
    }

    #[test]
    fn reads_the_semicolons_of_the_agent() {
        let written = Dn::parse_written("CN=Users;DC=example;DC=com").unwrap();
        assert_eq!(written, dn("CN=Users,DC=example,DC=com"));
        assert_eq!(written.as_str(), "CN=Users,DC=example,DC=com");
        assert_eq!(Dn::parse_written(r"CN=a\;b,DC=x").unwrap().rdn_value(), "a;b");
    }

    #[test]
    fn refuses_what_is_no_dn() {
        for text in ["", "JumpCloud", "=x", "CN=a,", "CN=a,,DC=x", r"CN=a\", r"CN=\FF", "C N=a", "CN=\"a"] {
            assert!(Dn::parse(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn spelling_round_trips(values in proptest::collection::vec(".{1,8}", 1..4)) {
            let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
            let text = values.iter().map(|value| format!("CN={}", spell_value(value))).collect::<Vec<_>>().join(",");
            let parsed = Dn::parse(&text).unwrap();
            proptest::prop_assert_eq!(parsed.rdn_value(), values[0].clone());
            proptest::prop_assert_eq!(Dn::parse(parsed.as_str()).unwrap(), parsed);
        }

        #[test]
        fn never_panics(text in ".*") {
            let _ = Dn::parse_written(&text);
        }
    }
}
