//! Changes to the directory, made by its administrator over LDAPS, and reads as the import account.

use ldap3::controls::RawControl;
use ldap3::{LdapConn, LdapConnSettings, Mod, Scope, SearchEntry};
use uuid::Uuid;

use super::Samba;

/// `groupType` of a new group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupKind {
    /// A global security group.
    Security,
    /// A global distribution group.
    Distribution,
}

/// What the import account may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// All attributes of the object. No filter matches it any more; read by its DN it is an entry without attributes.
    Everything,
    /// The objects in this container.
    Children,
    /// The attribute `member`.
    Member,
    /// The attribute `memberOf`.
    MemberOf,
}

impl Samba {
    /// Binds and gives the connection.
    ///
    /// # Errors
    /// When it cannot connect or the server refuses the credentials: a sentence.
    pub(crate) fn try_bind(&self, name: &str, password: &str) -> Result<LdapConn, String> {
        let settings = LdapConnSettings::new().set_config(self.authority().client());
        let mut connection = LdapConn::with_settings(settings, &self.url()).map_err(|e| e.to_string())?;
        connection
            .simple_bind(name, password)
            .and_then(ldap3::LdapResult::success)
            .map_err(|e| e.to_string())?;
        Ok(connection)
    }

    /// A connection as the import account.
    pub(crate) fn reader(&self) -> LdapConn {
        self.try_bind(Self::BIND_DN, Self::PASSWORD).unwrap()
    }

    fn administrator(&self) -> LdapConn {
        self.try_bind(Self::ADMINISTRATOR, Self::ADMINISTRATOR_PASSWORD).unwrap()
    }

    /// Adds an entry. Attributes with an empty value are left out.
    pub(crate) fn add(&self, dn: &str, attributes: &[(&str, &str)]) {
        let attributes = attributes.iter().filter(|(_, value)| !value.is_empty());
        let attributes = attributes.map(|&(name, value)| (name, [value].into_iter().collect())).collect();
        self.administrator().add(dn, attributes).and_then(ldap3::LdapResult::success).unwrap();
    }

    fn modify(&self, dn: &str, change: Mod<&str>) {
        self.administrator().modify(dn, vec![change]).and_then(ldap3::LdapResult::success).unwrap();
    }

    /// Gives the domain controller one more name that Kerberos knows it by.
    pub(super) fn add_service_principal(&self, name: &str) {
        let computer = format!("CN=DC1,OU=Domain Controllers,{}", Self::BASE);
        self.modify(&computer, Mod::Add("servicePrincipalName", [name].into_iter().collect()));
    }

    /// Sets the values of an attribute; none of them clears it.
    pub(crate) fn replace(&self, dn: &str, attribute: &str, values: &[&str]) {
        self.modify(dn, Mod::Replace(attribute, values.iter().copied().collect()));
    }

    /// Adds to `member`.
    pub(crate) fn add_member(&self, group: &str, member: &str) {
        self.modify(group, Mod::Add("member", [member].into_iter().collect()));
    }

    /// Takes out of `member`.
    pub(crate) fn remove_member(&self, group: &str, member: &str) {
        self.modify(group, Mod::Delete("member", [member].into_iter().collect()));
    }

    /// Gives the entry another RDN (`CN=New Name`) in its container, and returns its DN.
    pub(crate) fn rename(&self, dn: &str, rdn: &str) -> String {
        let (_, parent) = split(dn);
        self.administrator().modifydn(dn, rdn, true, None).and_then(ldap3::LdapResult::success).unwrap();
        format!("{rdn},{parent}")
    }

    /// Moves the entry into another container, and returns its DN.
    pub(crate) fn move_to(&self, dn: &str, parent: &str) -> String {
        let (rdn, _) = split(dn);
        self.administrator()
            .modifydn(dn, rdn, true, Some(parent))
            .and_then(ldap3::LdapResult::success)
            .unwrap();
        format!("{rdn},{parent}")
    }

    /// Deletes the entry.
    pub(crate) fn delete(&self, dn: &str) {
        self.administrator().delete(dn).and_then(ldap3::LdapResult::success).unwrap();
    }

