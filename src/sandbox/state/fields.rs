//! The fields of a user: names, types, limits and who may write them (JumpCloud API v1, `systemuserputpost`,
//! `systemuserput`, `systemuserreturn`).

use serde_json::{Map, Value, json};

use super::external::{follow_external_management, is_externally_managed};
use super::id::Id;
use super::parts;
use crate::sandbox::refusal::Refusal;

/// A JSON object as the API knows it.
pub(in crate::sandbox) type Record = Map<String, Value>;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text of at most so many characters.
    Text(usize),
    /// An id of another user, or null.
    Reference,
    Flag,
    Number,
    /// An object; requests may say null.
    Object,
    /// An object or null.
    Nullable,
    /// Objects whose values are texts.
    Entries,
    /// `attributes`
    Attributes,
    /// `restrictedFields`
    Locks,
    /// `state`
    State,
    /// A password: taken, never kept.
    Password,
    /// Whatever a state file says.
    Any,
}

/// Which requests may set a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Write,
    OnlyCreate,
    Read,
}

impl Access {
    fn is_open_to(self, writer: Writer) -> bool {
        match self {
            Self::Write => true,
            Self::OnlyCreate => writer != Writer::Update,
            Self::Read => writer == Writer::File,
        }
    }
}

/// Who sets fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Writer {
    /// `POST /systemusers`
    Create,
    /// `PUT /systemusers/{id}`
    Update,
    /// A state file, which may set what requests cannot.
    File,
}

const TEXT: Kind = Kind::Text(1024);

const FIELDS: &[(&str, Kind, Access)] = &[
    ("username", TEXT, Access::Write),
    ("email", TEXT, Access::Write),
    ("firstname", TEXT, Access::Write),
    ("middlename", TEXT, Access::Write),
    ("lastname", TEXT, Access::Write),
    ("displayname", TEXT, Access::Write),
    ("description", TEXT, Access::Write),
    ("jobTitle", TEXT, Access::Write),
    ("department", TEXT, Access::Write),
    ("company", TEXT, Access::Write),
    ("costCenter", TEXT, Access::Write),
    ("location", TEXT, Access::Write),
    ("employeeType", TEXT, Access::Write),
    ("employeeIdentifier", Kind::Text(256), Access::Write),
    ("alternateEmail", TEXT, Access::Write),
    ("managedAppleId", TEXT, Access::Write),
    ("external_dn", TEXT, Access::Write),
    ("external_source_type", TEXT, Access::Write),
    ("external_password_expiration_date", TEXT, Access::Write),
    ("public_key", Kind::Text(16_384), Access::Write),
    ("manager", Kind::Reference, Access::Write),
    ("state", Kind::State, Access::Write),
    ("suspended", Kind::Flag, Access::Write),
    ("account_locked", Kind::Flag, Access::Write),
    ("allow_public_key", Kind::Flag, Access::Write),
    ("disableDeviceMaxLoginAttempts", Kind::Flag, Access::Write),
    ("enable_managed_uid", Kind::Flag, Access::Write),
    ("enable_user_portal_multifactor", Kind::Flag, Access::Write),
    ("externally_managed", Kind::Flag, Access::Write),
    ("ldap_binding_user", Kind::Flag, Access::Write),
    ("password_never_expires", Kind::Flag, Access::Write),
    ("samba_service_user", Kind::Flag, Access::Write),
    ("sudo", Kind::Flag, Access::Write),
    ("passwordless_sudo", Kind::Flag, Access::OnlyCreate),
    ("activated", Kind::Flag, Access::OnlyCreate),
    ("unix_uid", Kind::Number, Access::Write),
    ("unix_guid", Kind::Number, Access::Write),
    ("attributes", Kind::Attributes, Access::Write),
    ("restrictedFields", Kind::Locks, Access::Write),
    ("phoneNumbers", Kind::Entries, Access::Write),
    ("addresses", Kind::Entries, Access::Write),
    ("relationships", Kind::Entries, Access::Write),
    ("delegatedAuthority", Kind::Nullable, Access::Write),
    ("mfa", Kind::Object, Access::Write),
    ("recoveryEmail", Kind::Object, Access::OnlyCreate),
    ("password", Kind::Password, Access::Write),
    ("admin", Kind::Nullable, Access::Read),
    ("account_locked_date", Kind::Any, Access::Read),
    ("badLoginAttempts", Kind::Any, Access::Read),
    ("created", Kind::Any, Access::Read),
    ("creationSource", Kind::Any, Access::Read),
    ("mfaEnrollment", Kind::Any, Access::Read),
    ("organization", Kind::Any, Access::Read),
    ("password_date", Kind::Any, Access::Read),
    ("password_expiration_date", Kind::Any, Access::Read),
    ("password_expired", Kind::Flag, Access::Read),
    ("ssh_keys", Kind::Any, Access::Read),
    ("totp_enabled", Kind::Flag, Access::Read),
];

