//! Entries as Active Directory makes them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// One entry of the directory.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    pub(super) attributes: Vec<(String, Vec<Vec<u8>>)>,
    pub(super) is_hidden: bool,
}

impl Entry {
    /// An enabled user account that never expires, with everything that a JumpCloud user needs.
    pub(crate) fn user(dn: &str) -> Self {
        let name = cn_of(dn).replace(' ', ".").to_lowercase();
        Self::of_classes(dn, &["top", "person", "organizationalPerson", "user"])
            .with("sAMAccountName", [name.as_str()])
            .with("userPrincipalName", [format!("{name}@corp.example.com")])
            .with("mail", [format!("{name}@example.com")])
            .with("givenName", [cn_of(dn)])
            .with("sn", ["Example"])
            .with("userAccountControl", ["512"])
            .with("accountExpires", ["9223372036854775807"])
            .with("primaryGroupID", ["513"])
    }

    /// A global security group without members.
    pub(crate) fn group(dn: &str) -> Self {
        Self::of_classes(dn, &["top", "group"])
            .with("sAMAccountName", [cn_of(dn)])
            .with("groupType", ["-2147483646"])
            .with("objectSid", [sid(1000 + u32::from(guid_of(dn)[0]))])
            .with("uSNChanged", ["1000"])
    }

    /// An entry with `objectClass`, `objectGUID` and `cn` only.
    pub(crate) fn of_classes(dn: &str, classes: &[&str]) -> Self {
        Self { dn: dn.to_owned(), attributes: Vec::new(), is_hidden: false }
            .with("objectClass", classes.iter().copied())
            .with("objectGUID", [guid_of(dn)])
            .with("cn", [cn_of(dn)])
    }

    /// Sets an attribute, in place of what it held.
    pub(crate) fn with<V: Into<Vec<u8>>>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self = self.without(name);
        self.attributes.push((name.to_owned(), values.into_iter().map(Into::into).collect()));
        self
    }

    /// Takes an attribute out, as access rights do.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.attributes.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Hides the whole entry, as access rights do: only the names of it in other entries are left.
    pub(crate) fn hide(&mut self) {
        self.is_hidden = true;
    }

    /// Sets `member`.
    pub(crate) fn members<D: Into<String>>(self, dns: impl IntoIterator<Item = D>) -> Self {
        self.with("member", dns.into_iter().map(|dn| dn.into().into_bytes()))
    }

    /// The bytes of `objectGUID`.
    pub(crate) fn guid(&self) -> [u8; 16] {
        self.values("objectGUID").first().and_then(|value| value.as_slice().try_into().ok()).unwrap()
    }

    /// The values of `member`.
    pub(crate) fn member_dns(&self) -> Vec<String> {
        self.values("member").iter().map(|dn| String::from_utf8(dn.clone()).unwrap()).collect()
    }

    /// The entry as a record of an export, with its last line end.
    pub(crate) fn ldif(&self) -> String {
        let mut record = format!("dn: {}\n", self.dn);
        for (name, values) in &self.attributes {
            for value in values {
                match str::from_utf8(value) {
                    Ok(text) if name != "objectGUID" && name != "objectSid" => {
                        writeln!(record, "{name}: {text}")
                    }
                    _ => writeln!(record, "{name}:: {}", STANDARD.encode(value)),
                }
                .unwrap();
            }
        }
        record
    }

    pub(super) fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or(&[], |(_, values)| values.as_slice())
    }
}

/// The value of the first RDN, for DNs without escapes.
fn cn_of(dn: &str) -> String {
    dn.split(',').next().and_then(|rdn| rdn.split_once('=')).map(|(_, value)| value.to_owned()).unwrap()
}

/// A GUID that depends on the DN only: FNV-1a of 64 bits from two starts.
fn guid_of(dn: &str) -> [u8; 16] {
    let hash = |start: u64| {
        dn.to_lowercase()
            .bytes()
            .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let mut guid = [0; 16];
    guid[..8].copy_from_slice(&hash(0xcbf2_9ce4_8422_2325).to_le_bytes());
    guid[8..].copy_from_slice(&hash(0x8422_2325_cbf2_9ce4).to_le_bytes());
    guid
}

/// `S-1-5-21-1-2-3-<rid>`
pub(crate) fn sid(rid: u32) -> Vec<u8> {
    let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 1, 2, 3, rid] {
        bytes.extend_from_slice(&u32::to_le_bytes(part));
    }
    bytes
}
