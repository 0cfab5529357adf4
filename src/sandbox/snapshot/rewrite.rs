//! Which fields of a copy name people and things, and get pseudonyms.

use serde_json::{Value, json};

use super::pseudonyms::Pseudonyms;
use super::{Copied, Snapshot};
use crate::sandbox::state::fields::{Record, Taken, Writer, taken};
use crate::sandbox::state::id::Id;

/// What of an organization has a meaning beside naming somebody, and stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    /// Custom attributes of users whose values stay.
    pub attributes: &'static [&'static str],
    /// The part of a group's description that does not stay; what follows it does.
    pub own_description: fn(&str) -> &str,
}

const NAMES: [&str; 13] = [
    "username",
    "firstname",
    "middlename",
    "lastname",
    "displayname",
    "description",
    "jobTitle",
    "department",
    "company",
    "costCenter",
    "location",
    "employeeType",
    "employeeIdentifier",
];
const MAILS: [&str; 3] = ["email", "alternateEmail", "managedAppleId"];
/// What stays in the addresses of a user.
const OF_AN_ADDRESS: [&str; 2] = ["id", "type"];
/// What stays in the rule of a dynamic group.
const OF_A_RULE: [&str; 5] = ["queryType", "field", "operator", "type", "id"];

/// Replaces, in the order of the users, then of the groups, then of the rest.
pub(super) fn pseudonymize(snapshot: &mut Snapshot, meaning: &Meaning) {
    let mut pseudonyms = Pseudonyms::default();
    for user in &mut snapshot.users {
        user_names(&mut user.record, meaning, &mut pseudonyms);
    }
    for group in &mut snapshot.groups {
        group_names(&mut group.record, meaning, &mut pseudonyms);
    }
    for directory in &mut snapshot.directories {
        for Copied { record, .. } in &mut directory.agents {
            record.remove("source_ip");
            replace(record, "hostname", |text| pseudonyms.name(text));
        }
    }
    for name in ["displayName", "name"] {
        replace(&mut snapshot.organization, name, |text| pseudonyms.name(text));
    }
}

fn user_names(user: &mut Record, meaning: &Meaning, pseudonyms: &mut Pseudonyms) {
    for name in NAMES {
        replace(user, name, |text| pseudonyms.name(text));
    }
    for name in MAILS {
        replace(user, name, |text| pseudonyms.mail(text));
    }
    replace(user, "external_dn", |text| pseudonyms.dn(text));
    if let Some(Value::Object(admin)) = user.get_mut("admin") {
        // Roles have names that administrators gave them.
        admin.retain(|name, _| name == "id");
    }
    for attribute in entries(user, "attributes") {
        let name = attribute.get("name").and_then(Value::as_str).unwrap_or_default();
        if !meaning.attributes.contains(&name) {
            replace(attribute, "value", |text| pseudonyms.mail(text));
        }
    }
    for phone in entries(user, "phoneNumbers") {
        replace(phone, "number", |text| pseudonyms.phone(text));
    }
    for address in entries(user, "addresses") {
        for (_, value) in address.iter_mut().filter(|(name, _)| !OF_AN_ADDRESS.contains(&name.as_str())) {
            rewrite(value, |text| pseudonyms.name(text));
        }
    }
    for relationship in entries(user, "relationships") {
        replace(relationship, "value", |text| match text.parse::<Id>() {
            Ok(_) => text.to_owned(),
            Err(_) => pseudonyms.mail(text),
        });
    }
}

fn group_names(group: &mut Record, meaning: &Meaning, pseudonyms: &mut Pseudonyms) {
    replace(group, "name", |text| pseudonyms.name(text));
    replace(group, "email", |text| pseudonyms.mail(text));
    replace(group, "description", |text| {
        let own = (meaning.own_description)(text);
        let rest = text.strip_prefix(own).unwrap_or_default();
        if own.is_empty() { rest.to_owned() } else { format!("{}{rest}", pseudonyms.name(own)) }
    });
    if let Some(Value::Object(attributes)) = group.get_mut("attributes") {
        for list in ["ldapGroups", "posixGroups"] {
            for entry in entries(attributes, list) {
                replace(entry, "name", |text| pseudonyms.name(text));
            }
        }
    }
    if let Some(rule) = group.get_mut("memberQuery") {
        rule_names(rule, pseudonyms);
    }
}

/// The values of a rule, in whatever form it has: `department:$eq:Sales` is a field, a comparison and a value, as are
/// `field`, `operator` and `value` of an object.
fn rule_names(rule: &mut Value, pseudonyms: &mut Pseudonyms) {
    match rule {
        Value::String(text) => {
            let mut parts = text.splitn(3, ':');
            *text = match (parts.next(), parts.next(), parts.next()) {
                (Some(field), Some(comparison), Some(value)) => {
                    format!("{field}:{comparison}:{}", rule_value(field, value, pseudonyms))
                }
                _ => pseudonyms.mail(text),
            };
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| rule_names(part, pseudonyms)),
        Value::Object(fields) => {
            let field = fields.get("field").and_then(Value::as_str).map(str::to_owned);
            for (name, value) in fields.iter_mut().filter(|(name, _)| !OF_A_RULE.contains(&name.as_str())) {
                match (&field, value) {
                    (Some(field), Value::String(text)) if name == "value" => {
                        *text = rule_value(field, text, pseudonyms);
                    }
                    (_, value) => rule_names(value, pseudonyms),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a rule compares a field with, in the place of this value.
fn rule_value(field: &str, value: &str, pseudonyms: &mut Pseudonyms) -> String {
    let field = field.split('.').next().unwrap_or(field);
    match field {
        "phoneNumbers" => pseudonyms.phone(value),
        "external_dn" => pseudonyms.dn(value),
        // Flags, states, times and ids: they name nobody.
        _ if is_plain(field) => value.to_owned(),
        _ => pseudonyms.mail(value),
    }
}

/// Whether a field of a user has values that stay.
fn is_plain(field: &str) -> bool {
    let is_named = NAMES.contains(&field) || MAILS.contains(&field);
    !is_named
        && taken(field, Writer::File) != Taken::Unknown
        && !["attributes", "addresses", "relationships"].contains(&field)
}

fn replace(record: &mut Record, name: &str, new: impl FnOnce(&str) -> String) {
    if let Some(value) = record.get_mut(name) {
        rewrite(value, new);
    }
}

fn rewrite(value: &mut Value, new: impl FnOnce(&str) -> String) {
    if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
        *value = json!(new(text));
    }
}

/// The objects of a list.
fn entries<'r>(record: &'r mut Record, name: &str) -> impl Iterator<Item = &'r mut Record> + use<'r> {
    let list = record.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}