/// What administrators can be kept from editing, and by whom (`restrictedField`).
const LOCKABLE: [&str; 18] = [
    "addresses",
    "company",
    "costCenter",
    "department",
    "description",
    "displayname",
    "email",
    "employeeIdentifier",
    "employeeType",
    "firstname",
    "jobTitle",
    "lastname",
    "location",
    "middlename",
    "password",
    "phoneNumbers",
    "sudo",
    "username",
];
const LOCK_OWNERS: [&str; 3] = ["active_directory", "federated_identity_provider", "scim"];

/// Whether a request may set a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Taken {
    Yes,
    /// Only others may, or nobody.
    No,
    /// There is no such field.
    Unknown,
}

/// Whether this writer may set this field.
pub(in crate::sandbox) fn taken(name: &str, writer: Writer) -> Taken {
    match FIELDS.iter().find(|(known, _, _)| *known == name) {
        None => Taken::Unknown,
        // The rules for keys take them.
        Some(("ssh_keys", _, _)) if writer == Writer::Update => Taken::Yes,
        Some((_, _, access)) if access.is_open_to(writer) => Taken::Yes,
        Some(_) => Taken::No,
    }
}

/// Puts the fields of `body` into `record`. Fields that nobody knows and fields that this writer may not set are
/// skipped, as the API does; a state file must know its fields. Empty texts, empty lists and null are not kept: an answer
/// has them anyway.
pub(super) fn set_fields(record: &mut Record, body: &Record, writer: Writer) -> Result<(), Refusal> {
    let was_external = is_externally_managed(record);
    for (name, value) in body {
        let Some((_, kind, access)) = FIELDS.iter().find(|(known, _, _)| known == name) else {
            if writer == Writer::File {
                return Err(Refusal::invalid(format!("no field of a user is called {name:?}")));
            }
            continue;
        };
        if access.is_open_to(writer) && !matches!(kind, Kind::State) && name != "suspended" {
            check(name, *kind, value)?;
            set(record, name, *kind, value);
        }
    }
    if writer != Writer::File {
        follow_external_management(record, was_external);
    }
    set_state(record, body, writer)
}

fn set(record: &mut Record, name: &str, kind: Kind, value: &Value) {
    if kind == Kind::Password {
        record.insert("activated".to_owned(), json!(true));
    } else if value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty) {
        record.remove(name);
    } else {
        record.insert(name.to_owned(), parts::tidy(name, value));
    }
}

/// `state` and `suspended` mirror each other. Only `state` is kept.
fn set_state(record: &mut Record, body: &Record, writer: Writer) -> Result<(), Refusal> {
    let state = match body.get("state") {
        None => None,
        Some(Value::String(state)) if matches!(state.as_str(), "ACTIVATED" | "SUSPENDED") => {
            Some(state.as_str())
        }
        Some(Value::String(state)) if state == "STAGED" && writer != Writer::Update => Some("STAGED"),
        Some(_) => return Err(Refusal::of("state", "state is not a state that can be set")),
    };
    let suspended = match body.get("suspended") {
        None => None,
        Some(Value::Bool(suspended)) => Some(*suspended),
        Some(_) => return Err(Refusal::of("suspended", "suspended must be true or false")),
    };
    let state = match (state, suspended) {
        (Some("ACTIVATED" | "STAGED"), Some(true)) | (Some("SUSPENDED"), Some(false)) => {
            return Err(Refusal::of("state", "Cannot save conflicting state and suspended fields"));
        }
        (Some(state), _) => state,
        (None, Some(true)) => "SUSPENDED",
        (None, Some(false)) if record.get("state").is_none_or(|state| state == "SUSPENDED") => "ACTIVATED",
        (None, None) if !record.contains_key("state") => "ACTIVATED",
        (None, Some(false) | None) => return Ok(()),
    };
    record.insert("state".to_owned(), json!(state));
    Ok(())
}

