//! Which fields are copied. What is on no list here is not: the API may answer with a secret that nobody thought of.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Copied;
use crate::sandbox::state::fields::{Record, fits, implied};
use crate::sandbox::state::group_fields;

/// Plain fields of a user. Not here: passwords, keys (`public_key`, `ssh_keys`), recovery addresses, and what a sandbox
/// says of its own accord (`organization`).
const USER: [&str; 44] = [
    "_id",
    "account_locked",
    "account_locked_date",
    "activated",
    "allow_public_key",
    "alternateEmail",
    "badLoginAttempts",
    "company",
    "costCenter",
    "created",
    "creationSource",
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
    "password_date",
    "password_expiration_date",
    "password_expired",
    "password_never_expires",
    "passwordless_sudo",
    "samba_service_user",
    "state",
    "sudo",
    "totp_enabled",
    "unix_guid",
    "unix_uid",
    "username",
];

/// Objects in a user, and what is copied of each.
const USER_OBJECTS: [(&str, &[&str]); 4] = [
    ("admin", &["id", "roleName", "roleNames"]),
    ("delegatedAuthority", &["id", "name"]),
    ("mfa", &["configured", "exclusion", "exclusionDays", "exclusionUntil"]),
    ("mfaEnrollment", &["jcGoStatus", "overallStatus", "pushStatus", "totpStatus", "webAuthnStatus"]),
];

/// Lists of objects in a user, and what is copied of each entry.
const USER_LISTS: [(&str, &[&str]); 5] = [
    (
        "addresses",
        &[
            "id",
            "type",
            "streetAddress",
            "extendedAddress",
            "poBox",
            "locality",
            "region",
            "postalCode",
            "country",
        ],
    ),
    ("attributes", &["name", "value"]),
    ("phoneNumbers", &["id", "type", "number"]),
    ("relationships", &["type", "value"]),
    ("restrictedFields", &["id", "type", "field"]),
];

const GROUP: [&str; 8] = [
    "id",
    "name",
    "description",
    "email",
    "membershipMethod",
    "memberSuggestionsNotify",
    "memberQuery",
    "memberQueryExemptions",
];
/// Objects, or lists of objects, in the attributes of a group, and what is copied of each. `radius` is not: what it replies
/// with may be a secret.
const GROUP_ATTRIBUTES: [(&str, &[&str]); 3] =
    [("sudo", &["enabled", "withoutPassword"]), ("ldapGroups", &["name"]), ("posixGroups", &["id", "name"])];
const RULE: [&str; 3] = ["queryType", "searchFilters", "filters"];
/// What is copied of a filter of a rule that is no text.
const FILTER: [&str; 3] = ["field", "operator", "value"];

const SETTINGS: [&str; 2] = ["maxSystemUsers", "newSystemUserStateDefaults"];

pub(super) fn user(mut record: Record) -> Copied {
    let mut copy = Record::new();
    let mut left_out = Vec::new();
    for name in USER {
        if let Some(value) = record.remove(name)
            && !is_empty(&value)
            && (value != json!(false) || implied(&Record::new(), name).is_none())
        {
            if value.is_object() || value.is_array() {
                // Some of these fields take any value, and what is in this one is on no list.
                left_out.push(name);
            } else {
                copy_field(&mut copy, &mut left_out, name, value);
            }
        }
    }
    // The two mirror each other; where there is no state, the other tells it.
    if !copy.contains_key("state") {
        copy.extend(
            record.remove("suspended").filter(Value::is_boolean).map(|is| ("suspended".to_owned(), is)),
        );
    }
    for (name, fields) in USER_OBJECTS {
        if let Some(Value::Object(object)) = record.remove(name) {
            // That there is an administrator counts, even when nothing is said about him.
            let mut part = part(object, fields);
            // What nobody has set is answered as false.
            part.retain(|_, value| *value != json!(false));
            if !part.is_empty() || name == "admin" {
                copy_field(&mut copy, &mut left_out, name, Value::Object(part));
            }
        }
    }
    for (name, fields) in USER_LISTS {
        let Some(Value::Array(entries)) = record.remove(name) else { continue };
        let mut kept = Vec::new();
        for entry in entries {
            let Value::Object(entry) = entry else { continue };
            let mut entry = part(entry, fields);
            if name == "attributes" && !tidy_attribute(&mut entry, &kept) {
                continue;
            }
            if fits(name, &json!([entry])) {
                kept.push(Value::Object(entry));
            } else if !left_out.contains(&name) {
                left_out.push(name);
            }
        }
        if !kept.is_empty() {
            copy.insert(name.to_owned(), Value::Array(kept));
        }
    }
    Copied { record: copy, left_out }
}

