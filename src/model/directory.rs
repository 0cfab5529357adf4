//! The directory as Active Directory answered it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Dn, DomainName, Evidence, ObjectGuid, SecondLooks, fold};

/// What a whole read of the root container answered, from LDAP or from LDIF alike.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The domain that the root container lies in.
    pub domain: DomainName,
    /// User accounts, in ascending order of GUID.
    pub users: Vec<DirectoryUser>,
    /// Groups of every kind, in ascending order of GUID.
    pub groups: Vec<DirectoryGroup>,
    /// Entries that can be members and are neither: contacts, computers, managed service accounts, foreign principals.
    pub others: Vec<OtherPrincipal>,
    /// What was answered about members that are none of the above.
    pub member_lookups: BTreeMap<Dn, MemberLookup>,
    /// Owned objects that seemed to leave, read again.
    pub second_looks: SecondLooks,
    /// The account that the read was made with; none for LDIF.
    pub service_account: Option<ObjectGuid>,
    /// Why the read counts as whole.
    pub evidence: Evidence,
}

impl Directory {
    /// The user account with this GUID.
    pub fn user(&self, guid: ObjectGuid) -> Option<&DirectoryUser> {
        let position = self.users.binary_search_by_key(&guid, |user| user.guid).ok()?;
        self.users.get(position)
    }

    /// The group with this GUID.
    pub fn group(&self, guid: ObjectGuid) -> Option<&DirectoryGroup> {
        let position = self.groups.binary_search_by_key(&guid, |group| group.guid).ok()?;
        self.groups.get(position)
    }
}

/// A user account: `objectClass` user, and not a computer or managed service account.
#[derive(Debug, Clone)]
pub struct DirectoryUser {
    /// Identity.
    pub guid: ObjectGuid,
    /// Where it lies.
    pub dn: Dn,
    /// Flags of the account.
    pub user_account_control: UserAccountControl,
    /// End of the account.
    pub account_expires: AccountExpires,
    /// RID of the primary group, of which the user is a member without being in its `member`.
    pub primary_group_id: Option<u32>,
    /// All attributes that were asked for, or that the file holds.
    pub attributes: Attributes,
}

/// A group of any type and scope.
#[derive(Debug, Clone)]
pub struct DirectoryGroup {
    /// Identity.
    pub guid: ObjectGuid,
    /// Where it lies.
    pub dn: Dn,
    /// Security or distribution.
    pub group_type: GroupType,
    /// Last part of `objectSid`, which `primaryGroupID` of its members names.
    pub rid: Option<u32>,
    /// `member`, to the end of every range.
    pub members: Vec<Member>,
    /// All attributes that were asked for, or that the file holds, but `member`.
    pub attributes: Attributes,
}

impl DirectoryUser {
    /// The name to show: `sAMAccountName`, else the value of the first RDN.
    pub fn name(&self) -> String {
        name_of(&self.attributes, &self.dn)
    }
}

impl DirectoryGroup {
    /// `cn`, which is the name of the mirrored group.
    pub fn cn(&self) -> String {
        self.attributes.first_text("cn").map_or_else(|| self.dn.rdn_value(), str::to_owned)
    }
}

fn name_of(attributes: &Attributes, dn: &Dn) -> String {
    attributes.first_text("sAMAccountName").map_or_else(|| dn.rdn_value(), str::to_owned)
}

/// One value of `member`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The DN that the group names.
    pub dn: Dn,
    /// Identity, where the server told it (extended DN, MS-ADTS 3.1.1.3.4.1.5): it holds through a rename between two
    /// searches.
    pub guid: Option<ObjectGuid>,
}

/// An entry that can be a member and is neither a user account nor a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherPrincipal {
    /// Where it lies.
    pub dn: Dn,
    /// What it is.
    pub kind: PrincipalKind,
}

/// What a member that is no user account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `computer`
    Computer,
    /// `msDS-ManagedServiceAccount` or `msDS-GroupManagedServiceAccount`
    ManagedServiceAccount,
    /// `contact`
    Contact,
    /// `foreignSecurityPrincipal`
    ForeignSecurityPrincipal,
    /// Any other class.
    Other,
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Computer => "a computer",
            Self::ManagedServiceAccount => "a managed service account",
            Self::Contact => "a contact",
            Self::ForeignSecurityPrincipal => "a foreign security principal",
            Self::Other => "no user and no group",
        })
    }
}

/// What a read of one member answered that the searches did not yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberLookup {
    /// It exists and is neither a user account nor a group.
    Other(PrincipalKind),
    /// The server has no such entry, or shows us none.
    Unreadable,
}

