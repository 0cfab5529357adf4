//! Small companies on disk: one policy file and one LDIF export each, and what they share.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

use super::command::{Answer, adjunct_with};
use super::organization::Organization;

/// A folder with companies in it.
#[derive(Debug)]
pub(crate) struct Companies {
    folder: TempDir,
    /// What stands in the `jumpcloud` node of new policies.
    pub(crate) jumpcloud: String,
}

/// Who is in the security group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Company<'c> {
    /// The policy's name; the files are `<name>.kdl` and `<name>.ldif`.
    pub(crate) name: &'c str,
    /// The last label of the domain, and part of every GUID.
    pub(crate) domain: u8,
    /// `cn` of the security group.
    pub(crate) group: &'c str,
    /// Number and logon name of each member.
    pub(crate) people: &'c [(u8, &'c str)],
}

impl Companies {
    /// Companies of the local organization `org.json`, which is empty.
    pub(crate) fn local() -> Self {
        Self { folder: TempDir::new().unwrap(), jumpcloud: r#"sandbox "org.json""#.to_owned() }
    }

    /// Companies of an organization behind HTTP.
    pub(crate) fn of(organization: &Organization) -> Self {
        let jumpcloud = format!("api-key (env)\"KEY\"\n        url \"{}\"", organization.url());
        Self { folder: TempDir::new().unwrap(), jumpcloud }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes policy and directory, over what was there.
    pub(crate) fn write(&self, company: Company<'_>) {
        self.write_with(company, "");
    }

    /// Like [`Companies::write`], with more nodes in the policy.
    pub(crate) fn write_with(&self, company: Company<'_>, nodes: &str) {
        let Company { name, domain, group, .. } = company;
        let policy = format!(
            "policy \"{name}\" {{\n    active-directory {{\n        ldif \"{name}.ldif\"\n    }}\n    jumpcloud {{\n        \
             {}\n    }}\n    root-container \"DC=corp{domain},DC=example\"\n    security-group \"{group}\"\n    {nodes}\n}}\n",
            self.jumpcloud
        );
        fs::write(self.path().join(format!("{name}.kdl")), policy).unwrap();
        fs::write(self.path().join(format!("{name}.ldif")), company.ldif()).unwrap();
    }

    /// Runs the binary in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        adjunct_with(self.path(), &[("KEY", Organization::API_KEY)], arguments)
    }

    /// The state file of the local organization.
    pub(crate) fn state(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path().join("org.json")).unwrap()).unwrap()
    }

    /// Whether anything was ever written to the local organization.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.path().join("org.json").exists()
    }
}

impl Company<'_> {
    fn ldif(&self) -> String {
        let root = format!("DC=corp{},DC=example", self.domain);
        let mut ldif = format!(
            "dn: CN={0},{root}\nobjectClass: group\ncn: {0}\nobjectGUID:: {1}\ngroupType: -2147483646\n",
            self.group,
            guid(self.domain, 0)
        );
        for (number, _) in self.people {
            writeln!(ldif, "member: CN=Person {number},{root}").unwrap();
        }
        for (number, name) in self.people {
            writeln!(
                ldif,
                "\ndn: CN=Person {number},{root}\nobjectClass: user\ncn: Person {number}\nobjectGUID:: {}\n\
                 sAMAccountName: {name}\nmail: {name}@example.com\ngivenName: Person\nsn: Number {number}\n\
                 userAccountControl: 512\nmemberOf: CN={},{root}",
                guid(self.domain, *number),
                self.group
            )
            .unwrap();
        }
        writeln!(ldif, "\n# numEntries: {}", self.people.len() + 1).unwrap();
        ldif
    }
}

fn guid(domain: u8, number: u8) -> String {
    let mut bytes = [0x11; 16];
    (bytes[0], bytes[15]) = (number, domain);
    STANDARD.encode(bytes)
}
