//! The types of what a user group holds (`UserGroupPost`), to the depth to which they are published. What is beside them may
//! be anything.

use serde_json::Value;

const METHODS: [&str; 4] = ["NOTSET", "STATIC", "DYNAMIC_REVIEW_REQUIRED", "DYNAMIC_AUTOMATED"];
const QUERY_TYPES: [&str; 3] = ["Filter", "FilterQuery", "Search"];

/// Whether a field of that name may have this value; none where a group has no such field.
pub(in crate::sandbox) fn fits(name: &str, value: &Value) -> Option<bool> {
    Some(match name {
        "name" | "description" | "email" => value.is_string(),
        "membershipMethod" => is_one_of(value, &METHODS),
        "memberSuggestionsNotify" => value.is_boolean(),
        "memberQueryExemptions" => value.is_null() || is_list(value, is_object_of_the_graph),
        "memberQuery" => value.is_null() || is_query(value),
        "attributes" => value.is_null() || are_attributes(value),
        _ => return None,
    })
}

fn is_query(value: &Value) -> bool {
    value.is_object()
        && has(value, "queryType", |kind| is_one_of(kind, &QUERY_TYPES))
        && has(value, "searchFilters", Value::is_string)
        && has(value, "filters", |filters| is_list(filters, Value::is_string))
}

fn are_attributes(value: &Value) -> bool {
    let is_ldap_group = |group: &Value| group.is_object() && has(group, "name", Value::is_string);
    let is_posix_group = |group: &Value| is(group, "id", is_whole) && is(group, "name", Value::is_string);
    let is_reply =
        |reply: &Value| is(reply, "name", Value::is_string) && is(reply, "value", Value::is_string);
    let is_sudo = |sudo: &Value| {
        is(sudo, "enabled", Value::is_boolean) && is(sudo, "withoutPassword", Value::is_boolean)
    };
    value.is_object()
        && has(value, "sudo", is_sudo)
        && has(value, "ldapGroups", |groups| is_list(groups, is_ldap_group))
        && has(value, "posixGroups", |groups| is_list(groups, is_posix_group))
        && has(value, "radius", |radius| {
            radius.is_object() && has(radius, "reply", |replies| is_list(replies, is_reply))
        })
        && has(value, "sambaEnabled", Value::is_boolean)
}

fn is_object_of_the_graph(value: &Value) -> bool {
    is(value, "type", Value::is_string)
        && is(value, "id", Value::is_string)
        && has(value, "attributes", Value::is_object)
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

fn is_one_of(value: &Value, all: &[&str]) -> bool {
    value.as_str().is_some_and(|value| all.contains(&value))
}

fn is_list(value: &Value, of: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|values| values.iter().all(of))
}

/// Whether it is there, and right.
fn is(value: &Value, name: &str, right: impl Fn(&Value) -> bool) -> bool {
    value.get(name).is_some_and(right)
}

/// Whether it is right, if it is there.
fn has(value: &Value, name: &str, right: impl Fn(&Value) -> bool) -> bool {
    value.get(name).is_none_or(right)
}
