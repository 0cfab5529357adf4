//! Attribute descriptions (RFC 4512 2.5): a name and its options.

use super::range::Range;

/// An attribute description, taken apart as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    /// The name. `;binary` tells only how values travel and is dropped; any other option makes another attribute, a
    /// subtype of the named one, and stays part of the name.
    pub(super) name: String,
    /// The piece of the values that this is; none for all of them.
    pub(super) range: Option<Range>,
}

impl Description {
    /// Reads a description; none when it has no name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let mut name = parts.next().filter(|name| !name.is_empty())?.to_owned();
        let mut range = None;
        for option in parts {
            if let Some(found) = Range::parse(option) {
                range = Some(found);
            } else if !option.eq_ignore_ascii_case("binary") {
                name.push(';');
                name.push_str(option);
            }
        }
        Some(Self { name, range })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_range_from_a_subtype() {
        let plain = Description::parse("member").unwrap();
        assert_eq!((plain.name.as_str(), plain.range), ("member", None));
        let ranged = Description::parse("member;range=0-1499").unwrap();
        assert_eq!((ranged.name.as_str(), ranged.range), ("member", Range::parse("range=0-1499")));
        assert!(ranged.range.is_some());
        let binary = Description::parse("userCertificate;binary").unwrap();
        assert_eq!(binary.name, "userCertificate");
        let language = Description::parse("cn;lang-de").unwrap();
        assert_eq!(language.name, "cn;lang-de");
        assert_eq!(Description::parse(";range=0-1"), None);
    }
}
