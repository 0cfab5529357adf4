//! What a journal keeps of an object's fields. What is on no list here is not kept: the API may answer with a secret that
//! nobody thought of.

use serde_json::Value;

use crate::model::{Record, Removed, RemovedGroup, RemovedUser};

/// Fields of a user that hold one value and that `POST /systemusers` takes. Not here: passwords, `public_key` (the SSH
/// keys are kept by themselves) and `activated`, which says whether there is a password.
const USER: [&str; 35] = [
    "account_locked",
    "allow_public_key",
    "alternateEmail",
    "company",
    "costCenter",
    "department",
    "description",
    "disableDeviceMaxLoginAttempts",
    "displayname",
    "email",
    "employeeIdentifier",
    "employeeType",
    "enable_managed_uid",
    "enable_user_portal_multifactor",
    "external_dn",
    "external_password_expiration_date",
    "external_source_type",
    "externally_managed",
    "firstname",
    "jobTitle",
    "lastname",
    "ldap_binding_user",
    "location",
    "managedAppleId",
    "manager",
    "middlename",
    "password_never_expires",
    "passwordless_sudo",
    "samba_service_user",
    "state",
    "sudo",
    "suspended",
    "unix_guid",
    "unix_uid",
    "username",
];

/// Objects and lists of objects in a user, and what is kept of each.
const USER_PARTS: [(&str, &[&str]); 7] = [
    (
        "addresses",
        &["type", "streetAddress", "extendedAddress", "poBox", "locality", "region", "postalCode", "country"],
    ),
    ("attributes", &["name", "value"]),
    ("delegatedAuthority", &["id", "name"]),
    // Whether a second factor is set up went with it.
    ("mfa", &["exclusion", "exclusionDays", "exclusionUntil"]),
    ("phoneNumbers", &["type", "number"]),
    ("relationships", &["type", "value"]),
    ("restrictedFields", &["field", "id", "type"]),
];

/// Fields of a user that say nothing which could be missed: what JumpCloud counts and dates, and what is kept elsewhere.
const USER_UNMISSED: [&str; 12] = [
    "_id",
    "id",
    "account_locked_date",
    "activated",
    "badLoginAttempts",
    "created",
    "creationSource",
    "organization",
    "password_date",
    "password_expiration_date",
    "password_expired",
    "ssh_keys",
];

/// Fields of a group that `POST /usergroups` takes, beside its attributes.
const GROUP: [&str; 7] = [
    "name",
    "description",
    "email",
    "membershipMethod",
    "memberSuggestionsNotify",
    "memberQuery",
    "memberQueryExemptions",
];

/// Attributes of a group that are kept. `radius` is not: what it replies with may be a secret.
const GROUP_ATTRIBUTES: [&str; 4] = ["sudo", "ldapGroups", "posixGroups", "sambaEnabled"];

/// Fields of a group that say nothing which could be missed.
const GROUP_UNMISSED: [&str; 3] = ["id", "type", "suggestionCounts"];

/// What a removal would have kept of this one. A journal is a file that somebody may have changed: what no removal reads is
/// not written, and counts among what is left out.
#[must_use]
pub fn as_kept(removed: Removed) -> Removed {
    let more = |mut left_out: Vec<String>, names: Vec<String>| {
        left_out.extend(names);
        left_out.sort();
        left_out.dedup();
        left_out
    };
    match removed {
        Removed::User(one) => {
            let (record, names) = user(one.record);
            Removed::User(RemovedUser { record, left_out: more(one.left_out, names), ..one })
        }
        Removed::Group(one) => {
            let (record, names) = group(one.record);
            Removed::Group(RemovedGroup { record, left_out: more(one.left_out, names), ..one })
        }
    }
}

/// What is kept of a user, and the names of the fields that said something else.
pub(super) fn user(mut all: Record) -> (Record, Vec<String>) {
    let mut kept = Record::new();
    for name in USER {
        if let Some(value) = all.remove(name).filter(|value| !value.is_object() && !value.is_array()) {
            kept.insert(name.to_owned(), value);
        }
    }
    for (name, fields) in USER_PARTS {
        if let Some(value) = all.remove(name) {
            kept.insert(name.to_owned(), parts(value, fields));
        }
    }
    // Of some flags nobody knows what a new user would have.
    kept.retain(|_, value| value.is_boolean() || says_something(value));
    (kept, names(all, &USER_UNMISSED))
}

