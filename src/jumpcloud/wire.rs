//! Users, groups and organizations as the API spells them, and what they mean. What connects them is in `graph`.
//!
//! Reading is lenient where the API is loose (absent and null are the same, unknown fields are skipped) and strict where
//! a guess could lose something: an object without an id is no object.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::entries::Entry;
use super::pages::Row;
use crate::model::{self, AddressPart, Field, JumpCloudGroupId, JumpCloudUserId, MembershipMethod};

/// A list of API v1.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) results: Vec<T>,
    #[serde(rename = "totalCount")]
    pub(super) total: Option<u64>,
}

/// The answer to a create of API v1.
#[derive(Deserialize)]
pub(super) struct CreatedUser {
    #[serde(rename = "_id")]
    pub(super) id: String,
}

/// `systemuserreturn`
#[derive(Deserialize)]
pub(super) struct User {
    #[serde(rename = "_id")]
    id: String,
    username: Option<String>,
    email: Option<String>,
    firstname: Option<String>,
    middlename: Option<String>,
    lastname: Option<String>,
    displayname: Option<String>,
    description: Option<String>,
    #[serde(rename = "jobTitle")]
    job_title: Option<String>,
    department: Option<String>,
    company: Option<String>,
    #[serde(rename = "costCenter")]
    cost_center: Option<String>,
    location: Option<String>,
    #[serde(rename = "employeeType")]
    employee_type: Option<String>,
    #[serde(rename = "employeeIdentifier")]
    employee_identifier: Option<String>,
    state: Option<String>,
    suspended: Option<bool>,
    sudo: Option<bool>,
    externally_managed: Option<bool>,
    external_dn: Option<String>,
    external_source_type: Option<String>,
    attributes: Option<Vec<Attribute>>,
    #[serde(rename = "restrictedFields")]
    restricted_fields: Option<Vec<RestrictedField>>,
    #[serde(rename = "phoneNumbers")]
    phone_numbers: Option<Vec<PhoneNumber>>,
    addresses: Option<Vec<Entry>>,
    manager: Option<String>,
    admin: Option<IgnoredAny>,
    created: Option<Value>,
}

#[derive(Deserialize)]
struct Attribute {
    name: Option<String>,
    #[serde(default, deserialize_with = "text_of_scalar")]
    value: Option<String>,
}

#[derive(Deserialize)]
struct RestrictedField {
    field: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct PhoneNumber {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "text_of_scalar")]
    number: Option<String>,
}

/// `UserGroup`
#[derive(Deserialize)]
pub(super) struct UserGroup {
    id: String,
    name: String,
    description: Option<String>,
    #[serde(rename = "membershipMethod")]
    membership_method: Option<String>,
}

/// `organization`
#[derive(Deserialize)]
pub(super) struct Organization {
    #[serde(rename = "_id")]
    pub(super) id: String,
}

/// The arrays of a user that a write replaces whole, as they are.
#[derive(Default, Deserialize)]
pub(super) struct UserArrays {
    pub(super) attributes: Option<Vec<Entry>>,
    #[serde(rename = "restrictedFields")]
    pub(super) restricted_fields: Option<Vec<Entry>>,
    #[serde(rename = "phoneNumbers")]
    pub(super) phone_numbers: Option<Vec<Entry>>,
    pub(super) addresses: Option<Vec<Entry>>,
}

/// The fields of a group that `PUT /usergroups/{id}` takes (`UserGroupPut`). It is a full update: what is left out may
/// be cleared.
pub(super) const WRITABLE_GROUP_FIELDS: [&str; 8] = [
    "name",
    "description",
    "email",
    "attributes",
    "membershipMethod",
    "memberQuery",
    "memberQueryExemptions",
    "memberSuggestionsNotify",
];

impl Row for User {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for UserGroup {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for Organization {
    const MAY_REPEAT: bool = false;

