//! Identifiers, one type for each system and thing.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// `objectGUID`: the identity of an Active Directory object, which survives every rename and move
/// (MS-ADTS 3.1.1.1.4). Shown in lower case with hyphens, as JumpCloud marks carry it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectGuid(Uuid);

/// A text or byte string that is no GUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an objectGUID: it must be 16 bytes, or 36 characters such as 0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a"
)]
pub struct InvalidGuid;

impl ObjectGuid {
    /// The 16 bytes as LDAP carries them: the first three parts are little-endian (MS-DTYP 2.3.4.2).
    ///
    /// # Errors
    /// When there are not exactly 16 bytes.
    pub fn from_ldap_bytes(bytes: &[u8]) -> Result<Self, InvalidGuid> {
        let bytes: [u8; 16] = bytes.try_into().map_err(|_| InvalidGuid)?;
        Ok(Self(Uuid::from_bytes_le(bytes)))
    }

    /// The 16 bytes as LDAP carries them.
    pub fn to_ldap_bytes(self) -> [u8; 16] {
        self.0.to_bytes_le()
    }

    /// The first twelve hexadecimal digits, for names that need only be distinct.
    pub fn short(self) -> String {
        self.0.simple().to_string().chars().take(12).collect()
    }
}

impl FromStr for ObjectGuid {
    type Err = InvalidGuid;

    /// Reads the hyphenated form, in either case.
    fn from_str(text: &str) -> Result<Self, InvalidGuid> {
        if text.len() != 36 {
            return Err(InvalidGuid);
        }
        Uuid::parse_str(text).map(Self).map_err(|_| InvalidGuid)
    }
}

impl fmt::Display for ObjectGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for ObjectGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> serde::Deserialize<'de> for ObjectGuid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for ObjectGuid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! jumpcloud_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(test, derive(Default, schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes the id as the API gave it.
            pub fn new(id: impl Into<Box<str>>) -> Self {
                Self(id.into())
            }

            /// The id as the API spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

jumpcloud_id! {
    /// `_id` of a JumpCloud user (`systemuser`): 24 hexadecimal digits, assigned by JumpCloud.
    JumpCloudUserId
}
jumpcloud_id! {
    /// `id` of a JumpCloud user group: 24 hexadecimal digits, assigned by JumpCloud.
    JumpCloudGroupId
}
jumpcloud_id! {
    /// `id` of an Active Directory object of JumpCloud (`activedirectories`): 24 hexadecimal digits.
    DirectoryId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_byte_order_of_ldap() {
        let bytes =
            [0x3e, 0x4a, 0x5c, 0x0b, 0x1f, 0x7d, 0x2a, 0x4e, 0x9b, 0x8c, 0x6f, 0x5e, 0x4d, 0x3c, 0x2b, 0x1a];
        let guid = ObjectGuid::from_ldap_bytes(&bytes).unwrap();
        assert_eq!(guid.to_string(), "0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a");
        assert_eq!(guid.to_ldap_bytes(), bytes);
        assert_eq!(guid.short(), "0b5c4a3e7d1f");
        assert_eq!("0B5C4A3E-7D1F-4E2A-9B8C-6F5E4D3C2B1A".parse(), Ok(guid));
    }

    #[test]
    fn refuses_what_is_no_guid() {
        assert!(ObjectGuid::from_ldap_bytes(&[0; 15]).is_err());
        for text in ["", "0b5c4a3e7d1f4e2a9b8c6f5e4d3c2b1a", "{0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a}"] {
            assert!(text.parse::<ObjectGuid>().is_err(), "{text}");
        }
    }
}
