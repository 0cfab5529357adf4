//! What is in the objects that a user's fields hold, and in the entries of its lists (JumpCloud API v1, `systemuserputpost`,
//! `systemuserreturn`).

use jiff::Timestamp;
use serde_json::Value;

use super::fields::Record;

/// What a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Text,
    Texts,
    Flag,
    /// A whole number from 1 on.
    Count,
    Time,
}

use Part::{Count, Flag, Text, Texts, Time};

/// The fields that have parts, with these. Answers give entries of lists ids, which may be sent back.
const PARTS: [(&str, &[(&str, Part)]); 10] = [
    (
        "addresses",
        &[
            ("country", Text),
            ("extendedAddress", Text),
            ("id", Text),
            ("locality", Text),
            ("poBox", Text),
            ("postalCode", Text),
            ("region", Text),
            ("streetAddress", Text),
            ("type", Text),
        ],
    ),
    ("admin", &[("id", Text), ("roleName", Text), ("roleNames", Texts)]),
    ("attributes", &[("name", Text), ("value", Text)]),
    ("delegatedAuthority", &[("id", Text), ("name", Text)]),
    ("mfa", &[("configured", Flag), ("exclusion", Flag), ("exclusionDays", Count), ("exclusionUntil", Time)]),
    (
        "mfaEnrollment",
        &[
            ("jcGoStatus", Text),
            ("overallStatus", Text),
            ("pushStatus", Text),
            ("totpStatus", Text),
            ("webAuthnStatus", Text),
        ],
    ),
    ("phoneNumbers", &[("id", Text), ("number", Text), ("type", Text)]),
    ("recoveryEmail", &[("address", Text), ("verified", Flag), ("verifiedAt", Text)]),
    ("relationships", &[("type", Text), ("value", Text)]),
    ("restrictedFields", &[("field", Text), ("id", Text), ("type", Text)]),
];

/// The names of the parts of a field; none where it has no parts.
pub(in crate::sandbox) fn names(field: &str) -> Option<impl Iterator<Item = &'static str>> {
    parts(field).map(|parts| parts.iter().map(|(name, _)| *name))
}

/// Whether the parts of a value that are known are of their types.
pub(super) fn fit(field: &str, value: &Value) -> bool {
    let Some(parts) = parts(field) else { return true };
    let fits = |object: &Value| {
        parts
            .iter()
            .all(|(name, part)| object.get(name).is_none_or(|value| value.is_null() || part.takes(value)))
    };
    value.as_array().map_or_else(|| fits(value), |entries| entries.iter().all(fits))
}

/// A value without the parts that nobody knows or has set.
pub(super) fn tidy(field: &str, value: &Value) -> Value {
    let Some(parts) = parts(field) else { return value.clone() };
    let tidy = |value: &Value| {
        let Some(object) = value.as_object() else { return value.clone() };
        let known = parts.iter().filter_map(|(name, _)| Some((*name, object.get(*name)?)));
        let set = known.filter(|(_, value)| !value.is_null());
        Value::Object(set.map(|(name, value)| (name.to_owned(), value.clone())).collect::<Record>())
    };
    value.as_array().map_or_else(|| tidy(value), |entries| entries.iter().map(tidy).collect())
}

fn parts(field: &str) -> Option<&'static [(&'static str, Part)]> {
    PARTS.iter().find(|(name, _)| *name == field).map(|(_, parts)| *parts)
}

impl Part {
    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Texts => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
            Self::Flag => value.is_boolean(),
            Self::Count => value.as_u64().is_some_and(|count| count > 0),
            Self::Time => value.as_str().is_some_and(|time| time.parse::<Timestamp>().is_ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_have_types_and_what_nobody_knows_goes() {
        for (field, value, expected) in [
            ("mfa", json!({ "configured": true, "exclusionDays": 3 }), true),
            ("mfa", json!({ "configured": "yes" }), false),
            ("mfa", json!({ "exclusionDays": 0 }), false),
            ("mfa", json!({ "exclusionUntil": "soon" }), false),
            ("recoveryEmail", json!({ "address": 7 }), false),
            ("addresses", json!([{ "country": null, "colour": 7 }]), true),
            ("addresses", json!([{ "country": 7 }]), false),
            ("admin", json!({ "roleNames": ["a", 1] }), false),
            ("username", json!(7), true),
        ] {
            assert_eq!(fit(field, &value), expected, "{field} {value}");
        }
        let entries = json!([{ "country": null, "colour": "red", "type": "work" }]);
        assert_eq!(tidy("addresses", &entries), json!([{ "type": "work" }]));
        assert_eq!(tidy("mfa", &json!({ "configured": true, "seed": "x" })), json!({ "configured": true }));
        assert_eq!(tidy("mfa", &Value::Null), Value::Null);
        assert_eq!(tidy("username", &json!("ada")), json!("ada"));
    }
}