    fn id(&self) -> &str {
        &self.id
    }
}

impl User {
    pub(super) fn into_model(self) -> (JumpCloudUserId, model::User) {
        let state = match (self.state, self.suspended) {
            (Some(state), _) if !state.is_empty() => Some(state),
            (_, Some(true)) => Some("SUSPENDED".to_owned()),
            (_, Some(false)) => Some("ACTIVATED".to_owned()),
            (_, None) => None,
        };
        let texts = [
            (Field::Username, self.username),
            (Field::Email, self.email),
            (Field::Firstname, self.firstname),
            (Field::Middlename, self.middlename),
            (Field::Lastname, self.lastname),
            (Field::Displayname, self.displayname),
            (Field::Description, self.description),
            (Field::JobTitle, self.job_title),
            (Field::Department, self.department),
            (Field::Company, self.company),
            (Field::CostCenter, self.cost_center),
            (Field::Location, self.location),
            (Field::EmployeeType, self.employee_type),
            (Field::EmployeeIdentifier, self.employee_identifier),
            (Field::State, state),
            (Field::Sudo, when_true(self.sudo)),
            (Field::ExternallyManaged, when_true(self.externally_managed)),
            (Field::ExternalDn, self.external_dn),
            (Field::ExternalSourceType, self.external_source_type),
            (Field::Manager, self.manager),
        ];
        let phones = self.phone_numbers.into_iter().flatten();
        let phones =
            phones.filter_map(|PhoneNumber { kind, number }| Some((Field::Phone(kind?.into()), number)));
        let addresses: Vec<_> =
            self.addresses.into_iter().flatten().flat_map(|address| parts(&address)).collect();
        let attributes = self.attributes.into_iter().flatten();
        let attributes =
            attributes.filter_map(|Attribute { name, value }| Some((Field::Custom(name?.into()), value)));
        let locks = self.restricted_fields.into_iter().flatten();
        let mut locks: Vec<_> = locks
            .filter_map(|RestrictedField { field, kind }| Some((Field::RestrictedField(field?.into()), kind)))
            .collect();
        // Of two locks on one field Active Directory's counts: it is the one that may have to go.
        locks.sort_by_key(|(_, kind)| kind.as_deref() != Some(model::Mark::SOURCE_TYPE));
        let mut fields = BTreeMap::new();
        for (field, value) in texts.into_iter().chain(attributes).chain(locks) {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                // Of two entries for one name the first counts, here as in what a write keeps.
                fields.entry(field).or_insert(value);
            }
        }
        for (field, value) in phones.chain(addresses) {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                // A write leaves one entry of a type, so all that are there are told: none goes unseen.
                fields
                    .entry(field)
                    .and_modify(|known: &mut String| *known = format!("{known}, {value}"))
                    .or_insert(value);
            }
        }
        let created =
            self.created.as_ref().and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        let user = model::User { fields, is_console_administrator: self.admin.is_some(), created };
        (JumpCloudUserId::new(self.id), user)
    }
}

impl UserGroup {
    pub(super) fn into_model(self) -> (JumpCloudGroupId, model::UserGroup) {
        let is_dynamic = self.membership_method.is_some_and(|method| method.starts_with("DYNAMIC"));
        let group = model::UserGroup {
            name: self.name,
            description: self.description.unwrap_or_default(),
            membership_method: if is_dynamic { MembershipMethod::Dynamic } else { MembershipMethod::Static },
            directory: None,
        };
        (JumpCloudGroupId::new(self.id), group)
    }
}

/// The parts of an address that has a type.
fn parts(address: &Entry) -> Vec<(Field, Option<String>)> {
    let text = |name| address.get(name).and_then(Value::as_str);
    let Some(kind) = text("type") else { return Vec::new() };
    let part = |part: AddressPart| (Field::address(kind, part), text(part.name()).map(str::to_owned));
    AddressPart::ALL.into_iter().map(part).collect()
}

fn when_true(flag: Option<bool>) -> Option<String> {
    flag.filter(|flag| *flag).map(|flag| flag.to_string())
}