    /// Brings a deleted object back under this DN, as an administrator does (MS-ADTS 3.1.1.5.3.7.2). Without a recycle
    /// bin most of its attributes and all of its memberships stay lost.
    pub(crate) fn undelete(&self, guid: &str, dn: &str) {
        let (rdn, _) = split(dn);
        let changes: Vec<Mod<&str>> = vec![
            Mod::Delete("isDeleted", [].into_iter().collect()),
            Mod::Replace("distinguishedName", [dn].into_iter().collect()),
        ];
        // LDAP_SERVER_SHOW_DELETED_OID (MS-ADTS 3.1.1.3.4.1.14)
        let show_deleted = RawControl { ctype: "1.2.840.113556.1.4.417".to_owned(), crit: true, val: None };
        self.administrator()
            .with_controls(show_deleted)
            .modify(&format!("{rdn}\\0ADEL:{guid},CN=Deleted Objects,{}", Self::BASE), changes)
            .and_then(ldap3::LdapResult::success)
            .unwrap();
    }

    /// Disables the account.
    pub(crate) fn disable(&self, dn: &str) {
        self.replace(dn, "userAccountControl", &["514"]);
    }

    /// Enables the account.
    pub(crate) fn enable(&self, dn: &str) {
        self.replace(dn, "userAccountControl", &["512"]);
    }

    /// Lets the account end in 1970.
    pub(crate) fn expire(&self, dn: &str) {
        self.replace(dn, "accountExpires", &["116444736000000000"]);
    }

    /// Makes `group` the primary group of `user`, who must be its member, and whom Active Directory then takes out of its
    /// `member`.
    pub(crate) fn set_primary_group(&self, user: &str, group: &str) {
        let entry = read(&mut self.administrator(), group, &["objectSid"]).unwrap();
        let sid = entry.bin_attrs.get("objectSid").map(|values| values[0].clone());
        let sid = sid.unwrap_or_else(|| entry.attrs["objectSid"][0].clone().into_bytes());
        let rid = u32::from_le_bytes(sid[sid.len() - 4..].try_into().unwrap());
        self.replace(user, "primaryGroupID", &[&rid.to_string()]);
    }

    /// `objectGUID`, in lower case with hyphens.
    pub(crate) fn guid(&self, dn: &str) -> String {
        let entry = read(&mut self.administrator(), dn, &["objectGUID"]).unwrap();
        let bytes = entry.bin_attrs.get("objectGUID").map(|values| values[0].clone());
        let bytes = bytes.unwrap_or_else(|| entry.attrs["objectGUID"][0].clone().into_bytes());
        Uuid::from_slice_le(&bytes).unwrap().to_string()
    }

    /// Sets the password of an account.
    pub(crate) fn set_password(&self, dn: &str, password: &str) {
        // MS-ADTS 3.1.1.3.1.5: quoted, in UTF-16.
        let value: Vec<u8> = format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let change = Mod::Replace(b"unicodePwd".to_vec(), [value].into_iter().collect());
        self.administrator().modify(dn, vec![change]).and_then(ldap3::LdapResult::success).unwrap();
    }

    /// Hides something from the import account.
    pub(crate) fn deny(&self, dn: &str, what: Denied) {
        let what = match what {
            Denied::Everything => "everything",
            Denied::Children => "children",
            // schemaIDGUID of `member` (MS-ADA2 2.44).
            Denied::Member => "bf9679c0-0de6-11d0-a285-00aa003049e2",
            // schemaIDGUID of `memberOf` (MS-ADA2 2.46).
            Denied::MemberOf => "bf967991-0de6-11d0-a285-00aa003049e2",
        };
        self.process.on_database(&["deny", dn, "jcimport", what]);
    }
}

/// Reads one entry; none when there is no such entry or the account may not see it.
pub(crate) fn read(connection: &mut LdapConn, dn: &str, attributes: &[&str]) -> Option<SearchEntry> {
    let ldap3::SearchResult(entries, result) =
        connection.search(dn, Scope::Base, "(objectClass=*)", attributes).unwrap();
    assert!(matches!(result.rc, 0 | 32), "{result}");
    entries.into_iter().next().map(SearchEntry::construct)
}

/// The first RDN and the rest. Names with an escaped comma are not for tests that rename.
fn split(dn: &str) -> (&str, &str) {
    dn.split_once(',').unwrap()
}