fn check(name: &str, kind: Kind, value: &Value) -> Result<(), Refusal> {
    let is_right = match kind {
        Kind::Text(longest) if value.as_str().is_some_and(|text| text.chars().count() > longest) => {
            return Err(Refusal::of(name, format!("{name} is longer than {longest} characters")));
        }
        Kind::Text(_) | Kind::Password => value.is_string(),
        Kind::Reference => value.is_string() || value.is_null(),
        Kind::Flag => value.is_boolean(),
        Kind::Number => value.as_u64().is_some_and(|number| number >= 1),
        Kind::Object | Kind::Nullable => value.is_object() || value.is_null(),
        Kind::Entries => value.as_array().is_some_and(|entries| entries.iter().all(is_entry)),
        Kind::Attributes => return check_attributes(value),
        Kind::Locks => return check_locks(value),
        Kind::State | Kind::Any => true,
    };
    if is_right && parts::fit(name, value) {
        Ok(())
    } else {
        Err(Refusal::of(name, format!("{name} has a value of the wrong type")))
    }
}

/// Whether a user can have this value in this field, which must be one of a user's; the id is none.
pub(in crate::sandbox) fn fits(name: &str, value: &Value) -> bool {
    let kind = FIELDS.iter().find(|(known, _, _)| *known == name).map(|(_, kind, _)| *kind);
    kind.is_none_or(|kind| check(name, kind, value).is_ok())
}

fn is_entry(entry: &Value) -> bool {
    entry.as_object().is_some_and(|entry| entry.values().all(|value| value.is_string() || value.is_null()))
}

/// Custom attributes: letters and digits, fewer than 32, each name once
/// (<https://jumpcloud.com/support/create-custom-user-attributes>).
fn check_attributes(value: &Value) -> Result<(), Refusal> {
    let wrong = || Refusal::of("attributes", "attributes must be a list of objects with name and value");
    let mut names = std::collections::BTreeSet::new();
    for entry in value.as_array().ok_or_else(wrong)? {
        let name = entry.get("name").and_then(Value::as_str).ok_or_else(wrong)?;
        let value = entry.get("value").and_then(Value::as_str).ok_or_else(wrong)?;
        if name.is_empty() || name.len() > 31 || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Refusal::of(
                "attributes",
                format!("attribute name {name:?} is not 1 to 31 letters and digits"),
            ));
        }
        if value.chars().count() > 1024 {
            return Err(Refusal::of(
                "attributes",
                format!("the value of attribute {name} is longer than 1024 characters"),
            ));
        }
        if !names.insert(name) {
            return Err(Refusal::of("attributes", format!("attribute {name} is there twice")));
        }
    }
    Ok(())
}

fn check_locks(value: &Value) -> Result<(), Refusal> {
    let wrong =
        || Refusal::of("restrictedFields", "restrictedFields must be a list of objects with field and type");
    for entry in value.as_array().ok_or_else(wrong)? {
        let field = entry.get("field").and_then(Value::as_str).ok_or_else(wrong)?;
        let owner = entry.get("type").and_then(Value::as_str).ok_or_else(wrong)?;
        if !LOCKABLE.contains(&field) || !LOCK_OWNERS.contains(&owner) {
            return Err(Refusal::of(
                "restrictedFields",
                format!("restrictedFields cannot hold {field:?} of type {owner:?}"),
            ));
        }
    }
    Ok(())
}