/// A text, or the text of a number or truth value; none for anything else.
fn text_of_scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> model::User {
        serde_json::from_str::<User>(body).unwrap().into_model().1
    }

    #[test]
    fn reads_a_user_with_empty_and_null_fields_as_absent() {
        let user = read(
            r#"{"_id":"u1","username":"ada","email":"ada@x.org","firstname":"","lastname":null,"state":"STAGED",
                "suspended":true,"jobTitle":"Countess","attributes":[{"name":"adPolicy","value":"corp"},
                {"name":"n","value":7},{"name":"adPolicy","value":"later"},{"value":"x"},{"name":"e","value":""}],
                "restrictedFields":[{"field":"email","type":"active_directory","id":"x"},{"field":"sudo"}],
                "admin":null,"created":"2026-01-02T03:04:05.678Z","mfa":{"configured":true}}"#,
        );
        let fields: Vec<String> =
            user.fields.iter().map(|(field, value)| format!("{field}={value}")).collect();
        assert_eq!(
            fields,
            [
                "username=ada",
                "email=ada@x.org",
                "jobTitle=Countess",
                "state=STAGED",
                "attributes.adPolicy=corp",
                "attributes.n=7",
                "restrictedFields.email=active_directory"
            ]
        );
        assert!(!user.is_console_administrator);
        assert_eq!(user.created, "2026-01-02T03:04:05.678Z".parse().ok());
    }

    #[test]
    fn reads_numbers_and_addresses_by_type_and_part() {
        let user = read(
            r#"{"_id":"u1","manager":"u2","phoneNumbers":[{"id":"1","type":"work","number":"1"},
                {"type":"work","number":"2"},{"type":"home","number":3},{"number":"4"},{"type":"x"}],
                "addresses":[{"type":"work","locality":"Paris","poBox":"","extendedAddress":"2nd"},
                {"type":"work","locality":"Rome","country":"IT"},{"country":"FR"},{"type":"home","region":null}]}"#,
        );
        let fields: Vec<String> =
            user.fields.iter().map(|(field, value)| format!("{field}={value}")).collect();
        assert_eq!(
            fields,
            [
                "phoneNumbers.home=3",
                "phoneNumbers.work=1, 2",
                "addresses.work.locality=Paris, Rome",
                "addresses.work.country=IT",
                "manager=u2"
            ]
        );
        assert!(read(r#"{"_id":"u1","manager":"","phoneNumbers":null,"addresses":[]}"#).fields.is_empty());
    }

    #[test]
    fn tells_the_state_from_suspended_where_it_is_missing() {
        let state =
            |rest: &str| read(&format!(r#"{{"_id":"u1"{rest}}}"#)).field(&Field::State).map(str::to_owned);
        assert_eq!(state(r#","suspended":true"#).as_deref(), Some("SUSPENDED"));
        assert_eq!(state(r#","suspended":false,"state":"""#).as_deref(), Some("ACTIVATED"));
        assert_eq!(state(r#","suspended":true,"state":"ACTIVATED""#).as_deref(), Some("ACTIVATED"));
        assert_eq!(state(""), None);
    }

    #[test]
    fn a_console_administrator_is_one_whose_admin_is_not_null() {
        assert!(read(r#"{"_id":"u1","admin":{"id":"a"},"created":7}"#).is_console_administrator);
        assert!(!read(r#"{"_id":"u1"}"#).is_console_administrator);
    }

    #[test]
    fn refuses_an_object_without_an_id() {
        assert!(serde_json::from_str::<User>(r#"{"username":"ada"}"#).is_err());
        assert!(serde_json::from_str::<UserGroup>(r#"{"name":"g"}"#).is_err());
    }

    #[test]
    fn tells_dynamic_groups_from_static_ones() {
        for (method, expected) in [
            (r#""STATIC""#, MembershipMethod::Static),
            (r#""NOTSET""#, MembershipMethod::Static),
            ("null", MembershipMethod::Static),
            (r#""DYNAMIC_AUTOMATED""#, MembershipMethod::Dynamic),
            (r#""DYNAMIC_REVIEW_REQUIRED""#, MembershipMethod::Dynamic),
        ] {
            let body = format!(r#"{{"id":"g1","name":"g","description":null,"membershipMethod":{method}}}"#);
            let (_, group) = serde_json::from_str::<UserGroup>(&body).unwrap().into_model();
            assert_eq!((group.membership_method, group.description.as_str()), (expected, ""), "{method}");
        }
    }
}
