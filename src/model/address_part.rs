//! The parts of an address that a policy can set.

use std::fmt;

/// A part of an address, as the API splits it. `extendedAddress` is no part of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressPart {
    /// `streetAddress`
    Street,
    /// `poBox`
    PoBox,
    /// `locality`
    Locality,
    /// `region`
    Region,
    /// `postalCode`
    PostalCode,
    /// `country`
    Country,
}

impl AddressPart {
    /// All of them, in the order of an address.
    pub const ALL: [Self; 6] =
        [Self::Street, Self::PoBox, Self::Locality, Self::Region, Self::PostalCode, Self::Country];

    /// The name as the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Street => "streetAddress",
            Self::PoBox => "poBox",
            Self::Locality => "locality",
            Self::Region => "region",
            Self::PostalCode => "postalCode",
            Self::Country => "country",
        }
    }

    /// The part that the API calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

impl fmt::Display for AddressPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
