//! Changes to a user as the body of a request.
//!
//! A write replaces each array of a user whole. So an array that a change touches is merged with what JumpCloud holds:
//! entries that no change names stay as they are, whoever made them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::entries::{replace, set_part, without_ids};
use super::error::JumpCloudError;
use super::wire::UserArrays;
use crate::model::{Field, Mark};

const CLEARED: &str = "cleared";
const WRITTEN: &str = "written";

/// Changes to one user: a value to write, or none to clear the field.
pub(super) type Changes = BTreeMap<Field, Option<String>>;

/// Whether the changes touch an array, so that the user must be read before they are written.
pub(super) fn touches_arrays(changes: &Changes) -> bool {
    let is_entry = |field: &Field| {
        matches!(field, Field::Custom(_) | Field::RestrictedField(_) | Field::Phone(_) | Field::Address(..))
    };
    changes.keys().any(is_entry)
}

/// The body that makes these changes to a user who has these arrays.
pub(super) fn body(changes: &Changes, arrays: UserArrays) -> Result<Value, JumpCloudError> {
    let mut body = Map::new();
    let (mut attributes, mut locks, mut phones, mut addresses) = (None, None, None, None);
    let UserArrays {
        attributes: attributes_now,
        restricted_fields: locks_now,
        phone_numbers: phones_now,
        addresses: addresses_now,
    } = arrays;
    for (field, value) in changes {
        let value = value.as_deref();
        match field {
            Field::Custom(name) => {
                let entries = attributes.get_or_insert_with(|| without_ids(attributes_now.clone()));
                replace(entries, "name", name, "value", value);
            }
            Field::Phone(kind) => {
                let entries = phones.get_or_insert_with(|| without_ids(phones_now.clone()));
                replace(entries, "type", kind, "number", value);
            }
            Field::Address(kind, part) => {
                let entries = addresses.get_or_insert_with(|| without_ids(addresses_now.clone()));
                set_part(entries, kind, *part, value);
            }
            Field::RestrictedField(locked) => {
                let entries = locks.get_or_insert_with(|| locks_now.clone().unwrap_or_default());
                if value.is_some() {
                    replace(entries, "field", locked, "type", value);
                } else {
                    // Only Active Directory's lock is ours to take off.
                    entries.retain(|entry| {
                        entry.get("field").and_then(Value::as_str) != Some(locked)
                            || entry.get("type").and_then(Value::as_str) != Some(Mark::SOURCE_TYPE)
                    });
                }
            }
            Field::State => {
                let state = value.ok_or_else(|| unwritable(field, CLEARED))?;
                // Staged users are neither; the two others must agree or the API refuses both.
                if state != "STAGED" {
                    body.insert("suspended".to_owned(), json!(state == "SUSPENDED"));
                }
                body.insert(field.to_string(), json!(state));
            }
            Field::Sudo | Field::ExternallyManaged => {
                body.insert(field.to_string(), json!(value == Some("true")));
            }
            // Only null takes a manager away.
            Field::Manager => {
                body.insert(field.to_string(), json!(value.filter(|value| !value.is_empty())));
            }
            Field::Name | Field::Directory => return Err(unwritable(field, WRITTEN)),
            Field::Username | Field::Email if value.is_none_or(str::is_empty) => {
                return Err(unwritable(field, CLEARED));
            }
            Field::Username
            | Field::Email
            | Field::Firstname
            | Field::Middlename
            | Field::Lastname
            | Field::Displayname
            | Field::Description
            | Field::JobTitle
            | Field::Department
            | Field::Company
            | Field::CostCenter
            | Field::Location
            | Field::EmployeeType
            | Field::EmployeeIdentifier
            | Field::ExternalDn
            | Field::ExternalSourceType => {
                body.insert(field.to_string(), json!(value.unwrap_or_default()));
            }
        }
    }
    let arrays = [
        ("attributes", attributes),
        ("restrictedFields", locks),
        ("phoneNumbers", phones),
        ("addresses", addresses),
    ];
    for (name, entries) in arrays {
        if let Some(entries) = entries {
            body.insert(name.to_owned(), json!(entries));
        }
    }
    Ok(Value::Object(body))
}

