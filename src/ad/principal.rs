//! What an entry is: a user account, a group, another principal, or something that access rights keep us from judging.

use super::entry::{Entry, EntryProblem};
use crate::model::{
    AccountExpires, DirectoryGroup, DirectoryUser, GroupType, Member, OtherPrincipal, PrincipalKind,
    UserAccountControl,
};

/// An entry, judged.
#[derive(Debug)]
pub(super) enum Principal {
    User(DirectoryUser),
    Group(DirectoryGroup),
    Other(OtherPrincipal),
    /// A user or group that is there, and whose `objectGUID`, `userAccountControl` or `groupType` we may not see. To
    /// guess would count a disabled user as enabled, or a distribution group as a security group.
    Unreadable,
}

/// The kinds of entries that `objectClass` alone tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    User,
    Group,
    Other(PrincipalKind),
    /// `objectClass` is absent.
    Hidden,
}

/// Classes that tell something that is no user account, although some of them are subclasses of user.
const OTHER_CLASSES: [(&str, PrincipalKind); 5] = [
    ("msDS-GroupManagedServiceAccount", PrincipalKind::ManagedServiceAccount),
    ("msDS-ManagedServiceAccount", PrincipalKind::ManagedServiceAccount),
    ("computer", PrincipalKind::Computer),
    ("contact", PrincipalKind::Contact),
    ("foreignSecurityPrincipal", PrincipalKind::ForeignSecurityPrincipal),
];

/// Flags of `userAccountControl` that tell an account of a machine or domain (MS-ADTS 2.2.16).
const TRUST_ACCOUNTS: [(u32, PrincipalKind); 3] =
    [(0x0800, PrincipalKind::Other), (0x1000, PrincipalKind::Computer), (0x2000, PrincipalKind::Computer)];

/// What `objectClass` says.
pub(super) fn class_of(entry: &Entry) -> Class {
    if entry.attributes.values("objectClass").is_empty() {
        return Class::Hidden;
    }
    if let Some((_, kind)) = OTHER_CLASSES.iter().find(|(class, _)| entry.is_of_class(class)) {
        return Class::Other(*kind);
    }
    if entry.is_of_class("group") {
        Class::Group
    } else if entry.is_of_class("user") {
        Class::User
    } else {
        Class::Other(PrincipalKind::Other)
    }
}

/// `userAccountControl`, which Active Directory writes as a signed number.
pub(super) fn account_control_of(entry: &Entry) -> Result<Option<UserAccountControl>, EntryProblem> {
    let number = entry.number::<i32>("userAccountControl")?;
    Ok(number.map(|number| UserAccountControl(number.cast_unsigned())))
}

/// Judges an entry whose ranges are closed.
pub(super) fn principal_of(entry: Entry) -> Result<Principal, EntryProblem> {
    match class_of(&entry) {
        Class::Hidden => Ok(Principal::Unreadable),
        Class::Other(kind) => Ok(Principal::Other(OtherPrincipal { dn: entry.dn, kind })),
        Class::User => user_of(entry),
        Class::Group => group_of(entry),
    }
}

fn user_of(entry: Entry) -> Result<Principal, EntryProblem> {
    let (Some(guid), Some(user_account_control)) = (entry.guid, account_control_of(&entry)?) else {
        return Ok(Principal::Unreadable);
    };
    if let Some((_, kind)) = TRUST_ACCOUNTS.iter().find(|(flag, _)| user_account_control.0 & flag != 0) {
        return Ok(Principal::Other(OtherPrincipal { dn: entry.dn, kind: *kind }));
    }
    let account_expires = AccountExpires(entry.number("accountExpires")?.unwrap_or_default());
    let primary_group_id = entry.number("primaryGroupID")?;
    let Entry { dn, attributes, guid: _, open_ranges: _, closed_ranges: _ } = entry;
    Ok(Principal::User(DirectoryUser {
        guid,
        dn,
        user_account_control,
        account_expires,
        primary_group_id,
        attributes,
    }))
}

fn group_of(entry: Entry) -> Result<Principal, EntryProblem> {
    let (Some(guid), Some(group_type)) = (entry.guid, entry.number("groupType")?.map(GroupType)) else {
        return Ok(Principal::Unreadable);
    };
    let members = entry.references("member")?.into_iter().map(|(dn, guid)| Member { dn, guid }).collect();
    let rid = match entry.attributes.values("objectSid").first() {
        Some(sid) => Some(rid_of(sid.as_bytes()).ok_or(EntryProblem::Value("objectSid"))?),
        None => None,
    };
    let Entry { dn, mut attributes, guid: _, open_ranges: _, closed_ranges: _ } = entry;
    attributes.remove("member");
    Ok(Principal::Group(DirectoryGroup { guid, dn, group_type, rid, members, attributes }))
}