/// A user as the API answers it: every field that has a natural empty value is there.
pub(super) fn answer(id: Id, record: &Record, organization: Id) -> Value {
    let mut answer = Record::new();
    for (name, kind, _) in FIELDS {
        let empty = match kind {
            Kind::Text(_) | Kind::Reference => json!(""),
            Kind::Flag => json!(false),
            Kind::Entries | Kind::Attributes | Kind::Locks => json!([]),
            Kind::Object => json!({}),
            Kind::Nullable => Value::Null,
            Kind::Number | Kind::State | Kind::Password | Kind::Any => continue,
        };
        answer.insert((*name).to_owned(), empty);
    }
    for (name, value) in record {
        answer.insert(name.clone(), value.clone());
    }
    for (name, first) in [("phoneNumbers", 0), ("addresses", 0x8000)] {
        for (position, entry) in
            answer.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().enumerate()
        {
            if let Some(entry) = entry.as_object_mut() {
                // The API gives them ids of their own; from the user's they come out the same each time.
                entry.entry("id").or_insert_with(|| json!(id.part(first + position)));
            }
        }
    }
    if let Some(mfa) = answer.get_mut("mfa").and_then(Value::as_object_mut) {
        for name in ["configured", "exclusion"] {
            mfa.entry(name).or_insert_with(|| json!(false));
        }
    }
    let is_suspended = record.get("state").is_some_and(|state| state == "SUSPENDED");
    answer.insert("suspended".to_owned(), json!(is_suspended));
    answer.insert("organization".to_owned(), json!(organization));
    answer.insert("_id".to_owned(), json!(id));
    Value::Object(answer)
}

/// The text of a field that the answer has though the record does not: flags that nobody has set.
pub(in crate::sandbox) fn implied(record: &Record, name: &str) -> Option<&'static str> {
    if name == "suspended" {
        return Some(if record.get("state").is_some_and(|state| state == "SUSPENDED") {
            "true"
        } else {
            "false"
        });
    }
    let is_flag = FIELDS.iter().any(|(known, kind, _)| *known == name && *kind == Kind::Flag);
    (is_flag && !record.contains_key(name)).then_some("false")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(record: &Value, body: &Value, writer: Writer) -> Result<Value, Refusal> {
        let mut record = record.as_object().unwrap().clone();
        set_fields(&mut record, body.as_object().unwrap(), writer)?;
        Ok(Value::Object(record))
    }

    #[test]
    fn state_and_suspended_move_together() {
        let update = |now: Value, body: Value| {
            set(&now, &body, Writer::Update).map(|record| record["state"].as_str().unwrap().to_owned())
        };
        assert_eq!(update(json!({}), json!({})).unwrap(), "ACTIVATED");
        assert_eq!(update(json!({ "state": "STAGED" }), json!({ "suspended": false })).unwrap(), "STAGED");
        assert_eq!(
            update(json!({ "state": "SUSPENDED" }), json!({ "suspended": false })).unwrap(),
            "ACTIVATED"
        );
        assert_eq!(
            update(json!({ "state": "ACTIVATED" }), json!({ "suspended": true })).unwrap(),
            "SUSPENDED"
        );
        assert!(update(json!({}), json!({ "state": "ACTIVATED", "suspended": true })).is_err());
        assert!(update(json!({}), json!({ "state": "SUSPENDED", "suspended": false })).is_err());
        assert!(update(json!({}), json!({ "state": "STAGED" })).is_err());
        assert!(set(&json!({}), &json!({ "state": "STAGED" }), Writer::Create).is_ok());
    }

    #[test]
    fn refuses_wrong_types_and_skips_what_it_does_not_know() {
        for body in [
            json!({ "username": 7 }),
            json!({ "firstname": null }),
            json!({ "sudo": "yes" }),
            json!({ "unix_uid": 0 }),
            json!({ "attributes": { "name": "a", "value": "b" } }),
            json!({ "attributes": [{ "name": "cost code", "value": "b" }] }),
            json!({ "attributes": [{ "name": "a", "value": "b" }, { "name": "a", "value": "c" }] }),
            json!({ "restrictedFields": [{ "field": "manager", "type": "scim" }] }),
            json!({ "phoneNumbers": [{ "type": "work", "number": 7 }] }),
            json!({ "department": "x".repeat(1025) }),
            json!({ "employeeIdentifier": "x".repeat(257) }),
        ] {
            assert!(set(&json!({}), &body, Writer::Update).is_err(), "{body}");
        }
        let body = json!({ "nonsense": 1, "created": "x", "activated": true, "manager": null });
        assert_eq!(set(&json!({}), &body, Writer::Update), Ok(json!({ "state": "ACTIVATED" })));
        assert!(set(&json!({}), &json!({ "firstName": "Ada" }), Writer::File).is_err());
    }
}
