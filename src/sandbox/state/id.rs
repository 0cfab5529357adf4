//! What things are called: ids, kinds, and the two together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of an object: 24 hexadecimal digits, in lower case when written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) struct Id([u8; 12]);

/// How ids begin that the sandbox gives.
const GIVEN: u8 = 0x5a;
/// How the ids of jobs begin.
const JOB: u8 = 0x5b;
/// How the ids of events begin.
const EVENT: u8 = 0x5e;

impl Id {
    /// The organization's own, where a state names none.
    pub(super) const ORGANIZATION: Self = Self([0x5f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    const LOWEST: Self = Self([0; 12]);
    const HIGHEST: Self = Self([u8::MAX; 12]);

    /// The id of this number; a higher number sorts behind a lower one.
    pub(in crate::sandbox) fn numbered(number: u64) -> Self {
        let mut bytes = [0; 12];
        let [first, _, _, _, digits @ ..] = &mut bytes;
        *first = GIVEN;
        *digits = number.to_be_bytes();
        Self(bytes)
    }

    /// The id of this job of many users; jobs are no objects, and share no id with any.
    pub(in crate::sandbox) fn job(number: usize) -> Self {
        let mut bytes = [0; 12];
        let [first, _, _, _, _, _, digits @ .., _, _] = &mut bytes;
        *first = JOB;
        *digits = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
        Self(bytes)
    }

    /// The id of this event; a later event's sorts behind an earlier one's.
    pub(in crate::sandbox) fn event(number: u64) -> Self {
        let Self(mut bytes) = Self::numbered(number);
        let [first, ..] = &mut bytes;
        *first = EVENT;
        Self(bytes)
    }

    /// An id that belongs to a part of the object of this id, such as one of its phone numbers: the same each time, and
    /// for no other object that the sandbox gives an id.
    pub(in crate::sandbox) fn part(self, position: usize) -> Self {
        let Self([first, mut high, mut middle, mut low, rest @ ..]) = self;
        // Ids that the sandbox gives have nothing in these places.
        let position = u32::try_from(position).unwrap_or(u32::MAX).saturating_add(1);
        let [_, mark @ ..] = position.to_be_bytes();
        for (byte, mark) in [&mut high, &mut middle, &mut low].into_iter().zip(mark) {
            *byte ^= mark;
        }
        let mut bytes = [0; 12];
        let [one, two, three, four, others @ ..] = &mut bytes;
        (*one, *two, *three, *four, *others) = (first, high, middle, low, rest);
        Self(bytes)
    }
}

impl FromStr for Id {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let digits = text.as_bytes();
        let mut id = [0; 12];
        if digits.len() != 24 {
            return Err(NoId);
        }
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let value = char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
                *byte = (*byte << 4) | value.ok_or(NoId)?;
            }
        }
        Ok(Self(id))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 24 hexadecimal digits")]
pub(in crate::sandbox) struct NoId;

/// What kinds of objects there are, spelled as the graph of API v2 spells them (`GraphType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Kind {
    User,
    UserGroup,
    ActiveDirectory,
    Application,
    GSuite,
    IdpRoutingPolicy,
    LdapServer,
    #[serde(rename = "office_365")]
    Office365,
    PasswordManagerItem,
    RadiusServer,
    System,
    SystemGroup,
    /// A change of a user's state that is planned for a time; it is in no graph.
    UserState,
}

impl Kind {
    /// What users and groups can be bound to, beside Active Directory objects.
    pub(in crate::sandbox) const TARGETS: [Self; 9] = [
        Self::Application,
        Self::GSuite,
        Self::IdpRoutingPolicy,
        Self::LdapServer,
        Self::Office365,
        Self::PasswordManagerItem,
        Self::RadiusServer,
        Self::System,
        Self::SystemGroup,
    ];

    /// The kind that the graph calls so.
    pub(in crate::sandbox) fn parse(text: &str) -> Option<Self> {
        let in_graph = [Self::User, Self::UserGroup, Self::ActiveDirectory].into_iter().chain(Self::TARGETS);
        in_graph.into_iter().find(|kind| kind.as_str() == text)
    }

    pub(in crate::sandbox) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::UserGroup => "user_group",
            Self::ActiveDirectory => "active_directory",
            Self::Application => "application",
            Self::GSuite => "g_suite",
            Self::IdpRoutingPolicy => "idp_routing_policy",
            Self::LdapServer => "ldap_server",
            Self::Office365 => "office_365",
            Self::PasswordManagerItem => "password_manager_item",
            Self::RadiusServer => "radius_server",
            Self::System => "system",
            Self::SystemGroup => "system_group",
            Self::UserState => "user_state",
        }
    }
}

/// An object in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::sandbox) struct Node {
    #[serde(rename = "type")]
    pub(in crate::sandbox) kind: Kind,
    pub(in crate::sandbox) id: Id,
}

impl Node {
    pub(in crate::sandbox) fn new(kind: Kind, id: Id) -> Self {
        Self { kind, id }
    }

    pub(in crate::sandbox) fn user(id: Id) -> Self {
        Self::new(Kind::User, id)
    }

    pub(in crate::sandbox) fn group(id: Id) -> Self {
        Self::new(Kind::UserGroup, id)
    }

    /// Between which nodes all objects of a kind are.
    pub(super) fn all(kind: Kind) -> std::ops::RangeInclusive<Self> {
        Self::new(kind, Id::LOWEST)..=Self::new(kind, Id::HIGHEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_24_hexadecimal_digits() {
        let id: Id = "5F0000000000000000000aBc".parse().unwrap();
        assert_eq!(id.to_string(), "5f0000000000000000000abc");
        for text in
            ["", "5f", "5f0000000000000000000abg", "5f0000000000000000000abc0", "ööööööööööööööööööööööööö"]
        {
            assert_eq!(text.parse::<Id>(), Err(NoId), "{text}");
        }
        assert_eq!(Id::numbered(0x1_0000).to_string(), "5a0000000000000000010000");
        assert!(Id::numbered(255) < Id::numbered(256));
    }

    #[test]
    fn kinds_are_spelled_alike_everywhere() {
        for kind in Kind::TARGETS {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(Kind::parse("user_state"), None);
    }
}