fn unwritable(field: &Field, wanted: &'static str) -> JumpCloudError {
    JumpCloudError::Unwritable { field: field.clone(), wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AddressPart;

    fn merged(now: &Value, changes: &[(Field, Option<&str>)]) -> Value {
        let changes =
            changes.iter().map(|(field, value)| (field.clone(), value.map(str::to_owned))).collect();
        body(&changes, serde_json::from_value(now.clone()).unwrap()).unwrap()
    }

    fn lock(field: &str) -> Field {
        Field::RestrictedField(field.into())
    }

    #[test]
    fn keeps_foreign_entries_of_touched_arrays_and_leaves_others_alone() {
        let now = json!({
            "attributes": [
                { "_id": "1", "name": "badge", "value": "7" },
                { "_id": "2", "name": "adPolicy", "value": "old" },
                { "_id": "3", "name": "adLeaving", "value": "left" },
            ],
            "restrictedFields": [{ "field": "sudo", "type": "scim", "id": "idp" }],
        });
        let changes = [
            (Field::custom("adPolicy"), Some("corp")),
            (Field::custom("adLeaving"), None),
            (Field::Company, None),
        ];
        assert_eq!(
            merged(&now, &changes),
            json!({
                "attributes": [{ "name": "badge", "value": "7" }, { "name": "adPolicy", "value": "corp" }],
                "company": "",
            })
        );
    }

    #[test]
    fn numbers_and_addresses_of_other_types_stay_as_they_are() {
        let home = json!({ "id": "1", "type": "home", "number": "1", "note": "x" });
        let now = json!({
            "phoneNumbers": [home, { "id": "2", "type": "work", "number": "2" }, { "number": "3" }],
            "addresses": [{ "id": "4", "type": "home", "locality": "Lyon", "poBox": null }],
            "attributes": [{ "name": "badge", "value": "7" }],
        });
        let changes = [
            (Field::phone("work"), Some("22")),
            (Field::phone("mobile"), None),
            (Field::address("work", AddressPart::Locality), Some("Paris")),
            (Field::address("work", AddressPart::Country), Some("FR")),
        ];
        assert_eq!(
            merged(&now, &changes),
            json!({
                "phoneNumbers": [
                    { "type": "home", "number": "1", "note": "x" },
                    { "number": "3" },
                    { "type": "work", "number": "22" },
                ],
                "addresses": [
                    { "type": "home", "locality": "Lyon", "poBox": null },
                    { "type": "work", "locality": "Paris", "country": "FR" },
                ],
            })
        );
    }

    #[test]
    fn a_manager_is_an_id_or_null() {
        assert_eq!(merged(&json!({}), &[(Field::Manager, Some("5a"))]), json!({ "manager": "5a" }));
        assert_eq!(merged(&json!({}), &[(Field::Manager, None)]), json!({ "manager": null }));
    }

    #[test]
    fn keeps_the_owner_of_a_lock_that_is_as_wanted() {
        let now = json!({ "restrictedFields": [
            { "field": "email", "type": "active_directory", "id": "dir" },
            { "field": "email", "type": "scim", "id": "idp" },
            { "field": "sudo", "type": "scim", "id": "idp" },
        ] });
        let changes =
            [(lock("email"), Some("active_directory")), (lock("username"), Some("active_directory"))];
        assert_eq!(
            merged(&now, &changes),
            json!({ "restrictedFields": [
                { "field": "email", "type": "active_directory", "id": "dir" },
                { "field": "sudo", "type": "scim", "id": "idp" },
                { "field": "username", "type": "active_directory" },
            ] })
        );
    }

    #[test]
    fn takes_off_the_lock_of_active_directory_alone() {
        let scim = json!({ "field": "email", "type": "scim", "id": "idp" });
        let ours = json!({ "field": "email", "type": "active_directory" });
        for now in [vec![scim.clone(), ours.clone()], vec![ours, scim.clone()], vec![scim.clone()]] {
            let merged = merged(&json!({ "restrictedFields": now }), &[(lock("email"), None)]);
            assert_eq!(merged, json!({ "restrictedFields": [scim] }));
        }
    }

    #[test]
    fn sends_the_state_and_its_mirror_in_agreement() {
        assert_eq!(
            merged(&json!({}), &[(Field::State, Some("SUSPENDED"))]),
            json!({ "state": "SUSPENDED", "suspended": true })
        );
        assert_eq!(
            merged(&json!({}), &[(Field::State, Some("ACTIVATED"))]),
            json!({ "state": "ACTIVATED", "suspended": false })
        );
        assert_eq!(merged(&json!({}), &[(Field::State, Some("STAGED"))]), json!({ "state": "STAGED" }));
    }

    #[test]
    fn refuses_what_the_api_cannot_express() {
        for (field, value) in [
            (Field::Name, Some("x")),
            (Field::State, None),
            (Field::Username, None),
            (Field::Email, Some("")),
        ] {
            let changes = [(field.clone(), value.map(str::to_owned))].into();
            assert!(body(&changes, UserArrays::default()).is_err(), "{field}");
        }
    }
}
