//! A small directory, as an LDIF export, that a test changes from one day to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The container that is imported.
pub(crate) const ROOT: &str = "OU=Staff,DC=corp,DC=example,DC=com";
/// A container that is not.
const ELSEWHERE: &str = "OU=Elsewhere,DC=corp,DC=example,DC=com";

/// Users and groups by what they are first called. That stays their identity, whatever they are called later.
#[derive(Debug, Clone)]
pub(crate) struct Staff {
    users: BTreeMap<&'static str, User>,
    /// Groups with their members, users and groups alike.
    groups: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

#[derive(Debug, Clone)]
struct User {
    login: &'static str,
    container: &'static str,
    is_disabled: bool,
    /// Other attributes.
    attributes: BTreeMap<&'static str, &'static str>,
    /// Who manages the user, by the name that is first.
    manager: Option<&'static str>,
}

impl Staff {
    /// The security group `JumpCloud`, without members.
    pub(crate) fn new() -> Self {
        Self { users: BTreeMap::new(), groups: [("JumpCloud", BTreeSet::new())].into() }
    }

    /// Adds users, members of the security group.
    pub(crate) fn users<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        for name in names {
            let attributes = BTreeMap::new();
            let user = User { login: name, container: ROOT, is_disabled: false, attributes, manager: None };
            self.users.insert(name, user);
            self = self.join("JumpCloud", [name]);
        }
        self
    }

    /// Adds a group with these members, a member of the security group.
    pub(crate) fn group<const N: usize>(self, name: &'static str, members: [&'static str; N]) -> Self {
        self.outer_group(name, members).join("JumpCloud", [name])
    }

    /// Adds a group with these members, in the container and in no group.
    pub(crate) fn outer_group<const N: usize>(
        mut self,
        name: &'static str,
        members: [&'static str; N],
    ) -> Self {
        self.groups.insert(name, members.into());
        self
    }

    pub(crate) fn join<const N: usize>(mut self, group: &str, members: [&'static str; N]) -> Self {
        self.groups.get_mut(group).unwrap().extend(members);
        self
    }

    pub(crate) fn leave(mut self, group: &str, member: &str) -> Self {
        assert!(self.groups.get_mut(group).unwrap().remove(member), "{member} is not in {group}");
        self
    }

    /// Takes a user or a group out of every group.
    pub(crate) fn leave_all(mut self, member: &str) -> Self {
        for members in self.groups.values_mut() {
            members.remove(member);
        }
        self
    }

    /// Deletes a user or a group.
    pub(crate) fn delete(mut self, name: &str) -> Self {
        assert!(self.users.remove(name).is_some() || self.groups.remove(name).is_some(), "no {name}");
        self.leave_all(name)
    }

    pub(crate) fn disable(mut self, name: &str) -> Self {
        self.users.get_mut(name).unwrap().is_disabled = true;
        self
    }

    /// Moves a user out of the container.
    pub(crate) fn move_out(mut self, name: &str) -> Self {
        self.users.get_mut(name).unwrap().container = ELSEWHERE;
        self.leave_all(name)
    }

    /// Gives a user another logon name and mail address.
    pub(crate) fn rename(mut self, name: &str, login: &'static str) -> Self {
        self.users.get_mut(name).unwrap().login = login;
        self
    }

    /// Sets an attribute of a user.
    pub(crate) fn set(mut self, name: &str, attribute: &'static str, value: &'static str) -> Self {
        self.users.get_mut(name).unwrap().attributes.insert(attribute, value);
        self
    }

    pub(crate) fn manage(mut self, name: &str, manager: &'static str) -> Self {
        self.users.get_mut(name).unwrap().manager = Some(manager);
        self
    }

    /// The export.
    pub(crate) fn ldif(&self) -> String {
        let mut text = format!("dn: {ROOT}\nobjectClass: organizationalUnit\n");
        for (name, user) in &self.users {
            let User { login, container, is_disabled, attributes, manager } = user;
            let control = if *is_disabled { 514 } else { 512 };
            write!(
                text,
                "\ndn: CN={name},{container}\nobjectClass: user\nobjectGUID:: {}\nsAMAccountName: {login}\n\
                 mail: {login}@example.com\ngivenName: {name}\nsn: Person\nuserAccountControl: {control}\n\
                 accountExpires: 0\nprimaryGroupID: 513\n",
                guid(name)
            )
            .unwrap();
            for (attribute, value) in attributes {
                writeln!(text, "{attribute}: {value}").unwrap();
            }
            if let Some(manager) = manager {
                let container = self.users.get(manager).map_or(ROOT, |user| user.container);
                writeln!(text, "manager: CN={manager},{container}").unwrap();
            }
        }
        for (name, members) in &self.groups {
            write!(
                text,
                "\ndn: CN={name},{ROOT}\nobjectClass: group\nobjectGUID:: {}\ncn: {name}\ngroupType: -2147483646\n",
                guid(name)
            )
            .unwrap();
            for member in members {
                let container = self.users.get(member).map_or(ROOT, |user| user.container);
                writeln!(text, "member: CN={member},{container}").unwrap();
            }
        }
        text
    }
}

/// The name itself, filled up to sixteen bytes.
fn guid(name: &str) -> String {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    STANDARD.encode(bytes)
}
