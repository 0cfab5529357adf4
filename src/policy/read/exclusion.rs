//! The block `exclude`.

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::syntax::Node;
use super::super::{Concerns, Condition, Exclusion, Pattern, Spanned};
use super::value::read_attribute;

/// The block of the exceptions.
const INCLUDE: &str = "include";

/// The exclusions and the exceptions from them, each in the order of the file.
pub(super) fn read(policy: &Node, problems: &mut Problems) -> (Vec<Exclusion>, Vec<Exclusion>) {
    let Some(block) = policy.child_block("exclude") else { return (Vec::new(), Vec::new()) };
    let exclusions = read_lines(block, problems);
    let exceptions = block.child_block(INCLUDE).map(|block| read_lines(block, problems));
    (exclusions, exceptions.unwrap_or_default())
}

fn read_lines(block: &Node, problems: &mut Problems) -> Vec<Exclusion> {
    let lines = block.children().filter(|node| node.is_sound && node.name.value != INCLUDE);
    lines.filter_map(|node| read_exclusion(node, problems)).collect()
}

fn read_exclusion(node: &Node, problems: &mut Problems) -> Option<Exclusion> {
    let (concerns, form) = match node.name.value.as_str() {
        "user" => (Concerns::Users, "user \"svc-*\" department=\"IT\" reason=\"service accounts\""),
        "group" => (Concerns::Groups, "group \"Domain *\" reason=\"built in\""),
        _ => (Concerns::UsersAndGroups, "dn \"*,OU=Vendors,*\" reason=\"not ours\""),
    };
    let mut conditions = Vec::new();
    if let Some(written) = node.text(0) {
        check_length(&written, problems);
        conditions.push(match concerns {
            Concerns::Users | Concerns::Groups => Condition::Name(Pattern::new(written.value)),
            Concerns::UsersAndGroups => Condition::Dn(Pattern::for_dn(written.value)),
        });
    }
    for property in node.properties.iter().filter(|property| property.name.value != "reason") {
        let written = property.value.text()?;
        check_length(&written, problems);
        let name = Spanned::new(property.name.value.as_str(), property.name.span);
        conditions.push(Condition::Attribute(read_attribute(&name, problems)?, Pattern::new(written.value)));
    }
    if conditions.is_empty() {
        problems.report(node.name.span, Problem::NoCondition { form });
        return None;
    }
    let reason = node.property_text("reason").map(|reason| reason.value.to_owned());
    Some(Exclusion { concerns, conditions, reason, line: node.line.clone() })
}

fn check_length(written: &Spanned<&str>, problems: &mut Problems) {
    if written.value.chars().count() > Pattern::LONGEST {
        problems.report(written.span, Problem::LongPattern { most: Pattern::LONGEST });
    }
}
