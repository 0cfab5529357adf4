//! A small Active Directory as LDIF: people and groups by name, with the back links that Active Directory keeps itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// The directory. Names are common names, logon names and the local part of mail addresses all at once.
#[derive(Debug, Clone)]
pub(crate) struct Forest {
    people: BTreeMap<String, Person>,
    groups: BTreeMap<String, Group>,
    /// What the next objectGUID is made of.
    next: u128,
}

/// A user account.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    guid: Uuid,
    container: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Group {
    guid: Uuid,
    logon_name: String,
    members: BTreeSet<String>,
    /// Members whom `member` does not show.
    hidden: BTreeSet<String>,
}

impl Forest {
    /// The root container.
    pub(crate) const ROOT: &str = "OU=Staff,DC=corp,DC=example,DC=com";
    /// A container outside of it.
    pub(crate) const ELSEWHERE: &str = "OU=Elsewhere,DC=corp,DC=example,DC=com";
    /// The security group.
    pub(crate) const SECURITY_GROUP: &str = "JumpCloud";

    /// A directory with the security group and nothing else.
    pub(crate) fn new() -> Self {
        let mut forest = Self { people: BTreeMap::new(), groups: BTreeMap::new(), next: 1 };
        forest.add_group(Self::SECURITY_GROUP);
        forest
    }

    /// Adds a user with all that an import asks for, in no group.
    pub(crate) fn add_person(&mut self, name: &str) {
        let guid = self.new_guid();
        let attributes = [
            ("sAMAccountName", name.to_owned()),
            ("mail", format!("{name}@corp.example.com")),
            ("givenName", name.to_owned()),
            ("sn", "Example".to_owned()),
            ("userAccountControl", "512".to_owned()),
            ("accountExpires", "0".to_owned()),
        ];
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let person = Person { guid, container: Self::ROOT.to_owned(), attributes };
        self.people.insert(name.to_owned(), person);
    }

    /// Adds a user to the security group.
    pub(crate) fn add_member(&mut self, name: &str) {
        self.add_person(name);
        self.put(Self::SECURITY_GROUP, name);
    }

    /// Adds a security group, in no group.
    pub(crate) fn add_group(&mut self, name: &str) {
        let guid = self.new_guid();
        let logon_name = name.to_owned();
        let group = Group { guid, logon_name, members: BTreeSet::new(), hidden: BTreeSet::new() };
        self.groups.insert(name.to_owned(), group);
    }

    /// Gives a group a logon name that is not its common name.
    pub(crate) fn set_logon_name(&mut self, group: &str, logon_name: &str) {
        logon_name.clone_into(&mut self.groups.get_mut(group).unwrap().logon_name);
    }

    /// Adds a user or a group to `member` of a group.
    pub(crate) fn put(&mut self, group: &str, member: &str) {
        self.groups.get_mut(group).unwrap().members.insert(member.to_owned());
    }

    /// Takes a user or a group out of `member` of a group.
    pub(crate) fn take(&mut self, group: &str, member: &str) {
        assert!(self.groups.get_mut(group).unwrap().members.remove(member));
    }

    /// Leaves a member out of `member`, as access rights can; its own entry still names the group.
    pub(crate) fn hide_member(&mut self, group: &str, member: &str) {
        self.groups.get_mut(group).unwrap().hidden.insert(member.to_owned());
    }

    /// Sets an attribute of a user; an empty value clears it.
    pub(crate) fn set(&mut self, name: &str, attribute: &str, value: &str) {
        let attributes = &mut self.people.get_mut(name).unwrap().attributes;
        match value {
            "" => attributes.remove(attribute),
            value => attributes.insert(attribute.to_owned(), value.to_owned()),
        };
    }

    /// Moves a user, whom the groups go on to name.
    pub(crate) fn move_to(&mut self, name: &str, container: &str) {
        container.clone_into(&mut self.people.get_mut(name).unwrap().container);
    }

    /// Deletes a user, who is then in no group, and gives what it takes to restore it.
    pub(crate) fn delete(&mut self, name: &str) -> Person {
        for group in self.groups.values_mut() {
            group.members.remove(name);
        }
        self.people.remove(name).unwrap()
    }

    /// Deletes a group.
    pub(crate) fn delete_group(&mut self, name: &str) {
        for group in self.groups.values_mut() {
            group.members.remove(name);
        }
        self.groups.remove(name).unwrap();
    }

    /// Brings a deleted user back, as the recycle bin does: the same object, in no group.
    pub(crate) fn restore(&mut self, name: &str, person: Person) {
        self.people.insert(name.to_owned(), person);
    }

    /// `objectGUID` of a user or a group, in lower case with hyphens.
    pub(crate) fn guid(&self, name: &str) -> String {
        let person = self.people.get(name).map(|person| person.guid);
        person.unwrap_or_else(|| self.groups[name].guid).to_string()
    }

    /// The DN of a user or a group.
    pub(crate) fn dn(&self, name: &str) -> String {
        let container = self.people.get(name).map_or(Self::ROOT, |person| &person.container);
        format!("CN={name},{container}")
    }

    /// The directory as an export that proves its end.
    pub(crate) fn ldif(&self) -> String {
        let mut text = "version: 1\n".to_owned();
        for (name, Person { guid, attributes, .. }) in &self.people {
            self.open_entry(&mut text, name, *guid, "user");
            for (attribute, value) in attributes {
                writeln!(text, "{attribute}: {value}").unwrap();
            }
            text.push_str("primaryGroupID: 513\n");
        }
        for (name, Group { guid, logon_name, members, hidden }) in &self.groups {
            self.open_entry(&mut text, name, *guid, "group");
            writeln!(text, "sAMAccountName: {logon_name}\ngroupType: -2147483646").unwrap();
            for member in members.difference(hidden) {
                writeln!(text, "member: {}", self.dn(member)).unwrap();
            }
        }
        write!(text, "\n# numEntries: {}\n", self.people.len() + self.groups.len()).unwrap();
        text
    }

    fn open_entry(&self, text: &mut String, name: &str, guid: Uuid, class: &str) {
        let guid = STANDARD.encode(guid.to_bytes_le());
        let dn = self.dn(name);
        writeln!(text, "\ndn: {dn}\nobjectClass: {class}\ncn: {name}\nobjectGUID:: {guid}").unwrap();
        for (group, _) in self.groups.iter().filter(|(_, group)| group.members.contains(name)) {
            writeln!(text, "memberOf: {}", self.dn(group)).unwrap();
        }
    }

    fn new_guid(&mut self) -> Uuid {
        let number = self.next;
        self.next += 1;
        Uuid::from_u128(0x1f0e_1d0c_1b0a_4000_8000_0000_0000_0000 + number)
    }
}
