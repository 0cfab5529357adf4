//! What mirrored groups are called.

use super::text::texts;
use crate::model::{AttributeName, DirectoryGroup, Reason};
use crate::policy::Policy;

/// The name of a mirrored group, and why the group waits where the policy makes no name of it.
pub(super) fn name_group(policy: &Policy, group: &DirectoryGroup) -> (String, Option<(Reason, String)>) {
    let cn = group.cn();
    let Some(template) = &policy.group_name else { return (cn, None) };
    let filled = template.fill(|attribute| {
        let value = texts(&group.attributes, attribute).into_iter().next();
        // An export need not have it.
        value.or_else(|| (*attribute == AttributeName::new("cn")).then(|| cn.clone()))
    });
    filled.map_or_else(|| (cn.clone(), Some(no_name(template.attributes()))), |name| (name, None))
}

/// `group-name of the policy makes no name of info and mail`
fn no_name<'t>(attributes: impl Iterator<Item = &'t AttributeName>) -> (Reason, String) {
    let mut names: Vec<&str> = attributes.map(AttributeName::as_str).collect();
    names.dedup();
    let because = format!("group-name of the policy makes no name of {}", names.join(" and "));
    (Reason::MissingAttribute, because)
}
