//! Extended DNs (MS-ADTS 3.1.1.3.4.1.5): `<GUID=…>;<SID=…>;CN=Ada,…` in place of `CN=Ada,…`, when asked for.

use crate::model::{Dn, DnError, ObjectGuid};

/// OID of the control that asks for extended DNs.
pub(super) const OID: &str = "1.2.840.113556.1.4.529";

/// The control's value, a sequence of the integer 1: the textual form.
pub(super) const TEXTUAL: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x01];

/// Reads a DN with or without the parts in front of it, and the GUID among them. Both forms are read, because servers
/// ignore the control, and some values of DN syntax are never extended.
pub(super) fn parse(text: &str) -> Result<(Dn, Option<ObjectGuid>), DnError> {
    let mut guid = None;
    let mut rest = text;
    while let Some((part, behind)) = rest.strip_prefix('<').and_then(|inner| inner.split_once(">;")) {
        if let Some(value) = part.strip_prefix("GUID=") {
            guid = value.parse().ok().or_else(|| from_hexadecimal(value));
        }
        rest = behind;
    }
    Ok((Dn::parse(rest)?, guid))
}

/// The form of flag 0: the bytes as LDAP carries them, in hexadecimal.
fn from_hexadecimal(text: &str) -> Option<ObjectGuid> {
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap_or_default(), 16))
        .collect::<Result<_, _>>()
        .ok()?;
    ObjectGuid::from_ldap_bytes(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a";

    #[test]
    fn reads_a_dn_with_and_without_its_extension() {
        let dn = Dn::parse("CN=Ada,DC=x").unwrap();
        for (text, guid) in [
            ("CN=Ada,DC=x".to_owned(), None),
            (format!("<GUID={GUID}>;CN=Ada,DC=x"), Some(GUID)),
            (format!("<GUID={GUID}>;<SID=S-1-5-21-1-2-3-1104>;CN=Ada,DC=x"), Some(GUID)),
            ("<GUID=3e4a5c0b1f7d2a4e9b8c6f5e4d3c2b1a>;CN=Ada,DC=x".to_owned(), Some(GUID)),
        ] {
            let guid = guid.map(|guid| guid.parse().unwrap());
            assert_eq!(parse(&text), Ok((dn.clone(), guid)), "{text}");
        }
        assert!(parse(&format!("<GUID={GUID}>")).is_err());
        assert!(parse("<GUID=x>;").is_err());
    }
}
