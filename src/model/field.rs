//! The fields of JumpCloud users and groups that a policy can set, under one name each.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::{AddressPart, Departure, Mark, RemovedUser};

/// A field of a JumpCloud user or group. [`fmt::Display`] gives the name that plans show: the API's own, with a dotted
/// part for one entry of an array.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `name` of a group.
    Name,
    /// `username`
    Username,
    /// `email`
    Email,
    /// `firstname`
    Firstname,
    /// `middlename`
    Middlename,
    /// `lastname`
    Lastname,
    /// `displayname`
    Displayname,
    /// `description` of a user or a group.
    Description,
    /// `jobTitle`
    JobTitle,
    /// `department`
    Department,
    /// `company`
    Company,
    /// `costCenter`
    CostCenter,
    /// `location`
    Location,
    /// `employeeType`
    EmployeeType,
    /// `employeeIdentifier`
    EmployeeIdentifier,
    /// `number` of the entry of `phoneNumbers` of this type.
    Phone(Box<str>),
    /// A part of the entry of `addresses` of this type.
    Address(Box<str>, AddressPart),
    /// `manager`: the JumpCloud id of another user, or the GUID of one who comes into being in the same run.
    Manager,
    /// `state`: `STAGED`, `ACTIVATED` or `SUSPENDED`.
    State,
    /// `sudo`, administrator on every bound device: `true`; `false` and none are the same.
    Sudo,
    /// `externally_managed`: `true`, or none.
    ExternallyManaged,
    /// The direct binding to the Active Directory object of the policy's domain; the value is that object's id.
    Directory,
    /// One entry of `attributes`, by its name.
    Custom(Box<str>),
    /// `external_dn`
    ExternalDn,
    /// `external_source_type`
    ExternalSourceType,
    /// One entry of `restrictedFields`, by the field that it locks; the value is its `type`.
    RestrictedField(Box<str>),
}

/// The array of telephone numbers.
const PHONES: &str = "phoneNumbers";
/// The array of addresses.
const ADDRESSES: &str = "addresses";

/// Fields that hold one text and that a policy maps by the API's own name.
const TEXT_FIELDS: [(&str, Field); 14] = [
    ("username", Field::Username),
    ("email", Field::Email),
    ("firstname", Field::Firstname),
    ("middlename", Field::Middlename),
    ("lastname", Field::Lastname),
    ("displayname", Field::Displayname),
    ("description", Field::Description),
    ("jobTitle", Field::JobTitle),
    ("department", Field::Department),
    ("company", Field::Company),
    ("costCenter", Field::CostCenter),
    ("location", Field::Location),
    ("employeeType", Field::EmployeeType),
    ("employeeIdentifier", Field::EmployeeIdentifier),
];