/// What is kept of a group, and the names of the fields that said something else.
pub(super) fn group(mut all: Record) -> (Record, Vec<String>) {
    let mut kept = Record::new();
    for name in GROUP {
        kept.extend(all.remove(name).map(|value| (name.to_owned(), value)));
    }
    if let Some(Value::Object(attributes)) = all.remove("attributes") {
        let (own, others): (Record, Record) =
            attributes.into_iter().partition(|(name, _)| GROUP_ATTRIBUTES.contains(&name.as_str()));
        kept.insert("attributes".to_owned(), Value::Object(own));
        all.extend(others.into_iter().map(|(name, value)| (format!("attributes.{name}"), value)));
    }
    kept.retain(|_, value| says_something(value));
    (kept, names(all, &GROUP_UNMISSED))
}

fn names(rest: Record, unmissed: &[&str]) -> Vec<String> {
    let rest = rest.into_iter().filter(|(_, value)| says_something(value));
    rest.map(|(name, _)| name).filter(|name| !unmissed.contains(&name.as_str())).collect()
}

/// These fields of an object, or of each object of a list.
fn parts(value: Value, fields: &[&str]) -> Value {
    match value {
        Value::Object(mut object) => {
            object.retain(|name, value| fields.contains(&name.as_str()) && !value.is_null());
            Value::Object(object)
        }
        Value::Array(entries) => {
            entries.into_iter().filter(Value::is_object).map(|entry| parts(entry, fields)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::Null,
    }
}

/// Whether a value is more than what the API answers where nobody has set anything.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) => entries.iter().any(says_something),
        Value::Object(fields) => fields.values().any(says_something),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Record {
        let Value::Object(object) = value else { panic!("an object") };
        object
    }

    #[test]
    fn what_may_be_a_secret_is_named_and_not_kept() {
        let (kept, left_out) = user(object(json!({
            "_id": "5f", "username": "ada", "firstname": "", "sudo": false, "password": "canary",
            "recoveryEmail": { "address": "canary@example.com" }, "totp_enabled": true, "activated": true,
            "mfa": { "configured": true, "exclusion": true }, "secret_of_tomorrow": "canary",
            "phoneNumbers": [{ "id": "60", "type": "work", "number": "1", "token": "canary" }],
            "description": { "hidden": "canary" }, "admin": null, "mfaEnrollment": { "totpStatus": "ENROLLED" },
        })));
        let expected = json!({
            "username": "ada", "sudo": false, "mfa": { "exclusion": true },
            "phoneNumbers": [{ "type": "work", "number": "1" }],
        });
        assert_eq!(Value::Object(kept), expected);
        assert_eq!(
            left_out,
            ["mfaEnrollment", "password", "recoveryEmail", "secret_of_tomorrow", "totp_enabled"]
        );
        let (kept, left_out) = group(object(json!({
            "id": "5f", "type": "user_group", "name": "Wifi", "description": "",
            "attributes": { "sudo": { "enabled": true }, "radius": { "reply": [{ "name": "n", "value": "canary" }] } },
        })));
        let expected = json!({ "name": "Wifi", "attributes": { "sudo": { "enabled": true } } });
        assert_eq!((Value::Object(kept), left_out), (expected, vec!["attributes.radius".to_owned()]));
    }

    #[test]
    fn what_was_put_into_a_journal_by_hand_is_not_kept() {
        let record = object(json!({ "username": "ada", "password": "canary", "admin": { "id": "5f" } }));
        let left_out = vec!["totp_enabled".to_owned(), "password".to_owned()];
        let forged = RemovedUser { username: "ada".to_owned(), record, left_out, ..RemovedUser::default() };
        let Removed::User(kept) = as_kept(Removed::User(forged)) else { panic!() };
        assert_eq!(Value::Object(kept.record.clone()), json!({ "username": "ada" }));
        assert_eq!(kept.left_out, ["admin", "password", "totp_enabled"]);
        assert_eq!(as_kept(Removed::User(kept.clone())), Removed::User(kept), "what a removal kept stays");
    }
}
