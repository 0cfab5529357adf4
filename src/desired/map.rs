//! AD attributes → fields of a JumpCloud user.

use std::collections::BTreeMap;

use super::select::Administrators;
use super::text::texts;
use crate::model::{AttributeName, DirectoryUser, Field, Mark};
use crate::policy::{Mapping, Origin, PasswordAuthority, Policy};

/// The restricted field by which JumpCloud leaves passwords to another authority.
const PASSWORD: &str = "password";

/// The mapped fields; none where every source is empty, so that the field is cleared.
pub(super) fn map_user(policy: &Policy, user: &DirectoryUser) -> BTreeMap<Field, Option<String>> {
    policy.mappings.iter().map(|mapping| (mapping.field.clone(), map_field(mapping, user))).collect()
}

fn map_field(mapping: &Mapping, user: &DirectoryUser) -> Option<String> {
    let first = |name: &AttributeName| texts(&user.attributes, name).into_iter().next();
    match &mapping.origin {
        Origin::Constant(text) => Some(text.clone()),
        Origin::Template(template) => template.fill(first),
        Origin::Attributes { names, join: Some(join) } => {
            let joined = names.iter().map(|name| texts(&user.attributes, name).join(join));
            joined.into_iter().find(|text| !text.is_empty())
        }
        Origin::Attributes { names, join: None } => names.iter().find_map(|name| {
            let value = first(name)?;
            if mapping.field == Field::Username && *name == AttributeName::new("userPrincipalName") {
                let before = value.split('@').next().unwrap_or_default();
                return (!before.is_empty()).then(|| before.to_owned());
            }
            Some(value)
        }),
    }
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