/// The last sub-authority of a SID (MS-DTYP 2.4.2.2): revision, count of sub-authorities, six bytes of authority, and
/// the sub-authorities with four bytes each, little-endian.
fn rid_of(sid: &[u8]) -> Option<u32> {
    let [_, count, rest @ ..] = sid else { return None };
    let sub_authorities = rest.get(6..)?;
    if sub_authorities.len() != usize::from(*count) * 4 {
        return None;
    }
    sub_authorities.last_chunk().map(|last| u32::from_le_bytes(*last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &[u8] = b"abcdefghijklmnop";

    fn entry(classes: &[&str], attributes: &[(&str, &[u8])]) -> Entry {
        let classes = classes.iter().map(|class| class.as_bytes().to_vec()).collect();
        let mut raw = vec![("objectClass".to_owned(), classes)];
        raw.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), vec![value.to_vec()])));
        Entry::read("CN=Ada,DC=x", raw).unwrap()
    }

    fn kind(classes: &[&str], account_control: &str) -> Option<PrincipalKind> {
        let attributes: &[(&str, &[u8])] =
            &[("objectGUID", GUID), ("userAccountControl", account_control.as_bytes())];
        match principal_of(entry(classes, attributes)).unwrap() {
            Principal::Other(other) => Some(other.kind),
            Principal::User(_) => None,
            Principal::Group(_) | Principal::Unreadable => panic!("neither a user nor another principal"),
        }
    }

    #[test]
    fn only_accounts_of_people_are_users() {
        let person: &[&str] = &["top", "person", "organizationalPerson", "user"];
        assert_eq!(kind(person, "512"), None);
        assert_eq!(kind(&["top", "user", "inetOrgPerson"], "66048"), None);
        assert_eq!(kind(person, "2080"), Some(PrincipalKind::Other));
        assert_eq!(kind(person, "4096"), Some(PrincipalKind::Computer));
        assert_eq!(kind(person, "532480"), Some(PrincipalKind::Computer));
        assert_eq!(kind(&["top", "user", "computer"], "4096"), Some(PrincipalKind::Computer));
        let managed: &[&str] = &["top", "user", "computer", "msDS-GroupManagedServiceAccount"];
        assert_eq!(kind(managed, "4096"), Some(PrincipalKind::ManagedServiceAccount));
        assert_eq!(kind(&["top", "person", "contact"], "0"), Some(PrincipalKind::Contact));
        assert_eq!(kind(&["top", "organizationalUnit"], "0"), Some(PrincipalKind::Other));
    }

    #[test]
    fn a_user_whose_flags_are_hidden_is_neither_enabled_nor_disabled() {
        for attributes in [&[("objectGUID", GUID)][..], &[("userAccountControl", b"512")]] {
            assert!(matches!(principal_of(entry(&["user"], attributes)).unwrap(), Principal::Unreadable));
        }
        let nameless =
            Entry::read("CN=Ada,DC=x", vec![("objectGUID".to_owned(), vec![GUID.to_vec()])]).unwrap();
        assert!(matches!(principal_of(nameless).unwrap(), Principal::Unreadable));
    }

    #[test]
    fn a_group_whose_type_is_hidden_is_unreadable() {
        assert!(matches!(
            principal_of(entry(&["group"], &[("objectGUID", GUID)])).unwrap(),
            Principal::Unreadable
        ));
    }

    #[test]
    fn reads_type_and_rid_of_a_group() {
        let sid = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x50, 4, 0, 0];
        let attributes: &[(&str, &[u8])] =
            &[("objectGUID", GUID), ("groupType", b"-2147483646"), ("objectSid", &sid)];
        let Principal::Group(group) = principal_of(entry(&["top", "group"], attributes)).unwrap() else {
            panic!()
        };
        assert!(group.group_type.is_security());
        assert_eq!(group.rid, Some(1104));
        assert!(group.members.is_empty());
        assert_eq!(rid_of(&sid[..27]), None);
        assert_eq!(rid_of(&[]), None);
    }
}
