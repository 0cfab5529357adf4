//! Values of Active Directory as texts, which is all that JumpCloud can hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::{AttributeName, Attributes, ObjectGuid, Value};

/// Attributes whose values are GUIDs (MS-ADA1, MS-ADA2; Exchange's and Entra Connect's own).
const GUIDS: [&str; 3] = ["objectGUID", "mS-DS-ConsistencyGuid", "msExchMailboxGuid"];
/// Attributes whose values are SIDs.
const SIDS: [&str; 3] = ["objectSid", "sIDHistory", "msExchMasterAccountSid"];
/// Attributes whose values are bytes, also where these happen to be letters.
const BYTES: [&str; 8] = [
    "logonHours",
    "userCertificate",
    "userSMIMECertificate",
    "thumbnailPhoto",
    "thumbnailLogo",
    "jpegPhoto",
    "photo",
    "audio",
];

/// The values of an attribute that are more than white space, in the order of the alphabet: a server may give the values
/// of one state in another order each time. GUIDs and SIDs as people write them, other bytes in base64.
pub(super) fn texts(attributes: &Attributes, name: &AttributeName) -> Vec<String> {
    let values = attributes.values(name.as_str()).iter().map(|value| text(name, value));
    let mut texts: Vec<String> = values.filter(|text| !text.trim().is_empty()).collect();
    texts.sort_unstable();
    texts
}

fn text(name: &AttributeName, value: &Value) -> String {
    let is_one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name.as_str()));
    let bytes = value.as_bytes();
    let known = if is_one_of(&GUIDS) {
        ObjectGuid::from_ldap_bytes(bytes).ok().map(|guid| guid.to_string())
    } else if is_one_of(&SIDS) {
        sid(bytes)
    } else if is_one_of(&BYTES) {
        None
    } else {
        str::from_utf8(bytes).ok().map(str::to_owned)
    };
    known.unwrap_or_else(|| STANDARD.encode(bytes))
}

/// `S-1-5-21-…` (MS-DTYP 2.4.2): revision, count, a big-endian authority of six bytes, little-endian parts.
fn sid(bytes: &[u8]) -> Option<String> {
    let ([1, count, authority @ ..], parts) = bytes.split_first_chunk::<8>()? else { return None };
    let (parts, []) = parts.as_chunks::<4>() else { return None };
    let authority = authority.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let mut texts = vec![format!("S-1-{authority}")];
    texts.extend(parts.iter().map(|part| u32::from_le_bytes(*part).to_string()));
    (parts.len() == usize::from(*count)).then(|| texts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: [u8; 28] =
        [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x50, 4, 0, 0];

    fn one(name: &str, bytes: &[u8]) -> Vec<String> {
        let mut attributes = Attributes::default();
        attributes.extend(name, [Value::from_bytes(bytes.to_vec())]);
        texts(&attributes, &AttributeName::new(name))
    }

    #[test]
    fn bytes_are_written_as_people_write_them() {
        let guid = b"abcdefghijklmnop";
        assert_eq!(one("OBJECTGUID", guid), ["64636261-6665-6867-696a-6b6c6d6e6f70"]);
        assert_eq!(one("objectSid", &SID), ["S-1-5-21-1-2-3-1104"]);
        assert_eq!(one("thumbnailPhoto", b"JPEG"), ["SlBFRw=="]);
        assert_eq!(one("department", "Vente é".as_bytes()), ["Vente é"]);
        assert_eq!(one("department", &[0xff, 0xd8]), ["/9g="]);
        assert_eq!(one("department", b"a\0b"), ["a\0b"], "a text, whatever it does");
        assert_eq!(one("department", b" \t"), [""; 0]);
    }

    #[test]
    fn bytes_that_have_not_their_form_are_never_taken_for_text() {
        assert_eq!(one("objectGUID", b"abc"), ["YWJj"]);
        for (bytes, expected) in [(&SID[..27], 27), (&SID[..24], 24), (&SID[..7], 7), (&[2; 8][..], 8)] {
            assert_eq!(STANDARD.decode(&one("objectSid", bytes)[0]).unwrap().len(), expected);
        }
    }

    #[test]
    fn values_have_one_order() {
        let mut attributes = Attributes::default();
        attributes.extend("ou", ["b", " ", "a"].map(|text| Value::Text(text.to_owned())));
        assert_eq!(texts(&attributes, &AttributeName::new("OU")), ["a", "b"]);
    }
}