/// `userAccountControl` (MS-ADTS 2.2.16).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserAccountControl(pub u32);

impl UserAccountControl {
    const ACCOUNT_DISABLE: u32 = 0x0002;

    /// Whether the account is disabled.
    pub fn is_disabled(self) -> bool {
        self.0 & Self::ACCOUNT_DISABLE != 0
    }
}

/// `accountExpires`: hundreds of nanoseconds since 1601-01-01 UTC; 0 and 2^63-1 mean never (MS-ADA1 2.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountExpires(pub i64);

impl AccountExpires {
    /// Seconds from 1601-01-01 to 1970-01-01.
    const EPOCH_OFFSET: i64 = 11_644_473_600;

    /// The moment, or none for never.
    pub fn at(self) -> Option<Timestamp> {
        if self.0 <= 0 || self.0 == i64::MAX {
            return None;
        }
        let seconds = self.0 / 10_000_000 - Self::EPOCH_OFFSET;
        let nanoseconds = i32::try_from(self.0 % 10_000_000 * 100).unwrap_or(0);
        // Times beyond the calendar are as good as never.
        Timestamp::from_duration(SignedDuration::new(seconds, nanoseconds)).ok()
    }

    /// Whether the account has ended by `now`.
    pub fn is_past(self, now: Timestamp) -> bool {
        self.at().is_some_and(|end| end <= now)
    }
}

/// `groupType` (MS-ADTS 2.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupType(pub i32);

impl GroupType {
    const SECURITY_ENABLED: u32 = 0x8000_0000;

    /// Whether it is a security group; otherwise it is a distribution group.
    pub fn is_security(self) -> bool {
        self.0.cast_unsigned() & Self::SECURITY_ENABLED != 0
    }
}

/// The name of an LDAP attribute. It keeps its spelling and compares without case.
#[derive(Clone)]
pub struct AttributeName(Box<str>);

impl AttributeName {
    /// Takes a name in any case.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for AttributeName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for AttributeName {}

impl PartialOrd for AttributeName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AttributeName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl fmt::Debug for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Valid UTF-8.
    Text(String),
    /// Any other bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// Files bytes as text where they are UTF-8.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Text)
    }

    /// The bytes, whichever way they are filed.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Attributes of an entry by name, each with its values in the server's order.
#[derive(Debug, Clone, Default)]
pub struct Attributes(BTreeMap<AttributeName, Vec<Value>>);

impl Attributes {
    /// Adds values to an attribute.
    pub fn extend(&mut self, name: &str, values: impl IntoIterator<Item = Value>) {
        self.0.entry(AttributeName::new(name)).or_default().extend(values);
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, name: &str) -> Vec<Value> {
        self.0.remove(&AttributeName::new(name)).unwrap_or_default()
    }

    /// The values of an attribute; none when it is absent.
    pub fn values(&self, name: &str) -> &[Value] {
        self.0.get(&AttributeName::new(name)).map_or(&[], Vec::as_slice)
    }

    /// The text values of an attribute.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            Value::Bytes(_) => None,
        })
    }

    /// The first text value with more than white space in it.
    pub fn first_text(&self, name: &str) -> Option<&str> {
        self.texts(name).find(|text| !text.trim().is_empty())
    }

    /// Whether one of the values is `expected`, without case.
    pub fn has(&self, name: &str, expected: &str) -> bool {
        let expected = fold(expected);
        self.texts(name).any(|text| fold(text) == expected)
    }

    /// Every attribute with its values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&AttributeName, &[Value])> {
        self.0.iter().map(|(name, values)| (name, values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_end_of_an_account() {
        assert_eq!(AccountExpires(0).at(), None);
        assert_eq!(AccountExpires(i64::MAX).at(), None);
        // Example of MS-DTYP: 2017-01-01 00:00:00 UTC.
        let end = AccountExpires(131_277_024_000_000_000);
        assert_eq!(end.at().unwrap().to_string(), "2017-01-01T00:00:00Z");
        assert!(end.is_past("2017-01-01T00:00:00Z".parse().unwrap()));
        assert!(!end.is_past("2016-12-31T23:59:59Z".parse().unwrap()));
    }

    #[test]
    fn tells_security_from_distribution_groups() {
        assert!(GroupType(-2_147_483_646).is_security());
        assert!(!GroupType(2).is_security());
    }

    #[test]
    fn tells_disabled_accounts() {
        assert!(UserAccountControl(514).is_disabled());
        assert!(!UserAccountControl(512).is_disabled());
    }
}
