//! The mark by which an owned JumpCloud object names its Active Directory counterpart.

use std::fmt;

use super::{DomainName, Field, ObjectGuid};

/// Which AD object a JumpCloud object stands for, and which policy owns it.
///
/// A user carries it as three custom attributes, a group at the end of its description:
/// `… [ad:<guid>@<domain>/<policy>]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// `objectGUID` of the counterpart.
    pub guid: ObjectGuid,
    /// DNS name of its domain.
    pub domain: DomainName,
    /// Name of the owning policy.
    pub policy: Box<str>,
}

/// What an object says about its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkReading {
    /// No mark.
    None,
    /// A whole mark.
    Marked(Mark),
    /// Something that looks like a mark and is none: the object counts as unowned.
    Malformed,
}

impl Mark {
    /// `external_source_type` of owned users, and `type` of restricted fields that Active Directory owns (JumpCloud API v1,
    /// `restrictedField.type`).
    pub const SOURCE_TYPE: &'static str = "active_directory";
    /// Custom attribute of a user that holds the GUID.
    pub const GUID: &'static str = "adObjectGuid";
    /// Custom attribute of a user that holds the domain.
    pub const DOMAIN: &'static str = "adDomain";
    /// Custom attribute of a user that holds the policy's name.
    pub const POLICY: &'static str = "adPolicy";

    /// Reads the three custom attributes of a user.
    pub fn of_user(guid: Option<&str>, domain: Option<&str>, policy: Option<&str>) -> MarkReading {
        match (guid, domain, policy) {
            (None, None, None) => MarkReading::None,
            (Some(guid), Some(domain), Some(policy)) => Self::read(guid, domain, policy),
            _ => MarkReading::Malformed,
        }
    }

    /// The three custom attributes of a user that make up this mark.
    pub fn user_fields(&self) -> impl Iterator<Item = (Field, String)> {
        [
            (Field::custom(Self::GUID), self.guid.to_string()),
            (Field::custom(Self::DOMAIN), self.domain.to_string()),
            (Field::custom(Self::POLICY), self.policy.to_string()),
        ]
        .into_iter()
    }

    /// Reads the end of a group's description.
    pub fn of_group(description: &str) -> MarkReading {
        let text = description.trim_end();
        let Some(start) = text.rfind("[ad:") else { return MarkReading::None };
        let rest = text.get(start + 4..).unwrap_or_default();
        if let Some(inner) = rest.strip_suffix(']') {
            return Self::read_inside(inner);
        }
        match rest.split_once(']').map(|(inner, _)| Self::read_inside(inner)) {
            // Text was added behind a mark, or the mark is cut off.
            None | Some(MarkReading::Marked(_)) => MarkReading::Malformed,
            // `[ad:` in the middle of a sentence is a sentence of JumpCloud's.
            Some(MarkReading::None | MarkReading::Malformed) => MarkReading::None,
        }
    }

    /// Reads what stands between `[ad:` and `]`.
    fn read_inside(inner: &str) -> MarkReading {
        let parts = inner.split_once('@').and_then(|(guid, rest)| Some((guid, rest.split_once('/')?)));
        match parts {
            Some((guid, (domain, policy))) => Self::read(guid, domain, policy),
            None => MarkReading::Malformed,
        }
    }

    fn read(guid: &str, domain: &str, policy: &str) -> MarkReading {
        match guid.parse() {
            Ok(guid) if !domain.is_empty() && !policy.is_empty() => {
                MarkReading::Marked(Self { guid, domain: DomainName::new(domain), policy: policy.into() })
            }
            _ => MarkReading::Malformed,
        }
    }

    /// `description` with this mark at its end, in place of any mark that it ends in.
    pub fn mark_description(&self, description: &str) -> String {
        format!("{} {self}", Self::unmark_description(description)).trim_start().to_owned()
    }

    /// `description` without the mark that it ends in, if any.
    pub fn unmark_description(description: &str) -> &str {
        let own = match Self::of_group(description) {
            MarkReading::Marked(_) => description.rfind("[ad:").and_then(|start| description.get(..start)),
            MarkReading::None | MarkReading::Malformed => None,
        };
        own.unwrap_or(description).trim_end()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[ad:{}@{}/{}]", self.guid, self.domain, self.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a";

    fn mark() -> Mark {
        Mark {
            guid: GUID.parse().unwrap(),
            domain: DomainName::new("corp.example.com"),
            policy: "corp".into(),
        }
    }

    #[test]
    fn a_description_carries_the_mark_at_its_end() {
        let marked = mark().mark_description("Everybody in sales");
        assert_eq!(marked, format!("Everybody in sales [ad:{GUID}@corp.example.com/corp]"));
        assert_eq!(Mark::of_group(&marked), MarkReading::Marked(mark()));
        assert_eq!(mark().mark_description(&marked), marked);
        assert_eq!(Mark::unmark_description(&marked), "Everybody in sales");
        assert_eq!(Mark::unmark_description("Sales"), "Sales");
        assert_eq!(mark().mark_description(""), mark().to_string());
    }

    #[test]
    fn tells_no_mark_from_a_malformed_one() {
        for text in ["", "Sales", "see [ad: the advertisement] for more", "[bad]"] {
            assert_eq!(Mark::of_group(text), MarkReading::None, "{text}");
        }
        for text in
            ["[ad:]", "x [ad:nonsense@d/p]", "[ad:0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a@d]", "x [ad:0b5c4a3e"]
        {
            assert_eq!(Mark::of_group(text), MarkReading::Malformed, "{text}");
        }
        assert_eq!(
            Mark::of_group(&format!("{} and more", mark())),
            MarkReading::Malformed,
            "text behind a mark"
        );
        assert_eq!(Mark::of_user(None, None, None), MarkReading::None);
        assert_eq!(Mark::of_user(Some(GUID), None, Some("corp")), MarkReading::Malformed);
        assert_eq!(Mark::of_user(Some("x"), Some("d"), Some("corp")), MarkReading::Malformed);
        assert_eq!(
            Mark::of_user(Some(GUID), Some("CORP.example.com"), Some("corp")),
            MarkReading::Marked(mark())
        );
    }
}