fn copy_field(copy: &mut Record, left_out: &mut Vec<&'static str>, name: &'static str, value: Value) {
    if fits(name, &value) {
        copy.insert(name.to_owned(), value);
    } else {
        left_out.push(name);
    }
}

/// Makes a custom attribute one that the API would take. Whether it says anything: of two entries of one name the first
/// counts, and one without a value counts for nothing.
fn tidy_attribute(entry: &mut Record, before: &[Value]) -> bool {
    let is_again = before.iter().any(|other| other.get("name") == entry.get("name"));
    let value = match entry.get("value") {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        _ => return false,
    };
    entry.insert("value".to_owned(), json!(value));
    !is_again && entry.get("name").is_some_and(Value::is_string)
}

pub(super) fn group(mut record: Record) -> Copied {
    let mut attributes = Record::new();
    if let Some(Value::Object(mut all)) = record.remove("attributes") {
        attributes.extend(
            all.remove("sambaEnabled").filter(Value::is_boolean).map(|is| ("sambaEnabled".to_owned(), is)),
        );
        for (name, fields) in GROUP_ATTRIBUTES {
            attributes.extend(all.remove(name).map(|value| (name.to_owned(), parts(value, fields))));
        }
    }
    let mut copy = part(record, &GROUP);
    if !attributes.is_empty() {
        copy.insert("attributes".to_owned(), Value::Object(attributes));
    }
    if let Some(exempt) = copy.get_mut("memberQueryExemptions") {
        *exempt = parts(exempt.take(), &["id", "type"]);
    }
    if let Some(rule) = copy.get_mut("memberQuery") {
        *rule = parts(rule.take(), &RULE);
        if let Some(Value::Array(filters)) = rule.get_mut("filters") {
            for filter in filters.iter_mut().filter(|filter| !filter.is_string()) {
                *filter = parts(filter.take(), &FILTER);
            }
        }
    }
    let mut left_out = Vec::new();
    for name in GROUP.into_iter().chain(["attributes"]) {
        if copy.get(name).is_some_and(|value| group_fields::fits(name, value) == Some(false)) {
            copy.remove(name);
            left_out.push(name);
        }
    }
    Copied { record: copy, left_out }
}