impl Field {
    /// The mappable text field of a user that the API calls `name`.
    pub fn text(name: &str) -> Option<Self> {
        TEXT_FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| field.clone())
    }

    /// The names of all mappable text fields of a user, as the API spells them.
    pub fn text_names() -> impl Iterator<Item = &'static str> {
        TEXT_FIELDS.iter().map(|(name, _)| *name)
    }

    /// The telephone number of a type.
    pub fn phone(kind: &str) -> Self {
        Self::Phone(kind.into())
    }

    /// A part of the address of a type.
    pub fn address(kind: &str, part: AddressPart) -> Self {
        Self::Address(kind.into(), part)
    }

    /// A custom attribute of a user.
    pub fn custom(name: &str) -> Self {
        Self::Custom(name.into())
    }

    /// The name under which JumpCloud can make the field read-only for its administrators; none where it cannot
    /// (custom attributes, manager, state). Telephone numbers and addresses have one lock for all types. JumpCloud API v1,
    /// `restrictedField.field`.
    pub fn restrictable(&self) -> Option<&'static str> {
        if let Self::Phone(_) = self {
            return Some(PHONES);
        }
        if let Self::Address(..) = self {
            return Some(ADDRESSES);
        }
        TEXT_FIELDS.iter().find(|(_, field)| field == self).map(|(name, _)| *name)
    }

    /// Whether adjunct keeps its own records in it: marks, clocks, external fields, locks and the binding.
    pub fn is_bookkeeping(&self) -> bool {
        if let Self::Custom(name) = self {
            return [
                Mark::GUID,
                Mark::DOMAIN,
                Mark::POLICY,
                Departure::LEAVING,
                Departure::SUSPENDED,
                RemovedUser::RESTORING,
            ]
            .contains(&&**name);
        }
        matches!(
            self,
            Self::ExternalDn
                | Self::ExternalSourceType
                | Self::ExternallyManaged
                | Self::RestrictedField(_)
                | Self::Directory
        )
    }

    /// Whether values of this field are compared without case: logon names, mail addresses and group names.
    pub fn ignores_case(&self) -> bool {
        matches!(self, Self::Username | Self::Email | Self::Name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("name"),
            Self::State => f.write_str("state"),
            Self::Sudo => f.write_str("sudo"),
            Self::ExternallyManaged => f.write_str("externally_managed"),
            Self::Directory => f.write_str("directory"),
            Self::ExternalDn => f.write_str("external_dn"),
            Self::ExternalSourceType => f.write_str("external_source_type"),
            Self::Phone(kind) => write!(f, "{PHONES}.{kind}"),
            Self::Address(kind, part) => write!(f, "{ADDRESSES}.{kind}.{part}"),
            Self::Manager => f.write_str("manager"),
            Self::Custom(name) => write!(f, "attributes.{name}"),
            Self::RestrictedField(name) => write!(f, "restrictedFields.{name}"),
            Self::Username
            | Self::Email
            | Self::Firstname
            | Self::Middlename
            | Self::Lastname
            | Self::Displayname
            | Self::Description
            | Self::JobTitle
            | Self::Department
            | Self::Company
            | Self::CostCenter
            | Self::Location
            | Self::EmployeeType
            | Self::EmployeeIdentifier => {
                let name = TEXT_FIELDS.iter().find(|(_, field)| field == self).map_or("", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}

/// A text that names no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no field of JumpCloud is called {0:?}")]
pub struct UnknownField(String);

impl FromStr for Field {
    type Err = UnknownField;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        if let Some(field) = Self::text(text) {
            return Ok(field);
        }
        match (text, text.split_once('.')) {
            ("name", _) => Ok(Self::Name),
            ("state", _) => Ok(Self::State),
            ("sudo", _) => Ok(Self::Sudo),
            ("externally_managed", _) => Ok(Self::ExternallyManaged),
            ("directory", _) => Ok(Self::Directory),
            ("external_dn", _) => Ok(Self::ExternalDn),
            ("external_source_type", _) => Ok(Self::ExternalSourceType),
            ("manager", _) => Ok(Self::Manager),
            (_, Some((PHONES, kind))) => Ok(Self::Phone(kind.into())),
            (_, Some((ADDRESSES, address))) => address
                .rsplit_once('.')
                .and_then(|(kind, part)| Some(Self::Address(kind.into(), AddressPart::named(part)?)))
                .ok_or_else(|| UnknownField(text.to_owned())),
            (_, Some(("attributes", name))) => Ok(Self::Custom(name.into())),
            (_, Some(("restrictedFields", name))) => Ok(Self::RestrictedField(name.into())),
            _ => Err(UnknownField(text.to_owned())),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let fields = TEXT_FIELDS.iter().map(|(_, field)| field.clone()).chain([
            Field::Name,
            Field::State,
            Field::Sudo,
            Field::ExternallyManaged,
            Field::Directory,
            Field::ExternalDn,
            Field::ExternalSourceType,
            Field::phone("work"),
            Field::phone("a.b"),
            Field::address("work", AddressPart::Street),
            Field::address("a.b", AddressPart::PostalCode),
            Field::Manager,
            Field::custom("costCode"),
            Field::RestrictedField("email".into()),
        ]);
        for field in fields {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
    }

    #[test]
    fn an_address_without_a_part_that_is_known_is_no_field() {
        for text in ["addresses.work", "addresses.work.colour", "addresses", "addresses."] {
            assert!(text.parse::<Field>().is_err(), "{text}");
        }
    }
}
