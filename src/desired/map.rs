//! AD attributes → fields of a JumpCloud user.

use std::collections::BTreeMap;

use crate::model::{AttributeName, DirectoryUser, Field};
use crate::policy::{Mapping, PasswordAuthority, Policy};

/// `external_source_type` of owned users, and `type` of their restricted fields.
pub(crate) const SOURCE_TYPE: &str = "active_directory";
/// The restricted field by which JumpCloud leaves passwords to another authority.
const PASSWORD: &str = "password";

/// The mapped fields; none where every source is empty, so that the field is cleared.
pub(super) fn map_user(policy: &Policy, user: &DirectoryUser) -> BTreeMap<Field, Option<String>> {
    policy.mappings.iter().map(|mapping| (mapping.field.clone(), map_field(mapping, user))).collect()
}

fn map_field(mapping: &Mapping, user: &DirectoryUser) -> Option<String> {
    mapping.sources.iter().find_map(|source| {
        let value = user.attributes.first_text(source.as_str())?;
        let value = if mapping.field == Field::Username && *source == AttributeName::new("userPrincipalName")
        {
            value.split('@').next().unwrap_or_default()
        } else {
            value
        };
        (!value.is_empty()).then(|| value.to_owned())
    })
}

/// Adds what an owned user carries beside the mapped fields: mark, external fields and locks.
pub(super) fn with_mark(
    policy: &Policy,
    user: &DirectoryUser,
    mut fields: BTreeMap<Field, Option<String>>,
) -> BTreeMap<Field, Option<String>> {
    let mark = super::mark(policy, user.guid);
    let mut locked: Vec<&str> = fields.keys().filter_map(Field::restrictable).collect();
    if policy.passwords == PasswordAuthority::Directory {
        locked.push(PASSWORD);
    }
    let locks: Vec<Field> = locked.into_iter().map(|name| Field::RestrictedField(name.into())).collect();
    fields.extend(mark.user_fields().map(|(field, value)| (field, Some(value))));
    fields.insert(Field::ExternalDn, Some(user.dn.as_str().to_owned()));
    fields.insert(Field::ExternalSourceType, Some(SOURCE_TYPE.to_owned()));
    fields.extend(locks.into_iter().map(|lock| (lock, Some(SOURCE_TYPE.to_owned()))));
    fields
}
