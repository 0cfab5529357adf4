//! A container of one test, with a security group of its own.

use super::{GroupKind, Samba};

/// A container below `OU=Tests`. Logon names must be unique in the domain, so those that it gives end in its name.
#[derive(Debug)]
pub(crate) struct Container {
    samba: &'static Samba,
    name: String,
    dn: String,
}

impl Samba {
    /// A new container, empty but for the security group `JumpCloud`. The name, of lower-case letters and digits, must
    /// be that of one test alone.
    pub(crate) fn container(&'static self, name: &str) -> Container {
        let dn = format!("OU={name},OU=Tests,{}", Self::BASE);
        self.add(&dn, &[("objectClass", "organizationalUnit")]);
        let container = Container { samba: self, name: name.to_owned(), dn };
        container.add_group("JumpCloud", GroupKind::Security);
        container
    }
}

impl Container {
    /// Its DN: the root container of the test's policy.
    pub(crate) fn dn(&self) -> &str {
        &self.dn
    }

    /// The DN of its security group.
    pub(crate) fn security_group(&self) -> String {
        self.dn_of("JumpCloud")
    }

    /// The DN of what it holds under this common name.
    pub(crate) fn dn_of(&self, name: &str) -> String {
        format!("CN={name},{}", self.dn)
    }

    /// The logon name that the user or group of this name got.
    pub(crate) fn logon_name(&self, name: &str) -> String {
        format!("{}-{}", name.replace(' ', ""), self.name)
    }

    /// The mail address that the user of this name got.
    pub(crate) fn mail(&self, name: &str) -> String {
        format!("{}@{}", self.logon_name(name), Samba::DOMAIN)
    }

    /// Adds a user with all that an import asks for, and returns its DN.
    pub(crate) fn add_user(&self, name: &str) -> String {
        self.add_user_with(name, &[])
    }

    /// Adds a user with other attributes than usual; an empty value leaves the attribute out.
    pub(crate) fn add_user_with(&self, name: &str, attributes: &[(&str, &str)]) -> String {
        let dn = self.dn_of(name);
        let (logon_name, mail) = (self.logon_name(name), self.mail(name));
        let usual = [
            ("objectClass", "user"),
            ("sAMAccountName", &logon_name),
            ("userPrincipalName", &mail),
            ("mail", &mail),
            ("givenName", name),
            ("sn", "Example"),
            ("userAccountControl", "512"),
        ];
        let kept = usual.into_iter().filter(|(name, _)| !attributes.iter().any(|(other, _)| other == name));
        let all: Vec<(&str, &str)> = kept.chain(attributes.iter().copied()).collect();
        self.samba.add(&dn, &all);
        dn
    }

    /// Adds a user and makes it a member of the security group.
    pub(crate) fn add_member(&self, name: &str) -> String {
        self.add_member_with(name, &[])
    }

    /// Adds a user with other attributes than usual and makes it a member of the security group.
    pub(crate) fn add_member_with(&self, name: &str, attributes: &[(&str, &str)]) -> String {
        let dn = self.add_user_with(name, attributes);
        self.samba.add_member(&self.security_group(), &dn);
        dn
    }

    /// Brings a deleted user back: the same object, as [`Container::add_user`] made it, in no group.
    pub(crate) fn restore_user(&self, name: &str, guid: &str) {
        let (dn, mail) = (self.dn_of(name), self.mail(name));
        self.samba.undelete(guid, &dn);
        let lost = [("userPrincipalName", &*mail), ("mail", &mail), ("givenName", name), ("sn", "Example")];
        for (attribute, value) in lost {
            self.samba.replace(&dn, attribute, &[value]);
        }
        self.samba.enable(&dn);
    }

    /// Adds a group and returns its DN.
    pub(crate) fn add_group(&self, name: &str, kind: GroupKind) -> String {
        let kind = match kind {
            GroupKind::Security => "-2147483646",
            GroupKind::Distribution => "2",
        };
        let dn = self.dn_of(name);
        let logon_name = self.logon_name(name);
        self.samba
            .add(&dn, &[("objectClass", "group"), ("sAMAccountName", &logon_name), ("groupType", kind)]);
        dn
    }

    /// Adds a security group, a member of the security group, and returns its DN.
    pub(crate) fn add_nested_group(&self, name: &str) -> String {
        let dn = self.add_group(name, GroupKind::Security);
        self.samba.add_member(&self.security_group(), &dn);
        dn
    }

    /// Adds a container in this one and returns its DN.
    pub(crate) fn add_unit(&self, name: &str) -> String {
        let dn = format!("OU={name},{}", self.dn);
        self.samba.add(&dn, &[("objectClass", "organizationalUnit")]);
        dn
    }
}
