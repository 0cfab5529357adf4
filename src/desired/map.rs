//! AD attributes → fields of a JumpCloud user.

use std::collections::BTreeMap;

use super::select::Administrators;
use crate::model::{AttributeName, DirectoryUser, Field, Mark};
use crate::policy::{Mapping, PasswordAuthority, Policy};

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

/// Adds what an owned user carries beside the mapped fields: mark, external fields, locks and administrator rights.
pub(super) fn with_bookkeeping(
    policy: &Policy,
    user: &DirectoryUser,
    mut fields: BTreeMap<Field, Option<String>>,
    administrators: Option<&Administrators>,
) -> BTreeMap<Field, Option<String>> {
    let mark = super::mark(policy, user.guid);
    let lock = |name: &str, authority: Option<&str>| {
        (Field::RestrictedField(name.into()), authority.map(str::to_owned))
    };
    let mut locks: Vec<(Field, Option<String>)> = fields
        .keys()
        .filter_map(Field::restrictable)
        .map(|name| lock(name, Some(Mark::SOURCE_TYPE)))
        .collect();
    locks.push(lock(
        PASSWORD,
        (policy.passwords == PasswordAuthority::Directory).then_some(Mark::SOURCE_TYPE),
    ));
    fields.extend(mark.user_fields().map(|(field, value)| (field, Some(value))));
    fields.insert(Field::ExternalDn, Some(user.dn.as_str().to_owned()));
    fields.insert(Field::ExternalSourceType, Some(Mark::SOURCE_TYPE.to_owned()));
    fields.extend(locks);
    fields
        .extend(administrators.map(|administrators| {
            (Field::Sudo, Some(administrators.users.contains(&user.guid).to_string()))
        }));
    fields
}
