//! The declarations of variables.

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::quote;
use super::super::syntax::Node;

/// Longest name of a variable, in characters.
const LONGEST_NAME: usize = 64;

/// Whether the names in all declarations are such as can be given.
pub(super) fn check(policy: &Node, problems: &mut Problems) {
    for node in policy.children().filter(|node| node.is_sound && node.name.value == "variable") {
        let names = [
            ("the name of a variable", node.text(0), "-_"),
            ("the name of an environment variable", node.property_text("env"), "_"),
        ];
        for (what, name, others) in names {
            let Some(name) = name.filter(|name| !is_name(name.value, others)) else { continue };
            problems.report(name.span, Problem::InvalidVariable { what, name: quote(name.value) });
        }
    }
}

/// A letter, then letters, digits and a few others.
fn is_name(name: &str, others: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= LONGEST_NAME
        && name.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}
