//! What a policy means: sound nodes in, [`Policy`] out. Each function reports what is wrong with a value and then gives
//! nothing, so that all problems of a file are found in one pass.

mod active_directory;
mod exclusion;
mod jumpcloud;
mod leaving;
mod limits;
mod mapping;
mod preset;
mod scope;
mod template;
mod url;
pub(super) mod value;
mod variable;

use super::error::Problems;
use super::grammar::choice;
use super::problem::Problem;
use super::syntax::Node;
use super::{DirectoryUse, GroupSelector, PasswordAuthority, Policy, Spanned, Template};
use crate::model::Dn;

pub(super) use jumpcloud::is_object_id;
use value::choose;

/// Reads the `policy` node. Nothing only when a problem was reported, now or before.
pub(super) fn read_policy(node: &Node, problems: &mut Problems) -> Option<Policy> {
    variable::check(node, problems);
    let name = node.text(0).and_then(|name| read_name(&name, problems));
    let active_directory =
        node.child_block("active-directory").and_then(|node| active_directory::read(node, problems));
    let jumpcloud = node.child_block("jumpcloud").and_then(|node| jumpcloud::read(node, problems));
    let root_container =
        node.child("root-container").and_then(|node| scope::read_root_container(node, problems));
    let domain = root_container.as_ref().and_then(|root| scope::read_domain(node, root, problems));
    let security_group = node
        .child("security-group")
        .and_then(|node| scope::read_group("the security group", node, root_container.as_ref(), problems));
    let passwords = read_passwords(node, problems);
    let administrators_group = read_administrators_group(node, root_container.as_ref(), problems);
    let group_name = read_group_name(node, problems);
    let takeover = leaving::read_takeover(node, problems);
    let new_users = leaving::read_new_users(node, problems);
    let dissociation = leaving::read_dissociation(node, problems);
    let directory = node
        .child_block("jumpcloud")
        .map_or(Some(DirectoryUse::Bind), |node| jumpcloud::read_directory(node, problems));
    let mappings = mapping::read(node, problems);
    let (exclusions, exceptions) = exclusion::read(node, problems);
    let limits = limits::read(node, problems);
    Some(Policy {
        name: name?,
        active_directory: active_directory?,
        jumpcloud: jumpcloud?,
        domain: domain?,
        root_container: root_container?,
        security_group: security_group?,
        administrators_group: administrators_group?,
        group_name: group_name?,
        takeover: takeover?,
        passwords: passwords?,
        new_users: new_users?,
        dissociation: dissociation?,
        directory: directory?,
        mappings: mappings?,
        exclusions,
        exceptions,
        limits,
    })
}

/// None inside for a policy that names no such group.
#[expect(clippy::option_option, reason = "the outer none is a problem that was reported, as everywhere here")]
fn read_administrators_group(
    policy: &Node,
    root: Option<&Spanned<Dn>>,
    problems: &mut Problems,
) -> Option<Option<Spanned<GroupSelector>>> {
    if !policy.has_child("administrators-group") {
        return Some(None);
    }
    let node = policy.child("administrators-group")?;
    scope::read_group("the administrators group", node, root, problems).map(Some)
}

/// None inside for groups that keep their name.
#[expect(clippy::option_option, reason = "the outer none is a problem that was reported, as everywhere here")]
fn read_group_name(policy: &Node, problems: &mut Problems) -> Option<Option<Template>> {
    if !policy.has_child("group-name") {
        return Some(None);
    }
    template::read_template(policy.child("group-name")?.property("template")?, problems).map(Some)
}

/// The name stands in marks, between the characters that are refused here: `[ad:<guid>@<domain>/<policy>]`.
fn read_name(name: &Spanned<&str>, problems: &mut Problems) -> Option<String> {
    let problem = if name.value.chars().count() > 64 {
        "has more than 64 characters"
    } else if name.value.contains(['[', ']', '/', '@', '"']) {
        "has one of [ ] / @ \" in it"
    } else if name.value.trim() != name.value {
        "has a space at its start or end"
    } else {
        return Some(name.value.to_owned());
    };
    problems.report(name.span, Problem::InvalidName { problem });
    None
}

fn read_passwords(policy: &Node, problems: &mut Problems) -> Option<PasswordAuthority> {
    let Some(node) = policy.child("passwords") else { return Some(PasswordAuthority::Directory) };
    match choose("`passwords`", &node.text(0)?, &choice::PASSWORDS, problems)? {
        "jumpcloud" => Some(PasswordAuthority::JumpCloud),
        _ => Some(PasswordAuthority::Directory),
    }
}