/// These fields of an object, or of each object of a list.
fn parts(value: Value, fields: &[&str]) -> Value {
    match value {
        Value::Object(object) => Value::Object(part(object, fields)),
        Value::Array(entries) => {
            entries.into_iter().filter(Value::is_object).map(|entry| parts(entry, fields)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::Null,
    }
}

pub(super) fn directory(record: Record) -> Copied {
    let record = part(record, &["id", "domain", "useCase", "groupsEnabled", "delegationState"]);
    Copied { record, left_out: Vec::new() }
}

pub(super) fn agent(mut record: Record) -> Copied {
    let is = |record: &Record, name: &str, what: &str| {
        record.get(name).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(what))
    };
    let kind = if record.contains_key("agentType") { "agentType" } else { "agent_type" };
    // What is not known to leave Active Directory alone counts as writing into it.
    let kind = if is(&record, kind, "import") { "IMPORT" } else { "SYNC" };
    let states = ["active", "unsealed"].into_iter();
    let state = states.into_iter().find(|state| is(&record, "state", state)).unwrap_or("inactive");
    record.insert("agentType".to_owned(), json!(kind));
    record.insert("state".to_owned(), json!(state));
    let record = part(record, &["id", "agentType", "state", "hostname", "version", "contactAt", "source_ip"]);
    Copied { record, left_out: Vec::new() }
}

/// A planned change; an empty one where it is of no kind that a sandbox knows.
pub(super) fn user_state(mut record: Record) -> Copied {
    let is_known = record.get("state").is_some_and(|state| state == "ACTIVATED" || state == "SUSPENDED");
    let date = record.get("scheduledDate").and_then(Value::as_str);
    let mut copy = Record::new();
    if is_known && date.is_some_and(|date| date.parse::<Timestamp>().is_ok()) {
        for (from, to) in [
            ("scheduledJobId", "id"),
            ("systemUserId", "user"),
            ("state", "state"),
            ("scheduledDate", "scheduledDate"),
        ] {
            copy.extend(record.remove(from).map(|value| (to.to_owned(), value)));
        }
    }
    Copied { record: copy, left_out: Vec::new() }
}

/// The organization as a state has it.
pub(super) fn organization(mut record: Record) -> Record {
    let mut settings = match record.remove("settings") {
        Some(Value::Object(settings)) => part(settings, &SETTINGS),
        _ => Record::new(),
    };
    if let Some(Value::Object(defaults)) = settings.get_mut("newSystemUserStateDefaults") {
        *defaults = part(std::mem::take(defaults), &["manualEntry", "csvImport", "applicationImport"]);
    }
    if let Some(name) = record.remove("displayName") {
        record.insert("name".to_owned(), name);
    }
    let mut copy = part(record, &["_id", "name"]);
    copy.insert("settings".to_owned(), Value::Object(settings));
    copy
}

/// These fields of an object, as far as they say something.
fn part(mut record: Record, fields: &[&str]) -> Record {
    let value = |name: &&str| Some(((*name).to_owned(), record.remove(*name)?));
    fields.iter().filter_map(value).filter(|(_, value)| !is_empty(value)).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(user: Value) -> (Value, Vec<&'static str>) {
        let Value::Object(user) = user else { panic!("an object") };
        let Copied { record, left_out } = super::user(user);
        (Value::Object(record), left_out)
    }

    #[test]
    fn what_says_nothing_is_not_copied_and_what_a_plan_reads_is_read_as_it_reads_it() {
        let (user, left_out) = copy(json!({
            "_id": "5a0000000000000000000001", "username": "ada", "firstname": "", "lastname": null, "sudo": false,
            "ldap_binding_user": true, "state": "ACTIVATED", "suspended": true, "mfa": {}, "admin": {},
            "attributes": [{ "name": "n", "value": 7, "_id": "x" }, { "name": "n", "value": "later" }, { "value": "x" },
                           { "name": "e", "value": "" }, { "name": "cost code", "value": "b" }],
            "restrictedFields": [{ "field": "email", "type": "scim" }, { "field": "manager", "type": "scim" }],
            "unix_uid": 0, "password_date": { "hash": "x" },
        }));
        let expected = json!({
            "_id": "5a0000000000000000000001", "username": "ada", "ldap_binding_user": true, "state": "ACTIVATED",
            "admin": {}, "attributes": [{ "name": "n", "value": "7" }],
            "restrictedFields": [{ "field": "email", "type": "scim" }],
        });
        assert_eq!(user, expected);
        assert_eq!(left_out, ["password_date", "unix_uid", "attributes", "restrictedFields"]);
        assert_eq!(copy(json!({ "suspended": true })).0, json!({ "suspended": true }));
    }

    #[test]
    fn what_a_group_may_not_hold_is_left_out_and_named() {
        let Value::Object(record) = json!({
            "id": "5a0000000000000000000002", "name": "Sales", "membershipMethod": "MAGIC",
            "memberQuery": { "queryType": "FilterQuery", "filters": ["department:eq:Sales"] },
            "attributes": { "posixGroups": [{ "id": "seven", "name": "p" }] },
        }) else {
            panic!("an object")
        };
        let Copied { record, left_out } = group(record);
        assert_eq!(left_out, ["membershipMethod", "attributes"]);
        assert_eq!(record.keys().collect::<Vec<_>>(), ["id", "memberQuery", "name"]);
    }

    #[test]
    fn every_field_of_the_lists_is_one_that_a_state_knows() {
        let lists = USER_OBJECTS.iter().chain(&USER_LISTS).map(|(name, _)| *name);
        for name in USER.into_iter().chain(lists).filter(|name| *name != "_id") {
            assert_ne!(
                crate::sandbox::state::fields::taken(name, crate::sandbox::state::fields::Writer::File),
                crate::sandbox::state::fields::Taken::Unknown,
                "{name}"
            );
        }
    }

    #[test]
    fn an_agent_that_is_not_known_to_import_writes_into_active_directory() {
        for (agent, kind, state) in [
            (json!({ "agentType": "IMPORT", "state": "active" }), "IMPORT", "active"),
            (json!({ "agent_type": "import", "state": "UNSEALED" }), "IMPORT", "unsealed"),
            (json!({ "agentType": "BOTH", "state": "gone" }), "SYNC", "inactive"),
            (json!({}), "SYNC", "inactive"),
        ] {
            let Value::Object(record) = agent else { panic!("an object") };
            let copy = super::agent(record).record;
            assert_eq!((&copy["agentType"], &copy["state"]), (&json!(kind), &json!(state)));
        }
    }
}
